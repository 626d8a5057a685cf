//! In: readings at a time. Out: decisions, and how rules and levers stand. It knows no clock, no thread and no machine,
//! so that a recorded trace and a simulated plant are governed by what governs the real one.

use std::collections::BTreeMap;

use super::config::DrgConfig;
use super::lever::{Lever, LeverKey};
use super::metric;
use super::policy::{Proposal, Rule, Standing, View};
use super::profiler::Profiler;
use super::rules::{Guard, Policies, PolicyRule};
use crate::types::{
    Action, Decision, DecisionOrigin, DecisionOutcome, GovernorState, LeverState, Readings, RuleStanding, RuleState,
    Telemetry,
};

/// Seconds a rule is muted after a person undid what it did.
const UNDO_MUTE_S: f64 = 60.0;

/// A change of a lever that the control asks for; [`Control::carried_out`] tells it what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Whose lever, and which.
    pub key: LeverKey,
    /// The decision, its outcome open.
    pub decision: Decision,
}

/// Profiler, rules and levers.
#[derive(Debug)]
pub struct Control {
    config: DrgConfig,
    preset: String,
    profiler: Profiler,
    rules: Vec<Rule>,
    levers: BTreeMap<LeverKey, Lever>,
    newest: Readings,
    /// When a metric of latency was first present: the feed has then caught up.
    live_since_s: Option<f64>,
    decisions: u64,
    undoable: Vec<(LeverKey, f64)>,
}

impl Control {
    /// A control whose levers all stand as configured.
    pub fn new(config: DrgConfig) -> Self {
        let mut control = Self {
            profiler: Profiler::new(config.profiler.clone()),
            preset: config.policies.preset_name().to_owned(),
            rules: Vec::new(),
            levers: BTreeMap::new(),
            newest: Readings::new(),
            live_since_s: None,
            decisions: 0,
            undoable: Vec::new(),
            config,
        };
        control.adopt_rules();
        control
    }

    /// Settings in force.
    pub fn config(&self) -> &DrgConfig {
        &self.config
    }

    /// Takes in a set of readings, once per sensor interval. What cannot be true counts as missing.
    pub fn read(&mut self, t_s: f64, mut readings: Readings) {
        readings.retain(|name, value| metric::is_possible(name, *value));
        self.profiler.update(&readings);
        let live = readings.get("overload").is_some_and(|v| v.is_finite());
        self.live_since_s = if live { Some(self.live_since_s.unwrap_or(t_s)) } else { None };
        self.newest = readings;
        // Here and not once per decision, for what has held since the last reading need not be waited for again.
        let view = view(&self.profiler, &self.config, t_s);
        self.rules.iter_mut().for_each(|rule| rule.look(&view));
    }

    /// Newest readings, their averages and forecasts.
    pub fn telemetry(&self) -> Telemetry {
        self.profiler.telemetry(&self.newest)
    }

    /// Decides, once per control interval: at most one change per subsystem, memory first, then by priority.
    pub fn decide(&mut self, t_s: f64) -> Vec<Request> {
        let view = view(&self.profiler, &self.config, t_s);
        self.rules.iter_mut().for_each(Rule::count);
        let mut proposals: Vec<Proposal> = self
            .levers
            .iter_mut()
            .filter_map(|(key, lever)| lever.propose(key, &self.rules, &view, &self.config))
            .collect();
        proposals.retain(|p| p.is_memory_safety || self.is_past_grace(t_s));
        proposals.sort_by_key(|p| (!p.is_memory_safety, p.to > p.from, -p.priority, p.key.clone()));
        let mut served: Vec<String> = Vec::new();
        let mut requests = Vec::new();
        for proposal in proposals {
            let subsystem = &proposal.key.subsystem;
            if served.contains(subsystem) || self.is_opposed(&proposal, t_s) {
                continue;
            }
            served.push(subsystem.clone());
            let forecast = self.profiler.expected(&proposal.metric);
            self.decisions += 1;
            let decision = proposal.decision(self.decisions, t_s, forecast);
            if let Some(lever) = self.levers.get_mut(&proposal.key) {
                lever.ask(t_s, proposal.to);
            }
            requests.push(Request { key: proposal.key, decision });
        }
        requests
    }

