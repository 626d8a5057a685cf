//! In: the engine's settings. Out: the knobs panel: every one with value, range, default, who changed it last and why.

use egui::{Align, Button, ComboBox, DragValue, Layout, RichText, ScrollArea, TextEdit, Ui};

use scarcity_engine::types::DecisionOutcome;

use super::plots::remark;
use super::state::UiState;
use super::widgets::{check, named, section, text_field};
use crate::model::{Command, KnobGroup, KnobValue, KnobView, ViewModel};
use crate::theme::{Theme, space, text_size};

/// Presets, and what each is for.
pub const PRESETS: [(&str, &str); 3] = [
    ("Quiet", "Few resamples, no products, rare evaluations: for a machine that has other work"),
    ("Balanced", "The defaults"),
    ("Max", "Many resamples, every window evaluated: for the surest answer"),
];

pub(super) fn knobs_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, state: &mut UiState, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        for (name, help) in PRESETS {
            if named(ui.button(name), &format!("Preset {name}")).on_hover_text(help).clicked() {
                out.push(Command::Preset(name));
            }
        }
        let pending = vm.knobs.iter().filter(|knob| knob.pending).count();
        if pending > 0 {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let restart = Button::new(RichText::new("Restart run").color(theme.on_accent)).fill(theme.accent);
                let help = "Most knobs act when the run starts again; this starts it again now";
                if named(ui.add(restart), "Restart the run").on_hover_text(help).clicked() {
                    out.push(Command::Restart);
                }
            });
        }
    });
    let width = ui.available_width() - 14.0;
    let field = TextEdit::singleline(&mut state.knob_search).hint_text("Find a knob");
    named(text_field(ui, theme, field, width), "Find a knob");
    check(ui, theme, &mut state.knobs_changed_only, "only changed ones");
    let search = state.knob_search.to_lowercase();
    let listed = |knob: &&KnobView| {
        (search.is_empty() || knob.path.contains(&search) || knob.about.to_lowercase().contains(&search))
            && (!state.knobs_changed_only || knob.value != knob.default)
    };
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        for group in KnobGroup::ALL {
            let knobs: Vec<&KnobView> = vm.knobs.iter().filter(|knob| knob.group == group).filter(listed).collect();
            if !knobs.is_empty() {
                section(ui, theme, group.title());
                knobs.into_iter().for_each(|knob| knob_ui(ui, theme, knob, vm, out));
            }
        }
    });
}

fn knob_ui(ui: &mut Ui, theme: &Theme, knob: &KnobView, vm: &ViewModel, out: &mut Vec<Command>) {
    let mut value = knob.value.clone();
    let changed = knob.value != knob.default;
    ui.horizontal(|ui| {
        let color = if changed { theme.accent_text } else { theme.text };
        let label = ui.add(egui::Label::new(RichText::new(knob.name()).color(color)).truncate());
        label.on_hover_text(help_text(knob));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if changed {
                let reset = named(ui.small_button("↺"), &format!("Reset {}", knob.name()));
                if reset.on_hover_text(format!("Back to {}", knob.default)).clicked() {
                    value = knob.default.clone();
                }
            }
            value_ui(ui, knob, &mut value);
        });
    });
    remark(ui, theme, small_print(knob));
    ui.add_space(space::XS);
    if let Some((lever, act)) = vm.governor.held(&knob.path) {
        let did = match act.map(|act| (&act.outcome, &act.cause)) {
            Some((DecisionOutcome::Acted(did), cause)) => format!("{did}, because {cause}"),
            _ => format!("{:.0} % of it", 100.0 * lever.level),
        };
        let text = RichText::new(format!("the governor limits it: {did}")).size(text_size::SMALL).color(theme.warning);
        ui.add(egui::Label::new(text).wrap());
        ui.add_space(space::XS);
    }
    if value != knob.value {
        out.push(Command::SetKnob(knob.path.clone(), value));
    }
}

/// What a knob does in a few words, its range and default, and who has changed it and why.
fn small_print(knob: &KnobView) -> String {
    let mut text = in_short(&knob.about).to_owned();
    let standard = format!("default {}", knob.default);
    match knob.range {
        Some((from, to)) => text.push_str(&format!(" ({from} … {to}, {standard})")),
        None => text.push_str(&format!(" ({standard})")),
    }
    if knob.value != knob.default {
        let why = if knob.why.is_empty() { String::new() } else { format!(" ({})", knob.why) };
        text.push_str(&format!(" · changed by {}{why}", knob.changed_by));
    }
    if knob.pending {
        text.push_str(" · acts when the run starts again");
    }
    text
}

/// The first clause of a description.
fn in_short(about: &str) -> &str {
    let end = about.find([';', ':', ',', '(']).unwrap_or(about.len());
    let end = about.find(". ").map_or(end, |stop| stop.min(end));
    about[..end].trim().trim_end_matches('.')
}

fn help_text(knob: &KnobView) -> String {
    let range = match knob.range {
        Some((from, to)) => format!("{from} … {to}, "),
        None => String::new(),
    };
    let when = if knob.live {
        "acts at once, on the newest 20,000 rows; on a run that has ended, when it starts again"
    } else {
        "acts when the run starts again"
    };
    format!("{}\n{}: {range}default {}; {when}", knob.about, knob.path, knob.default)
}

fn value_ui(ui: &mut Ui, knob: &KnobView, value: &mut KnobValue) {
    let (from, to) = knob.range.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
    match value {
        KnobValue::Switch(on) => {
            named(ui.checkbox(on, ""), knob.name());
        }
        KnobValue::Whole(number) => {
            let speed = ((number.unsigned_abs() as f64) * 0.01).max(0.1);
            let drag = DragValue::new(number).range(from.max(-9e15) as i64..=to.min(9e15) as i64).speed(speed);
            named(ui.add(drag), knob.name());
        }
        KnobValue::Real(number) => {
            let speed = (number.abs() * 0.01).max(1e-6);
            let text = |value: f64, _: std::ops::RangeInclusive<usize>| {
                RichText::new(format!("{value}")).size(text_size::BODY).text().to_owned()
            };
            named(ui.add(DragValue::new(number).range(from..=to).speed(speed).custom_formatter(text)), knob.name());
        }
        KnobValue::Word(word) => {
            let combo = ComboBox::from_id_salt(&knob.path).selected_text(word.clone()).show_ui(ui, |ui| {
                for choice in &knob.words {
                    ui.selectable_value(word, (*choice).to_owned(), *choice);
                }
            });
            named(combo.response, knob.name());
        }
    }
}
