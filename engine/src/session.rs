//! In: a configuration and an input. Out: a running discovery whose snapshots, metrics and progress arrive on the bus.

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::types::{LinkScore, Progress, Snapshot, Truth};

pub use crate::stream::ReadOptions;

/// Where rows come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// One or several files read as one stream.
    Files(Vec<PathBuf>),
    /// Standard input.
    Stdin,
    /// The planted, regime-switching demo system, at a rate people can watch, without end.
    Demo,
}

/// What a run ends with. An error does not erase what was found before it.
#[derive(Debug)]
pub struct Outcome {
    /// The last snapshot; `None` when not even one window was complete.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Every directed pair and lag scored, best first; self-links are left out.
    pub scores: Vec<LinkScore>,
    /// Where the run stood.
    pub progress: Progress,
    /// What stopped it, if not the end of the input.
    pub error: Option<Error>,
}

/// A running discovery. Dropping it cancels the run.
#[derive(Debug)]
pub struct Session {}

impl Session {
    /// Opens the input, checks it, and starts the threads. Snapshots arrive on the bus as `engine.snapshot`.
    ///
    /// # Errors
    /// Bad settings, a missing device, an input that cannot be opened or has no usable columns.
    pub fn start(_config: Config, _input: Input, _options: ReadOptions) -> Result<Self> {
        Err(Error::Internal("not wired yet".to_owned()))
    }

    /// Names of the variables.
    pub fn names(&self) -> Arc<[String]> {
        Arc::from(Vec::new())
    }

    /// How far the run has come; cheap, callable from any thread.
    pub fn progress(&self) -> Progress {
        Progress::default()
    }

    /// The links behind a planted input, regimes included.
    pub fn truth(&self) -> Option<Arc<Truth>> {
        None
    }

    /// Holds or resumes discovery; the layout goes on.
    pub fn set_paused(&self, _paused: bool) {}

    /// Asks the run to end; what was found stands. Returns at once.
    pub fn cancel(&self) {}

    /// Whether the run has ended.
    pub fn is_finished(&self) -> bool {
        true
    }

    /// Waits for the end.
    pub fn join(self) -> Outcome {
        Outcome { snapshot: None, scores: Vec::new(), progress: Progress::default(), error: None }
    }
}
