//! In: egui's view of the 3D pane. Out: camera moves, hover and selection, names, and what the shaders see.

mod hands;
mod view;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

use bevy::ecs::prelude::*;
use bevy::math::Vec2;
use bevy::time::{Real, Time};
use bevy_egui::EguiContexts;
use egui::pos2;

use crate::app::{Model, Outbox, Panels};
use crate::camera::{OrbitCamera, Room};
use crate::clusters::{self, Clusters};
use crate::knobs::Knobs;
use crate::obey::{Clipboard, UndoStack};
use crate::panels::{SceneRect, shell_ui};
use crate::scene::graph::is_live;
use crate::scene::labels::label_shapes;
use crate::scene::{Graph, Probe, SceneView};
use crate::sweep::{Sweep, rings, sweep};
use crate::theme::Theme;
use hands::{drag_node, hover_and_click, open_group, pasted_files, steer};
use view::{eye, pixels, room, target_size, uniform};

/// What is remembered about the pane from frame to frame.
#[derive(Debug, Resource)]
pub struct PaneState {
    /// Size in pixels.
    pub size_px: Vec2,
    /// Size of the window in points.
    pub window_px: Vec2,
    /// The variable being dragged.
    dragged: Option<u32>,
    /// The box or loop being drawn.
    swept: Option<Sweep>,
    /// The part of it that no card floats over.
    pub room: Room,
    /// Whether the room changed in the last frame.
    pub resized: bool,
    /// Whether the graph is still moving.
    pub moving: bool,
    /// Whether something in the picture moves by itself.
    pub animates: bool,
    /// Jump instead of glide: for pictures.
    pub still: bool,
}

impl Default for PaneState {
    fn default() -> Self {
        let room = Room::whole(1.6);
        Self {
            size_px: Vec2::ZERO,
            window_px: Vec2::new(1280.0, 800.0),
            dragged: None,
            swept: None,
            room,
            resized: false,
            moving: false,
            animates: false,
            still: false,
        }
    }
}

/// What the pane acts on.
#[derive(bevy::ecs::system::SystemParam)]
pub struct Stage<'w> {
    model: ResMut<'w, Model>,
    panels: ResMut<'w, Panels>,
    outbox: ResMut<'w, Outbox>,
    camera: ResMut<'w, OrbitCamera>,
    pane: ResMut<'w, PaneState>,
    view: ResMut<'w, SceneView>,
    graph: Res<'w, Graph>,
    probe: Res<'w, Probe>,
    undo: ResMut<'w, UndoStack>,
    knobs: Res<'w, Knobs>,
    clipboard: ResMut<'w, Clipboard>,
    clusters: ResMut<'w, Clusters>,
    time: Res<'w, Time<Real>>,
}

