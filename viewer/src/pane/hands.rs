//! In: what the pointer does on the 3D pane. Out: camera moves, hover, and commands.

use std::collections::BTreeSet;

use bevy::math::{Vec2, Vec3};
use egui::{Context, Key, PointerButton, Rect, Response};

use super::PaneState;
use crate::camera::OrbitCamera;
use crate::model::{Command, Selection, ViewModel};
use crate::scene::Graph;

/// A drag that begins on a variable moves it and holds it there. Returns whether the drag is such a one.
pub(super) fn drag_node(
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

pub(super) fn steer(ctx: &Context, response: &Response, rect: Rect, camera: &mut OrbitCamera, seconds: f32) {
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

pub(super) fn hover_and_click(
    response: &Response,
    under: Selection,
    model: &mut ViewModel,
    commands: &mut Vec<Command>,
) {
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
pub(super) fn open_group(
    response: &Response,
    members: BTreeSet<u32>,
    model: &mut ViewModel,
    commands: &mut Vec<Command>,
) {
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
pub(super) fn pasted_files(ctx: &Context) -> Option<Command> {
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
