//! In: a configuration and an input. Out: a running discovery whose snapshots, metrics and progress arrive on the bus.
//!
//! Two named threads and one bounded queue: `scarcity-reader` turns the input into windows, `scarcity-mpie` steps the
//! pipeline. The queue's back-pressure paces files; admission control paces a growing file; the demo paces itself. A
//! third thread, `scarcity-drg`, governs both.

mod discover;
mod feed;
mod govern;
mod input;
mod retune;
mod status;

use std::sync::Arc;
use std::thread::JoinHandle;

use crossbeam_channel::bounded;

use crate::compute;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::governor::Governor;
use crate::mpie::MpieConfig;
use crate::runtime::{Bus, Setter, knob};
use crate::stream::{Preparer, WindowBuilder};
use crate::types::{Decision, LinkScore, Note, Preparation, Progress, RunState, Snapshot, Truth};

use discover::{Discoverer, Found};
use feed::Feeder;
use govern::Governed;
use retune::Retuner;
use status::Status;

pub use crate::stream::ReadOptions;
pub use govern::Extras;
pub use input::Input;

/// What a run ends with. An error does not erase what was found before it.
#[derive(Debug)]
pub struct Outcome {
    /// The last snapshot; `None` when not even one window was complete.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Every directed pair and lag scored, best first; self-links are left out.
    pub scores: Vec<LinkScore>,
    /// Where the run stood.
    pub progress: Progress,
    /// What the first rows showed and what was done to the variables; `None` when they were not looked at.
    pub preparation: Option<Arc<Preparation>>,
    /// How the input was understood and what is worth saying about its variables, a sentence each.
    pub notes: Vec<Note>,
    /// What the governor decided, oldest first; what it carried out changed what was found.
    pub decisions: Vec<Decision>,
    /// What stopped it, if not the end of the input.
    pub error: Option<Error>,
}

/// A running discovery. Dropping it cancels the run.
///
/// ```no_run
/// # use scarcity_engine::{Config, Input, ReadOptions, Session};
/// # fn main() -> scarcity_engine::Result<()> {
/// let session = Session::start(Config::default(), Input::Files(vec!["data.csv".into()]), ReadOptions::default())?;
/// let outcome = session.join();
/// for link in outcome.scores.iter().filter(|link| link.accepted) {
///     println!("{} -> {} after {} rows", link.key.source, link.key.target, link.key.lag);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Session {
    bus: Bus,
    names: Arc<[String]>,
    status: Arc<Status>,
    reader: Option<JoinHandle<Option<Error>>>,
    discoverer: Option<JoinHandle<Found>>,
    governor: Option<Governor>,
    /// Settings of discovery; nobody reads them where the run was not started to be retuned.
    settings: Option<Setter<MpieConfig>>,
}

impl Session {
    /// Opens the input, checks it, and starts the threads on a bus of its own.
    ///
    /// # Errors
    /// Bad settings, a missing device, an input that cannot be opened or has no usable columns.
    pub fn start(config: Config, input: Input, options: ReadOptions) -> Result<Self> {
        Self::start_on(Bus::new(&config.runtime), config, input, options)
    }

    /// As [`Session::start`], on a bus that may have subscribers already: they miss nothing.
    ///
    /// # Errors
    /// As [`Session::start`].
    pub fn start_on(bus: Bus, config: Config, input: Input, options: ReadOptions) -> Result<Self> {
        Self::start_with(bus, config, input, options, Extras::default())
    }

    /// As [`Session::start_on`], with what else its governor is to know.
    ///
    /// # Errors
    /// As [`Session::start`], and when the governor's trace cannot be written.
    pub fn start_with(bus: Bus, config: Config, input: Input, options: ReadOptions, extras: Extras) -> Result<Self> {
        config.check()?;
        let device = compute::open(&config.compute)?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(config.compute.threads)
            .thread_name(|i| format!("scarcity-worker-{i}"))
            .build()
            .map_err(|e| Error::Internal(format!("cannot start worker threads: {e}")))?;
        let source = input::open(&input, &options, &config)?;
        let names: Arc<[String]> = source.names().into();
        let status = Arc::new(Status::new(&source, input::known_truth(&input, &names)));
        let (sender, receiver) = bounded(config.stream.queue_room(names.len()));
        let live = source.is_live();
        let governed = Governed::new(live);
        let retunable = extras.retunable;
        let preparer = Preparer::new(Arc::clone(&names), &config.stream.prepare);
        let builder = WindowBuilder::new(names.len(), &config.stream, config.mpie.max_lag);
        let reins = (Arc::clone(&governed.gauges), governed.allowance.clone());
        let feeder = Feeder::new(source, preparer, builder, &config.stream, sender, Arc::clone(&status), reins);
        let (set_settings, settings) = knob(config.mpie.clone());
        let mut retuner = Retuner::new(settings, Arc::clone(&names), config.seed, governed.limits.clone());
        let discoverer = Discoverer {
            pipeline: retuner.pipeline(),
            retuner: retunable.then_some(retuner),
            device,
            receiver,
            bus: bus.clone(),
            status: Arc::clone(&status),
            gauges: Arc::clone(&governed.gauges),
            live,
            window_bytes: config.stream.window_bytes(names.len()) as usize,
        };
        let governor = governed.start(&config, &bus, extras)?;
        let spawned = |e: std::io::Error| Error::Internal(format!("cannot start a thread: {e}"));
        let reader = std::thread::Builder::new()
            .name("scarcity-reader".to_owned())
            .spawn(move || feeder.run())
            .map_err(spawned)?;
        let discoverer = std::thread::Builder::new()
            .name("scarcity-mpie".to_owned())
            .spawn(move || pool.install(|| discoverer.run()))
            .map_err(spawned)?;
        Ok(Self {
            bus,
            names,
            status,
            reader: Some(reader),
            discoverer: Some(discoverer),
            governor,
            settings: retunable.then_some(set_settings),
        })
    }

