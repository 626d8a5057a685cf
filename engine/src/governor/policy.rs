//! In: what the profiler knows. Out: how each rule stands, and what it would ask for, graded by how far it is off.

use super::lever::LeverKey;
use super::metric::{self, Response};
use super::profiler::Profiler;
use super::rules::{Direction, Guard, PolicyRule};
use crate::types::{Action, Decision, DecisionOrigin, DecisionOutcome};

/// Mildest step down: what saves less is not worth an action.
const MILDEST: f64 = 0.95;
/// Seconds of its hold that a rule gives up at most where there is no doubt: a queue grows meanwhile. A longer hold is
/// there to see whether something else helps.
const HURRY_S: f64 = 0.5;
/// Use of the processors from which on somebody waits.
const SATURATED: f64 = 0.95;

/// What a rule looks at.
#[derive(Debug)]
pub struct View<'a> {
    /// Averages and forecasts.
    pub profiler: &'a Profiler,
    /// Seconds since the start.
    pub t_s: f64,
    /// Readings in a row without a change after which a metric counts as frozen.
    pub stale_readings: u32,
}

impl View<'_> {
    /// The value now.
    pub fn now(&self, metric: &str) -> Option<f64> {
        if metric::is_exact(metric) { self.profiler.newest(metric) } else { self.profiler.now(metric) }
    }
}

/// How a rule stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// At least one condition is clear.
    Quiet,
    /// Neither.
    Between,
    /// All conditions hold.
    Firing,
    /// The reading named is missing or frozen.
    Blind(String),
}

/// A rule and how long it has stood so.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its lever.
    pub key: LeverKey,
    /// Its place among its subsystem's rules.
    pub index: usize,
    /// The rule itself.
    pub policy: PolicyRule,
    /// Own condition, then guards.
    pub conditions: Vec<Guard>,
    /// How it stands.
    pub standing: Standing,
    /// Since when.
    pub since_s: f64,
    /// Ticks in which it was blind.
    pub inactive_ticks: u64,
}

/// A change a lever asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// The lever.
    pub key: LeverKey,
    /// Level now.
    pub from: f64,
    /// Level asked for.
    pub to: f64,
    /// Who or what asks.
    pub origin: DecisionOrigin,
    /// The action to publish.
    pub action: Action,
    /// Reading that decides.
    pub metric: String,
    /// Its value now.
    pub value: Option<f64>,
    /// The limit it is compared with.
    pub threshold: f64,
    /// Why, as a sentence.
    pub cause: String,
    /// Priority of the rule.
    pub priority: i32,
    /// Cooldown of the rule.
    pub cooldown_s: f64,
    /// It protects memory.
    pub is_memory_safety: bool,
}

impl Proposal {
    /// The decision, its outcome open.
    pub fn decision(&self, number: u64, t_s: f64, forecast: Option<f64>) -> Decision {
        Decision {
            number,
            t_s,
            subsystem: self.key.subsystem.clone(),
            lever: self.key.action,
            action: self.action,
            from: self.from,
            to: self.to,
            origin: self.origin,
            metric: self.metric.clone(),
            value: self.value,
            forecast,
            threshold: self.threshold,
            cause: self.cause.clone(),
            outcome: DecisionOutcome::DryRun,
        }
    }
}

impl Rule {
    /// A rule that has not looked yet.
    pub fn new(subsystem: &str, index: usize, policy: PolicyRule) -> Self {
        Self {
            key: LeverKey::new(subsystem, policy.action),
            index,
            conditions: policy.conditions().collect(),
            standing: Standing::Between,
            since_s: 0.0,
            inactive_ticks: 0,
            policy,
        }
    }

    /// Counts a decision that was made without it.
    pub fn count(&mut self) {
        self.inactive_ticks += u64::from(matches!(self.standing, Standing::Blind(_)));
    }

    /// Looks at its readings.
    pub fn look(&mut self, view: &View<'_>) {
        let standing = self.stand(view);
        let same = std::mem::discriminant(&standing) == std::mem::discriminant(&self.standing);
        if !same {
            self.since_s = view.t_s;
        }
        self.standing = standing;
    }

    /// Whether it has fired for as long as it must.
    pub fn has_held(&self, view: &View<'_>) -> bool {
        let hurried_s = self.policy.hold_s.min(HURRY_S) * (1.0 - self.doubt(view));
        self.standing == Standing::Firing && view.t_s - self.since_s >= self.policy.hold_s - hurried_s
    }

    /// How likely it is a passing thing, `[0, 1]`: the less, the further what is asked for goes beyond what can be done.
    fn doubt(&self, view: &View<'_>) -> f64 {
        let demand = |c: &&Guard| metric::find(&c.metric).is_some_and(|m| m.response == Response::Demand);
        let over = |c: &Guard| view.now(&c.metric).map_or(1.0, |now| c.threshold / now.max(c.threshold));
        self.conditions.iter().filter(demand).map(over).fold(1.0, f64::min).powi(2)
    }

