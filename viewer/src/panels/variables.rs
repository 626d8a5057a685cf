//! In: variable names and a search text. Out: the variables panel: a list to filter by name and to select from.

use egui::{Key, Modifiers, RichText, ScrollArea, TextEdit, Ui};
use scarcity_engine::types::Snapshot;

use super::derived::var_name;
use super::format;
use super::state::UiState;
use super::widgets::{Row, named, text_field};
use crate::model::{Command, Selection, ViewModel};
use crate::theme::{Theme, size, text_size};

/// Variables whose name contains the text, whatever the case; names that start with it come first.
pub fn search_hits(names: &[String], text: &str) -> Vec<u32> {
    let text = text.trim().to_lowercase();
    let mut hits: Vec<(bool, u32)> = names
        .iter()
        .enumerate()
        .filter_map(|(index, name)| {
            let name = name.to_lowercase();
            name.contains(&text).then(|| (!name.starts_with(&text), index as u32))
        })
        .collect();
    hits.sort();
    hits.into_iter().map(|(_, index)| index).collect()
}

pub(super) fn variables_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, state: &mut UiState, out: &mut Vec<Command>) {
    let snapshot = vm.snapshot.as_deref();
    let hits = snapshot.map(|snapshot| search_hits(&snapshot.names, &vm.search)).unwrap_or_default();
    search_ui(ui, theme, vm, state, &hits, out);
    let Some(snapshot) = snapshot else {
        ui.label(RichText::new("No variables yet.").color(theme.text_weak));
        return;
    };
    let total = snapshot.names.len() as u64;
    let text = if vm.search.trim().is_empty() {
        format::counted(total, "variable")
    } else {
        format!("{} of {}", format::count(hits.len() as u64), format::counted(total, "variable"))
    };
    ui.label(RichText::new(text).size(text_size::SMALL).color(theme.text_weak));
    let searching = !vm.search.trim().is_empty();
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, size::LIST_ROW, hits.len(), |ui, rows| {
        for row in rows {
            let marked = searching && row == state.search_cursor;
            variable_ui(ui, theme, vm, snapshot, hits[row], marked, state, out);
        }
    });
}

fn search_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, state: &mut UiState, hits: &[u32], out: &mut Vec<Command>) {
    let id = ui.make_persistent_id("search");
    // Arrow keys walk the list while the field keeps the keyboard; taken before the field sees them.
    if ui.memory(|memory| memory.has_focus(id)) {
        let pressed = |ui: &Ui, key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(ui, Key::ArrowDown) {
            state.search_cursor = (state.search_cursor + 1).min(hits.len().saturating_sub(1));
        }
        if pressed(ui, Key::ArrowUp) {
            state.search_cursor = state.search_cursor.saturating_sub(1);
        }
        if pressed(ui, Key::Escape) {
            state.search.clear();
            out.push(Command::SetSearch(String::new()));
            ui.memory_mut(|memory| memory.surrender_focus(id));
        }
    } else if state.search != vm.search {
        state.search.clone_from(&vm.search);
    }
    let width = ui.available_width();
    let field = TextEdit::singleline(&mut state.search).id(id).hint_text("Search  ( / )");
    let field = named(text_field(ui, theme, field, width), "Search variables");
    if state.focus_search {
        state.focus_search = false;
        field.request_focus();
    }
    if field.changed() {
        state.search_cursor = 0;
        out.push(Command::SetSearch(state.search.clone()));
    }
    if field.lost_focus()
        && ui.input(|input| input.key_pressed(Key::Enter))
        && let Some(hit) = hits.get(state.search_cursor)
    {
        out.push(Command::Select(Selection::Node(*hit)));
        out.push(Command::FocusSelection);
    }
}

#[expect(clippy::too_many_arguments, reason = "one line of a list, drawn in one place")]
fn variable_ui(
    ui: &mut Ui,
    theme: &Theme,
    vm: &ViewModel,
    snapshot: &Snapshot,
    index: u32,
    marked: bool,
    state: &UiState,
    out: &mut Vec<Command>,
) {
    let name = var_name(snapshot, index);
    let degree = state.derived.degree.get(index as usize).copied().unwrap_or(0);
    let value = if degree == 0 { String::new() } else { format::count(u64::from(degree)) };
    let row = Row {
        text: RichText::new(&name).into(),
        value: RichText::new(value).size(text_size::SMALL).color(theme.text_weak).into(),
        name: &name,
        remark: "".into(),
        mark: None,
        selected: vm.selection == Selection::Node(index),
    };
    let response = row.show(ui, theme);
    if marked {
        let stroke = egui::Stroke::new(1.0, theme.accent_text);
        let rect = response.rect.expand2(egui::vec2(4.0, 0.0));
        ui.painter().rect_stroke(rect, size::RADIUS as f32, stroke, egui::StrokeKind::Inside);
        response.scroll_to_me(None);
    }
    let response = response.on_hover_text(format!("{}: {}", name, format::counted(u64::from(degree), "link")));
    if response.clicked() {
        out.push(Command::Select(Selection::Node(index)));
    }
    if response.double_clicked() {
        out.push(Command::FocusSelection);
    }
}
