//! In: all that egui wants painted, and what it wanted painted before. Out: only what must be painted anew. A renderer on
//! the processor would otherwise shade every pixel of every panel in every frame.

mod parts;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bevy::ecs::prelude::*;
use bevy::math::{URect, UVec2};
use bevy::prelude::{App, Camera, Plugin, PostUpdate, Startup};
use bevy::render::render_resource::TextureId;
use bevy::render::renderer::RenderAdapterInfo;
use bevy::render::view::ViewTarget;
use bevy::render::{Render, RenderApp, RenderSystems};
use bevy_egui::{EguiContext, EguiFullOutput, EguiPostUpdateSet};
use egui::epaint::ClippedShape;

use crate::app::Model;
use crate::scene::SceneView;
use crate::theme::Theme;

use parts::{Ground, changes, within};

/// New letters reach the renderer some frames after the text that is written with them.
const LATE_FRAMES: u8 = 6;

/// What was painted last, if panels that did not change are left as they stand in the picture.
#[derive(Debug, Default, Resource)]
pub struct Repaint {
    on: bool,
    before: Option<Painted>,
    /// Frames still to be painted as a whole.
    late: u8,
}

impl Repaint {
    /// Whether the picture keeps what is not painted anew.
    pub fn keeps(&self) -> bool {
        self.on
    }

    /// Turns it on or off; the next frame is painted as a whole.
    pub fn set_on(&mut self, on: bool) {
        *self = Self { on, ..Self::default() };
    }

    /// Paints the next frame as a whole.
    pub fn refresh(&mut self) {
        self.before = None;
    }
}

#[derive(Debug)]
struct Painted {
    ground: Ground,
    shapes: Vec<ClippedShape>,
}

/// How many pictures there have been to paint in, counted by the renderer.
#[derive(Debug, Clone, Default, Resource)]
struct Pictures(Arc<AtomicU64>);

/// Leaves unchanged panels as they stand, where the renderer runs on the processor.
#[derive(Debug, Default)]
pub struct RepaintPlugin;

impl Plugin for RepaintPlugin {
    fn build(&self, app: &mut App) {
        let pictures = Pictures::default();
        app.init_resource::<Repaint>()
            .insert_resource(pictures.clone())
            .add_systems(Startup, |mut repaint: ResMut<Repaint>, adapter: Option<Res<RenderAdapterInfo>>| {
                repaint.on = adapter.is_some_and(|adapter| adapter.device_type == wgpu::DeviceType::Cpu);
            })
            .add_systems(
                PostUpdate,
                repaint_what_changed.after(EguiPostUpdateSet::EndPass).before(EguiPostUpdateSet::ProcessOutput),
            );
        if let Some(render_app) = app.get_sub_app_mut(RenderApp) {
            render_app
                .insert_resource(pictures)
                .add_systems(Render, count_pictures.in_set(RenderSystems::PrepareResources));
        }
    }
}

fn count_pictures(views: Query<&ViewTarget>, pictures: Res<Pictures>, mut known: Local<Option<TextureId>>) {
    for view in &views {
        let id = view.main_texture().id();
        if known.replace(id) != Some(id) {
            pictures.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn repaint_what_changed(
    mut repaint: ResMut<Repaint>,
    mut views: Query<(&mut EguiContext, &mut EguiFullOutput, &Camera)>,
    (scene, model, pictures): (Res<SceneView>, Res<Model>, Res<Pictures>),
) {
    if !repaint.on {
        return;
    }
    for (mut context, mut output, camera) in &mut views {
        let (Some(output), Some(size)) = (output.0.as_mut(), camera.physical_target_size()) else { continue };
        let ground = Ground {
            size,
            scene: scene.viewport_px,
            pixels_per_point: output.pixels_per_point,
            color: Theme::of(model.0.settings.theme).scene,
            picture: pictures.0.load(Ordering::Relaxed),
        };
        let shapes = std::mem::take(&mut output.shapes);
        let known = repaint.before.take().filter(|before| before.ground == ground);
        // The renderer may find itself with a new picture only now.
        if known.is_none() || !output.textures_delta.set.is_empty() {
            repaint.late = LATE_FRAMES;
        } else {
            repaint.late = repaint.late.saturating_sub(1);
        }
        if repaint.late > 0 {
            context.get_mut().request_repaint();
        }
        let known = known.filter(|_| repaint.late == 0);
        let changed = known.and_then(|before| changes(&before.shapes, &shapes, &ground));
        output.shapes = match changed {
            Some(parts) => within(&shapes, &parts, &ground),
            None => ground.bare(URect::from_corners(UVec2::ZERO, size)).chain(shapes.iter().cloned()).collect(),
        };
        repaint.before = Some(Painted { ground, shapes });
    }
}