    fn stand(&self, view: &View<'_>) -> Standing {
        if let Some(missing) = self.conditions.iter().find(|c| view.now(&c.metric).is_none()) {
            return Standing::Blind(missing.metric.clone());
        }
        // A sensor that died goes on saying its last word. One metric may stand still by chance or at its bound; all
        // that a rule looks at, to the last bit, do not.
        let moving = |c: &&Guard| metric::find(&c.metric).is_some_and(|m| !m.may_rest);
        let mut watched = self.conditions.iter().filter(moving).peekable();
        if let Some(first) = watched.peek().map(|c| c.metric.clone())
            && watched.all(|c| view.profiler.still(&c.metric) >= view.stale_readings)
        {
            return Standing::Blind(first);
        }
        if self.conditions.iter().all(|c| fires(c, view)) {
            Standing::Firing
        } else if self.conditions.iter().any(|c| is_quiet(c, view)) {
            Standing::Quiet
        } else {
            Standing::Between
        }
    }

    /// Share of its level the lever should keep, and the condition that says so: what brings the reading that answers
    /// best to where it lets go, never below the rule's factor in one step.
    pub fn wanted_share(&self, view: &View<'_>) -> (f64, &Guard) {
        let of = |guard: &Guard| metric::find(&guard.metric).map(|m| m.response);
        let demand = self.conditions.iter().find(|c| of(c) == Some(Response::Demand));
        let deciding = demand.unwrap_or(&self.conditions[0]);
        let now = view.now(&deciding.metric).unwrap_or(deciding.threshold);
        let clear = deciding.clear_threshold;
        let share = match of(deciding) {
            Some(Response::Demand) => clear / now,
            Some(Response::Inverse) => now / clear,
            Some(Response::Own(own)) => {
                let own = view.now(own).unwrap_or(now).min(now);
                (clear - (now - own)) / own
            }
            // What a step frees is not known beforehand: the further over the limit, the stronger.
            Some(Response::Held(_) | Response::Fixed | Response::Waiting | Response::Headroom) | None => {
                let span = match deciding.direction {
                    Direction::Above => (1.0 - deciding.threshold).max(0.02),
                    Direction::Below => deciding.threshold.abs().max(0.02),
                };
                1.0 - (1.0 - self.policy.factor) * (0.5 + 0.5 * ((now - deciding.threshold).abs() / span).min(1.0))
            }
        };
        let share = if share.is_finite() { share } else { self.policy.factor };
        (share.max(self.policy.factor).min(MILDEST), deciding)
    }

    /// The reading that follows the level of its lever, if one does.
    pub fn follows(&self) -> Option<&'static str> {
        self.conditions.iter().find_map(|c| match metric::find(&c.metric)?.response {
            // What waits already hides for a while that less is asked for.
            Response::Demand => Some("load"),
            _ => None,
        })
    }

    /// Whether it would be quiet with its lever at `to` instead of `from`.
    pub fn fits(&self, view: &View<'_>, from: f64, to: f64, freed: &dyn Fn(&str) -> f64) -> bool {
        self.conditions.iter().any(|c| {
            let Some(info) = metric::find(&c.metric) else { return false };
            if info.response == Response::Headroom {
                return headroom(view, freed("mem_util")).is_some_and(|left| clears(c, left));
            }
            if info.response == Response::Waiting && is_saturated(view, from, to) {
                return false;
            }
            let own = match info.response {
                Response::Own(own) => view.now(own),
                _ => None,
            };
            let ahead = |value: f64| metric::predict(info.response, value, own, freed(&c.metric), from, to);
            let is_clear = |value: Option<f64>| value.is_some_and(|v| clears(c, ahead(v)));
            // Now and as expected: a reading that is on its way up does not fit.
            is_clear(view.now(&c.metric)) && is_clear(view.profiler.expected(&c.metric))
        })
    }
}

/// What would be left of the memory, relative to what this process would hold, with all that was freed taken again.
fn headroom(view: &View<'_>, freed: f64) -> Option<f64> {
    let now = view.now("mem_headroom")?;
    let (Some(used), Some(own)) = (view.now("mem_util"), view.now("mem_self")) else {
        return Some(now);
    };
    Some(((1.0 - used - freed).max(0.0) / (own + freed).max(1e-9)).min(now))
}

/// Whether no processor would be left unused with a lever at `to`: nobody waits until then, and everybody does after.
fn is_saturated(view: &View<'_>, from: f64, to: f64) -> bool {
    let of = |name: &str| view.now(name);
    let used = of("cpu_util").map(|u| metric::predict(Response::Own("cpu_self"), u, of("cpu_self"), 0.0, from, to));
    used.is_none_or(|used| used > SATURATED)
}

/// Whether a condition holds: now, or one actuation delay ahead by more than forecasts have been wrong, while it is
/// already on its way.
fn fires(condition: &Guard, view: &View<'_>) -> bool {
    let holds = |value: f64, limit: f64| condition.direction.holds(value, limit);
    let (Some(now), Some(expected)) = (view.now(&condition.metric), view.profiler.expected(&condition.metric)) else {
        return false;
    };
    let doubt = view.profiler.doubt(&condition.metric);
    let expected = match condition.direction {
        Direction::Above => expected - doubt,
        Direction::Below => expected + doubt,
    };
    holds(now, condition.threshold) || (holds(expected, condition.threshold) && holds(now, condition.clear_threshold))
}

fn is_quiet(condition: &Guard, view: &View<'_>) -> bool {
    view.now(&condition.metric).is_some_and(|now| clears(condition, now))
}

fn clears(condition: &Guard, value: f64) -> bool {
    match condition.direction {
        Direction::Above => value <= condition.clear_threshold,
        Direction::Below => value >= condition.clear_threshold,
    }
}
