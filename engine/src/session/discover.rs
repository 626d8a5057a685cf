//! In: windows from the queue. Out: the graph after each of them, on the bus.

use std::sync::Arc;
use std::time::Instant;

use crossbeam_channel::Receiver;

use crate::compute::Compute;
use crate::error::Error;
use crate::governor::Gauges;
use crate::mpie::{Pipeline, Step};
use crate::runtime::{Bus, DataWindow, EngineInsight, EngineSnapshot, ProcessingMetrics};
use crate::types::{LinkScore, Snapshot, StageTimings};

use super::feed::Parcel;
use super::status::Status;

/// What the discovery thread ends with.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub snapshot: Option<Arc<Snapshot>>,
    pub scores: Vec<LinkScore>,
    pub error: Option<Error>,
}

/// The discovery thread's state.
pub(super) struct Discoverer {
    pub pipeline: Pipeline,
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
        let mut snapshot = None;
        while let Ok(Parcel { window, last, ready }) = self.receiver.recv() {
            self.status.hold(std::time::Duration::ZERO);
            self.gauges.began(ready, Instant::now());
            if self.status.is_cancelled() {
                break;
            }
            let step = self.pipeline.step(&window, &mut *self.device, last);
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

    /// Tells the governor what the window took and what is held.
    fn measure(&self, timings: StageTimings) {
        self.gauges.done(Instant::now(), timings);
        let room = self.receiver.capacity().unwrap_or(1).max(1) as f64;
        self.gauges.set_queue(self.receiver.len() as f64 / room);
        let sizes = self.pipeline.sizes();
        self.gauges.set_size("queue_mb", self.receiver.len() * self.window_bytes);
        self.gauges.set_size("cache_mb", sizes.cache_bytes);
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
