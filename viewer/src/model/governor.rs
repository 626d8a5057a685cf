//! In: what the governor of the run publishes. Out: how it stands, what it did and why, and what a person may ask of it.

use std::collections::VecDeque;

use scarcity_engine::governor::{LeverKey, Policies, PolicyRule};
use scarcity_engine::types::{Action, Decision, DecisionOutcome, GovernorState, LeverState, RuleStanding, Telemetry};
use serde::{Deserialize, Serialize};

/// What a person asks of the governor.
#[derive(Debug, Clone, PartialEq)]
pub enum GovernorAsk {
    /// Put the last change back.
    Undo,
    /// Hold a lever at a level, `[0, 1]`, or give it back to its rules.
    Pin(LeverKey, Option<f64>),
    /// Decide without acting, or act again.
    DryRun(bool),
    /// A ready-made set of rules, by name.
    Preset(&'static str),
}

/// One rule in the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PolicyView {
    /// The subsystem that acts.
    pub subsystem: String,
    /// The rule.
    pub rule: PolicyRule,
    /// Whether it is in force; one that is not is kept here and withheld from the governor.
    pub enabled: bool,
}

/// How the governor stands.
#[derive(Debug, Clone, Default)]
pub struct GovernorView {
    /// Whether the run has one.
    pub runs: bool,
    /// Rules and levers.
    pub state: GovernorState,
    /// Newest readings, averages, forecasts.
    pub telemetry: Telemetry,
    /// What it decided, oldest first (bounded).
    pub decisions: VecDeque<Decision>,
    /// What is wrong with the rules as edited: they are not in force then. A sentence each.
    pub faults: Vec<String>,
}

impl GovernorView {
    /// Decisions kept.
    const KEPT: usize = 500;

    /// Takes note of a decision.
    pub fn push(&mut self, decision: Decision) {
        if self.decisions.len() >= Self::KEPT {
            self.decisions.pop_front();
        }
        self.decisions.push_back(decision);
    }

    /// A reading by its name.
    pub fn reading(&self, name: &str) -> Option<f64> {
        self.telemetry.metrics.get(name).copied().filter(|_| self.runs)
    }

    /// The last decision on a lever that was carried out.
    pub fn last_act(&self, subsystem: &str, lever: Action) -> Option<&Decision> {
        let acted = |d: &&Decision| matches!(d.outcome, DecisionOutcome::Acted(_));
        self.decisions.iter().rev().filter(acted).find(|d| d.subsystem == subsystem && d.lever == lever)
    }

    /// The lever below its full level that limits a setting of the engine, with what it did last; by the setting's path.
    pub fn held(&self, path: &str) -> Option<(&LeverState, Option<&Decision>)> {
        let (subsystem, action) = match path {
            "mpie.controller.budget" | "mpie.evaluator.refresh_growth" => ("mpie", Action::ReduceBatch),
            "mpie.evaluator.n_resamples" => ("mpie", Action::ScaleDown),
            "mpie.evaluator.hyper_sources" | "mpie.encoder.products" => ("mpie", Action::DropLowPriority),
            "mpie.encoder.memory_mb" => ("memory", Action::FlushCache),
            "simulation.max_fps" => ("simulation", Action::IncreaseLod),
            _ => return None,
        };
        let lever =
            self.state.levers.iter().find(|l| l.subsystem == subsystem && l.lever == action && l.level < 1.0)?;
        Some((lever, self.last_act(subsystem, action)))
    }

    /// How a rule stands, by its subsystem and its place among the enabled ones there.
    pub fn standing(&self, subsystem: &str, index: usize) -> Option<&RuleStanding> {
        self.state.rules.iter().find(|r| r.subsystem == subsystem && r.index == index).map(|r| &r.standing)
    }
}

/// A policy set as lines of the table, by subsystem.
pub fn lines_of(policies: &Policies) -> Vec<PolicyView> {
    let of = |(subsystem, rules): (&'static str, &[PolicyRule])| -> Vec<PolicyView> {
        let line = |rule: &PolicyRule| PolicyView { subsystem: subsystem.into(), rule: rule.clone(), enabled: true };
        rules.iter().map(line).collect()
    };
    policies.by_subsystem().into_iter().flat_map(of).collect()
}

/// The lines in force as a policy set.
///
/// # Errors
/// A sentence per fault.
pub fn policies_of(lines: &[PolicyView]) -> Result<Policies, Vec<String>> {
    let mut policies = Policies::preset("off").unwrap_or_default();
    let mut faults = Vec::new();
    for line in lines.iter().filter(|line| line.enabled) {
        match policies.of_mut(&line.subsystem) {
            Some(rules) => rules.push(line.rule.clone()),
            None => faults.push(format!("there is no subsystem \"{}\"", line.subsystem)),
        }
    }
    policies.check(&mut faults);
    if faults.is_empty() { Ok(policies) } else { Err(faults) }
}

/// The word rules are written with: `reduce_batch`.
pub fn action_word(action: Action) -> &'static str {
    action.topic().rsplit('.').next().unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn lines_and_rules_are_the_same_thing() {
        for name in Policies::PRESETS {
            let policies = Policies::preset(name).unwrap();
            assert_eq!(policies_of(&lines_of(&policies)).unwrap(), policies, "{name}");
        }
    }

    #[test]
    fn a_rule_that_cannot_work_is_named() {
        let mut lines = lines_of(&Policies::default());
        lines[0].rule.factor = 3.0;
        let faults = policies_of(&lines).unwrap_err();
        assert!(faults[0].contains("factor"), "{faults:?}");
        lines[0].enabled = false;
        assert!(policies_of(&lines).is_ok(), "what is not in force does no harm");
    }
}
