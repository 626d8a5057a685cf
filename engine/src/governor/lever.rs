//! In: the rules of one lever and how they stand. Out: the next step of that lever, if any: down as far as is needed, up
//! as far as will fit, and never to stay down for nothing.

use super::config::DrgConfig;
use super::metric::{self, Response};
use super::policy::{Proposal, Rule, Standing, View};
use super::rules::PolicyRule;
use crate::types::{Action, DecisionOrigin, DecisionOutcome};

/// Steps up that are tried, largest first.
const UP: [f64; 3] = [1.25, 1.15, 1.05];
/// Decisions at the floor without effect after which a step up is tried.
const STUCK_DECISIONS: u32 = 5;
/// Longest wait between two such tries, in cooldowns.
const MAX_PROBE_WAIT: u32 = 40;
/// Seconds after which a third is left of what is remembered as freed.
const FADE_S: f64 = 45.0;
/// Seconds a rule must be quiet, or fit, before a step up; short, for a wrong one is undone after a cooldown.
const QUIET_S: f64 = 0.5;
/// The wait after a request that failed doubles with each further failure, so often at most.
const MAX_DOUBLINGS: u32 = 2;
/// The same where nobody answers: that does not change soon.
const MAX_DOUBLINGS_ABSENT: u32 = 6;

/// Whose lever, and the action it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeverKey {
    /// The subsystem.
    pub subsystem: String,
    /// The action.
    pub action: Action,
}

impl LeverKey {
    /// The lever of an action.
    pub fn new(subsystem: &str, action: Action) -> Self {
        Self { subsystem: subsystem.to_owned(), action }
    }
}

/// One lever: how much of what is configured a subsystem may do.
#[derive(Debug, Clone)]
pub struct Lever {
    /// Level in force, `[0, 1]`.
    pub level: f64,
    /// Level below which no rule takes it.
    pub floor: f64,
    /// Longest cooldown among its rules.
    pub cooldown_s: f64,
    /// A person holds it.
    pub pinned: bool,
    /// Nobody answers to it.
    pub absent: bool,
    /// When it last moved, and whether up.
    pub last_move: Option<(f64, bool)>,
    /// The move before that, should the last one come to nothing.
    move_before: Option<(f64, bool)>,
    /// When it was last asked, done or not.
    last_ask_s: f64,
    /// Failed requests in a row: the wait doubles with each.
    failures: u32,
    muted_until_s: f64,
    fits_since_s: Option<f64>,
    blind_since_s: Option<f64>,
    stuck: u32,
    probe_wait: u32,
    freed: Freed,
}

/// What steps down have freed of a store, as seen a cooldown after each: it would come back with the level. What others
/// let go of meanwhile looks the same, so that the memory of it fades: no lever stays down for it.
#[derive(Debug, Clone, Default)]
struct Freed {
    metric: String,
    amount: f64,
    as_of_s: f64,
    /// Value before a step whose effect is still to be seen.
    before: Option<f64>,
}

impl Freed {
    fn expect(&mut self, metric: &str, view: &View<'_>) {
        if self.metric != metric {
            *self = Self { metric: metric.to_owned(), ..Self::default() };
        }
        self.before = view.profiler.now(self.seen_in());
    }

    fn measure(&mut self, view: &View<'_>) {
        if let Some((before, now)) = self.before.take().zip(view.profiler.now(self.seen_in())) {
            self.amount = self.faded(view.t_s) + (before - now).max(0.0);
            self.as_of_s = view.t_s;
        }
    }

    /// The reading in which it shows: this process's part where that is known, so that what others do is left out.
    fn seen_in(&self) -> &str {
        own_part(&self.metric).unwrap_or(&self.metric)
    }

    fn faded(&self, t_s: f64) -> f64 {
        self.amount * (-(t_s - self.as_of_s).max(0.0) / FADE_S).exp()
    }

    fn of(&self, metric: &str, view: &View<'_>) -> f64 {
        if self.metric == metric { self.faded(view.t_s) } else { 0.0 }
    }
}

/// The reading of this process's part of a store.
fn own_part(metric: &str) -> Option<&'static str> {
    match metric::find(metric)?.response {
        Response::Held(own) => own,
        _ => None,
    }
}

