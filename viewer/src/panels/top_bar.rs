//! In: where the run stands. Out: the bar at the top: menus, the data's name, and one badge that says what is going on.

use egui::{Align, Button, Layout, RichText, Sense, Ui, vec2};
use scarcity_engine::types::RunState;

use super::actions::{action_of, keys_of, perform};
use super::format;
use super::widgets::check;
use super::workspace::{Pane, Workspace};
use crate::model::{Command, Settings, ThemeChoice, ViewModel};
use crate::theme::{Theme, set_strong_edges, space};

/// Actions of the menus of these names.
const EDIT: [&str; 6] = ["undo", "redo", "pin", "unpin_all", "hide", "unhide"];
const FOCUS: [&str; 9] =
    ["neighbours", "more", "fewer", "ancestors", "descendants", "paths", "isolate", "go_to", "clear"];
const TIME: [&str; 9] = ["pause", "restart", "live", "step_back", "step_on", "play", "mark_a", "mark_b", "compare"];
const HELP: [&str; 3] = ["palette", "search", "help"];

/// Colour and word for the state of the run.
pub(super) fn badge(vm: &ViewModel, theme: &Theme) -> (&'static str, egui::Color32) {
    match vm.progress.state {
        RunState::Failed => ("FAILED", theme.error),
        RunState::Cancelled => ("CANCELLED", theme.warning),
        RunState::Finished => ("FINISHED", theme.accent_text),
        _ if vm.paused || vm.progress.state == RunState::Paused => ("PAUSED", theme.warning),
        RunState::Waiting => ("WAITING FOR ROWS", theme.accent_text),
        RunState::Running | RunState::Paused => ("LIVE", theme.success),
    }
}

pub(super) fn top_bar_ui(
    ui: &mut Ui,
    theme: &Theme,
    workspace: &mut Workspace,
    vm: &ViewModel,
    out: &mut Vec<Command>,
) {
    // From the right, so that a long file name gives way and the state never does.
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        run_state_ui(ui, theme, vm);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            egui::MenuBar::new().ui(ui, |ui| {
                ui.menu_button("File", |ui| file_menu(ui, workspace, vm, out));
                ui.menu_button("Edit", |ui| actions_menu(ui, &EDIT, workspace, vm, out));
                ui.menu_button("View", |ui| view_menu(ui, theme, workspace, vm, out));
                ui.menu_button("Focus", |ui| actions_menu(ui, &FOCUS, workspace, vm, out));
                ui.menu_button("Time", |ui| actions_menu(ui, &TIME, workspace, vm, out));
                ui.menu_button("Help", |ui| actions_menu(ui, &HELP, workspace, vm, out));
                ui.separator();
                source_ui(ui, theme, vm);
            });
        });
    });
}

fn source_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel) {
    let (name, remark) = match (vm.is_demo, vm.source_name.is_empty()) {
        (true, _) => ("Demo", "planted data"),
        (false, true) => ("Nothing open", ""),
        (false, false) => (vm.source_name.as_str(), ""),
    };
    ui.add(egui::Label::new(RichText::new(name).color(theme.text_strong)).truncate()).on_hover_text(name);
    if !remark.is_empty() {
        ui.add(egui::Label::new(RichText::new(remark).color(theme.text_weak)).truncate());
    }
}

fn run_state_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel) {
    ui.spacing_mut().item_spacing.x = space::S;
    let (word, color) = badge(vm, theme);
    let progress = &vm.progress;
    let mut facts = Vec::new();
    let moving = matches!(progress.state, RunState::Running | RunState::Waiting) && !vm.paused;
    if moving {
        facts.push(format::rows_per_s(progress.rows_per_s));
    }
    facts.push(format::counted(progress.windows, "window"));
    facts.push(format!("{:.0} fps", vm.fps));
    // Right to left: the last fact first.
    ui.label(RichText::new(facts.join("  ·  ")).color(theme.text_weak))
        .on_hover_text(format!("Drawn by {}", vm.adapter));
    ui.label(RichText::new(word).color(color));
    let (dot, _) = ui.allocate_exact_size(vec2(8.0, 8.0), Sense::hover());
    ui.painter().circle_filled(dot.center(), 4.0, color);
}

