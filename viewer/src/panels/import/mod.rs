//! In: what the first rows of the files show. Out: the import sheet: what will be read, as what, at what cost; and the
//! choice the user makes before anything is computed.

mod columns;
mod options;
mod preview;

use std::sync::Arc;

use egui::{Align, Button, Context, Id, Key, Label, Layout, Modal, Modifiers, RichText, Ui, vec2};
use scarcity_engine::types::{DataFormat, ImportReport};

use super::format;
use super::state::UiState;
use super::widgets::{main_button, path_field};
use crate::model::{Command, ImportChoice, ImportSheet, ViewModel};
use crate::theme::{Theme, size, space, text_size};

const WIDTH: f32 = 900.0;
const HEIGHT: f32 = 690.0;
/// Warnings shown in full; the rest scroll.
const WARNINGS_HEIGHT: f32 = 62.0;

pub(super) fn import_ui(
    ctx: &Context,
    theme: &Theme,
    vm: &ViewModel,
    sheet: &ImportSheet,
    state: &mut UiState,
    out: &mut Vec<Command>,
) {
    let keys = take_keys(ctx, state);
    let window = ctx.content_rect().size();
    let frame = egui::Frame::new()
        .fill(theme.card)
        .stroke(egui::Stroke::new(size::HAIRLINE, theme.outline))
        .corner_radius(egui::CornerRadius::same(size::RADIUS_CARD))
        .inner_margin(egui::Margin::symmetric(space::XL as i8, space::L as i8));
    Modal::new(Id::new("scarcity_import")).backdrop_color(theme.backdrop).frame(frame).show(ctx, |ui| {
        match &sheet.report {
            Ok(report) => {
                let room = window - vec2(32.0, 32.0) - vec2(2.0 * space::XL, 2.0 * space::L);
                ui.set_width(room.x.min(WIDTH));
                ui.set_height(room.y.min(HEIGHT));
                report_ui(ui, theme, vm, (report, sheet), &keys, state, out);
            }
            Err(sentence) => {
                ui.set_width((window.x - 64.0).min(520.0));
                error_ui(ui, theme, sheet, sentence, vm.is_demo, state, out);
            }
        }
    });
    if keys.escape {
        out.push(Command::CancelImport);
    }
}

/// Keys that belong to the sheet as a whole.
struct Keys {
    enter: bool,
    escape: bool,
}

/// Takes Enter and Esc before any control sees them, so that Enter accepts wherever the focus is and does not also flip
/// the check box that has it. A field being edited, an open list and a focused Cancel keep their Enter.
fn take_keys(ctx: &Context, state: &UiState) -> Keys {
    let cancel_focused = state.import_cancel.is_some_and(|id| ctx.memory(|memory| memory.has_focus(id)));
    let busy = ctx.text_edit_focused() || egui::Popup::is_any_open(ctx);
    let take = |key| ctx.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    Keys { enter: !busy && !cancel_focused && take(Key::Enter), escape: !busy && take(Key::Escape) }
}

fn report_ui(
    ui: &mut Ui,
    theme: &Theme,
    vm: &ViewModel,
    (report, sheet): (&Arc<ImportReport>, &ImportSheet),
    keys: &Keys,
    state: &mut UiState,
    out: &mut Vec<Command>,
) {
    let mut choice = sheet.choice.clone();
    heading_ui(ui, theme, report);
    warnings_ui(ui, theme, report);
    if let Some(truth) = &sheet.truth_file {
        let text = format!("{truth} lies beside the data: the planted links in it are shown over the found ones");
        ui.add(Label::new(RichText::new(text).color(theme.success)).wrap());
    }
    ui.add_space(space::S);
    // What is left between the head and the buttons is shared by the columns and the first rows.
    let buttons = 44.0;
    let room = (ui.available_height() - buttons).max(160.0);
    let preview_height = (room * 0.36).clamp(76.0, 210.0);
    ui.allocate_ui(vec2(ui.available_width(), room - preview_height - space::M), |ui| {
        ui.horizontal_top(|ui| {
            let options_width = 250.0;
            let columns_width = ui.available_width() - options_width - space::XL;
            ui.allocate_ui(vec2(columns_width, ui.available_height()), |ui| {
                columns::columns_ui(ui, theme, report, &mut choice);
            });
            ui.add_space(space::M);
            ui.allocate_ui(vec2(options_width, ui.available_height()), |ui| {
                ui.vertical(|ui| {
                    options::options_ui(ui, theme, report, sheet, &mut choice);
                    options::preparation_ui(ui, theme, report, vm, out);
                });
            });
        });
    });
    preview::preview_ui(ui, theme, report, preview_height);
    let refusal = refusal(&choice);
    buttons_ui(ui, theme, refusal.as_deref(), keys, state, out);
    if choice != sheet.choice {
        out.push(Command::EditImport(choice));
    }
}

