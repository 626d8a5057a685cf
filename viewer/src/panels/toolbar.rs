//! In: what is on and what is held. Out: the small toolbar that floats in the top left corner of the 3D pane.

use egui::{Area, Context, Id, Margin, Order, Rect, vec2};

use super::icons::{Icon, icon_button};
use crate::model::{Command, Settings, ThemeChoice, ViewModel};
use crate::theme::{Theme, card_frame, space};

pub(super) fn toolbar_ui(ctx: &Context, theme: &Theme, vm: &ViewModel, scene: Rect, out: &mut Vec<Command>) -> Rect {
    Area::new(Id::new("scarcity_toolbar"))
        .order(Order::Middle)
        .fixed_pos(scene.min + vec2(space::M, space::M))
        .constrain_to(scene)
        .show(ctx, |ui| {
            card_frame(theme).inner_margin(Margin::same(3)).show(ui, |ui| {
                ui.spacing_mut().item_spacing = vec2(2.0, 2.0);
                ui.horizontal(|ui| {
                    buttons_ui(ui, theme, vm, out);
                });
            });
        })
        .response
        .rect
}

fn buttons_ui(ui: &mut egui::Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    if icon_button(ui, theme, Icon::Fit, false, "Show the whole graph", "Show the whole graph (Home)").clicked() {
        out.push(Command::Fit);
    }
    let (freeze, help) = if vm.layout_frozen {
        ("Release the layout", "The layout is held; discovery goes on. Release it (Space)")
    } else {
        ("Freeze the layout", "Hold the layout; discovery goes on (Space)")
    };
    if icon_button(ui, theme, Icon::Freeze, vm.layout_frozen, freeze, help).clicked() {
        out.push(Command::SetFrozen(!vm.layout_frozen));
    }
    let (icon, pause, help) = if vm.paused {
        (Icon::Play, "Resume discovery", "Discovery is held. Resume it (Shift+Space)")
    } else {
        (Icon::Pause, "Pause discovery", "Hold discovery (Shift+Space)")
    };
    if icon_button(ui, theme, icon, vm.paused, pause, help).clicked() {
        out.push(Command::SetPaused(!vm.paused));
    }
    let mut settings = vm.settings.clone();
    settings_buttons_ui(ui, theme, vm, &mut settings);
    if settings != vm.settings {
        out.push(Command::SetSettings(settings));
    }
    if icon_button(ui, theme, Icon::Camera, false, "Save a picture", "Save a picture of the window (F12)").clicked() {
        out.push(Command::Screenshot);
    }
}

fn settings_buttons_ui(ui: &mut egui::Ui, theme: &Theme, vm: &ViewModel, settings: &mut Settings) {
    let (name, help) = if settings.flat {
        ("Show in space", "A flat drawing, for print. Show it in space (5)")
    } else {
        ("Show flat", "Show it as a flat drawing (5)")
    };
    if icon_button(ui, theme, Icon::Flat, settings.flat, name, help).clicked() {
        settings.flat = !settings.flat;
    }
    let names = if settings.labels { "Hide names" } else { "Show names" };
    if icon_button(ui, theme, Icon::Labels, settings.labels, names, &format!("{names} (N)")).clicked() {
        settings.labels = !settings.labels;
    }
    if vm.truth.is_some() {
        let (name, help) = if settings.show_truth {
            ("Hide truth", "The planted links are drawn over the graph. Hide them")
        } else {
            ("Show truth", "Draw the planted links over the graph, to compare")
        };
        if icon_button(ui, theme, Icon::Truth, settings.show_truth, name, help).clicked() {
            settings.show_truth = !settings.show_truth;
        }
    }
    let (name, other) = match settings.theme {
        ThemeChoice::Dark => ("Light theme", ThemeChoice::Light),
        ThemeChoice::Light => ("Dark theme", ThemeChoice::Dark),
    };
    if icon_button(ui, theme, Icon::Theme, false, name, name).clicked() {
        settings.theme = other;
    }
}
