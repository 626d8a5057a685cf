//! In: notes. Out: cards in the bottom left corner of the 3D pane; errors stay until they are dismissed, the rest go by themselves.

use egui::{Align2, Area, Color32, Context, Id, Margin, Order, Rect, RichText, Ui, vec2};

use super::state::UiState;
use super::widgets::close_button;
use crate::model::{Command, Toast, ToastKind, ViewModel};
use crate::theme::{Theme, card_frame, size, space};

/// How long notes stay, in seconds.
const INFO_S: f64 = 6.0;
const WARNING_S: f64 = 12.0;
const WIDTH: f32 = 340.0;

/// Shown over the 3D pane, where they cover no panel; over the window's corner where that pane is closed.
pub(super) fn toasts_ui(
    ctx: &Context,
    theme: &Theme,
    vm: &ViewModel,
    state: &mut UiState,
    scene: Rect,
    out: &mut Vec<Command>,
) -> Option<Rect> {
    state.toast_since.retain(|id, _| vm.toasts.iter().any(|toast| toast.id == *id));
    if vm.toasts.is_empty() {
        return None;
    }
    let now = ctx.input(|input| input.time);
    let whole = ctx.content_rect().with_max_y(ctx.content_rect().bottom() - size::STATUS_BAR);
    let room = if scene.is_positive() { scene } else { whole };
    let corner = room.left_bottom() + vec2(space::M, -space::M);
    let area = Area::new(Id::new("scarcity_toasts"))
        .order(Order::Foreground)
        .pivot(Align2::LEFT_BOTTOM)
        .fixed_pos(corner)
        .show(ctx, |ui| {
            ui.set_width(WIDTH);
            for toast in &vm.toasts {
                toast_ui(ui, theme, toast, out);
            }
        });
    // A note being read does not go away.
    let read = area.response.contains_pointer();
    for toast in &vm.toasts {
        let since = state.toast_since.entry(toast.id).or_insert(now);
        let Some(stay) = stay_s(toast.kind) else { continue };
        if read {
            *since = now;
        } else if now - *since >= stay {
            out.push(Command::DismissToast(toast.id));
        } else {
            ctx.request_repaint_after_secs((stay - (now - *since)) as f32);
        }
    }
    Some(area.response.rect)
}

fn stay_s(kind: ToastKind) -> Option<f64> {
    match kind {
        ToastKind::Info => Some(INFO_S),
        ToastKind::Warning => Some(WARNING_S),
        ToastKind::Error => None,
    }
}

fn look(kind: ToastKind, theme: &Theme) -> (&'static str, Color32) {
    match kind {
        ToastKind::Info => ("Note", theme.accent_text),
        ToastKind::Warning => ("Warning", theme.warning),
        ToastKind::Error => ("Error", theme.error),
    }
}

fn toast_ui(ui: &mut Ui, theme: &Theme, toast: &Toast, out: &mut Vec<Command>) {
    let (word, color) = look(toast.kind, theme);
    let margin = Margin { left: 14, right: 8, top: 8, bottom: 8 };
    let shown = card_frame(theme).inner_margin(margin).show(ui, |ui| {
        ui.set_width(WIDTH - 22.0);
        ui.horizontal_top(|ui| {
            ui.vertical(|ui| {
                ui.set_width(ui.available_width() - 28.0);
                ui.label(RichText::new(word).small().color(color));
                ui.add(egui::Label::new(RichText::new(&toast.text).color(theme.text_strong)).wrap());
            });
            if close_button(ui, theme, &format!("Dismiss: {}", toast.text)).clicked() {
                out.push(Command::DismissToast(toast.id));
            }
        });
    });
    let card = shown.response.rect;
    let stripe = Rect::from_min_size(card.min, vec2(4.0, card.height()));
    let round = egui::CornerRadius { nw: size::RADIUS_CARD, sw: size::RADIUS_CARD, ne: 0, se: 0 };
    ui.painter().rect_filled(stripe, round, color);
}