impl Lever {
    /// A lever as configured.
    pub fn new() -> Self {
        Self {
            level: 1.0,
            floor: 0.0,
            cooldown_s: 0.0,
            pinned: false,
            absent: false,
            last_move: None,
            move_before: None,
            last_ask_s: f64::NEG_INFINITY,
            failures: 0,
            muted_until_s: f64::NEG_INFINITY,
            fits_since_s: None,
            blind_since_s: None,
            stuck: 0,
            probe_wait: STUCK_DECISIONS,
            freed: Freed::default(),
        }
    }

    /// Takes over a rule's bounds.
    pub fn bound_by(&mut self, policy: &PolicyRule) {
        self.floor = self.floor.max(policy.floor);
        self.cooldown_s = self.cooldown_s.max(policy.cooldown_s);
    }

    /// It has been asked to go to `to`.
    pub fn ask(&mut self, t_s: f64, to: f64) {
        self.move_before = self.last_move;
        self.last_move = Some((t_s, to > self.level));
        self.last_ask_s = t_s;
        if to > self.level {
            // That part has been let back in.
            self.freed.amount *= (1.0 - to) / (1.0 - self.level).max(1e-9);
        }
        self.level = to;
        self.fits_since_s = None;
        if to >= 1.0 {
            self.freed = Freed::default();
            self.stuck = 0;
            self.probe_wait = STUCK_DECISIONS;
        }
    }

    /// What became of it: what was not done leaves it where it was.
    pub fn settle(&mut self, from: f64, outcome: &DecisionOutcome) {
        self.absent = matches!(outcome, DecisionOutcome::NoSuchSubsystem(_));
        if matches!(outcome, DecisionOutcome::Acted(_)) {
            self.failures = 0;
            return;
        }
        self.level = from;
        self.last_move = self.move_before;
        self.failures = match outcome {
            DecisionOutcome::Failed(_) => (self.failures + 1).min(MAX_DOUBLINGS),
            DecisionOutcome::NoSuchSubsystem(_) => (self.failures + 1).min(MAX_DOUBLINGS_ABSENT),
            DecisionOutcome::DryRun | DecisionOutcome::Acted(_) => 0,
        };
    }

    /// Leaves it alone until then.
    pub fn mute_until(&mut self, t_s: f64) {
        self.muted_until_s = t_s;
    }

    /// The next step, if any.
    pub fn propose(&mut self, key: &LeverKey, rules: &[Rule], view: &View<'_>, config: &DrgConfig) -> Option<Proposal> {
        let mine: Vec<&Rule> = rules.iter().filter(|rule| rule.key == *key).collect();
        let blind = mine.iter().find(|rule| matches!(rule.standing, Standing::Blind(_)));
        self.blind_since_s = blind.map(|_| self.blind_since_s.unwrap_or(view.t_s));
        if view.t_s - self.last_ask_s >= self.cooldown_s {
            self.freed.measure(view);
        }
        let wait_s = self.cooldown_s * f64::from(1_u32 << self.failures);
        if self.pinned || view.t_s < self.muted_until_s || view.t_s - self.last_ask_s < wait_s {
            return None;
        }
        let firing = mine.iter().filter(|rule| rule.has_held(view)).max_by_key(|rule| rule.policy.priority);
        if let Some(rule) = firing {
            self.fits_since_s = None;
            return self.down(key, rule, view);
        }
        if self.level >= 1.0 {
            return None;
        }
        if let Some(rule) = blind {
            return self.blind(key, rule, view, config);
        }
        self.up(key, &mine, view)
    }

    fn down(&mut self, key: &LeverKey, rule: &Rule, view: &View<'_>) -> Option<Proposal> {
        let (share, deciding) = rule.wanted_share(view);
        let value = view.profiler.now(&deciding.metric);
        let to = (self.level * share).max(self.floor);
        if self.level - to < 1e-6 {
            return self.probe(key, rule, view);
        }
        self.freed.expect(&rule.policy.metric, view);
        let said: Vec<String> = rule
            .conditions
            .iter()
            .filter_map(|c| {
                Some(format!("{} {:.3} ({} {})", c.metric, view.profiler.now(&c.metric)?, sign(c), c.threshold))
            })
            .collect();
        let cause = format!("{}: keeps {:.0} % of its level", said.join(", "), 100.0 * to / self.level);
        let (metric, threshold) = (deciding.metric.clone(), deciding.threshold);
        Some(self.proposal(key, rule, to, DecisionOrigin::Rule, (metric, value, threshold), cause))
    }

