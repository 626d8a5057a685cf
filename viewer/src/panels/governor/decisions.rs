//! In: how the governor stands and what it did. Out: its presets, dry run and Undo; its levers, which can be held; and each
//! action with its reason.

use egui::{Align, CornerRadius, DragValue, Frame, Label, Layout, Margin, RichText, Ui};
use scarcity_engine::governor::{LeverKey, Policies};
use scarcity_engine::types::{Action, Decision, DecisionOrigin, DecisionOutcome, LeverState};

use super::super::format;
use super::super::plots::remark;
use super::super::widgets::{bar, check, named, section};
use crate::model::{Command, GovernorAsk, ViewModel, action_word};
use crate::theme::{Theme, size, space, text_size};

/// Actions listed.
const LISTED: usize = 40;

pub(super) fn control_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    section(ui, theme, "Governor");
    let state = &vm.governor.state;
    let ask = |ask: GovernorAsk| Command::AskGovernor(ask);
    remark(ui, theme, standing(vm));
    ui.horizontal_wrapped(|ui| {
        for name in Policies::PRESETS {
            let on = state.preset == name;
            let response = named(ui.selectable_label(on, name), &format!("Rules {name}"));
            if response.on_hover_text(preset_help(name)).clicked() && !on {
                out.push(ask(GovernorAsk::Preset(name)));
            }
        }
    });
    ui.horizontal(|ui| {
        let mut dry = state.dry_run;
        let help = "It decides and writes down what it would do, and does nothing";
        if check(ui, theme, &mut dry, "dry run").on_hover_text(help).changed() {
            out.push(ask(GovernorAsk::DryRun(dry)));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let acted =
                |d: &&Decision| d.origin != DecisionOrigin::Person && matches!(d.outcome, DecisionOutcome::Acted(_));
            let can = vm.governor.runs && vm.governor.decisions.iter().any(|d| acted(&d));
            let undo = ui.add_enabled(can, egui::Button::new("Undo").small());
            let help = "Put its last change back, and leave that lever alone for a minute";
            if named(undo, "Undo the governor's last change").on_hover_text(help).clicked() {
                out.push(ask(GovernorAsk::Undo));
            }
        });
    });
}

fn standing(vm: &ViewModel) -> String {
    let state = &vm.governor.state;
    if !vm.governor.runs {
        return "It looks after a run; none is under way that it may act on.".into();
    }
    let down = state.levers.iter().filter(|lever| lever.level < 1.0).count();
    let dry = if state.dry_run { "Dry run: it only says what it would do. " } else { "" };
    let what = match down {
        0 => "Nothing is limited".to_owned(),
        1 => "One thing is limited".to_owned(),
        more => format!("{more} things are limited"),
    };
    let decisions = format::counted(state.decisions, "decision");
    format!("{dry}{what}; {decisions} so far, rules: {}.", state.preset)
}

fn preset_help(name: &str) -> &'static str {
    match name {
        "balanced" => "Gives way where the feed is not kept up with or memory runs out; the default",
        "memory" => "Only protects memory",
        "latency" => "Also gives up work where the feed is simply too fast",
        _ => "No rules",
    }
}

/// What a lever is of, in words.
fn lever_words(subsystem: &str, action: Action) -> String {
    match (subsystem, action) {
        ("mpie", Action::ReduceBatch) => "Pairs judged at a time".into(),
        ("mpie", Action::ScaleDown) => "Resamples and lags".into(),
        ("mpie", Action::DropLowPriority) => "Joint causes".into(),
        ("memory", Action::FlushCache) => "Memory for looking back".into(),
        ("simulation", Action::ScaleDown) => "Links laid out".into(),
        ("simulation", Action::IncreaseLod) => "Layout steps".into(),
        ("stream", Action::ScaleDown) => "Rows admitted".into(),
        _ => format!("{subsystem}: {}", action_word(action)),
    }
}

pub(super) fn levers_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    let levers: Vec<&LeverState> = vm.governor.state.levers.iter().filter(|lever| answers(lever)).collect();
    if levers.is_empty() || !vm.governor.runs {
        return;
    }
    section(ui, theme, "What it may limit");
    for lever in levers {
        lever_ui(ui, theme, lever, out);
    }
}

