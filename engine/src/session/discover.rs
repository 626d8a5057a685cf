//! In: windows from the queue. Out: the graph after each of them, on the bus.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::compute::Compute;
use crate::error::Error;
use crate::governor::Gauges;
use crate::mpie::{Pipeline, Step};
use crate::runtime::{Bus, DataWindow, EngineInsight, EngineSnapshot, ProcessingMetrics, give_back_memory};
use crate::types::{LinkScore, Snapshot, StageTimings};

use super::feed::Parcel;
use super::retune::Retuner;
use super::status::Status;

/// What the discovery thread ends with.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub snapshot: Option<Arc<Snapshot>>,
    pub scores: Vec<LinkScore>,
    pub error: Option<Error>,
}

/// How long a feed may be silent before knobs are looked at.
const KNOB_POLL: Duration = Duration::from_millis(200);

/// The discovery thread's state.
pub(super) struct Discoverer {
    pub pipeline: Pipeline,
    /// Where knobs may act while it runs.
    pub retuner: Option<Retuner>,
    pub device: Box<dyn Compute>,
    pub receiver: Receiver<Parcel>,
    pub bus: Bus,
    pub status: Arc<Status>,
    pub gauges: Arc<Gauges>,
    /// Whether rows arrive on their own time.
    pub live: bool,
    /// Bytes of one waiting window.
    pub window_bytes: usize,
}

impl Discoverer {
    /// Steps the pipeline until the queue closes or the run is cancelled.
    pub(super) fn run(mut self) -> Found {
        let mut snapshot: Option<Arc<Snapshot>> = None;
        loop {
            let parcel = match self.receiver.recv_timeout(KNOB_POLL) {
                Ok(parcel) => Some(parcel),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => break,
            };
            self.status.hold(Duration::ZERO);
            if self.status.is_cancelled() {
                break;
            }
            if let Some(cut_short) = self.retune(&mut snapshot) {
                return cut_short;
            }
            let Some(Parcel { window, last, ready }) = parcel else { continue };
            self.gauges.began(ready, Instant::now());
            self.pipeline.hurry(self.live && !self.receiver.is_empty());
            let step = self.pipeline.step(&window, &mut *self.device, last);
            let (timings, put_off) = (step.metrics.timings, step.put_off);
            if let Some(retuner) = &mut self.retuner {
                retuner.keep(&window);
            }
            self.status.window_done(window.rows.end);
            self.bus.publish::<DataWindow>(window);
            snapshot = Some(self.publish(step));
            self.measure(timings, put_off);
        }
        // A stream cut short, or one whose last window was not judged when it came: judge what is there.
        if let Some(step) = self.pipeline.finish(&mut *self.device) {
            snapshot = Some(self.publish(step));
        }
        // A knob that was turned at the very end counts as well; from here on none can be.
        while !self.status.end_retuning(|| self.retuner.as_ref().is_none_or(|retuner| !retuner.is_due())) {
            if let Some(cut_short) = self.retune(&mut snapshot) {
                return cut_short;
            }
        }
        Found { snapshot, scores: self.pipeline.scores().to_vec(), error: None }
    }

    /// Where a knob was turned: judges the newest rows anew, and publishes their graph as what followed `snapshot`. Where
    /// the run is cancelled meanwhile it ends with what had been found before: part of the rows is no result.
    fn retune(&mut self, snapshot: &mut Option<Arc<Snapshot>>) -> Option<Found> {
        let retuner = self.retuner.as_mut().filter(|retuner| retuner.is_due())?;
        let scores = self.pipeline.scores().to_vec();
        // The old one goes before the new one takes memory.
        self.pipeline = retuner.pipeline();
        give_back_memory();
        let status = &self.status;
        let graph =
            retuner.replay(&mut self.pipeline, snapshot.as_deref(), &mut *self.device, || status.is_cancelled());
        let Some(graph) = graph else {
            self.status.end_retuning(|| true);
            return Some(Found { snapshot: snapshot.take(), scores, error: None });
        };
        let graph = Arc::new(graph);
        self.bus.publish::<EngineSnapshot>(Arc::clone(&graph));
        *snapshot = Some(graph);
        None
    }

    /// Tells the governor what the window took and what is held.
    fn measure(&self, timings: StageTimings, put_off: bool) {
        self.gauges.done(Instant::now(), timings, put_off);
        let room = self.receiver.capacity().unwrap_or(1).max(1) as f64;
        self.gauges.set_queue(self.receiver.len() as f64 / room);
        let sizes = self.pipeline.sizes();
        self.gauges.set_size("queue_mb", self.receiver.len() * self.window_bytes);
        let kept = self.retuner.as_ref().map_or(0, Retuner::bytes);
        self.gauges.set_size("cache_mb", sizes.cache_bytes + kept);
        self.gauges.set_size("views_mb", sizes.views_bytes);
        self.gauges.set_size("history_mb", sizes.history_bytes);
        self.gauges.set_vram(self.device.memory());
    }

    fn publish(&self, step: Step) -> Arc<Snapshot> {
        self.bus.publish::<ProcessingMetrics>(step.metrics);
        for insight in step.insights {
            self.bus.publish::<EngineInsight>(insight);
        }
        self.bus.publish::<EngineSnapshot>(Arc::clone(&step.snapshot));
        step.snapshot
    }
}
