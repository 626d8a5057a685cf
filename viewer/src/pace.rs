//! In: what moves. Out: how often the window is drawn; a picture at rest costs nothing.

use std::time::Duration;

use bevy::ecs::prelude::*;
use bevy::render::renderer::RenderAdapterInfo;
use bevy::window::RequestRedraw;
use bevy::winit::{UpdateMode, WinitSettings};
use bevy_egui::EguiInput;

use crate::analysis::Analyst;
use crate::app::{Model, Outbox};
use crate::camera::OrbitCamera;
use crate::dialog::Dialog;
use crate::link::Link;
use crate::pane::PaneState;
use crate::scene::graph::is_live;

/// Everything that can move.
#[derive(bevy::ecs::system::SystemParam)]
pub struct State<'w> {
    model: Res<'w, Model>,
    camera: Res<'w, OrbitCamera>,
    pane: Res<'w, PaneState>,
    outbox: Res<'w, Outbox>,
    dialog: Res<'w, Dialog>,
    link: Res<'w, Link>,
    analyst: Res<'w, Analyst>,
}

/// Draws only as often as something moves.
pub fn set_pace(
    state: State<'_>,
    adapter: Option<Res<RenderAdapterInfo>>,
    mut winit: Option<ResMut<WinitSettings>>,
    mut redraw: MessageWriter<RequestRedraw>,
) {
    let State { model, camera, pane, outbox, dialog, link, analyst } = state;
    let Some(winit) = winit.as_mut() else { return };
    let model = &model.0;
    let software = adapter.is_some_and(|a| a.device_type == wgpu::DeviceType::Cpu);
    let plays = model.time.playing || (model.what_if.playing && matches!(model.what_if.answer, Some(Ok(_))));
    let busy = plays || model.filming.is_some();
    // The layout moves on a thread of its own and does not wake the window.
    let settling = model.snapshot.is_some() && !model.layout_settled && !model.layout_frozen;
    let moving = camera.is_moving() || pane.moving || pane.animates || model.drag.is_some() || busy;
    let mode = if moving {
        // On a software renderer drawing and discovery share the same cores: leave some to discovery.
        if software { UpdateMode::reactive(Duration::from_millis(33)) } else { UpdateMode::Continuous }
    } else if settling
        || is_live(model)
        || analyst.is_busy()
        || link.is_busy()
        || dialog.is_open()
        || !model.toasts.is_empty()
    {
        UpdateMode::reactive(Duration::from_millis(100))
    } else {
        // Nothing changes by itself: whatever happens wakes the window.
        UpdateMode::reactive(Duration::from_secs(10))
    };
    if winit.focused_mode != mode {
        winit.focused_mode = mode;
        winit.unfocused_mode = mode;
    }
    if !outbox.0.is_empty() {
        redraw.write(RequestRedraw);
    }
}

/// bevy_egui reports the modifier keys anew in every frame, which egui takes for news and asks for one more frame: the
/// window would never come to rest. Only changes are let through.
pub fn keep_changed_modifiers(mut inputs: Query<&mut EguiInput>, mut known: Local<Option<egui::Modifiers>>) {
    for mut input in &mut inputs {
        input.events.retain(|event| match event {
            egui::Event::ModifiersChanged(modifiers) => known.replace(*modifiers) != Some(*modifiers),
            _ => true,
        });
    }
}
