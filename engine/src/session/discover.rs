//! In: windows from the queue. Out: the graph after each of them, on the bus.

use std::sync::Arc;

use crossbeam_channel::Receiver;

use crate::compute::Compute;
use crate::error::Error;
use crate::mpie::{Pipeline, Step};
use crate::runtime::{Bus, DataWindow, EngineInsight, EngineSnapshot, ProcessingMetrics};
use crate::types::{LinkScore, Snapshot};

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
}

impl Discoverer {
    /// Steps the pipeline until the queue closes or the run is cancelled.
    pub(super) fn run(mut self) -> Found {
        let mut snapshot = None;
        while let Ok(Parcel { window, last }) = self.receiver.recv() {
            self.status.hold(std::time::Duration::ZERO);
            if self.status.is_cancelled() {
                break;
            }
            let step = self.pipeline.step(&window, &mut *self.device, last);
            self.status.window_done(window.rows.end);
            self.bus.publish::<DataWindow>(window);
            snapshot = Some(self.publish(step));
        }
        // A stream cut short, or one whose last window was not judged when it came: judge what is there.
        if let Some(step) = self.pipeline.finish(&mut *self.device) {
            snapshot = Some(self.publish(step));
        }
        Found { snapshot, scores: self.pipeline.scores().to_vec(), error: None }
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
