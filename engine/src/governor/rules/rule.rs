//! In: one rule as it is written down. Out: the same with every field filled in.

use serde::{Deserialize, Serialize};

use crate::types::Action;

/// Side of the threshold on which a condition holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// At or above the threshold.
    #[default]
    #[serde(rename = ">")]
    Above,
    /// At or below the threshold.
    #[serde(rename = "<")]
    Below,
}

impl Direction {
    /// Whether `value` is on this side of `limit`, or on it. Never for NaN.
    pub fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Above => value >= limit,
            Self::Below => value <= limit,
        }
    }

    /// How it is written in a sentence.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Above => "≥",
            Self::Below => "≤",
        }
    }

    /// Where a condition lets go when nothing else is said: 0.10 on the quiet side, a tenth for limits above 1.
    fn default_clear(self, threshold: f64) -> f64 {
        let gap = 0.10 * threshold.abs().max(1.0);
        match self {
            Self::Above => threshold - gap,
            Self::Below => threshold + gap,
        }
    }
}

/// A further condition of a rule. All must hold for it to fire; one that lets go is enough for it to let go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "RawGuard")]
pub struct Guard {
    /// Reading to watch.
    pub metric: String,
    /// Value at which the condition holds.
    pub threshold: f64,
    /// Value at which it lets go.
    pub clear_threshold: f64,
    /// Side of the threshold.
    pub direction: Direction,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGuard {
    metric: String,
    threshold: f64,
    clear_threshold: Option<f64>,
    #[serde(default)]
    direction: Direction,
}

impl From<RawGuard> for Guard {
    fn from(raw: RawGuard) -> Self {
        let clear_threshold = raw.clear_threshold.unwrap_or_else(|| raw.direction.default_clear(raw.threshold));
        Self { metric: raw.metric, threshold: raw.threshold, clear_threshold, direction: raw.direction }
    }
}

/// One rule. A reading that is missing makes the rule inactive; it never counts as 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "RawRule")]
pub struct PolicyRule {
    /// Reading to watch.
    pub metric: String,
    /// Value at which the rule fires.
    pub threshold: f64,
    /// What to ask of the subsystem.
    pub action: Action,
    /// Side of the threshold on which it fires.
    pub direction: Direction,
    /// Strongest single step: the subsystem keeps at least this share.
    pub factor: f64,
    /// Rules of higher priority act first; memory comes before all.
    pub priority: i32,
    /// Value at which the rule lets go again. The specification has none, so its rules only ever shrink.
    pub clear_threshold: f64,
    /// Seconds between two actions on one lever, at least twice the time an action takes to show.
    pub cooldown_s: f64,
    /// Seconds the conditions must hold, or be clear, without a break before anything is done.
    pub hold_s: f64,
    /// Level below which this rule does not take the lever.
    pub floor: f64,
    /// Further conditions, all of which must hold.
    pub guard: Vec<Guard>,
    /// What is asked on the way back.
    pub recover_action: Action,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    metric: String,
    threshold: f64,
    action: Action,
    #[serde(default)]
    direction: Direction,
    #[serde(default = "half")]
    factor: f64,
    #[serde(default)]
    priority: i32,
    clear_threshold: Option<f64>,
    #[serde(default = "two")]
    cooldown_s: f64,
    #[serde(default = "half")]
    hold_s: f64,
    #[serde(default = "tenth")]
    floor: f64,
    #[serde(default)]
    guard: Vec<Guard>,
    #[serde(default = "scale_up")]
    recover_action: Action,
}

fn half() -> f64 {
    0.5
}

fn two() -> f64 {
    2.0
}

fn tenth() -> f64 {
    0.1
}

fn scale_up() -> Action {
    Action::ScaleUp
}

impl From<RawRule> for PolicyRule {
    fn from(raw: RawRule) -> Self {
        Self {
            clear_threshold: raw.clear_threshold.unwrap_or_else(|| raw.direction.default_clear(raw.threshold)),
            metric: raw.metric,
            threshold: raw.threshold,
            action: raw.action,
            direction: raw.direction,
            factor: raw.factor,
            priority: raw.priority,
            cooldown_s: raw.cooldown_s,
            hold_s: raw.hold_s,
            floor: raw.floor,
            guard: raw.guard,
            recover_action: raw.recover_action,
        }
    }
}

impl PolicyRule {
    /// A rule with every other field at its default.
    pub fn new(metric: &str, direction: Direction, threshold: f64, action: Action) -> Self {
        RawRule {
            metric: metric.to_owned(),
            threshold,
            action,
            direction,
            factor: half(),
            priority: 0,
            clear_threshold: None,
            cooldown_s: two(),
            hold_s: half(),
            floor: tenth(),
            guard: Vec::new(),
            recover_action: scale_up(),
        }
        .into()
    }

    /// Its own condition, then its guards.
    pub fn conditions(&self) -> impl Iterator<Item = Guard> {
        let own = Guard {
            metric: self.metric.clone(),
            threshold: self.threshold,
            clear_threshold: self.clear_threshold,
            direction: self.direction,
        };
        std::iter::once(own).chain(self.guard.iter().cloned())
    }

    /// Whether it protects memory, which comes before everything else.
    pub fn is_memory_safety(&self) -> bool {
        self.conditions().any(|c| c.metric.starts_with("mem_") || c.metric.contains("vram_"))
    }
}
