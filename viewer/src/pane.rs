//! In: egui's view of the 3D pane. Out: camera moves, hover and selection, names, and what the shaders see.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Instant;

use bevy::ecs::prelude::*;
use bevy::math::{URect, UVec2, Vec2, Vec3};
use bevy::time::{Real, Time};
use bevy_egui::EguiContexts;
use egui::{Context, Key, PointerButton, Rect, Response, pos2};

use crate::app::{Model, Outbox, Panels};
use crate::camera::{OrbitCamera, PaneView, Room};
use crate::clusters::{self, Clusters};
use crate::knobs::Knobs;
use crate::link::Eye;
use crate::model::{Command, Selection, ViewModel};
use crate::obey::{Clipboard, UndoStack};
use crate::panels::{SceneRect, shell_ui};
use crate::scene::graph::{is_live, stored};
use crate::scene::labels::label_shapes;
use crate::scene::{Graph, Probe, SceneView, ViewUniform};
use crate::sweep::{Sweep, rings, sweep};
use crate::theme::Theme;

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

/// The largest part of the pane beside the cards: each card takes the strip whose loss leaves most.
fn room(pane: Rect, cards: &[Rect]) -> Room {
    let mut free = pane;
    for card in cards.iter().filter(|card| card.is_positive()) {
        if !free.intersects(*card) {
            continue;
        }
        let cuts = [
            Rect::from_min_max(free.min, pos2(card.left(), free.bottom())),
            Rect::from_min_max(free.min, pos2(free.right(), card.top())),
            Rect::from_min_max(pos2(card.right(), free.top()), free.max),
            Rect::from_min_max(pos2(free.left(), card.bottom()), free.max),
        ];
        if let Some(best) = cuts.into_iter().max_by(|a, b| a.area().total_cmp(&b.area())) {
            free = best;
        }
    }
    let aspect = if pane.height() > 0.0 { pane.aspect_ratio() } else { 1.6 };
    // In a tiny pane the graph is worth more than a free legend.
    if free.width() < 0.4 * pane.width() || free.height() < 0.4 * pane.height() {
        return Room::whole(aspect);
    }
    let middle = (free.center() - pane.center()) / (pane.size() * 0.5);
    let share = free.size() / pane.size();
    Room { aspect, middle: Vec2::new(middle.x, -middle.y), share: Vec2::new(share.x, share.y) }
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

/// The pane for the kernels that decide what is drawn, in its own pixels.
fn eye(view: &PaneView, graph: &Graph, pixels_per_point: f32) -> Eye {
    Eye {
        clip_from_world: view.clip_from_world.to_cols_array_2d(),
        viewport_px: view.size_px.to_array(),
        pixels_per_unit: view.focal_px * graph.spacing,
        least_radius_px: graph.least_radius_points() * pixels_per_point,
        pixels_per_width: pixels_per_point,
    }
}

fn target_size(ctx: &Context, pixels_per_point: f32) -> UVec2 {
    let size = ctx.content_rect().size() * pixels_per_point;
    UVec2::new(size.x.round() as u32, size.y.round() as u32)
}

/// The pane in whole pixels, inside the target.
fn pixels(rect: Rect, pixels_per_point: f32, target: UVec2) -> URect {
    let pixel = |p: egui::Pos2| {
        let at = p.to_vec2() * pixels_per_point;
        UVec2::new(at.x.round().max(0.0) as u32, at.y.round().max(0.0) as u32).min(target)
    };
    URect { min: pixel(rect.min), max: pixel(rect.max).max(pixel(rect.min)) }
}

/// A drag that begins on a variable moves it and holds it there. Returns whether the drag is such a one.
fn drag_node(
    response: &Response,
    rect: Rect,
    pane: &mut PaneState,
    graph: &Graph,
    camera: &OrbitCamera,
    model: &ViewModel,
    commands: &mut Vec<Command>,
) -> bool {
    if response.drag_started_by(PointerButton::Primary)
        && let Selection::Node(node) = model.hovered
    {
        pane.dragged = Some(node);
    }
    if !response.dragged() && !response.drag_stopped() {
        pane.dragged = None;
    }
    let Some(node) = pane.dragged else { return false };
    let drag = Vec2::new(response.drag_delta().x, response.drag_delta().y);
    // From where it was last put, not from where the layout has brought the drawing so far.
    let drawn = graph.places.get(node as usize).map(|place| [place[0], place[1], place[2]]);
    if let Some(place) = model.pins.get(&node).copied().or(drawn).filter(|_| drag != Vec2::ZERO) {
        let place = camera.dragged(Vec3::from_array(place), drag, rect.height());
        commands.push(Command::Drag(node, place.to_array()));
    }
    true
}

fn steer(ctx: &Context, response: &Response, rect: Rect, camera: &mut OrbitCamera, seconds: f32) {
    if response.dragged_by(PointerButton::Secondary) || response.is_pointer_button_down_on() {
        let held = |key| ctx.input(|i| i.pointer.secondary_down() && i.key_down(key));
        let way = |forth, back| f32::from(u8::from(held(forth))) - f32::from(u8::from(held(back)));
        let wish = Vec3::new(way(Key::D, Key::A), way(Key::E, Key::Q), way(Key::W, Key::S));
        if wish != Vec3::ZERO {
            camera.fly(wish, seconds.min(0.1));
            ctx.request_repaint();
        }
    }
    let drag = Vec2::new(response.drag_delta().x, response.drag_delta().y);
    let shift = ctx.input(|i| i.modifiers.shift);
    if drag != Vec2::ZERO {
        if response.dragged_by(PointerButton::Middle) || (shift && response.dragged_by(PointerButton::Primary)) {
            camera.pan(drag, rect.height());
        } else if response.dragged_by(PointerButton::Primary) || response.dragged_by(PointerButton::Secondary) {
            if camera.is_flat() { camera.pan(drag, rect.height()) } else { camera.orbit(drag) }
        }
    }
    let Some(pointer) = response.hover_pos() else { return };
    let (scroll, pinch) = ctx.input(|i| (i.smooth_scroll_delta.y, i.zoom_delta()));
    let factor = (-scroll * 0.003).exp() / pinch;
    if (factor - 1.0).abs() > 1e-4 {
        let at = (pointer - rect.center()) / (rect.size() * 0.5);
        camera.zoom(factor, Vec2::new(at.x, -at.y), rect.aspect_ratio());
    }
}

fn hover_and_click(response: &Response, under: Selection, model: &mut ViewModel, commands: &mut Vec<Command>) {
    // While the pointer is over a panel, that panel says what is hovered.
    if response.hovered() || model.hovered != Selection::None {
        model.hovered = under;
    }
    if response.clicked() {
        let adds = response.ctx.input(|i| i.modifiers.shift);
        commands.extend(click(model, under, adds));
    }
    if response.double_clicked() && under != Selection::None {
        commands.push(Command::FocusSelection);
    }
}

/// A disc says whom it stands for; a click chooses them, which takes them out of it.
fn open_group(response: &Response, members: BTreeSet<u32>, model: &mut ViewModel, commands: &mut Vec<Command>) {
    const NAMED: usize = 8;
    model.hovered = Selection::None;
    if let Some(snapshot) = &model.snapshot {
        let mut names: Vec<&str> =
            members.iter().filter_map(|member| snapshot.names.get(*member as usize)).map(String::as_str).collect();
        let more = names.len().saturating_sub(NAMED);
        names.truncate(NAMED);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        let text = format!("{} variables: {}{rest}\nA click takes them apart", members.len(), names.join(", "));
        response.clone().on_hover_text_at_pointer(text);
    }
    if response.clicked() {
        commands.push(Command::Choose(members));
    }
}

/// A click selects; with Shift it adds a variable to the chosen, or takes it away again.
fn click(model: &ViewModel, under: Selection, adds: bool) -> Option<Command> {
    match (under, adds) {
        (Selection::Node(node), true) => {
            let mut chosen = model.chosen.clone();
            if let (true, Selection::Node(first)) = (chosen.is_empty(), model.selection) {
                chosen.insert(first);
            }
            if !chosen.remove(&node) {
                chosen.insert(node);
            }
            Some(Command::Choose(chosen))
        }
        (Selection::None, false) if !model.chosen.is_empty() => Some(Command::Choose(BTreeSet::new())),
        (_, false) if model.selection != under => Some(Command::Select(under)),
        _ => None,
    }
}

/// A path pasted outside a text field is a wish to open it.
fn pasted_files(ctx: &Context) -> Option<Command> {
    if ctx.text_edit_focused() {
        return None;
    }
    let text = ctx.input(|i| {
        i.events.iter().find_map(|event| match event {
            egui::Event::Paste(text) => Some(text.clone()),
            _ => None,
        })
    })?;
    let files: Vec<_> = text
        .lines()
        .map(|line| line.trim().trim_matches(['"', '\'']))
        .filter(|line| !line.is_empty())
        .map(|line| std::path::PathBuf::from(line.strip_prefix("file://").unwrap_or(line)))
        .collect();
    (!files.is_empty() && files.iter().all(|f| f.exists())).then_some(Command::Open(files))
}

fn uniform(
    view: &PaneView,
    graph: &Graph,
    model: &ViewModel,
    theme: &Theme,
    pixels_per_point: f32,
    now_s: f32,
) -> ViewUniform {
    let with = |[r, g, b]: [f32; 3], last: f32| [r, g, b, last];
    // The fade spans the graph: its near side is clear, its far side still readable.
    let reach = graph.radius.max(0.1);
    ViewUniform {
        clip_from_world: view.clip_from_world.to_cols_array_2d(),
        background: with(stored(theme.scene), 0.55),
        highlight: with(stored(theme.selection), now_s),
        // A flat drawing has no ground.
        grid: with(stored(if model.settings.flat { theme.scene } else { theme.outline }), graph.floor),
        viewport_px: view.size_px.to_array(),
        focal_px: view.focal_px * graph.spacing,
        pixels_per_point,
        fog_near: view.distance - 0.2 * reach,
        fog_far: view.distance + 1.4 * reach,
        grid_step: reach * 0.28,
        reduced_motion: f32::from(u8::from(model.settings.reduced_motion)),
        least_px: graph.least_radius_points() * pixels_per_point,
        rest: [0.0; 3],
    }
}
