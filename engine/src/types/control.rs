//! In: what the governor decided and where its levers stand. Out: the payloads of `drg.decision` and `drg.state`, and
//! what people may ask of it.

use serde::{Deserialize, Serialize};

use super::Action;

/// What became of a decision.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "text")]
pub enum DecisionOutcome {
    /// The subsystem acted and says what it did.
    Acted(String),
    /// Only recorded: the governor runs dry.
    DryRun,
    /// The subsystem could not do it and says why.
    Failed(String),
    /// Nobody here answers to that name, or not to that action.
    NoSuchSubsystem(String),
}

/// Who or what a decision comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionOrigin {
    /// A rule fired.
    Rule,
    /// A rule let go and the next step fits.
    Recovery,
    /// At its floor for long without effect: a step back, to see.
    Probe,
    /// The readings a rule needs are missing or stand still: towards the safe level.
    Blind,
    /// A person: undo, pin or unpin.
    Person,
}

/// Payload of `drg.decision`: one change of one lever, with its cause. Also a line of the decision log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Running number, from 1.
    pub number: u64,
    /// Seconds since the governor started.
    pub t_s: f64,
    /// Whose lever.
    pub subsystem: String,
    /// The action the lever belongs to.
    pub lever: Action,
    /// What was asked: the lever's own action on the way down, the rule's `recover_action` on the way up.
    pub action: Action,
    /// Level before, `[0, 1]`; 1 = as configured.
    pub from: f64,
    /// Level after.
    pub to: f64,
    /// Who or what asked.
    pub origin: DecisionOrigin,
    /// Reading that decided.
    pub metric: String,
    /// Its value; absent where a person or a missing reading decided.
    pub value: Option<f64>,
    /// Its forecast one actuation delay ahead.
    pub forecast: Option<f64>,
    /// The limit it was compared with.
    pub threshold: f64,
    /// The cause as a sentence.
    pub cause: String,
    /// What became of it.
    pub outcome: DecisionOutcome,
}

/// How a rule stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "metric")]
pub enum RuleStanding {
    /// It has let go.
    Quiet,
    /// Between its two thresholds, or some of its conditions hold and others do not.
    Between,
    /// All its conditions hold.
    Firing,
    /// This reading is missing or stands still: the rule is inactive.
    Blind(String),
}

/// One rule as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RuleState {
    /// Its subsystem.
    pub subsystem: String,
    /// Its place among the subsystem's rules.
    pub index: usize,
    /// How it stands.
    pub standing: RuleStanding,
    /// Control intervals in which a missing reading kept it inactive.
    pub inactive_ticks: u64,
}

/// One lever as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeverState {
    /// Whose.
    pub subsystem: String,
    /// The action it belongs to.
    pub lever: Action,
    /// Level, `[0, 1]`; 1 = as configured.
    pub level: f64,
    /// Level below which no rule takes it.
    pub floor: f64,
    /// A person holds it here.
    pub pinned: bool,
    /// Somebody answers to it in this process.
    pub present: bool,
}

/// Payload of `drg.state`: published when it changes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct GovernorState {
    /// Name of the preset in force, `custom` when rules were edited.
    pub preset: String,
    /// Decisions are recorded and not carried out.
    pub dry_run: bool,
    /// Decisions so far.
    pub decisions: u64,
    /// Every lever a rule names.
    pub levers: Vec<LeverState>,
    /// Every rule.
    pub rules: Vec<RuleState>,
}
