//! In: what was right-clicked in the 3D pane. Out: a menu of what can be done with it.

use egui::{Button, RichText, Ui};
use scarcity_engine::types::{LinkKey, Snapshot};

use super::actions::perform;
use super::derived::{edge_title, find_edge, var_name};
use super::format;
use super::inspector::hyper_title;
use super::shell::SceneRect;
use super::what_if::first_question;
use super::widgets::named;
use super::workspace::{Pane, Workspace};
use crate::model::{Command, Focus, Reach, Selection, ViewModel};
use crate::theme::Theme;

/// Opens the menu where the secondary button was clicked; it stays about what was under the pointer then.
pub(super) fn menu_ui(
    theme: &Theme,
    scene: &SceneRect,
    workspace: &mut Workspace,
    vm: &ViewModel,
    out: &mut Vec<Command>,
) {
    if scene.response.secondary_clicked() {
        workspace.state.menu_about = vm.hovered;
    }
    let about = workspace.state.menu_about;
    scene.response.context_menu(|ui| {
        ui.set_min_width(190.0);
        let Some(snapshot) = vm.snapshot.as_deref() else { return };
        match about {
            Selection::None => pane_menu(ui, workspace, vm, out),
            Selection::Node(node) => node_menu(ui, theme, workspace, vm, snapshot, node, out),
            Selection::Edge(key) => edge_menu(ui, theme, workspace, snapshot, key, out),
            Selection::Hyper(index) => {
                let Some(hyper) = snapshot.hyperedges.get(index as usize) else { return };
                title(ui, theme, hyper_title(snapshot, hyper));
                let members: Vec<u32> = hyper.sources.iter().map(|(source, _)| *source).chain([hyper.target]).collect();
                line(ui, "Select it", out, || vec![Command::Select(about)]);
                line(ui, "Show its variables alone", out, || alone(members, Reach::Roots));
            }
        }
    });
}

fn title(ui: &mut Ui, theme: &Theme, text: String) {
    ui.label(RichText::new(text).color(theme.text_strong));
    ui.separator();
}

fn line(ui: &mut Ui, text: &str, out: &mut Vec<Command>, commands: impl FnOnce() -> Vec<Command>) -> bool {
    let clicked = ui.button(text).clicked();
    if clicked {
        out.extend(commands());
        ui.close();
    }
    clicked
}

fn alone(roots: Vec<u32>, reach: Reach) -> Vec<Command> {
    vec![Command::SetFocus(Some(Focus { roots, reach })), Command::SetIsolated(true)]
}

fn node_menu(
    ui: &mut Ui,
    theme: &Theme,
    workspace: &mut Workspace,
    vm: &ViewModel,
    snapshot: &Snapshot,
    node: u32,
    out: &mut Vec<Command>,
) {
    title(ui, theme, var_name(snapshot, node));
    let focus = |reach| vec![Command::SetFocus(Some(Focus { roots: vec![node], reach }))];
    line(ui, "Its neighbourhood", out, || focus(Reach::Neighbours(1)));
    line(ui, "What acts on it", out, || focus(Reach::Ancestors));
    line(ui, "What it acts on", out, || focus(Reach::Descendants));
    if let Selection::Node(other) = vm.selection
        && other != node
    {
        let text = format!("Paths from {}", var_name(snapshot, other));
        line(ui, &text, out, || vec![Command::SetFocus(Some(Focus { roots: vec![other, node], reach: Reach::Paths }))]);
    }
    line(ui, "Show its neighbourhood alone", out, || alone(vec![node], Reach::Neighbours(1)));
    ui.separator();
    if line(ui, "What if it were moved…", out, || {
        vec![Command::Select(Selection::Node(node)), Command::AskWhatIf(first_question(vm, node))]
    }) {
        workspace.show(Pane::WhatIf);
    }
    ui.separator();
    let held = vm.pins.contains_key(&node);
    let text = if held { "Let it go" } else { "Hold it in place" };
    line(ui, text, out, || vec![Command::SetPinned(node, !held)]);
    line(ui, "Hide it", out, || vec![Command::SetHidden(node, true)]);
    let chosen = vm.chosen.contains(&node);
    let text = if chosen { "Take it from the chosen" } else { "Add it to the chosen" };
    line(ui, text, out, || {
        let mut all = vm.chosen.clone();
        if !all.remove(&node) {
            all.insert(node);
        }
        vec![Command::Choose(all)]
    });
    line(ui, "Copy its name", out, || vec![Command::Copy(var_name(snapshot, node))]);
}

fn edge_menu(
    ui: &mut Ui,
    theme: &Theme,
    workspace: &mut Workspace,
    snapshot: &Snapshot,
    key: LinkKey,
    out: &mut Vec<Command>,
) {
    let Some(edge) = find_edge(snapshot, key) else { return };
    title(ui, theme, edge_title(snapshot, edge));
    if line(ui, "Show in the table", out, || vec![Command::Select(Selection::Edge(key))]) {
        workspace.show(Pane::Table);
    }
    line(ui, "Select the cause", out, || vec![Command::Select(Selection::Node(key.source))]);
    line(ui, "Select the effect", out, || vec![Command::Select(Selection::Node(key.target))]);
    line(ui, "Show both ends alone", out, || alone(vec![key.source, key.target], Reach::Roots));
    ui.separator();
    let weight = edge.weight.abs();
    line(ui, "Hide weaker links", out, || vec![Command::FilterWeaker(weight)]);
    let link = &edge.link;
    let interval = format::with_interval(link.effect, link.ci_lo, link.ci_hi);
    line(ui, "Copy as text", out, || vec![Command::Copy(format!("{}: {interval}", edge_title(snapshot, edge)))]);
}

/// Over nothing: how the whole is looked at.
fn pane_menu(ui: &mut Ui, workspace: &mut Workspace, vm: &ViewModel, out: &mut Vec<Command>) {
    let ids =
        ["fit", "flat", "front", "right", "top", "", "freeze", "names", "unhide", "unpin_all", "", "picture", "export"];
    for id in ids {
        let Some(action) = super::actions::action_of(id) else {
            ui.separator();
            continue;
        };
        let keys = super::actions::keys_of(action, &vm.settings.bindings);
        if named(ui.add(Button::new(action.title).shortcut_text(keys)), action.title).clicked() {
            perform(id, workspace, vm, out);
            ui.close();
        }
    }
}
