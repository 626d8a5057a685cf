//! In: windows from the queue. Out: the graph after each of them, on the bus.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::compute::Compute;
use crate::error::Error;
use crate::governor::Gauges;
use crate::mpie::{Pipeline, Step};
use crate::runtime::{Bus, DataWindow, EngineInsight, EngineSnapshot, ProcessingMetrics};
use crate::types::{LinkScore, Snapshot, StageTimings};

use super::feed::Parcel;
use super::retune::{Retuner, as_change};
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
            if let Some(again) = self.retune(snapshot.as_ref()) {
                snapshot = Some(again);
            }
            let Some(Parcel { window, last, ready }) = parcel else { continue };
            self.gauges.began(ready, Instant::now());
            let step = self.pipeline.step(&window, &mut *self.device, last);
            if let Some(retuner) = &mut self.retuner {
                retuner.keep(&window);
            }
            self.status.window_done(window.rows.end);
            self.bus.publish::<DataWindow>(window);
            let timings = step.metrics.timings;
            snapshot = Some(self.publish(step));
            self.measure(timings);
        }
        // A stream cut short, or one whose last window was not judged when it came: judge what is there.
        if let Some(step) = self.pipeline.finish(&mut *self.device) {
            snapshot = Some(self.publish(step));
        }
        Found { snapshot, scores: self.pipeline.scores().to_vec(), error: None }
    }

    /// Where a knob was turned: judges the newest rows anew, and publishes their graph as what followed `before`.
    fn retune(&mut self, before: Option<&Arc<Snapshot>>) -> Option<Arc<Snapshot>> {
        let retuner = self.retuner.as_mut().filter(|retuner| retuner.is_due())?;
        let status = Arc::clone(&self.status);
        let (pipeline, newest) = retuner.retune(&mut *self.device, || status.is_cancelled());
        self.pipeline = pipeline;
        let step = newest?;
        let graph = Arc::unwrap_or_clone(step.snapshot);
        let graph = Arc::new(match before {
            Some(before) => as_change(graph, before),
            None => graph,
        });
        self.bus.publish::<EngineSnapshot>(Arc::clone(&graph));
        Some(graph)
    }

    /// Tells the governor what the window took and what is held.
    fn measure(&self, timings: StageTimings) {
        self.gauges.done(Instant::now(), timings);
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
