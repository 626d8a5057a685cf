//! In: the rules of one lever and how they stand. Out: the next step of that lever, if any: down as far as is needed, up
//! as far as will fit, and never to stay down for nothing.

mod awaited;
mod freed;
mod key;

pub use key::LeverKey;

use awaited::Awaited;
use freed::{Freed, own_part};

use super::config::DrgConfig;
use super::policy::{Proposal, Rule, Standing, View};
use super::rules::PolicyRule;
use crate::types::{DecisionOrigin, DecisionOutcome};

/// Steps up that are tried, largest first.
const UP: [f64; 6] = [3.0, 2.0, 1.5, 1.25, 1.15, 1.05];
/// Step of those who cannot predict.
const CAREFUL: f64 = 1.25;
/// Decisions at the floor without effect after which a step up is tried.
const STUCK_DECISIONS: u32 = 5;
/// Longest wait between two such tries, in cooldowns.
const MAX_PROBE_WAIT: u32 = 40;
/// Seconds a rule must be quiet, or fit, before a step up; short, for a wrong one is undone after a cooldown.
const QUIET_S: f64 = 0.5;
/// Cooldowns after which a step is no longer waited for: it came to nothing, or something else hides it.
const PATIENCE: f64 = 2.0;
/// Requests that failed in a row before the wait doubles: what failed may work again any moment, and whoever waits long
/// then has a long queue to work off.
const FAILURES_PER_DOUBLING: u32 = 4;
/// The wait doubles so often at most.
const MAX_DOUBLINGS: u32 = 3;
/// The same where nobody answers, and with each request: that does not change soon.
const MAX_DOUBLINGS_ABSENT: u32 = 6;

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
    /// When it was last asked, done or not, and how often in a row in vain.
    last_ask_s: f64,
    failures: u32,
    muted_until_s: f64,
    fits_since_s: Option<f64>,
    blind_since_s: Option<f64>,
    stuck: u32,
    probe_wait: u32,
    freed: Freed,
    /// What the step now proposed should show in, and the last one that was asked for.
    proposed: Option<Awaited>,
    awaited: Option<Awaited>,
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
            proposed: None,
            awaited: None,
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
        self.awaited = self.proposed.take();
        if to > self.level {
            self.freed.up(t_s, (1.0 - to) / (1.0 - self.level).max(1e-9));
        } else {
            self.freed.down(t_s);
        }
        self.level = to;
        self.fits_since_s = None;
        if to >= 1.0 {
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
        self.awaited = None;
        self.last_move = self.move_before;
        self.failures = match outcome {
            DecisionOutcome::Failed(_) | DecisionOutcome::NoSuchSubsystem(_) => self.failures.saturating_add(1),
            DecisionOutcome::DryRun | DecisionOutcome::Acted(_) => 0,
        };
    }

    /// Leaves it alone until then.
    pub fn mute_until(&mut self, t_s: f64) {
        self.muted_until_s = t_s;
    }

    /// Whether it may be asked for less right away.
    pub fn may_go_down(&self, t_s: f64) -> bool {
        self.may_move(t_s) && self.level > self.floor + 1e-6
    }

    fn may_move(&self, t_s: f64) -> bool {
        !self.pinned && t_s >= self.muted_until_s && t_s - self.last_ask_s >= self.wait_s()
    }

    /// Seconds from one request to the next.
    fn wait_s(&self) -> f64 {
        let doublings = if self.absent {
            self.failures.min(MAX_DOUBLINGS_ABSENT)
        } else {
            (self.failures / FAILURES_PER_DOUBLING).min(MAX_DOUBLINGS)
        };
        self.cooldown_s * f64::from(1_u32 << doublings)
    }

    /// The next step, if any.
    pub fn propose(&mut self, key: &LeverKey, rules: &[Rule], view: &View<'_>, config: &DrgConfig) -> Option<Proposal> {
        let mine: Vec<&Rule> = rules.iter().filter(|rule| rule.key == *key).collect();
        let blind = mine.iter().find(|rule| matches!(rule.standing, Standing::Blind(_)));
        self.blind_since_s = blind.map(|_| self.blind_since_s.unwrap_or(view.t_s));
        if view.t_s - self.last_ask_s >= self.cooldown_s {
            self.freed.measure(view);
        }
        self.proposed = None;
        if !self.may_move(view.t_s) {
            return None;
        }
        if let Some(awaited) = &self.awaited {
            if !awaited.is_seen(view) && view.t_s - self.last_ask_s < PATIENCE * self.cooldown_s {
                return None;
            }
            self.awaited = None;
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
        let value = view.now(&deciding.metric);
        let to = (self.level * share).max(self.floor);
        if self.level - to < 1e-6 {
            return self.probe(key, rule, view);
        }
        self.freed.expect(&rule.policy.metric, view);
        self.proposed = Awaited::new(rule, view, self.level, to);
        let said: Vec<String> = rule
            .conditions
            .iter()
            .filter_map(|c| {
                Some(format!("{} {:.3} ({} {})", c.metric, view.now(&c.metric)?, c.direction.sign(), c.threshold))
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
        let value = view.now(&metric);
        let to = (CAREFUL * self.level).min(1.0);
        let cause = format!("at its floor for long and {metric} is where it was: a step back, to see");
        Some(self.proposal(key, rule, to, DecisionOrigin::Probe, (metric, value, rule.policy.threshold), cause))
    }

    fn blind(&self, key: &LeverKey, rule: &Rule, view: &View<'_>, config: &DrgConfig) -> Option<Proposal> {
        let since_s = self.blind_since_s?;
        if view.t_s - since_s < config.blind_hold_s || (self.level - config.safe_level).abs() < 1e-6 {
            return None;
        }
        let to = if self.level < config.safe_level {
            (CAREFUL * self.level).min(config.safe_level)
        } else {
            (self.level / CAREFUL).max(config.safe_level).max(self.floor)
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
        let freed = |metric: &str| self.freed.of(metric, view.t_s);
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
        // On the way up already, a cooldown has shown that the step before did fit.
        let going_up = self.last_move.is_some_and(|(_, up)| up);
        if !going_up && view.t_s - since_s < hold_s {
            return None;
        }
        let rule = mine.iter().max_by_key(|rule| rule.policy.priority)?;
        self.proposed = Awaited::new(rule, view, self.level, to);
        let metric = rule.policy.metric.clone();
        let value = view.now(&metric);
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
