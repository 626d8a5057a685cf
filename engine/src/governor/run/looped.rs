//! In: the time, what people ask. Out: readings taken, decisions carried out, both told.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::super::actuators::Registry;
use super::super::control::{Control, Request};
use super::super::monitor::Monitor;
use super::super::rules::Policies;
use super::super::sensors::{Gauges, Sensor};
use super::{Asked, Command, Shared, lock};
use crate::runtime::{Bus, DrgDecision, DrgSignal, DrgState, DrgTelemetry};
use crate::types::{Decision, DecisionOutcome, GovernorState, Readings, Signal};

/// Pressure at which a reading does not wait for the next control interval to be acted on.
const URGENT_PRESSURE: f64 = 0.2;
/// Share of the memory in use from which on it is looked at between the sensors' intervals, too: what another process
/// fills in a second is full before two readings have told so.
const PEEK_FROM: f64 = 0.5;
/// Time between two such looks.
const PEEK: Duration = Duration::from_millis(100);

/// Decisions kept to report at the end, the newest; a run that makes more has its log.
const MAX_DECISIONS: usize = 10_000;

/// The loop's state.
pub(super) struct Loop {
    pub(super) control: Control,
    pub(super) monitor: Monitor,
    pub(super) sensors: Vec<Box<dyn Sensor>>,
    pub(super) registry: Registry,
    pub(super) gauges: Arc<Gauges>,
    pub(super) bus: Bus,
    pub(super) shared: Arc<Shared>,
    pub(super) told: GovernorState,
    pub(super) memory_is_short: bool,
    pub(super) started: Instant,
}

