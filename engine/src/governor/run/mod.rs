//! In: sensors, levers, what people ask. Out: the control loop on a thread of its own, and a handle to it.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Sender, bounded};

mod looped;

use looped::Loop;

use super::actuators::Registry;
use super::config::DrgConfig;
use super::control::Control;
use super::lever::LeverKey;
use super::monitor::{Monitor, Ring};
use super::rules::Policies;
use super::sensors::{Gauges, Sensor};
use crate::error::{Error, Result};
use crate::runtime::Bus;
use crate::types::{Decision, GovernorState, Telemetry};

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

/// Commands that wait at most.
const MAX_ASKED: usize = 64;

/// What is asked, and where the answer goes.
type Asked = (Command, Sender<std::result::Result<(), String>>);

/// What the threads around the loop may look at.
#[derive(Debug, Default)]
struct Shared {
    decisions: Mutex<VecDeque<Decision>>,
    history: Ring,
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
        // Whoever asks waits for the answer: no more can wait than there are threads that ask.
        let (commands, inbox) = bounded(MAX_ASKED);
        let monitor = Monitor::new(config.monitor.clone(), parts.trace.as_deref())?;
        let shared = Arc::new(Shared { history: monitor.history(), ..Shared::default() });
        let looped = Loop {
            monitor,
            control: Control::new(config.clone()),
            sensors: parts.sensors,
            registry: parts.registry,
            gauges: Arc::clone(&parts.gauges),
            bus: bus.clone(),
            shared: Arc::clone(&shared),
            told: GovernorState::default(),
            memory_is_short: false,
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

    /// Decisions so far, oldest first; the newest 10,000 at most.
    pub fn decisions(&self) -> Vec<Decision> {
        lock(&self.shared.decisions).iter().cloned().collect()
    }

    /// Telemetry of the last control intervals with its time in seconds, oldest first.
    pub fn history(&self) -> Vec<(f64, Telemetry)> {
        lock(&self.shared.history).iter().cloned().collect()
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
