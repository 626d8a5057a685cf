//! In: the columns the first rows show. Out: a table in which the user decides which of them are variables.

use egui::{Align, Checkbox, Label, Layout, RichText, Ui};
use egui_extras::{Column as TableColumn, TableBuilder};
use scarcity_engine::types::{Column, ColumnKind, ColumnRole, ImportReport};

use super::super::format;
use super::super::widgets::named;
use crate::model::ImportChoice;
use crate::theme::{Theme, set_strong_edges, text_size};

/// Height of a line, in points.
const ROW: f32 = 22.0;

/// Whether a column can be a variable at all.
pub fn can_be_used(column: &Column, choice: &ImportChoice) -> bool {
    let number = matches!(column.kind, ColumnKind::Float | ColumnKind::Integer | ColumnKind::Boolean);
    number && !column.constant && !has_other_role(column, choice)
}

fn has_other_role(column: &Column, choice: &ImportChoice) -> bool {
    [&choice.time_column, &choice.series_column].iter().any(|role| role.as_ref() == Some(&column.name))
}

/// What a column is, or why it is left out.
pub fn note(column: &Column, choice: &ImportChoice) -> String {
    if choice.time_column.as_ref() == Some(&column.name) {
        return "orders the rows".into();
    }
    if choice.series_column.as_ref() == Some(&column.name) {
        return "separates series".into();
    }
    match (&column.role, column.kind) {
        (_, ColumnKind::Empty) => "no values".into(),
        (_, ColumnKind::Text) => "not a number".into(),
        (_, ColumnKind::Time) => "a date or time".into(),
        _ if column.constant => "constant".into(),
        (ColumnRole::Skipped(why), _) => why.clone(),
        _ => String::new(),
    }
}

fn kind_text(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Float => "number",
        ColumnKind::Integer => "whole number",
        ColumnKind::Boolean => "true / false",
        ColumnKind::Time => "time",
        ColumnKind::Text => "text",
        ColumnKind::Empty => "empty",
    }
}

pub(super) fn columns_ui(ui: &mut Ui, theme: &Theme, report: &ImportReport, choice: &mut ImportChoice) {
    let columns = &report.schema.columns;
    let usable = columns.iter().filter(|column| can_be_used(column, choice)).count();
    ui.vertical(|ui| {
        ui.horizontal(|ui| {
            ui.label(RichText::new("Columns").heading().color(theme.text_strong));
            let used = format!("{} of {} used", choice.columns.len(), format::counted(columns.len() as u64, "column"));
            ui.label(RichText::new(used).color(theme.text_weak));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if named(ui.small_button("None"), "Use no column").clicked() {
                    choice.columns.clear();
                }
                let all = ui.add_enabled(choice.columns.len() < usable, egui::Button::new("All").small());
                if named(all, "Use all columns").clicked() {
                    let usable = columns.iter().filter(|column| can_be_used(column, choice));
                    choice.columns = usable.map(|column| column.name.clone()).collect();
                }
            });
        });
        table_ui(ui, theme, report, choice);
    });
}

fn table_ui(ui: &mut Ui, theme: &Theme, report: &ImportReport, choice: &mut ImportChoice) {
    let small = |text: &str| RichText::new(text).size(text_size::SMALL).color(theme.text_weak);
    let columns = &report.schema.columns;
    ui.spacing_mut().item_spacing.y = 2.0;
    TableBuilder::new(ui)
        .id_salt("columns")
        .striped(true)
        .auto_shrink(false)
        .cell_layout(Layout::left_to_right(Align::Center))
        .column(TableColumn::exact(30.0))
        .column(TableColumn::remainder().at_least(110.0).clip(true))
        .column(TableColumn::exact(88.0))
        .column(TableColumn::exact(60.0))
        .column(TableColumn::exact(168.0).clip(true))
        .header(20.0, |mut header| {
            for title in ["Use", "Name", "Kind", "Missing", "Note"] {
                header.col(|ui| {
                    ui.label(small(title));
                });
            }
        })
        .body(|body| {
            body.rows(ROW, columns.len(), |mut row| {
                let column = &columns[row.index()];
                let usable = can_be_used(column, choice);
                let color = if usable { theme.text } else { theme.text_weak };
                row.col(|ui| use_ui(ui, theme, column, usable, report, choice));
                row.col(|ui| {
                    let name = RichText::new(&column.name).color(if usable { theme.text_strong } else { color });
                    ui.add(Label::new(name).truncate());
                });
                row.col(|ui| {
                    ui.label(RichText::new(kind_text(column.kind)).color(color));
                });
                row.col(|ui| {
                    if column.missing > 0 {
                        let share = column.missing as f64 / report.inspected_rows.max(1) as f64;
                        ui.label(RichText::new(format::percent(share)).color(theme.warning))
                            .on_hover_text(format!("{} of the inspected rows", format::count(column.missing)));
                    }
                });
                row.col(|ui| {
                    let text = note(column, choice);
                    ui.add(Label::new(RichText::new(&text).color(theme.text_weak)).truncate()).on_hover_text(&text);
                });
            });
        });
}

fn use_ui(ui: &mut Ui, theme: &Theme, column: &Column, usable: bool, report: &ImportReport, choice: &mut ImportChoice) {
    let mut used = choice.columns.contains(&column.name);
    set_strong_edges(ui, theme);
    let check = ui.add_enabled(usable || used, Checkbox::without_text(&mut used));
    if !named(check, &format!("Use {}", column.name)).changed() {
        return;
    }
    if used {
        choice.columns.push(column.name.clone());
        // File order, whatever the order of clicks: it is the order of the variables.
        let place = |name: &String| report.schema.columns.iter().position(|column| column.name == *name);
        choice.columns.sort_by_key(place);
    } else {
        choice.columns.retain(|name| *name != column.name);
    }
}