/// Meta-learning and federation run elsewhere, if at all.
fn answers(lever: &LeverState) -> bool {
    lever.present && !matches!(lever.subsystem.as_str(), "meta" | "federation" | "encoder")
}

fn lever_ui(ui: &mut Ui, theme: &Theme, lever: &LeverState, out: &mut Vec<Command>) {
    let words = lever_words(&lever.subsystem, lever.lever);
    let mut pin = |level| {
        let key = LeverKey::new(&lever.subsystem, lever.lever);
        out.push(Command::AskGovernor(GovernorAsk::Pin(key, level)));
    };
    ui.horizontal(|ui| {
        ui.add(Label::new(RichText::new(&words).color(theme.text)).truncate());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let mut held = lever.pinned;
            let help = "Hold it at this level; the rules then leave it alone";
            if named(ui.selectable_label(held, "Hold"), &format!("Hold {words}")).on_hover_text(help).clicked() {
                held = !held;
                pin(held.then_some(lever.level));
            }
            let mut percent = (100.0 * lever.level).round();
            if held {
                let drag = DragValue::new(&mut percent).range(1.0..=100.0).speed(1.0).suffix(" %");
                let response = named(ui.add(drag), &format!("Level of {words}"));
                if response.drag_stopped() || response.lost_focus() {
                    pin(Some(percent / 100.0));
                }
            } else {
                ui.label(RichText::new(format!("{percent:.0} %")).color(theme.text_strong));
            }
        });
    });
    let (rect, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), size::BAR), egui::Sense::hover());
    let color = if lever.level < 1.0 { theme.warning } else { theme.accent_text };
    bar(ui, theme, rect, lever.level, color);
    ui.add_space(space::XS);
}

pub(super) fn decisions_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel) {
    let decisions = &vm.governor.decisions;
    let listed = |d: &&Decision| !matches!(d.outcome, DecisionOutcome::NoSuchSubsystem(_));
    let count = decisions.iter().filter(listed).count();
    if count == 0 {
        return;
    }
    section(ui, theme, &format!("What it did, and why ({count})"));
    for decision in decisions.iter().rev().filter(listed).take(LISTED) {
        decision_ui(ui, theme, decision);
    }
    if count > LISTED {
        remark(ui, theme, format!("{} earlier ones are in the log.", format::count((count - LISTED) as u64)));
    }
}

fn decision_ui(ui: &mut Ui, theme: &Theme, decision: &Decision) {
    Frame::new().fill(theme.field).corner_radius(CornerRadius::same(3)).inner_margin(Margin::symmetric(8, 4)).show(
        ui,
        |ui| {
            ui.set_width(ui.available_width());
            let small = |text: String, color| RichText::new(text).size(text_size::SMALL).color(color);
            let levels = format!("{:.0} → {:.0} %", 100.0 * decision.from, 100.0 * decision.to);
            ui.horizontal(|ui| {
                let words = lever_words(&decision.subsystem, decision.lever);
                ui.add(Label::new(RichText::new(words).color(theme.text_strong)).truncate());
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                    ui.label(small(format::duration(decision.t_s), theme.text_weak));
                    let color = if decision.to < decision.from { theme.warning } else { theme.success };
                    ui.label(small(levels, color));
                });
            });
            let who = match decision.origin {
                DecisionOrigin::Person => "you",
                DecisionOrigin::Rule => "rule",
                DecisionOrigin::Recovery => "given back",
                DecisionOrigin::Probe => "trial",
                DecisionOrigin::Blind => "blind",
            };
            ui.add(Label::new(small(format!("{who} · {}", decision.cause), theme.text)).wrap());
            let (text, color) = match &decision.outcome {
                DecisionOutcome::Acted(did) => (did.clone(), theme.text_weak),
                DecisionOutcome::DryRun => ("dry run: not done".to_owned(), theme.text_weak),
                DecisionOutcome::Failed(why) => (format!("failed: {why}"), theme.error),
                DecisionOutcome::NoSuchSubsystem(who) => (who.clone(), theme.text_weak),
            };
            ui.add(Label::new(small(text, color)).wrap());
        },
    );
    ui.add_space(2.0);
}