impl Loop {
    /// Runs until whoever sends commands is gone.
    pub(super) fn run(mut self, inbox: &Receiver<Asked>) {
        let interval = Duration::from_millis(self.control.config().sensor.interval_ms);
        let control = Duration::from_secs_f64(self.control.config().control_interval);
        // The first look only notes where the counters stand.
        let mut next_look = Instant::now();
        let mut next_decision = next_look + control;
        let mut next_peek = None::<Instant>;
        loop {
            match inbox.recv_deadline(next_peek.map_or(next_look, |at| at.min(next_look))) {
                Ok((command, answer)) => {
                    // Whoever asked may have gone meanwhile.
                    let _ = answer.send(self.obey(command));
                    self.tell();
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = Instant::now();
            let early = now < next_look;
            if early && !self.is_pressed(now) {
                next_peek = Some(now + PEEK);
                continue;
            }
            // From now: a machine that was asleep or overloaded has no readings to catch up with.
            next_look = now + interval;
            let urgent = self.look(now);
            // One early look per interval: if that did not help, another would not either.
            next_peek = (!early && self.memory_is_short).then(|| now + PEEK);
            if early || urgent || now + interval / 2 >= next_decision {
                next_decision = now + control;
                self.decide(now);
            }
        }
    }

    /// Whether memory has become so short since the last look that a rule would act on it.
    fn is_pressed(&mut self, now: Instant) -> bool {
        let mut readings = Readings::new();
        self.sensors.iter_mut().for_each(|sensor| sensor.peek(&mut readings));
        self.control.would_relieve(self.t_s(now), &readings)
    }

    fn t_s(&self, now: Instant) -> f64 {
        now.saturating_duration_since(self.started).as_secs_f64()
    }

    /// Takes readings; true when a decision should not wait: memory is short, or a rule has held for as long as it must.
    fn look(&mut self, now: Instant) -> bool {
        let mut readings = Readings::new();
        for sensor in &mut self.sensors {
            sensor.read(now, &mut readings);
        }
        let t_s = self.t_s(now);
        self.monitor.readings(t_s, &readings);
        let urgent = readings.get("mem_pressure").is_some_and(|p| *p >= URGENT_PRESSURE)
            || readings.get("mem_headroom").is_some_and(|h| *h < 0.25);
        self.memory_is_short = readings.get("mem_util").is_some_and(|used| *used >= PEEK_FROM);
        self.control.read(t_s, readings);
        urgent || self.control.must_relieve(t_s) || self.control.is_due(t_s)
    }

    fn decide(&mut self, now: Instant) {
        let t_s = self.t_s(now);
        let requests = self.control.decide(t_s);
        self.carry_out(requests);
        let telemetry = self.control.telemetry();
        let state = self.control.state();
        self.monitor.telemetry(t_s, &telemetry, &state.levers);
        self.bus.publish::<DrgTelemetry>(telemetry);
        self.tell();
    }

    fn carry_out(&mut self, requests: Vec<Request>) {
        for mut request in requests {
            let person = request.decision.origin == crate::types::DecisionOrigin::Person;
            let outcome = if self.control.config().dry_run && !person {
                DecisionOutcome::DryRun
            } else {
                self.registry.set(&request.key, request.decision.to)
            };
            self.control.carried_out(&request, &outcome);
            request.decision.outcome = outcome;
            self.report(&request.decision);
        }
    }

    fn report(&mut self, decision: &Decision) {
        self.monitor.decision(decision);
        *lock(&self.shared.log) = self.monitor.log_path().map(std::path::Path::to_path_buf);
        {
            let mut decisions = lock(&self.shared.decisions);
            if decisions.len() >= MAX_DECISIONS {
                decisions.pop_front();
            }
            decisions.push_back(decision.clone());
        }
        tracing::info!(
            subsystem = decision.subsystem,
            from = decision.from,
            to = decision.to,
            outcome = ?decision.outcome,
            "{}",
            decision.cause
        );
        if matches!(decision.outcome, DecisionOutcome::Acted(_)) {
            self.gauges.forget(Instant::now());
            self.bus.publish::<DrgSignal>(Signal {
                subsystem: decision.subsystem.clone(),
                action: decision.action,
                metric: decision.metric.clone(),
                threshold: decision.threshold,
                factor: decision.to,
            });
        }
        self.bus.publish::<DrgDecision>(decision.clone());
    }

    fn obey(&mut self, command: Command) -> std::result::Result<(), String> {
        let t_s = self.t_s(Instant::now());
        match command {
            Command::Undo => {
                let request = self.control.undo(t_s).ok_or("nothing has been changed that could be undone")?;
                self.carry_out(vec![request]);
            }
            Command::Pin(key, Some(level)) => {
                let missing = || format!("no rule moves such a lever of {}", key.subsystem);
                let request = self.control.pin(t_s, &key, level).ok_or_else(missing)?;
                self.carry_out(vec![request]);
            }
            Command::Pin(key, None) => {
                if !self.control.unpin(&key) {
                    return Err(format!("that lever of {} is not held", key.subsystem));
                }
            }
            Command::DryRun(dry) => self.control.set_dry_run(dry),
            Command::Edit(policies) => self.adopt(t_s, *policies)?,
            Command::Preset(name) => {
                let unknown = || format!("\"{name}\" is no preset; there are: {}", Policies::PRESETS.join(", "));
                self.adopt(t_s, Policies::preset(&name).ok_or_else(unknown)?)?;
            }
        }
        Ok(())
    }

    fn adopt(&mut self, t_s: f64, policies: Policies) -> std::result::Result<(), String> {
        let released = self.control.set_policies(t_s, policies).map_err(|faults| faults.join("; "))?;
        self.carry_out(released);
        Ok(())
    }

    /// Publishes how things stand when that is another than before.
    fn tell(&mut self) {
        let state = self.control.state();
        let counted = |state: &GovernorState| {
            let mut state = state.clone();
            state.rules.iter_mut().for_each(|rule| rule.inactive_ticks = 0);
            state
        };
        *lock(&self.shared.state) = state.clone();
        if counted(&state) != counted(&self.told) {
            self.bus.publish::<DrgState>(state.clone());
            self.told = state;
        }
    }
}
