//! In: a source of rows. Out: windows of prepared rows on the bounded queue, at a rate discovery can follow.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{SendTimeoutError, Sender};

use crate::error::{Error, Result};
use crate::governor::Gauges;
use crate::runtime::Knob;
use crate::stream::{AdmissionControl, Allowance, Preparer, StreamConfig, WindowBuilder};
use crate::types::{Samples, Window};

use super::input::Source;
use super::status::Status;

/// A window on its way to discovery.
#[derive(Debug)]
pub(super) struct Parcel {
    /// The window.
    pub window: Window,
    /// Whether no other will follow.
    pub last: bool,
    /// When its last row had been read.
    pub ready: Instant,
}

/// How often a full queue is given up on to look whether the run was cancelled.
const CANCEL_POLL: Duration = Duration::from_millis(50);

/// The reader thread's state.
pub(super) struct Feeder {
    source: Source,
    preparer: Preparer,
    builder: WindowBuilder,
    admission: AdmissionControl,
    sender: Sender<Parcel>,
    status: Arc<Status>,
    gauges: Arc<Gauges>,
    allowance: Knob<Allowance>,
    /// Of a file, the newest window is held back until the next shows that it is not the last.
    held: Option<Window>,
}

impl Feeder {
    pub(super) fn new(
        source: Source,
        preparer: Preparer,
        builder: WindowBuilder,
        config: &StreamConfig,
        sender: Sender<Parcel>,
        status: Arc<Status>,
        (gauges, allowance): (Arc<Gauges>, Knob<Allowance>),
    ) -> Self {
        let admission = AdmissionControl::new(config);
        Self { source, preparer, builder, admission, sender, status, gauges, allowance, held: None }
    }

    /// Feeds until the input ends, the run is cancelled or a row cannot be read; returns what went wrong.
    pub(super) fn run(mut self) -> Option<Error> {
        let error = self.feed().err();
        self.gauges.ended();
        if self.status.is_cancelled() {
            return error;
        }
        // What was held back to decide how to prepare it stands, also before a row that cannot be read.
        let rest = self.preparer.finish();
        self.deliver(&rest);
        let tail = self.builder.flush();
        let too_few = || {
            let path = if let Source::Reader { path, .. } = &self.source { path.clone() } else { None };
            self.builder.too_few_rows(path)
        };
        let error = error.or_else(too_few);
        let (first, last) = match (self.held.take(), tail) {
            (first, Some(tail)) => (first, Some(tail)),
            (last, None) => (None, last),
        };
        for (window, last) in [(first, false), (last, true)] {
            if let Some(window) = window {
                self.send(window, last);
            }
        }
        self.look(true);
        error
    }

    /// Profiles the first rows, if that is due.
    fn look(&mut self, ended: bool) {
        if let Some(preparation) = self.preparer.look(ended) {
            self.status.set_preparation(preparation);
        }
    }

    fn feed(&mut self) -> Result<()> {
        let mut since = Instant::now();
        while !self.status.is_cancelled() {
            self.status.hold(Duration::ZERO);
            let Some(samples) = self.next_batch()? else { return Ok(()) };
            let began = Instant::now();
            let rows = samples.rows();
            let prepared = self.preparer.push(samples);
            if !self.deliver(&prepared) {
                return Ok(());
            }
            self.look(false);
            let allowance = *self.allowance.get();
            if allowance.share < 1.0 {
                self.status.hold(allowance.rest_after(began.elapsed()));
            }
            if matches!(self.source, Source::Reader { follow: true, .. }) {
                let occupancy = self.occupancy();
                let elapsed_s = since.elapsed().as_secs_f64();
                // Less than half the allowance came: the file had no more to give.
                let starved = (rows as f64) < 0.5 * self.admission.rows_per_s() * elapsed_s;
                let rate = self.admission.update(occupancy, starved, elapsed_s);
                self.status.set_admitted(rate);
                since = Instant::now();
                // A queue that is nearly empty needs no pacing: a file that has just been opened may catch up.
                if occupancy > 0.25 {
                    self.status.hold(self.admission.pause_after(rows));
                }
            }
        }
        Ok(())
    }

    /// Cuts prepared rows into windows and queues these; `false` when nobody will take them any more.
    fn deliver(&mut self, samples: &Samples) -> bool {
        for window in self.builder.push(samples) {
            let ready = if self.source.is_live() { Some(window) } else { self.held.replace(window) };
            if let Some(window) = ready
                && !self.send(window, false)
            {
                return false;
            }
        }
        true
    }

    fn next_batch(&mut self) -> Result<Option<Samples>> {
        match &mut self.source {
            Source::Reader { reader, .. } => reader.next_batch(),
            Source::Demo(demo) => {
                self.status.hold(demo.wait());
                let (samples, truth) = demo.next_batch();
                self.status.set_truth(truth);
                Ok(Some(samples))
            }
        }
    }

    fn occupancy(&self) -> f64 {
        self.sender.len() as f64 / self.sender.capacity().unwrap_or(1).max(1) as f64
    }

    /// Queues a window, waiting for room; `false` when nobody will take it any more.
    fn send(&self, window: Window, last: bool) -> bool {
        let ready = Instant::now();
        self.gauges.arrived(ready);
        let mut parcel = Parcel { window, last, ready };
        loop {
            self.status.set_queue(self.occupancy());
            self.gauges.set_queue(self.occupancy());
            match self.sender.send_timeout(parcel, CANCEL_POLL) {
                Ok(()) => return true,
                Err(SendTimeoutError::Disconnected(_)) => return false,
                Err(SendTimeoutError::Timeout(_)) if self.status.is_cancelled() => return false,
                Err(SendTimeoutError::Timeout(back)) => parcel = back,
            }
        }
    }
}
