//! In: whether the demo runs. Out: a card over the lower middle of the 3D pane that says what moves and how to open data.

use egui::{Align, Align2, Area, Context, Id, Label, Layout, Margin, Order, Rect, RichText, Ui, pos2};

use super::legend;
use super::state::UiState;
use super::widgets::{check, close_button, main_button, path_field};
use super::{format, legend::LEGEND_WIDTH};
use crate::model::{Command, ViewModel};
use crate::theme::{Theme, card_frame, space, text_size};

const WIDTH: f32 = 430.0;
/// Recent files offered on the card.
const RECENT_SHOWN: usize = 3;

/// Whether the card is shown.
pub(super) fn is_shown(vm: &ViewModel, state: &UiState) -> bool {
    vm.is_demo && !state.welcome_hidden && vm.import.is_none() && vm.drag.is_none()
}

pub(super) fn welcome_ui(
    ctx: &Context,
    theme: &Theme,
    vm: &ViewModel,
    state: &mut UiState,
    scene: Rect,
    out: &mut Vec<Command>,
) {
    // Beside the legend where that is unfolded, so that neither covers the other.
    let taken = if legend::is_open(state, scene) { LEGEND_WIDTH + space::M } else { 0.0 };
    let room = scene.width() - taken - 2.0 * space::M;
    let width = WIDTH.min(room).max(220.0);
    let middle = scene.left() + space::M + room / 2.0;
    let folded_legend = if taken > 0.0 { 0.0 } else { 34.0 };
    Area::new(Id::new("scarcity_welcome"))
        .order(Order::Middle)
        .pivot(Align2::CENTER_BOTTOM)
        .fixed_pos(pos2(middle, scene.bottom() - space::M - folded_legend))
        .constrain_to(scene)
        .show(ctx, |ui| {
            card_frame(theme).inner_margin(Margin::symmetric(16, 12)).show(ui, |ui| {
                ui.set_width(width - 32.0);
                card_ui(ui, theme, vm, state, out);
            });
        });
}

fn card_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, state: &mut UiState, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let title = if vm.no_drops {
            "Open CSV, Parquet, Arrow or JSON lines"
        } else {
            "Drop CSV, Parquet, Arrow or JSON lines here"
        };
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let close = close_button(ui, theme, "Hide this card");
            if close.on_hover_text("Hide; the File menu still opens data").clicked() {
                state.welcome_hidden = true;
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                ui.add(Label::new(RichText::new(title).size(text_size::TITLE - 3.0).color(theme.text_strong)).wrap());
            });
        });
    });
    if vm.no_drops {
        let text = "Wayland delivers no dropped files to this window. Use Open…, paste a path, or start the viewer with \
                    a path: scarcity-viewer data.csv. Under XWayland (WAYLAND_DISPLAY unset) dropping works.";
        ui.label(RichText::new(text).color(theme.warning));
    }
    ui.add_space(space::XS);
    ui.horizontal(|ui| {
        if main_button(ui, theme, "Open…  Ctrl+O", true)
            .on_hover_text("Several files at once become one stream")
            .clicked()
        {
            out.push(Command::PickFiles);
        }
        if let Some(path) = path_field(ui, theme, &mut state.path, "Path of a file") {
            out.push(Command::Open(vec![path]));
        }
    });
    recent_ui(ui, theme, vm, out);
    ui.add_space(space::XS);
    ui.separator();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let text = "What moves here is a demo on planted data, not yours.";
        ui.label(RichText::new(text).size(text_size::SMALL).color(theme.text_weak));
        if vm.truth.is_some() {
            let mut settings = vm.settings.clone();
            let truth = check(ui, theme, &mut settings.show_truth, RichText::new("show truth").size(text_size::SMALL));
            if truth.on_hover_text("Draw the planted links over the discovered ones").changed() {
                out.push(Command::SetSettings(settings));
            }
        }
    });
}

fn recent_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    if vm.settings.recent.is_empty() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.label(RichText::new("Recent").size(text_size::SMALL).color(theme.text_weak));
        for path in vm.settings.recent.iter().take(RECENT_SHOWN) {
            let name = format::file_name(path);
            let link = ui.link(RichText::new(&name).size(text_size::SMALL));
            if link.on_hover_text(path.display().to_string()).clicked() {
                out.push(Command::Open(vec![path.clone()]));
            }
        }
    });
}
