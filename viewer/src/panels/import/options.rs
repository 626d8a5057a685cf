//! In: the choice so far. Out: what orders the rows, what separates series, how far back to look, what it will cost, and
//! what is taken off the columns first.

use egui::{ComboBox, DragValue, RichText, Ui};
use scarcity_engine::types::{ColumnKind, ImportReport};

use super::super::format;
use super::super::widgets::{check, fact, named, section};
use crate::model::{Command, ImportChoice, ImportSheet, KnobValue, ViewModel};
use crate::theme::{Theme, set_dense, text_size};

/// Largest lag that can be asked for, in rows.
const MAX_LAG: usize = 64;
const NO_COLUMN: &str = "none";

pub(super) fn options_ui(
    ui: &mut Ui,
    theme: &Theme,
    report: &ImportReport,
    sheet: &ImportSheet,
    choice: &mut ImportChoice,
) {
    ui.vertical(|ui| {
        let time: Vec<&str> =
            names(report, |kind| matches!(kind, ColumnKind::Time | ColumnKind::Integer | ColumnKind::Float));
        column_ui(
            ui,
            theme,
            "Time column",
            "Orders the rows; no lag crosses a gap in it.",
            &time,
            &mut choice.time_column,
        );
        let series = names(report, |kind| !matches!(kind, ColumnKind::Empty | ColumnKind::Float));
        let help = "Separates series (runs, subjects, machines); no lag crosses a change of it.";
        column_ui(ui, theme, "Series column", help, &series, &mut choice.series_column);
        for role in [&choice.time_column, &choice.series_column].into_iter().flatten() {
            choice.columns.retain(|name| name != role);
        }
        ui.horizontal(|ui| {
            let label = ui.label(RichText::new("Largest lag").color(theme.text_weak));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                ui.label(RichText::new(if choice.max_lag == 1 { "row" } else { "rows" }).color(theme.text_weak));
                let drag = ui.add(DragValue::new(&mut choice.max_lag).range(1..=MAX_LAG).speed(0.1));
                named(drag.labelled_by(label.id), "Largest lag")
                    .on_hover_text("How many rows a cause may lie before its effect. More lags take more time.");
            });
        });
        check(ui, theme, &mut choice.follow, "Follow")
            .on_hover_text("Keep waiting for rows added at the end of the file.");
        cost_ui(ui, theme, report, sheet);
    });
}

/// Trends and seasons all variables share look like links between them: the knobs that take them off, and what becomes of
/// missing cells, before anything is computed.
pub(super) fn preparation_ui(
    ui: &mut Ui,
    theme: &Theme,
    report: &ImportReport,
    vm: &ViewModel,
    out: &mut Vec<Command>,
) {
    let known = |path: &str| vm.knobs.iter().find(|knob| knob.path == path);
    let holes = report.schema.columns.iter().any(|column| column.missing > 0);
    let knobs = [
        ("Trends", "stream.prepare.trend"),
        ("Season", "stream.prepare.season"),
        // Offered whether the first rows have holes or not: later ones may.
        ("Missing cells", "stream.prepare.missing"),
    ];
    if knobs.iter().any(|(_, path)| known(path).is_some()) {
        section(ui, theme, "Before anything is computed");
    }
    for (label, path) in knobs {
        let Some((knob, KnobValue::Word(now))) = known(path).map(|knob| (knob, &knob.value)) else { continue };
        let mut word = now.clone();
        ui.horizontal(|ui| {
            ui.label(RichText::new(label).color(theme.text_weak)).on_hover_text(&knob.about);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let combo =
                    ComboBox::from_id_salt(path).width(138.0).selected_text(in_words(&word)).show_ui(ui, |ui| {
                        for choice in &knob.words {
                            ui.selectable_value(&mut word, (*choice).to_owned(), in_words(choice));
                        }
                    });
                named(combo.response, label).on_hover_text(&knob.about);
            });
        });
        if word != *now {
            out.push(Command::SetKnob(path.to_owned(), KnobValue::Word(word)));
        }
    }
    if let Some(KnobValue::Word(word)) = known("stream.prepare.missing").map(|knob| &knob.value).filter(|_| holes) {
        let text = match word.as_str() {
            "hold" => "A missing cell takes the last value before it in the same series.",
            "drop" => "A row with a missing cell is left out; no lag crosses it.",
            _ => "Gaps of up to 8 rows are bridged by a line; longer ones leave rows out of effects.",
        };
        ui.add(egui::Label::new(RichText::new(text).size(text_size::SMALL).color(theme.text_weak)).wrap());
    }
}

/// A choice as it is read: a number is a length in rows.
fn in_words(choice: &str) -> String {
    match choice {
        "off" => "keep".to_owned(),
        "bridge" => "bridge short gaps".to_owned(),
        "hold" => "hold the last value".to_owned(),
        "drop" => "leave rows out".to_owned(),
        "auto" => "what tests find".to_owned(),
        number if number.parse::<u32>().is_ok() => format!("{number} rows"),
        other => other.to_owned(),
    }
}

fn names(report: &ImportReport, fits: impl Fn(ColumnKind) -> bool) -> Vec<&str> {
    report.schema.columns.iter().filter(|column| fits(column.kind)).map(|column| column.name.as_str()).collect()
}

fn column_ui(ui: &mut Ui, theme: &Theme, label: &str, help: &str, names: &[&str], chosen: &mut Option<String>) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(label).color(theme.text_weak)).on_hover_text(help);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let combo = ComboBox::from_id_salt(label)
                .width(138.0)
                .truncate()
                .selected_text(chosen.as_deref().unwrap_or(NO_COLUMN))
                .show_ui(ui, |ui| {
                    ui.selectable_value(chosen, None, NO_COLUMN);
                    for name in names {
                        ui.selectable_value(chosen, Some((*name).to_owned()), *name);
                    }
                });
            named(combo.response, label).on_hover_text(help);
        });
    });
}

fn cost_ui(ui: &mut Ui, theme: &Theme, report: &ImportReport, sheet: &ImportSheet) {
    set_dense(ui);
    section(ui, theme, "Expected");
    let rows = format::counted(report.estimated_rows, "row");
    let rows = if report.rows_exact { rows } else { format!("about {rows}") };
    fact(ui, theme, "Rows", &rows, "Exact where the format says so, else estimated from the bytes per row.");
    fact(ui, theme, "Time", &format::duration(sheet.estimated_s), "For all rows, on this machine.");
    fact(
        ui,
        theme,
        "Memory",
        &format::bytes(sheet.estimated_bytes),
        "For discovery; the file itself is never held whole.",
    );
    let inspected = format!("From the first {}.", format::counted(report.inspected_rows, "row"));
    ui.label(RichText::new(inspected).size(text_size::SMALL).color(theme.text_weak));
}
