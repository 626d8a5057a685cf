//! In: the first rows as text. Out: a table of them that scrolls both ways; only the cells in sight are laid out.

use egui::{Align2, CornerRadius, Rect, RichText, ScrollArea, TextWrapMode, Ui, WidgetText, pos2, vec2};
use scarcity_engine::types::{ColumnRole, ImportReport};

use crate::theme::{Theme, size, text_size};

const CELL: egui::Vec2 = vec2(104.0, 19.0);
const PADDING: f32 = 6.0;

pub(super) fn preview_ui(ui: &mut Ui, theme: &Theme, report: &ImportReport, height: f32) {
    let rows = report.preview.len();
    ui.horizontal(|ui| {
        ui.label(RichText::new("First rows").heading().color(theme.text_strong));
    });
    let table_height = (height - 26.0).max(48.0);
    let columns = report.schema.columns.len();
    let full = vec2(columns as f32 * CELL.x, (rows + 1) as f32 * CELL.y);
    egui::Frame::new().fill(theme.field).corner_radius(CornerRadius::same(size::RADIUS)).show(ui, |ui| {
        ScrollArea::both()
            .id_salt("preview")
            .max_height(table_height)
            .min_scrolled_height(table_height)
            .auto_shrink([false, false])
            .show_viewport(ui, |ui, view| {
                ui.set_min_size(full);
                let origin = ui.min_rect().min;
                let first_column = (view.left() / CELL.x).max(0.0) as usize;
                let last_column = ((view.right() / CELL.x).ceil() as usize).min(columns);
                let first_row = (view.top() / CELL.y).max(0.0) as usize;
                let last_row = ((view.bottom() / CELL.y).ceil() as usize).min(rows);
                let head = Rect::from_min_size(
                    pos2(origin.x + view.left(), origin.y + view.top()),
                    vec2(view.width(), CELL.y),
                );
                ui.painter().rect_filled(head, CornerRadius::ZERO, theme.stripe);
                for column in first_column..last_column {
                    let x = origin.x + column as f32 * CELL.x;
                    for row in first_row..last_row {
                        let y = origin.y + (row + 1) as f32 * CELL.y;
                        let text = report.preview[row].get(column).map_or("", String::as_str);
                        let color = if is_used(report, column) { theme.text } else { theme.text_weak };
                        cell(ui, Rect::from_min_size(pos2(x, y), CELL), text, color, text_size::SMALL);
                    }
                    // The names stay in sight while the rows scroll.
                    let head = Rect::from_min_size(pos2(x, origin.y + view.top()), CELL);
                    ui.painter().rect_filled(head, CornerRadius::ZERO, theme.stripe);
                    let name = &report.schema.columns[column].name;
                    cell(ui, head, name, theme.text_strong, text_size::SMALL);
                }
            });
    });
}

fn is_used(report: &ImportReport, column: usize) -> bool {
    report.schema.columns.get(column).is_some_and(|column| column.role == ColumnRole::Variable)
}

fn cell(ui: &Ui, rect: Rect, text: &str, color: egui::Color32, text_size: f32) {
    let text: WidgetText = RichText::new(text).size(text_size).into();
    let room = rect.width() - 2.0 * PADDING;
    let galley = text.into_galley(ui, Some(TextWrapMode::Truncate), room, egui::TextStyle::Small);
    let at = Align2::LEFT_CENTER.align_size_within_rect(galley.size(), rect.shrink2(vec2(PADDING, 0.0)));
    ui.painter().galley(at.min, galley, color);
}
