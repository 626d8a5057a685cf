//! In: rules. Out: a sentence per fault, with what would be right.

use super::super::metric::{self, METRICS};
use super::{Direction, PolicyRule};
use crate::types::Action;

/// What each subsystem can be asked for.
pub fn actions_of(subsystem: &str) -> &'static [Action] {
    use Action::{DelaySync, DropLowPriority, FlushCache, IncreaseLod, ReduceBatch, ScaleDown};
    match subsystem {
        "simulation" => &[ScaleDown, IncreaseLod],
        "mpie" => &[ReduceBatch, ScaleDown, DropLowPriority],
        "encoder" | "stream" => &[ScaleDown],
        "meta" => &[DropLowPriority],
        "federation" => &[DelaySync],
        "memory" => &[FlushCache],
        _ => &[],
    }
}

/// Adds a sentence per fault of a rule.
pub fn check_rule(subsystem: &str, rule: &PolicyRule, faults: &mut Vec<String>) {
    let place = format!("`governor.policies.{subsystem}`, rule on \"{}\":", rule.metric);
    let mut need = |ok: bool, text: String| {
        if !ok {
            faults.push(format!("{place} {text}"));
        }
    };
    for condition in rule.conditions() {
        let known = || METRICS.iter().map(|m| m.name).collect::<Vec<_>>().join(", ");
        need(
            metric::find(&condition.metric).is_some(),
            format!("\"{}\" is not a known metric; there are: {}", condition.metric, known()),
        );
        let clears = match condition.direction {
            Direction::Above => condition.clear_threshold < condition.threshold,
            Direction::Below => condition.clear_threshold > condition.threshold,
        };
        need(
            condition.threshold.is_finite() && condition.clear_threshold.is_finite() && clears,
            format!("`clear_threshold` of \"{}\" must lie on the quiet side of `threshold`", condition.metric),
        );
    }
    let name = |a: &Action| a.topic().rsplit('.').next().unwrap_or_default().to_owned();
    let allowed = actions_of(subsystem);
    need(
        allowed.contains(&rule.action),
        format!(
            "{subsystem} does not know the action \"{}\"; it knows: {}",
            name(&rule.action),
            allowed.iter().map(name).collect::<Vec<_>>().join(", ")
        ),
    );
    need(
        rule.recover_action == Action::ScaleUp,
        "`recover_action` must be \"scale_up\", the only action that gives back".to_owned(),
    );
    need(rule.factor > 0.0 && rule.factor <= 1.0, "`factor` must lie above 0 and not above 1".to_owned());
    need(rule.floor > 0.0 && rule.floor <= 1.0, "`floor` must lie above 0 and not above 1".to_owned());
    let seconds = |s: f64| (0.0..=3600.0).contains(&s);
    need(seconds(rule.cooldown_s), "`cooldown_s` must lie in 0 … 3600".to_owned());
    need(seconds(rule.hold_s), "`hold_s` must lie in 0 … 3600".to_owned());
}