    /// The bus the run publishes on.
    pub fn bus(&self) -> &Bus {
        &self.bus
    }

    /// Names of the variables.
    pub fn names(&self) -> Arc<[String]> {
        Arc::clone(&self.names)
    }

    /// The governor of this run: its state, its history, and commands to it. `None` where settings switch it off.
    pub fn governor(&self) -> Option<&Governor> {
        self.governor.as_ref()
    }

    /// How far the run has come; cheap, callable from any thread.
    pub fn progress(&self) -> Progress {
        self.status.progress()
    }

    /// The planted links behind the input, regimes included: of the demo, or of a file with a `NAME.truth.json` beside
    /// it.
    pub fn truth(&self) -> Option<Arc<Truth>> {
        self.status.truth()
    }

    /// What the first rows showed of every variable and what was done about it, once they have been looked at.
    pub fn preparation(&self) -> Option<Arc<Preparation>> {
        self.status.preparation()
    }

    /// How the input was understood, and findings about its variables as soon as there are some: a sentence each.
    pub fn notes(&self) -> Vec<Note> {
        self.status.notes()
    }

    /// Has discovery go on by other settings, from the next window on: the newest rows (20,000 at most) are judged anew
    /// by them, older ones no longer count. Needs [`Extras::retunable`].
    ///
    /// # Errors
    /// Settings out of range, another largest lag, a run that has ended or was not started to be retuned; nothing is
    /// changed then.
    pub fn retune(&self, settings: MpieConfig) -> Result<()> {
        let refused = |text: &str| Error::config("mpie", text.to_owned());
        let Some(setter) = &self.settings else {
            return Err(refused("this run keeps no rows to be judged anew; start it again"));
        };
        let mut faults = Vec::new();
        settings.check(&mut faults);
        if settings.max_lag != setter.get().max_lag {
            faults.push("`mpie.max_lag` cannot change while a run goes on".to_owned());
        }
        if !faults.is_empty() {
            return Err(Error::config("mpie", faults.join("; ")));
        }
        let turn = || {
            if settings != *setter.get() {
                setter.set(settings);
            }
        };
        if self.status.if_retunable(turn) { Ok(()) } else { Err(refused("the run has ended; start it again")) }
    }

    /// Holds or resumes discovery; the layout goes on.
    pub fn set_paused(&self, paused: bool) {
        self.status.set_paused(paused);
    }

    /// Asks the run to end; what was found stands. Returns at once.
    pub fn cancel(&self) {
        self.status.cancel();
    }

    /// Whether the run has ended.
    pub fn is_finished(&self) -> bool {
        self.discoverer.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits for the end.
    pub fn join(mut self) -> Outcome {
        let lost = |thread: &str| Error::Internal(format!("the {thread} thread ended unexpectedly"));
        let found = match self.discoverer.take().map(JoinHandle::join) {
            Some(Ok(found)) => found,
            _ => {
                // Nobody takes its windows any more: the reader must not be waited for.
                self.status.cancel();
                Found { error: Some(lost("discovery")), ..Found::default() }
            }
        };
        // A cancelled reader may be waiting in a read that never returns (standard input): it is left to the process.
        let read_error = match self.reader.take() {
            Some(reader) if reader.is_finished() || !self.status.is_cancelled() => {
                reader.join().unwrap_or_else(|_| Some(lost("reader")))
            }
            _ => None,
        };
        let error = found.error.or(read_error);
        self.status.finish(if error.is_some() {
            RunState::Failed
        } else if self.status.is_cancelled() {
            RunState::Cancelled
        } else {
            RunState::Finished
        });
        let (mut decisions, mut log) = (Vec::new(), None);
        if let Some(mut governor) = self.governor.take() {
            governor.stop();
            (decisions, log) = (governor.decisions(), governor.log_path());
        }
        let mut notes = self.status.notes();
        notes.extend(govern::notes(&decisions, log.as_ref()));
        Outcome {
            snapshot: found.snapshot,
            scores: found.scores,
            progress: self.status.progress(),
            preparation: self.status.preparation(),
            notes,
            decisions,
            error,
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.status.cancel();
    }
}