    /// At its floor and still firing: what it gives up is not what is short, or not enough. A step up shows which, less
    /// and less often while it makes things worse.
    fn probe(&mut self, key: &LeverKey, rule: &Rule, view: &View<'_>) -> Option<Proposal> {
        self.stuck += 1;
        self.last_ask_s = view.t_s;
        if self.stuck < self.probe_wait || self.level >= 1.0 {
            return None;
        }
        self.stuck = 0;
        self.probe_wait = (2 * self.probe_wait).min(MAX_PROBE_WAIT);
        let metric = rule.policy.metric.clone();
        let value = view.profiler.now(&metric);
        let to = (UP[0] * self.level).min(1.0);
        let cause = format!("at its floor for long and {metric} is where it was: a step back, to see");
        Some(self.proposal(key, rule, to, DecisionOrigin::Probe, (metric, value, rule.policy.threshold), cause))
    }

    fn blind(&self, key: &LeverKey, rule: &Rule, view: &View<'_>, config: &DrgConfig) -> Option<Proposal> {
        let since_s = self.blind_since_s?;
        if view.t_s - since_s < config.blind_hold_s || (self.level - config.safe_level).abs() < 1e-6 {
            return None;
        }
        let to = if self.level < config.safe_level {
            (UP[0] * self.level).min(config.safe_level)
        } else {
            (self.level / UP[0]).max(config.safe_level).max(self.floor)
        };
        let Standing::Blind(metric) = &rule.standing else { return None };
        let cause = format!(
            "{metric} has been missing or frozen for {:.0} s: towards the safe level of {:.0} %",
            view.t_s - since_s,
            100.0 * config.safe_level
        );
        let reading = (metric.clone(), None, rule.policy.threshold);
        Some(self.proposal(key, rule, to, DecisionOrigin::Blind, reading, cause))
    }

    /// The largest step that every rule still lets pass, once it has been passable for a moment.
    fn up(&mut self, key: &LeverKey, mine: &[&Rule], view: &View<'_>) -> Option<Proposal> {
        let freed = |metric: &str| self.freed.of(metric, view);
        let fits = |to: f64| mine.iter().all(|rule| rule.fits(view, self.level, to, &freed));
        // What is kept for looking back is begun anew or not at all.
        let whole = mine.iter().any(|rule| own_part(&rule.policy.metric).is_some());
        let steps = UP.iter().map(|up| if whole { 1.0 } else { (up * self.level).min(1.0) });
        let step = steps.into_iter().find(|to| fits(*to));
        let Some(to) = step else {
            self.fits_since_s = None;
            return None;
        };
        let since_s = *self.fits_since_s.get_or_insert(view.t_s);
        let hold_s = mine.iter().map(|rule| rule.policy.hold_s).fold(QUIET_S, f64::max);
        if view.t_s - since_s < hold_s {
            return None;
        }
        let rule = mine.iter().max_by_key(|rule| rule.policy.priority)?;
        let metric = rule.policy.metric.clone();
        let value = view.profiler.now(&metric);
        let cause = format!("what {:.0} % of the configured work needs fits again", 100.0 * to);
        let reading = (metric, value, rule.policy.clear_threshold);
        Some(self.proposal(key, rule, to, DecisionOrigin::Recovery, reading, cause))
    }

    fn proposal(
        &self,
        key: &LeverKey,
        rule: &Rule,
        to: f64,
        origin: DecisionOrigin,
        (metric, value, threshold): (String, Option<f64>, f64),
        cause: String,
    ) -> Proposal {
        Proposal {
            key: key.clone(),
            from: self.level,
            to,
            origin,
            action: if to > self.level { rule.policy.recover_action } else { rule.policy.action },
            metric,
            value,
            threshold,
            cause,
            priority: rule.policy.priority,
            cooldown_s: rule.policy.cooldown_s,
            is_memory_safety: rule.policy.is_memory_safety(),
        }
    }
}

fn sign(condition: &super::rules::Guard) -> &'static str {
    match condition.direction {
        super::rules::Direction::Above => "≥",
        super::rules::Direction::Below => "≤",
    }
}