/// Actions as lines of a menu, each with its key.
fn actions_menu(ui: &mut Ui, ids: &[&str], workspace: &mut Workspace, vm: &ViewModel, out: &mut Vec<Command>) {
    for action in ids.iter().filter_map(|id| action_of(id)) {
        let enabled = match action.id {
            "undo" => vm.can_undo.0,
            "redo" => vm.can_undo.1,
            "restore" => vm.last_session.is_some(),
            _ => true,
        };
        let keys = keys_of(action, &vm.settings.bindings);
        if ui.add_enabled(enabled, Button::new(action.title).shortcut_text(keys)).clicked() {
            perform(action.id, workspace, vm, out);
        }
    }
}

fn file_menu(ui: &mut Ui, workspace: &mut Workspace, vm: &ViewModel, out: &mut Vec<Command>) {
    if ui.add(Button::new("Open…").shortcut_text("Ctrl+O")).clicked() {
        out.push(Command::PickFiles);
    }
    ui.add_enabled_ui(!vm.settings.recent.is_empty(), |ui| {
        ui.menu_button("Open recent", |ui| {
            for path in &vm.settings.recent {
                if ui.button(format::file_name(path)).on_hover_text(path.display().to_string()).clicked() {
                    out.push(Command::Open(vec![path.clone()]));
                }
            }
        });
    });
    if ui.add_enabled(!vm.is_demo, Button::new("Back to the demo")).clicked() {
        out.push(Command::StartDemo);
    }
    ui.separator();
    actions_menu(ui, &["save", "restore", "export", "film"], workspace, vm, out);
    if ui.add(Button::new("Save a picture").shortcut_text("F12")).clicked() {
        out.push(Command::Screenshot);
    }
    ui.separator();
    if ui.add(Button::new("Quit").shortcut_text("Ctrl+Q")).clicked() {
        out.push(Command::Quit);
    }
}

fn view_menu(ui: &mut Ui, theme: &Theme, workspace: &mut Workspace, vm: &ViewModel, out: &mut Vec<Command>) {
    let mut settings = vm.settings.clone();
    settings_ui(ui, theme, &mut settings, vm.truth.is_some());
    if settings != vm.settings {
        out.push(Command::SetSettings(settings));
    }
    ui.separator();
    for pane in Pane::ALL.into_iter().filter(|pane| *pane != Pane::Scene) {
        let mut open = workspace.is_open(pane);
        if check(ui, theme, &mut open, pane.title()).changed() {
            workspace.set_open(pane, open);
        }
    }
    if ui.button("Reset arrangement").clicked() {
        workspace.reset();
    }
    ui.separator();
    if ui.add(Button::new("Show the whole graph").shortcut_text("Home")).clicked() {
        out.push(Command::Fit);
    }
    ui.menu_button("Look from", |ui| {
        for (name, key, axis) in [("Front", "1", 0), ("Right", "3", 1), ("Top", "7", 2)] {
            if ui.add(Button::new(name).shortcut_text(key)).clicked() {
                out.push(Command::LookFrom(axis));
            }
        }
    });
}

fn settings_ui(ui: &mut Ui, theme: &Theme, settings: &mut Settings, has_truth: bool) {
    ui.scope(|ui| {
        set_strong_edges(ui, theme);
        ui.radio_value(&mut settings.theme, ThemeChoice::Dark, "Dark theme");
        ui.radio_value(&mut settings.theme, ThemeChoice::Light, "Light theme");
    });
    ui.menu_button(format!("Text size: {} %", (settings.ui_scale * 100.0).round()), |ui| {
        set_strong_edges(ui, theme);
        for scale in [0.75_f32, 0.9, 1.0, 1.25, 1.5, 1.75, 2.0] {
            ui.radio_value(&mut settings.ui_scale, scale, format!("{} %", (scale * 100.0).round()));
        }
    });
    check(ui, theme, &mut settings.reduced_motion, "Reduced motion").on_hover_text("No flashes and no camera flights.");
    ui.separator();
    check(ui, theme, &mut settings.labels, "Names in the graph");
    check(ui, theme, &mut settings.sleeves, "Intervals as sleeves")
        .on_hover_text("A faint sleeve around each link: its width at the far end of the 95 % interval");
    ui.add_enabled_ui(has_truth, |ui| {
        check(ui, theme, &mut settings.show_truth, "Planted truth")
            .on_disabled_hover_text("Only planted data, like the demo, have a known truth.");
    });
}