/// Why the choice cannot be accepted, if so.
pub fn refusal(choice: &ImportChoice) -> Option<String> {
    // Discovery needs a cause and an effect.
    match choice.columns.len() {
        0 => Some("Choose at least two columns.".into()),
        1 => Some("Choose one more column: a link needs a cause and an effect.".into()),
        _ => None,
    }
}

fn heading_ui(ui: &mut Ui, theme: &Theme, report: &ImportReport) {
    ui.horizontal(|ui| {
        let title = format!("Open {}", format::file_names(&report.files));
        ui.add(Label::new(RichText::new(title).size(text_size::TITLE).color(theme.text_strong)).truncate())
            .on_hover_text(report.files.iter().map(|file| file.display().to_string()).collect::<Vec<_>>().join("\n"));
    });
    ui.add(Label::new(RichText::new(facts_text(report)).color(theme.text_weak)).wrap());
}

/// `CSV, separated by commas, names in the first line · 12.3 MB · about 1,204,000 rows`.
pub fn facts_text(report: &ImportReport) -> String {
    let mut kind = match report.format {
        DataFormat::Csv => "CSV",
        DataFormat::Parquet => "Parquet",
        DataFormat::Arrow => "Arrow",
        DataFormat::Jsonl => "JSON lines",
    }
    .to_owned();
    if let Some(separator) = report.separator {
        let name = match separator {
            ',' => "commas".into(),
            ';' => "semicolons".into(),
            '\t' => "tabs".into(),
            ' ' => "spaces".into(),
            '|' => "bars".into(),
            other => format!("“{other}”"),
        };
        kind = format!("{kind}, separated by {name}");
    }
    if report.format == DataFormat::Csv {
        let header = if report.header { "names in the first line" } else { "no line of names: columns are numbered" };
        kind = format!("{kind}, {header}");
    }
    let rows = format::counted(report.estimated_rows, "row");
    let rows = if report.rows_exact { rows } else { format!("about {rows}") };
    let mut facts = vec![kind, format::bytes(report.total_bytes), rows];
    if report.files.len() > 1 {
        facts.insert(0, format!("{} read as one stream", format::counted(report.files.len() as u64, "file")));
    }
    facts.join("  ·  ")
}

fn warnings_ui(ui: &mut Ui, theme: &Theme, report: &ImportReport) {
    if report.warnings.is_empty() {
        return;
    }
    egui::ScrollArea::vertical().id_salt("warnings").max_height(WARNINGS_HEIGHT).show(ui, |ui| {
        ui.set_width(ui.available_width());
        for warning in &report.warnings {
            ui.horizontal_top(|ui| {
                ui.label(RichText::new("i").monospace().strong().color(theme.accent_text));
                ui.add(Label::new(RichText::new(warning).color(theme.text)).wrap());
            });
        }
    });
}

fn buttons_ui(
    ui: &mut Ui,
    theme: &Theme,
    refusal: Option<&str>,
    keys: &Keys,
    state: &mut UiState,
    out: &mut Vec<Command>,
) {
    ui.with_layout(Layout::bottom_up(Align::Max), |ui| {
        ui.allocate_ui_with_layout(vec2(ui.available_width(), 30.0), Layout::right_to_left(Align::Center), |ui| {
            let start = main_button(ui, theme, "Start  (Enter)", refusal.is_none());
            let cancel = ui.add(Button::new("Cancel  (Esc)").min_size(vec2(96.0, 28.0)));
            state.import_cancel = Some(cancel.id);
            if cancel.clicked() {
                out.push(Command::CancelImport);
            }
            if refusal.is_none() && (start.clicked() || keys.enter) {
                out.push(Command::AcceptImport);
            }
            if let Some(refusal) = refusal {
                ui.label(RichText::new(refusal).color(theme.warning));
            }
        });
    });
}

fn error_ui(
    ui: &mut Ui,
    theme: &Theme,
    sheet: &ImportSheet,
    sentence: &str,
    is_demo: bool,
    state: &mut UiState,
    out: &mut Vec<Command>,
) {
    let title = format!("{} cannot be opened", format::file_names(&sheet.choice.files));
    ui.add(Label::new(RichText::new(title).size(text_size::TITLE).color(theme.error)).wrap());
    ui.add_space(space::XS);
    ui.add(Label::new(RichText::new(sentence).color(theme.text_strong)).wrap());
    ui.add_space(space::M);
    ui.label(RichText::new("Open another file, paste a path, or go back to what was running.").color(theme.text_weak));
    if let Some(path) = path_field(ui, theme, &mut state.path, "Path of another file") {
        out.push(Command::Open(vec![path]));
    }
    ui.add_space(space::M);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if main_button(ui, theme, "Open another file…", true).clicked() {
            out.push(Command::PickFiles);
        }
        let back = if is_demo { "Back to the demo  (Esc)" } else { "Close  (Esc)" };
        if ui.add(Button::new(back).min_size(vec2(96.0, 28.0))).clicked() {
            out.push(Command::CancelImport);
        }
    });
}
