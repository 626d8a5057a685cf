//! In: files held over the window. Out: a frame around the whole window that says what dropping them will do.

use egui::{Area, Color32, Context, CornerRadius, Id, Order, Rect, RichText, Shape, Stroke, UiBuilder, vec2};

use super::format;
use crate::model::DragHover;
use crate::theme::{Theme, space, text_size};

const CARD_WIDTH: f32 = 480.0;

pub(super) fn hover_ui(ctx: &Context, theme: &Theme, drag: &DragHover) {
    let window = ctx.content_rect();
    Area::new(Id::new("scarcity_drop"))
        .order(Order::Tooltip)
        .fixed_pos(window.min)
        .interactable(false)
        .fade_in(false)
        .show(ctx, |ui| {
            ui.set_min_size(window.size());
            let color = if drag.refusal.is_some() { theme.error } else { theme.accent_text };
            ui.painter().rect_filled(window, CornerRadius::ZERO, theme.backdrop);
            dashed_frame(ui, window.shrink(space::M), color);
            let card = Rect::from_center_size(window.center(), vec2(CARD_WIDTH.min(window.width() - 80.0), 160.0));
            ui.scope_builder(UiBuilder::new().max_rect(card), |ui| text_ui(ui, theme, drag, color));
        });
}

fn text_ui(ui: &mut egui::Ui, theme: &Theme, drag: &DragHover, color: Color32) {
    let names = format::file_names(&drag.files);
    let (title, lines) = match &drag.refusal {
        Some(refusal) => {
            (format!("{names} cannot be opened"), [refusal.as_str(), "CSV, Parquet, Arrow and JSON lines can."])
        }
        None if drag.files.len() > 1 => (
            format!("Drop to open {names}"),
            ["They are read as one stream, in this order.", "Nothing is computed before you have seen their columns."],
        ),
        None => (
            format!("Drop to open {names}"),
            ["You choose its columns first; nothing is computed before that.", "The graph on screen is replaced."],
        ),
    };
    egui::Frame::new()
        .fill(theme.card)
        .stroke(Stroke::new(1.0, theme.outline))
        .corner_radius(CornerRadius::same(crate::theme::size::RADIUS_CARD))
        .inner_margin(egui::Margin::symmetric(28, 20))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.label(RichText::new(title).size(text_size::TITLE).color(color));
            for line in lines {
                ui.label(RichText::new(line).color(theme.text));
            }
            if drag.files.len() > 1 && drag.refusal.is_none() {
                for file in drag.files.iter().take(6) {
                    ui.label(RichText::new(format::file_name(file)).color(theme.text_weak));
                }
                if drag.files.len() > 6 {
                    let more = format!("and {} more", drag.files.len() - 6);
                    ui.label(RichText::new(more).color(theme.text_weak));
                }
            }
        });
}

fn dashed_frame(ui: &egui::Ui, rect: egui::Rect, color: Color32) {
    let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom(), rect.left_top()];
    ui.painter().extend(Shape::dashed_line(&corners, Stroke::new(2.5, color), 12.0, 8.0));
}