    /// Whether a rule has fired for as long as it must and its lever may follow: that does not wait for the next control
    /// interval.
    pub fn is_due(&self, t_s: f64) -> bool {
        let view = view(&self.profiler, &self.config, t_s);
        self.is_past_grace(t_s)
            && self.rules.iter().any(|rule| {
                rule.has_held(&view) && self.levers.get(&rule.key).is_some_and(|lever| lever.may_go_down(t_s))
            })
    }

    /// Whether these readings alone would have a rule that protects memory ask its lever for less.
    pub fn would_relieve(&self, t_s: f64, readings: &Readings) -> bool {
        self.relieves(t_s, |metric| readings.get(metric).copied())
    }

    /// Whether a rule that protects memory will ask its lever for less as soon as it is let: memory does not wait for
    /// the next control interval.
    pub fn must_relieve(&self, t_s: f64) -> bool {
        let view = View { profiler: &self.profiler, t_s, stale_readings: u32::MAX };
        self.relieves(t_s, |metric| view.now(metric))
    }

    fn relieves(&self, t_s: f64, value: impl Fn(&str) -> Option<f64>) -> bool {
        let holds = |c: &Guard| value(&c.metric).is_some_and(|value| c.direction.holds(value, c.threshold));
        self.rules.iter().filter(|rule| rule.policy.is_memory_safety()).any(|rule| {
            let free = self.levers.get(&rule.key).is_some_and(|lever| lever.may_go_down(t_s));
            free && rule.conditions.iter().all(holds)
        })
    }

    /// What became of a request. A lever whose subsystem did not act stands where it stood.
    pub fn carried_out(&mut self, request: &Request, outcome: &DecisionOutcome) {
        if let Some(lever) = self.levers.get_mut(&request.key) {
            lever.settle(request.decision.from, outcome);
        }
        let by_rule = request.decision.origin != DecisionOrigin::Person;
        if by_rule && matches!(outcome, DecisionOutcome::Acted(_)) {
            if self.undoable.len() >= 64 {
                self.undoable.remove(0);
            }
            self.undoable.push((request.key.clone(), request.decision.from));
        }
    }

    /// Puts the last change back and keeps its rule from doing it again for a minute.
    pub fn undo(&mut self, t_s: f64) -> Option<Request> {
        let (key, level) = self.undoable.pop()?;
        let request = self.by_person(t_s, &key, level, "undone by a person".to_owned())?;
        if let Some(lever) = self.levers.get_mut(&key) {
            lever.mute_until(t_s + UNDO_MUTE_S);
        }
        Some(request)
    }

    /// Holds a lever at a level until [`Control::unpin`].
    pub fn pin(&mut self, t_s: f64, key: &LeverKey, level: f64) -> Option<Request> {
        let level = if level.is_finite() { level.clamp(0.0, 1.0) } else { 1.0 };
        let request = self.by_person(t_s, key, level, format!("held at {:.0} % by a person", 100.0 * level));
        if let Some(lever) = self.levers.get_mut(key) {
            lever.pinned = true;
        }
        request
    }

    /// Gives a held lever back to its rules. `false` where there is none.
    pub fn unpin(&mut self, key: &LeverKey) -> bool {
        self.levers.get_mut(key).is_some_and(|lever| std::mem::replace(&mut lever.pinned, false))
    }

    /// Decides without acting, or acts again.
    pub fn set_dry_run(&mut self, dry_run: bool) {
        self.config.dry_run = dry_run;
    }

    /// Other rules from now on. Levers no rule names any more go back to where they were configured.
    ///
    /// # Errors
    /// A sentence per fault; nothing is changed then.
    pub fn set_policies(&mut self, t_s: f64, policies: Policies) -> Result<Vec<Request>, Vec<String>> {
        let mut faults = Vec::new();
        policies.check(&mut faults);
        if !faults.is_empty() {
            return Err(faults);
        }
        self.preset = policies.preset_name().to_owned();
        self.config.policies = policies;
        let orphans: Vec<LeverKey> = {
            let named: Vec<LeverKey> = keys(&self.config.policies);
            self.levers.iter().filter(|(k, l)| l.level < 1.0 && !named.contains(k)).map(|(k, _)| k.clone()).collect()
        };
        let released = orphans
            .iter()
            .filter_map(|key| self.by_person(t_s, key, 1.0, "no rule names it any more".to_owned()))
            .collect();
        self.adopt_rules();
        Ok(released)
    }

