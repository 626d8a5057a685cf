//! In: a running session. Out: each of its snapshots, in order, until the end or the user's interruption.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Result;
use scarcity_engine::runtime::{Bus, EngineSnapshot, Queue, Subscription};
use scarcity_engine::session::Extras;
use scarcity_engine::types::{Progress, Snapshot};
use scarcity_engine::{Config, Input, Outcome, ReadOptions, Session};
use signal_hook::consts::{SIGINT, SIGTERM};

/// How often progress is shown and an interruption noticed while no window ends.
const POLL: Duration = Duration::from_millis(50);

/// A run whose windows are read one by one.
pub struct Feed {
    session: Session,
    snapshots: Subscription<Snapshot>,
    interrupted: Arc<AtomicBool>,
    /// Keeps the subscription open until the last window has been read.
    _bus: Bus,
}

impl Feed {
    /// Starts the run. With `all`, no window is left out: the run waits for the reader. Otherwise a slow reader sees
    /// the newest only.
    pub fn start(
        bus: Bus,
        config: Config,
        input: Input,
        options: ReadOptions,
        all: bool,
        extras: Extras,
    ) -> Result<Self> {
        let interrupted = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // The order matters: the second signal finds the flag set and ends the process at once.
            signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&interrupted))?;
            signal_hook::flag::register(signal, Arc::clone(&interrupted))?;
        }
        // Before the start, or the first windows could pass unseen.
        let snapshots = bus.subscribe::<EngineSnapshot>(if all { Queue::Fifo(64) } else { Queue::Ring(1) });
        let session = Session::start_with(bus.clone(), config, input, options, extras)?;
        Ok(Self { session, snapshots, interrupted, _bus: bus })
    }

    /// Hands every snapshot to `window` and the progress to `progress`, until the run ends. Returns how it ended and
    /// whether the user interrupted it.
    pub fn follow(
        self,
        mut window: impl FnMut(&Snapshot) -> Result<()>,
        mut progress: impl FnMut(&Progress, usize),
    ) -> Result<(Outcome, bool)> {
        let mut edges = 0;
        let mut cancelled = false;
        loop {
            // Asked before reading: what was published before the end is then still read below.
            let finished = self.session.is_finished();
            if self.interrupted.load(Ordering::Relaxed) && !cancelled {
                cancelled = true;
                self.session.cancel();
            }
            if let Ok(snapshot) = self.snapshots.recv_timeout(if finished { Duration::ZERO } else { POLL }) {
                edges = snapshot.edges.len();
                window(&snapshot)?;
            } else if finished {
                break;
            }
            progress(&self.session.progress(), edges);
        }
        Ok((self.session.join(), cancelled))
    }
}
