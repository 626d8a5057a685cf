//! In: the governor's rules and how each stands. Out: the table they are edited in; what is wrong with them is said below.

use egui::{ComboBox, DragValue, Label, RichText, Ui};
use scarcity_engine::governor::{Direction, METRICS, Policies, PolicyRule, actions_of};
use scarcity_engine::types::RuleStanding;

use super::super::plots::remark;
use super::super::widgets::{close_button, named, section};
use crate::model::{Command, PolicyView, ViewModel, action_word};
use crate::theme::{Theme, space, text_size};

/// Subsystems a rule can be added for: those that answer in this window.
const SUBSYSTEMS: [&str; 4] = ["mpie", "memory", "simulation", "stream"];

pub(super) fn rules_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    section(ui, theme, "Its rules");
    remark(ui, theme, "A change acts at once and is kept with the session.");
    let mut lines = vm.policies.clone();
    let mut gone = None;
    // Rules are numbered within their subsystem, those in force only.
    let mut counts: std::collections::BTreeMap<String, usize> = std::collections::BTreeMap::new();
    for (at, line) in lines.iter_mut().enumerate() {
        let count = counts.entry(line.subsystem.clone()).or_default();
        let standing = vm.governor.standing(&line.subsystem, *count).filter(|_| line.enabled && vm.governor.runs);
        *count += usize::from(line.enabled);
        ui.push_id(("rule", at), |ui| {
            if rule_ui(ui, theme, line, standing) {
                gone = Some(at);
            }
        });
        ui.add_space(space::XS);
    }
    if let Some(at) = gone {
        lines.remove(at);
    }
    ui.horizontal(|ui| {
        let menu = ui.menu_button("Add a rule", |ui| {
            for subsystem in SUBSYSTEMS {
                if ui.button(subsystem).clicked() {
                    lines.push(fresh(subsystem));
                    ui.close();
                }
            }
        });
        named(menu.response, "Add a rule");
        let usual = crate::model::lines_of(&Policies::default());
        if lines != usual && named(ui.button("Usual rules"), "Back to the usual rules").clicked() {
            lines = usual;
        }
    });
    for fault in &vm.governor.faults {
        let text = RichText::new(format!("Not in force: {fault}")).size(text_size::SMALL).color(theme.error);
        ui.add(Label::new(text).wrap());
    }
    if lines != vm.policies {
        out.push(Command::SetPolicies(lines));
    }
    ui.add_space(space::M);
}

/// A rule to start from: it never fires.
fn fresh(subsystem: &str) -> PolicyView {
    let action = actions_of(subsystem).first().copied().unwrap_or(scarcity_engine::types::Action::ScaleDown);
    PolicyView {
        subsystem: subsystem.to_owned(),
        rule: PolicyRule::new("cpu_util", Direction::Above, 1.0, action),
        enabled: true,
    }
}