    /// How everything stands.
    pub fn state(&self) -> GovernorState {
        GovernorState {
            preset: self.preset.clone(),
            dry_run: self.config.dry_run,
            decisions: self.decisions,
            levers: self
                .levers
                .iter()
                .map(|(key, lever)| LeverState {
                    subsystem: key.subsystem.clone(),
                    lever: key.action,
                    level: lever.level,
                    floor: lever.floor,
                    pinned: lever.pinned,
                    present: !lever.absent,
                })
                .collect(),
            rules: self
                .rules
                .iter()
                .map(|rule| RuleState {
                    subsystem: rule.key.subsystem.clone(),
                    index: rule.index,
                    standing: match &rule.standing {
                        Standing::Quiet => RuleStanding::Quiet,
                        Standing::Between => RuleStanding::Between,
                        Standing::Firing => RuleStanding::Firing,
                        Standing::Blind(metric) => RuleStanding::Blind(metric.clone()),
                    },
                    inactive_ticks: rule.inactive_ticks,
                })
                .collect(),
        }
    }

    /// Level of a lever; 1 where no rule names it.
    pub fn level(&self, key: &LeverKey) -> f64 {
        self.levers.get(key).map_or(1.0, |lever| lever.level)
    }

    fn is_past_grace(&self, t_s: f64) -> bool {
        t_s >= self.config.grace_s && self.live_since_s.is_none_or(|since| t_s - since >= self.config.grace_s)
    }

    /// Whether the subsystem moved the other way less than a cooldown ago, on any of its levers.
    fn is_opposed(&self, proposal: &Proposal, t_s: f64) -> bool {
        let up = proposal.to > proposal.from;
        self.levers.iter().filter(|(key, _)| key.subsystem == proposal.key.subsystem).any(|(_, lever)| {
            let cooldown_s = lever.cooldown_s.max(proposal.cooldown_s);
            lever.last_move.is_some_and(|(at_s, was_up)| was_up != up && t_s - at_s < cooldown_s)
        })
    }

    fn by_person(&mut self, t_s: f64, key: &LeverKey, to: f64, cause: String) -> Option<Request> {
        let lever = self.levers.get_mut(key)?;
        let from = lever.level;
        lever.ask(t_s, to);
        self.decisions += 1;
        let decision = Decision {
            number: self.decisions,
            t_s,
            subsystem: key.subsystem.clone(),
            lever: key.action,
            action: if to >= from { Action::ScaleUp } else { key.action },
            from,
            to,
            origin: DecisionOrigin::Person,
            metric: String::new(),
            value: None,
            forecast: None,
            threshold: 0.0,
            cause,
            outcome: DecisionOutcome::DryRun,
        };
        Some(Request { key: key.clone(), decision })
    }

    fn adopt_rules(&mut self) {
        self.rules = self
            .config
            .policies
            .by_subsystem()
            .into_iter()
            .flat_map(|(name, rules)| rules.iter().enumerate().map(move |(i, rule)| Rule::new(name, i, rule.clone())))
            .collect();
        let mut levers = BTreeMap::new();
        for rule in &self.rules {
            let known = self.levers.remove(&rule.key);
            let lever = levers.entry(rule.key.clone()).or_insert_with(|| known.unwrap_or_else(Lever::new));
            lever.bound_by(&rule.policy);
        }
        self.levers = levers;
    }
}

fn view<'a>(profiler: &'a Profiler, config: &DrgConfig, t_s: f64) -> View<'a> {
    let interval_s = config.sensor.interval_ms as f64 / 1e3;
    View { profiler, t_s, stale_readings: (config.stale_s / interval_s).ceil().max(1.0) as u32 }
}

fn keys(policies: &Policies) -> Vec<LeverKey> {
    let of = |(name, rules): (&'static str, &[PolicyRule])| -> Vec<LeverKey> {
        rules.iter().map(|rule| LeverKey::new(name, rule.action)).collect()
    };
    policies.by_subsystem().into_iter().flat_map(of).collect()
}
