//! In: `[governor.policies]` of the configuration, or what a person edits. Out: checked rules per subsystem, presets.

use serde::{Deserialize, Serialize};

use super::metric::{self, METRICS};
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

/// Rules per subsystem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policies {
    /// Layout and drawing.
    pub simulation: Vec<PolicyRule>,
    /// Discovery.
    pub mpie: Vec<PolicyRule>,
    /// Latent sketches.
    pub encoder: Vec<PolicyRule>,
    /// Admission of rows.
    pub stream: Vec<PolicyRule>,
    /// Meta-learning.
    pub meta: Vec<PolicyRule>,
    /// Federation.
    pub federation: Vec<PolicyRule>,
    /// Caches.
    pub memory: Vec<PolicyRule>,
}

impl Default for Policies {
    fn default() -> Self {
        use Direction::{Above, Below};
        let rule = |metric: &str, direction, threshold, clear_threshold, action, priority| PolicyRule {
            clear_threshold,
            priority,
            ..PolicyRule::new(metric, direction, threshold, action)
        };
        let guard = |metric: &str, direction, threshold, clear_threshold| Guard {
            metric: metric.to_owned(),
            threshold,
            clear_threshold,
            direction,
        };
        Self {
            simulation: vec![
                // Graphics memory is full from one moment to the next: the median of the newest readings is hold enough.
                PolicyRule { hold_s: 0.0, ..rule("vram_util", Above, 0.90, 0.80, Action::ScaleDown, 3) },
                PolicyRule { factor: 0.75, ..rule("fps", Below, 25.0, 35.0, Action::IncreaseLod, 2) },
            ],
            // Use is not overload: only where others keep our threads waiting and the feed is not kept up with.
            mpie: vec![PolicyRule {
                guard: vec![guard("cpu_stall", Above, 0.2, 0.1), guard("overload", Above, 1.0, 0.95)],
                ..rule("cpu_util", Above, 0.85, 0.75, Action::ReduceBatch, 2)
            }],
            encoder: Vec::new(),
            stream: Vec::new(),
            meta: vec![PolicyRule { hold_s: 0.0, ..rule("vram_util", Above, 0.85, 0.75, Action::DropLowPriority, 1) }],
            federation: vec![rule("latency_ms", Above, 150.0, 120.0, Action::DelaySync, 1)],
            // Nine tenths of a large machine leave much; what counts is whether we could still double.
            memory: vec![PolicyRule {
                guard: vec![guard("mem_headroom", Below, 1.0, 2.0)],
                hold_s: 0.0,
                ..rule("mem_util", Above, 0.90, 0.80, Action::FlushCache, 1)
            }],
        }
    }
}

impl Policies {
    /// Names of the presets.
    pub const PRESETS: [&'static str; 4] = ["balanced", "memory", "latency", "off"];

    /// A ready-made set: `balanced` is the default; `memory` keeps what protects memory; `latency` also gives up work
    /// where the machine is free and the feed is too fast for it; `off` has no rule.
    pub fn preset(name: &str) -> Option<Self> {
        let mut rules = Self::default();
        match name {
            "balanced" => {}
            "memory" => rules.by_subsystem_mut().into_iter().for_each(|(_, r)| r.retain(PolicyRule::is_memory_safety)),
            "latency" => {
                let rule = PolicyRule::new("overload", Direction::Above, 1.0, Action::ReduceBatch);
                rules.mpie = vec![PolicyRule { clear_threshold: 0.95, priority: 2, ..rule }];
            }
            "off" => rules.by_subsystem_mut().into_iter().for_each(|(_, r)| r.clear()),
            _ => return None,
        }
        Some(rules)
    }

    /// Each subsystem's name with its rules.
    pub fn by_subsystem(&self) -> [(&'static str, &[PolicyRule]); 7] {
        [
            ("simulation", &self.simulation),
            ("mpie", &self.mpie),
            ("encoder", &self.encoder),
            ("stream", &self.stream),
            ("meta", &self.meta),
            ("federation", &self.federation),
            ("memory", &self.memory),
        ]
    }

    fn by_subsystem_mut(&mut self) -> [(&'static str, &mut Vec<PolicyRule>); 7] {
        [
            ("simulation", &mut self.simulation),
            ("mpie", &mut self.mpie),
            ("encoder", &mut self.encoder),
            ("stream", &mut self.stream),
            ("meta", &mut self.meta),
            ("federation", &mut self.federation),
            ("memory", &mut self.memory),
        ]
    }

    /// The rules of a subsystem.
    pub fn of_mut(&mut self, subsystem: &str) -> Option<&mut Vec<PolicyRule>> {
        self.by_subsystem_mut().into_iter().find(|(name, _)| *name == subsystem).map(|(_, rules)| rules)
    }

    /// Adds a sentence per fault.
    pub fn check(&self, faults: &mut Vec<String>) {
        for (subsystem, rules) in self.by_subsystem() {
            for rule in rules {
                check_rule(subsystem, rule, faults);
            }
        }
    }
}

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

fn check_rule(subsystem: &str, rule: &PolicyRule, faults: &mut Vec<String>) {
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