/// Two lines: when it acts, and what it does then. Returns whether it is to go.
fn rule_ui(ui: &mut Ui, theme: &Theme, line: &mut PolicyView, standing: Option<&RuleStanding>) -> bool {
    let name = format!("{} of {}", action_word(line.rule.action), line.subsystem);
    let mut gone = false;
    let word = |text: &str| RichText::new(text).size(text_size::SMALL).color(theme.text_weak);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        named(ui.checkbox(&mut line.enabled, ""), &format!("{name}: in force"));
        ui.label(word("when"));
        metric_ui(ui, line, &name);
        let way = if line.rule.direction == Direction::Above { "≥" } else { "≤" };
        if named(ui.small_button(way), &format!("{name}: direction")).on_hover_text("Turn round").clicked() {
            turn(&mut line.rule);
        }
        let before = line.rule.threshold;
        let speed = before.abs().max(0.1) * 0.01;
        let drag = DragValue::new(&mut line.rule.threshold).speed(speed).max_decimals(3);
        if named(ui.add(drag), &format!("{name}: limit")).changed() {
            // What lets go keeps its distance from what fires.
            line.rule.clear_threshold += line.rule.threshold - before;
        }
        let (color, text) = standing_words(theme, standing, line.enabled);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            gone = close_button(ui, theme, &format!("{name}: take away")).on_hover_text("Take the rule away").clicked();
            let (rect, response) = ui.allocate_exact_size(egui::vec2(10.0, 10.0), egui::Sense::hover());
            ui.painter().circle_filled(rect.center(), 4.0, color);
            response
                .widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Label, true, format!("{name}: {text}")));
            response.on_hover_text(text);
        });
    });
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.add_space(22.0);
        ui.label(RichText::new(&line.subsystem).size(text_size::SMALL).color(theme.text));
        action_ui(ui, line, &name);
        ui.label(word("to")).on_hover_text("Strongest single step: it keeps at least this share");
        let factor = DragValue::new(&mut line.rule.factor).range(0.01..=1.0).speed(0.01).max_decimals(2);
        named(ui.add(factor), &format!("{name}: factor")).on_hover_text("Strongest single step: it keeps this share");
        ui.label(word("rank"));
        let priority = DragValue::new(&mut line.rule.priority).range(0..=9).speed(0.05);
        named(ui.add(priority), &format!("{name}: priority")).on_hover_text("Higher ones act first");
    });
    if !line.rule.guard.is_empty() {
        let guards: Vec<String> = line
            .rule
            .guard
            .iter()
            .map(|g| {
                format!("{} {} {}", g.metric, if g.direction == Direction::Above { "≥" } else { "≤" }, g.threshold)
            })
            .collect();
        ui.horizontal(|ui| {
            ui.add_space(22.0);
            ui.add(Label::new(word(&format!("only while {}", guards.join(" and ")))).wrap());
        });
    }
    gone
}

fn metric_ui(ui: &mut Ui, line: &mut PolicyView, name: &str) {
    let text = RichText::new(&line.rule.metric).size(text_size::SMALL);
    let combo = ComboBox::from_id_salt("metric").width(88.0).selected_text(text).truncate().show_ui(ui, |ui| {
        for metric in METRICS {
            let text = format!("{} ({})", metric.name, metric.unit);
            let option = ui.selectable_label(line.rule.metric == metric.name, text).on_hover_text(metric.about);
            if option.clicked() {
                line.rule.metric = metric.name.to_owned();
            }
        }
    });
    let about = METRICS.iter().find(|m| m.name == line.rule.metric).map_or("", |m| m.about);
    named(combo.response, &format!("{name}: reading")).on_hover_text(about);
}

fn action_ui(ui: &mut Ui, line: &mut PolicyView, name: &str) {
    let text = RichText::new(action_word(line.rule.action)).size(text_size::SMALL);
    let actions = actions_of(&line.subsystem);
    let combo = ComboBox::from_id_salt("action").width(96.0).selected_text(text).truncate().show_ui(ui, |ui| {
        for action in actions {
            ui.selectable_value(&mut line.rule.action, *action, action_word(*action));
        }
    });
    named(combo.response, &format!("{name}: action"));
}

/// The other side of the threshold, with what lets go mirrored.
fn turn(rule: &mut PolicyRule) {
    rule.direction = match rule.direction {
        Direction::Above => Direction::Below,
        Direction::Below => Direction::Above,
    };
    rule.clear_threshold = 2.0 * rule.threshold - rule.clear_threshold;
}

fn standing_words(theme: &Theme, standing: Option<&RuleStanding>, enabled: bool) -> (egui::Color32, String) {
    match standing {
        _ if !enabled => (theme.outline_strong, "not in force".into()),
        None => (theme.outline_strong, "waits for a run".into()),
        Some(RuleStanding::Quiet) => (theme.success, "quiet".into()),
        Some(RuleStanding::Between) => (theme.accent_text, "some of its conditions hold".into()),
        Some(RuleStanding::Firing) => (theme.warning, "fires".into()),
        Some(RuleStanding::Blind(metric)) => (theme.outline_strong, format!("{metric} is not known here")),
    }
}