/// Draws the panels, then lets the user act on the pane between them.
pub fn pane_system(mut contexts: EguiContexts, mut stage: Stage<'_>) -> Result {
    let ctx = contexts.ctx_mut()?.clone();
    // egui may lay out a frame twice; the second pass sees the same input, which must not count twice.
    let first_pass = ctx.current_pass_index() == 0;
    let mut commands = Vec::new();
    let model = &mut stage.model.0;
    let clock = Instant::now();
    let SceneRect { rect, response, painter, cards } = shell_ui(&ctx, &mut stage.panels.0, model, &mut commands);
    let panels_ms = clock.elapsed().as_secs_f32() * 1e3;
    let pixels_per_point = ctx.pixels_per_point();
    let area = pixels(rect, pixels_per_point, target_size(&ctx, pixels_per_point));
    let size_px = area.size().as_vec2();

    if first_pass {
        commands.extend(pasted_files(&ctx));
        let room = room(rect, &cards);
        stage.pane.resized = stage.pane.size_px != size_px || stage.pane.room != room;
        stage.pane.room = room;
        stage.pane.size_px = size_px;
        let window = ctx.content_rect().size();
        stage.pane.window_px = Vec2::new(window.x, window.y);
        stage.camera.set_flat(model.settings.flat);
        let seen = stage.camera.view(size_px.max(Vec2::ONE));
        let taken = sweep(&ctx, &response, &mut stage.pane.swept, (&stage.graph, &seen), model, &mut commands)
            || drag_node(&response, rect, &mut stage.pane, &stage.graph, &stage.camera, model, &mut commands);
        if !taken {
            let before = stage.camera.goal();
            steer(&ctx, &response, rect, &mut stage.camera, stage.time.delta_secs());
            if before != stage.camera.goal() {
                let (state, now_s) = (stage.knobs.view_state(model, before), stage.time.elapsed_secs());
                stage.undo.0.before("camera", &state, now_s);
            }
        }
        if let Some(text) = stage.clipboard.0.take() {
            ctx.copy_text(text);
        }
        if is_live(model) && model.is_demo && !stage.camera.user_moved && !model.settings.reduced_motion {
            stage.camera.drift(stage.time.delta_secs().min(0.1));
        }
        let jump = stage.pane.still || model.settings.reduced_motion;
        stage.camera.step(if jump { 0.0 } else { stage.time.delta_secs() });
    }
    let view = stage.camera.view(size_px.max(Vec2::ONE));
    let discs = stage.clusters.discs(&stage.graph, &view, model, pixels_per_point);
    model.grouped = (discs.len(), discs.iter().map(|disc| disc.count).sum());
    let on = response.hover_pos().and_then(|pointer| {
        let at = pos2(pointer.x - rect.min.x, pointer.y - rect.min.y);
        discs.iter().filter(|disc| disc.covers(at)).min_by_key(|disc| disc.count).map(|disc| disc.group)
    });
    if first_pass {
        let (eye, graph) = (eye(&view, &stage.graph, pixels_per_point), &stage.graph);
        let drawn = graph.drawn.as_ref().map_or(graph.places_revision, |places| places.frame);
        let mut picture = DefaultHasher::new();
        (bytemuck::cast_slice::<_, u8>(&eye.clip_from_world), graph.style_revision, drawn).hash(&mut picture);
        let pointer = response.hover_pos().filter(|_| !response.dragged()).map(|pointer| {
            let at = (pointer - rect.min) * pixels_per_point;
            [at.x, at.y]
        });
        let under = stage.probe.ask(pointer, TOLERANCE * pixels_per_point, picture.finish());
        match on {
            Some(group) => open_group(&response, stage.clusters.members(group).collect(), model, &mut commands),
            None => hover_and_click(&response, under, model, &mut commands),
        }
        stage.view.eye = Some(eye);
        if stage.probe.waits() {
            ctx.request_repaint();
        }
        stage.outbox.0.append(&mut commands);
    }
    let theme = Theme::of(model.settings.theme);
    painter.extend(clusters::shapes(&ctx, rect, discs, on, &theme));
    let clock = Instant::now();
    let mut named = stage.probe.named();
    named.retain(|(node, _)| !stage.clusters.hides(*node));
    let labels = label_shapes(&ctx, rect, &cards, (&stage.graph, &named), &view, model, &theme);
    let labels_ms = clock.elapsed().as_secs_f32() * 1e3;
    let names = labels.iter().filter(|shape| matches!(shape, egui::Shape::Text(_))).count();
    painter.extend(labels);
    painter.extend(rings(rect, &stage.graph, &view, model, &theme, pixels_per_point));
    painter.extend(stage.pane.swept.iter().flat_map(|sweep| sweep.shapes(&theme)));
    model.cost = model.cost.after(panels_ms, labels_ms, names as u32);

    let now_s = stage.time.elapsed_secs();
    let (born_s, fading) = stage.graph.news;
    let flashing = fading || now_s - born_s < 2.0;
    stage.pane.animates = !model.settings.reduced_motion && (stage.graph.pulses || flashing);
    let resolution = if stage.pane.still { 1.0 } else { model.lod.resolution.clamp(0.2, 1.0) };
    let mut scene = SceneView {
        viewport_px: area,
        resolution,
        eye: stage.view.eye,
        max_edges: model.lod.max_edges,
        ..SceneView::default()
    };
    let drawn = scene.drawn().as_vec2();
    let coarse = stage.camera.view(drawn.max(Vec2::ONE));
    let points = pixels_per_point * drawn.y / size_px.y.max(1.0);
    scene.uniform = uniform(&coarse, &stage.graph, model, &theme, points, now_s);
    *stage.view = scene;
    Ok(())
}

/// How far beside a thing one may point, in points.
const TOLERANCE: f32 = 5.0;
