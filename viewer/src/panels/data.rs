//! In: what is open. Out: the data panel: what is being watched, how much of it, and how to open something else.

use egui::{Button, Label, RichText, Ui};
use scarcity_engine::types::RunState;

use super::format;
use super::state::UiState;
use super::widgets::{named, path_field};
use crate::model::{Command, ViewModel};
use crate::theme::{Theme, text_size};

pub(super) fn data_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, state: &mut UiState, out: &mut Vec<Command>) {
    let name = match (vm.is_demo, vm.source_name.is_empty()) {
        (true, _) => "Demo on planted data",
        (false, true) => "Nothing open",
        (false, false) => &vm.source_name,
    };
    ui.add(Label::new(RichText::new(name).color(theme.text_strong)).truncate()).on_hover_text(name);
    ui.label(RichText::new(facts_text(vm)).size(text_size::SMALL).color(theme.text_weak));
    ui.horizontal(|ui| {
        if ui.button("Open…").on_hover_text("Ctrl+O").clicked() {
            out.push(Command::PickFiles);
        }
        if !vm.settings.recent.is_empty() {
            ui.menu_button("Recent", |ui| {
                for path in &vm.settings.recent {
                    if ui.button(format::file_name(path)).on_hover_text(path.display().to_string()).clicked() {
                        out.push(Command::Open(vec![path.clone()]));
                    }
                }
            });
        }
        if !vm.is_demo && named(ui.add(Button::new("Demo")), "Back to the demo stream").clicked() {
            out.push(Command::StartDemo);
        }
    });
    // While the welcome card is up, the field is there.
    if !super::welcome::is_shown(vm, state)
        && vm.import.is_none()
        && let Some(path) = path_field(ui, theme, &mut state.path, "Path of a file")
    {
        out.push(Command::Open(vec![path]));
    }
}

fn facts_text(vm: &ViewModel) -> String {
    let mut facts = Vec::new();
    if let Some(snapshot) = &vm.snapshot {
        facts.push(format::counted(snapshot.names.len() as u64, "variable"));
    }
    facts.push(format::counted(vm.progress.rows, "row"));
    if vm.progress.gaps > 0 {
        facts.push(format::counted(vm.progress.gaps, "gap"));
    }
    if vm.progress.bad_rows > 0 {
        facts.push(format!("{} unreadable", format::count(vm.progress.bad_rows)));
    }
    if vm.snapshot.is_none() && vm.progress.state == RunState::Running {
        facts.push("first window pending".into());
    }
    facts.join("  ·  ")
}
