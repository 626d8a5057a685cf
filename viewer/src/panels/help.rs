//! In: the keys in force. Out: an overlay that lists them by section, and says where they can be changed.

use egui::{Align, Align2, Area, Context, Grid, Id, Layout, Margin, Order, RichText, ScrollArea, Ui};

use super::actions::{ACTIONS, keys_of};
use super::widgets::close_button;
use crate::model::ViewModel;
use crate::theme::{Theme, card_frame, space, text_size};

/// What the mouse does in the 3D pane.
const MOUSE: [(&str, &str); 11] = [
    ("Drag", "Turn"),
    ("Middle drag, Shift+drag", "Move sideways"),
    ("Wheel", "Come nearer, where the pointer is"),
    ("Click", "Select"),
    ("Double click", "Go to"),
    ("Drag a variable", "Move it and hold it there"),
    ("Shift+click", "Choose one variable more"),
    ("Alt+drag", "Choose what lies in a box"),
    ("Ctrl+Alt+drag", "Choose what lies in a loop"),
    ("Right button + W A S D", "Fly"),
    ("Right click", "What can be done with it"),
];

pub(super) fn help_ui(ctx: &Context, theme: &Theme, vm: &ViewModel, open: &mut bool) {
    if !*open {
        return;
    }
    let window = ctx.content_rect();
    let area = Area::new(Id::new("scarcity_help"))
        .order(Order::Foreground)
        .pivot(Align2::CENTER_CENTER)
        .fixed_pos(window.center())
        .show(ctx, |ui| {
            card_frame(theme).inner_margin(Margin::same(18)).show(ui, |ui| {
                ui.set_width((window.width() - 80.0).min(860.0));
                ui.horizontal(|ui| {
                    ui.label(RichText::new("Keys").size(text_size::TITLE).color(theme.text_strong));
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        if close_button(ui, theme, "Close the list of keys").clicked() {
                            *open = false;
                        }
                    });
                });
                ScrollArea::vertical().max_height(window.height() - 150.0).show(ui, |ui| columns_ui(ui, theme, vm));
                ui.add_space(space::S);
                let text = match crate::settings::folder() {
                    Some(dir) => format!(
                        "Change keys in {} under [bindings], for example: isolate = \"Ctrl+I\". Names are in grey.",
                        dir.join("viewer.toml").display()
                    ),
                    None => "This system names no folder for settings, so keys cannot be changed.".to_owned(),
                };
                ui.label(RichText::new(text).size(text_size::SMALL).color(theme.text_weak));
            });
        });
    if ctx.input(|input| input.pointer.any_pressed()) && !area.response.contains_pointer() {
        *open = false;
    }
}

fn columns_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel) {
    let mut sections: Vec<&str> = Vec::new();
    for action in &ACTIONS {
        if !sections.contains(&action.section) {
            sections.push(action.section);
        }
    }
    ui.columns(2, |columns| {
        for (at, section) in sections.iter().enumerate() {
            let ui = &mut columns[at % 2];
            ui.add_space(space::S);
            ui.label(RichText::new(*section).heading().color(theme.accent_text));
            Grid::new(("scarcity_help", at)).num_columns(3).spacing([14.0, 3.0]).show(ui, |ui| {
                for action in ACTIONS.iter().filter(|action| action.section == *section) {
                    let keys = keys_of(action, &vm.settings.bindings);
                    let shown = if keys.is_empty() { "–" } else { keys };
                    ui.label(RichText::new(shown).monospace().color(theme.text_strong));
                    ui.label(RichText::new(action.title).color(theme.text));
                    ui.label(RichText::new(action.id).size(text_size::SMALL).color(theme.text_weak));
                    ui.end_row();
                }
            });
        }
        let ui = &mut columns[1];
        ui.add_space(space::S);
        ui.label(RichText::new("Mouse").heading().color(theme.accent_text));
        Grid::new("scarcity_help_mouse").num_columns(2).spacing([14.0, 3.0]).show(ui, |ui| {
            for (what, does) in MOUSE {
                ui.label(RichText::new(what).monospace().color(theme.text_strong));
                ui.label(RichText::new(does).color(theme.text));
                ui.end_row();
            }
        });
    });
}
