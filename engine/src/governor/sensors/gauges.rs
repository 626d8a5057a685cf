//! In: what the session's threads report, as it happens. Out: the same, as the sensor finds it.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::compute::DeviceMemory;
use crate::types::{Readings, StageTimings};

/// Windows kept at most.
const MAX_WINDOWS: usize = 1024;

/// What the session's threads report, and the sensor reads. Cheap to write: a few times per window.
#[derive(Debug, Default)]
pub struct Gauges {
    inner: Mutex<Inner>,
}

/// What has been reported.
#[derive(Debug, Default)]
pub struct Inner {
    /// When windows were complete.
    pub arrivals: VecDeque<Instant>,
    pub windows: VecDeque<Done>,
    /// When the window in work was queued, and when work on it began.
    pub in_work: Option<(Instant, Instant)>,
    pub queue: Option<f64>,
    pub fps: Option<(Instant, f64)>,
    pub vram: Option<DeviceMemory>,
    pub sizes_mb: Readings,
    pub live: bool,
    pub ended: bool,
    /// What began before this says nothing: a lever has moved since.
    pub since: Option<Instant>,
}

#[derive(Debug, Clone, Copy)]
pub struct Done {
    pub at: Instant,
    pub began: Instant,
    pub ready: Instant,
    pub latency_ms: f64,
    pub step_ms: f64,
    pub stages: StageTimings,
    /// It was taken in and not judged although it should have been.
    pub put_off: bool,
}

impl Gauges {
    /// Everything reported so far.
    pub(super) fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rows of this run arrive on their own time.
    pub fn set_live(&self, live: bool) {
        self.inner().live = live;
    }

    /// A window is complete and about to be queued.
    pub fn arrived(&self, at: Instant) {
        let mut inner = self.inner();
        inner.arrivals.push_back(at);
        if inner.arrivals.len() > MAX_WINDOWS {
            inner.arrivals.pop_front();
        }
    }

    /// Occupancy of the queue, `[0, 1]`.
    pub fn set_queue(&self, occupancy: f64) {
        self.inner().queue = Some(occupancy);
    }

    /// Discovery takes up a window that was complete at `ready`.
    pub fn began(&self, ready: Instant, now: Instant) {
        self.inner().in_work = Some((ready, now));
    }

    /// The window taken up last has become a graph, or has been taken in with its judgement put off.
    pub fn done(&self, now: Instant, stages: StageTimings, put_off: bool) {
        let mut inner = self.inner();
        let Some((ready, began)) = inner.in_work.take() else { return };
        let ms = |from: Instant| now.saturating_duration_since(from).as_secs_f64() * 1e3;
        let done = Done { at: now, ready, began, latency_ms: ms(ready), step_ms: ms(began), stages, put_off };
        inner.windows.push_back(done);
        if inner.windows.len() > MAX_WINDOWS {
            inner.windows.pop_front();
        }
    }

    /// No more windows will come.
    pub fn ended(&self) {
        self.inner().ended = true;
    }

    /// Megabytes a subsystem holds (`cache_mb`, `views_mb` …).
    pub fn set_size(&self, name: &str, bytes: usize) {
        self.inner().sizes_mb.insert(name.to_owned(), bytes as f64 / 1e6);
    }

    /// Memory of the device that discovery runs on, from its driver; `None` where that does not say.
    pub fn set_vram(&self, memory: Option<DeviceMemory>) {
        self.inner().vram = memory;
    }

    /// Frames drawn per second, from whoever draws. Stands for a second.
    pub fn set_fps(&self, fps: f64) {
        self.inner().fps = Some((Instant::now(), fps));
    }

    /// A lever of discovery has moved: what was measured before no longer counts.
    pub fn forget(&self, now: Instant) {
        self.inner().since = Some(now);
    }
}
