//! In: sensors, levers, what people ask. Out: the control loop on a thread of its own, telemetry and decisions on the bus.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use super::actuators::Registry;
use super::config::DrgConfig;
use super::control::{Control, Request};
use super::lever::LeverKey;
use super::monitor::Monitor;
use super::rules::Policies;
use super::sensors::{Gauges, Sensor};
use crate::error::{Error, Result};
use crate::runtime::{Bus, DrgDecision, DrgSignal, DrgState, DrgTelemetry};
use crate::types::{Decision, DecisionOutcome, GovernorState, Readings, Signal, Telemetry};

/// Pressure at which a reading does not wait for the next control interval to be acted on.
const URGENT_PRESSURE: f64 = 0.2;

/// What people may ask of the governor.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Put the last change back, and leave that lever alone for a minute.
    Undo,
    /// Hold a lever at a level, or give it back to its rules (`None`).
    Pin(LeverKey, Option<f64>),
    /// Decide without acting, or act again.
    DryRun(bool),
    /// Other rules.
    Edit(Box<Policies>),
    /// A ready-made set of rules, by name.
    Preset(String),
}

/// What is asked, and where the answer goes.
type Asked = (Command, Sender<std::result::Result<(), String>>);

/// What the threads around the loop may look at.
#[derive(Debug, Default)]
struct Shared {
    decisions: Mutex<Vec<Decision>>,
    history: Mutex<Vec<(f64, Telemetry)>>,
    state: Mutex<GovernorState>,
    log: Mutex<Option<PathBuf>>,
}

/// A running governor. Dropping it stops the thread; levers stay where they are.
#[derive(Debug)]
pub struct Governor {
    commands: Option<Sender<Asked>>,
    gauges: Arc<Gauges>,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What a governor is started with.
#[derive(Debug)]
pub struct Parts {
    /// Sensors, the engine's own among them.
    pub sensors: Vec<Box<dyn Sensor>>,
    /// Subsystems.
    pub registry: Registry,
    /// What the session's threads report.
    pub gauges: Arc<Gauges>,
    /// Where every reading and decision is written, if anywhere.
    pub trace: Option<PathBuf>,
}

impl Governor {
    /// Starts the loop.
    ///
    /// # Errors
    /// When the trace cannot be written or the system has no thread left.
    pub fn start(config: &DrgConfig, bus: &Bus, parts: Parts) -> Result<Self> {
        let (commands, inbox) = unbounded();
        let shared = Arc::new(Shared::default());
        let looped = Loop {
            monitor: Monitor::new(config.monitor.clone(), parts.trace.as_deref())?,
            control: Control::new(config.clone()),
            sensors: parts.sensors,
            registry: parts.registry,
            gauges: Arc::clone(&parts.gauges),
            bus: bus.clone(),
            shared: Arc::clone(&shared),
            told: GovernorState::default(),
            started: Instant::now(),
        };
        let thread = std::thread::Builder::new()
            .name("scarcity-drg".to_owned())
            .spawn(move || looped.run(&inbox))
            .map_err(|e| Error::Internal(format!("cannot start the governor's thread: {e}")))?;
        Ok(Self { commands: Some(commands), gauges: parts.gauges, shared, thread: Some(thread) })
    }

    /// Asks for something and waits until it is done or refused.
    ///
    /// # Errors
    /// Why it was refused, as a sentence.
    pub fn command(&self, command: Command) -> std::result::Result<(), String> {
        let gone = || "the governor has ended".to_owned();
        let (answer, answered) = bounded(1);
        self.commands.as_ref().ok_or_else(gone)?.send((command, answer)).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())?
    }

    /// Where those report who draw or measure beside the session.
    pub fn gauges(&self) -> &Arc<Gauges> {
        &self.gauges
    }

    /// Decisions so far, oldest first.
    pub fn decisions(&self) -> Vec<Decision> {
        lock(&self.shared.decisions).clone()
    }

    /// Telemetry of the last control intervals with its time in seconds, oldest first.
    pub fn history(&self) -> Vec<(f64, Telemetry)> {
        lock(&self.shared.history).clone()
    }

    /// How rules and levers stand.
    pub fn state(&self) -> GovernorState {
        lock(&self.shared.state).clone()
    }

    /// The decision log, if there was anything to log.
    pub fn log_path(&self) -> Option<PathBuf> {
        lock(&self.shared.log).clone()
    }

    /// Ends the loop and waits for it.
    pub fn stop(&mut self) {
        self.commands = None;
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the governor's thread panicked");
        }
    }
}

impl Drop for Governor {
    fn drop(&mut self) {
        self.stop();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Loop {
    control: Control,
    monitor: Monitor,
    sensors: Vec<Box<dyn Sensor>>,
    registry: Registry,
    gauges: Arc<Gauges>,
    bus: Bus,
    shared: Arc<Shared>,
    told: GovernorState,
    started: Instant,
}

impl Loop {
    fn run(mut self, inbox: &Receiver<Asked>) {
        let interval = Duration::from_millis(self.control.config().sensor.interval_ms);
        let control = Duration::from_secs_f64(self.control.config().control_interval);
        // The first look only notes where the counters stand.
        let mut next_look = Instant::now();
        let mut next_decision = next_look + control;
        loop {
            match inbox.recv_deadline(next_look) {
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
            // From now: a machine that was asleep or overloaded has no readings to catch up with.
            next_look = now + interval;
            let urgent = self.look(now);
            if urgent || now + interval / 2 >= next_decision {
                next_decision = now + control;
                self.decide(now);
            }
        }
    }

    fn t_s(&self, now: Instant) -> f64 {
        now.saturating_duration_since(self.started).as_secs_f64()
    }

    /// Takes readings; true when memory is so short that the decision should not wait.
    fn look(&mut self, now: Instant) -> bool {
        let mut readings = Readings::new();
        for sensor in &mut self.sensors {
            sensor.read(now, &mut readings);
        }
        let t_s = self.t_s(now);
        self.monitor.readings(t_s, &readings);
        let urgent = readings.get("mem_pressure").is_some_and(|p| *p >= URGENT_PRESSURE)
            || readings.get("mem_headroom").is_some_and(|h| *h < 0.25);
        self.control.read(t_s, readings);
        urgent
    }

    fn decide(&mut self, now: Instant) {
        let t_s = self.t_s(now);
        let requests = self.control.decide(t_s);
        self.carry_out(requests);
        let telemetry = self.control.telemetry();
        let state = self.control.state();
        self.monitor.telemetry(t_s, &telemetry, &state.levers);
        *lock(&self.shared.history) = self.monitor.history().cloned().collect();
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
        lock(&self.shared.decisions).push(decision.clone());
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
