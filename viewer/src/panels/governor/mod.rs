//! In: readings of the machine, the governor's state and rules. Out: the panel about them: gauges with their past, what
//! the governor did and why, its rules, and what is drawn and what that costs.

mod decisions;
mod gauges;
mod lod;
mod rules;

use egui::{ScrollArea, Ui};

use crate::model::{Command, ViewModel};
use crate::theme::Theme;

pub(super) fn governor_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        gauges::gauges_ui(ui, theme, vm);
        decisions::control_ui(ui, theme, vm, out);
        decisions::levers_ui(ui, theme, vm, out);
        decisions::decisions_ui(ui, theme, vm);
        lod::lod_ui(ui, theme, vm, out);
        rules::rules_ui(ui, theme, vm, out);
    });
}
