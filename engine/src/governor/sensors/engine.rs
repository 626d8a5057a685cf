//! In: what the reader and discovery do, window by window. Out: `latency_ms`, `load`, `overload`, `queue`, `fps`, p95 per
//! stage, megabytes per subsystem.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::config::{DrgConfig, LatencyScope};
use super::gauges::{Done, Gauges, Inner};
use super::{Sensor, note};
use crate::runtime::{Bus, Queue, SimulationFrame, Subscription};
use crate::types::{Frame, Readings, StageTimings};

/// Time that percentiles and rates look back over.
const LOOK_BACK: Duration = Duration::from_secs(5);
/// Time in which what changes must show, also when it is over.
const SOON: Duration = Duration::from_secs(2);
/// Time that the work per window is averaged over, and windows at least: what is asked for rises at once when others
/// take half of the machine.
const LOAD_BACK: Duration = Duration::from_secs(1);
const LEAST_WINDOWS: usize = 8;
/// A feed counts as caught up with after its queue has been nearly empty for this long.
const CAUGHT_UP: Duration = Duration::from_secs(2);
/// Occupancy of a queue that is nearly empty: one window in thirty-two.
const NEARLY_EMPTY: f64 = 0.05;
/// Seconds within which a queue that has grown should be worked off.
const DRAIN_S: f64 = 1.0;
/// Frames older than this say nothing of the present.
const FRAMES_BACK: Duration = Duration::from_secs(1);
/// A stage's metric and its time.
type Stage = (&'static str, fn(&StageTimings) -> f64);

/// Reads the gauges.
#[derive(Debug)]
pub struct EngineSensor {
    gauges: Arc<Gauges>,
    scope: LatencyScope,
    target_ms: f64,
    empty_since: Option<Instant>,
    caught_up: bool,
    /// The newest frame only: the others are counted by what the ring has dropped.
    layout: Subscription<Frame>,
    dropped: u64,
    /// Looks at the layout of the last second, and the frames each found; empty while it rests.
    frames: VecDeque<(Instant, usize)>,
}

impl EngineSensor {
    /// A sensor of one session.
    pub fn new(gauges: Arc<Gauges>, bus: &Bus, config: &DrgConfig) -> Self {
        Self {
            gauges,
            scope: config.latency,
            target_ms: config.latency_target_ms,
            empty_since: None,
            caught_up: false,
            layout: bus.subscribe::<SimulationFrame>(Queue::Ring(1)),
            dropped: 0,
            frames: VecDeque::new(),
        }
    }

    /// Frames the layout published per second of the last one, while it moved all the time.
    fn laid_out(&mut self, now: Instant) -> Option<f64> {
        let newest = self.layout.try_recv();
        let before = std::mem::replace(&mut self.dropped, self.layout.dropped());
        let count = self.dropped.saturating_sub(before) as usize + usize::from(newest.is_ok());
        let resting = newest.is_ok_and(|frame| frame.settled);
        if resting || (self.frames.is_empty() && count == 0) {
            self.frames.clear();
            return None;
        }
        self.frames.push_back((now, count));
        while self.frames.front().is_some_and(|(at, _)| now.saturating_duration_since(*at) > FRAMES_BACK) {
            self.frames.pop_front();
        }
        let first = self.frames.front().map(|(at, _)| now.saturating_duration_since(*at).as_secs_f64())?;
        let frames: usize = self.frames.iter().skip(1).map(|(_, count)| count).sum();
        // Frozen by a person, it publishes nothing and is not slow.
        (first > 0.5 && frames > 0).then(|| frames as f64 / first)
    }

    /// Whether this run has a latency to keep by now: rows arrive on their own time, and what was there before has been
    /// worked off.
    fn is_governed(&mut self, inner: &Inner, now: Instant) -> bool {
        if inner.ended {
            return false;
        }
        match self.scope {
            LatencyScope::Never => false,
            LatencyScope::Always => true,
            LatencyScope::Live if !inner.live => false,
            LatencyScope::Live => {
                let nearly_empty = inner.queue.is_some_and(|queue| queue <= NEARLY_EMPTY) && !inner.windows.is_empty();
                self.empty_since = nearly_empty.then(|| self.empty_since.unwrap_or(now));
                let long = self.empty_since.is_some_and(|at| now.saturating_duration_since(at) >= CAUGHT_UP);
                self.caught_up |= long;
                self.caught_up
            }
        }
    }
}

impl Sensor for EngineSensor {
    fn read(&mut self, now: Instant, into: &mut Readings) {
        let laid_out = self.laid_out(now);
        let gauges = Arc::clone(&self.gauges);
        let mut inner = gauges.inner();
        let recent = |at: Instant, back: Duration| now.saturating_duration_since(at) <= back;
        while inner.arrivals.front().is_some_and(|at| !recent(*at, LOOK_BACK)) {
            inner.arrivals.pop_front();
        }
        while inner.windows.front().is_some_and(|w| !recent(w.at, LOOK_BACK)) {
            inner.windows.pop_front();
        }
        note(into, "queue", inner.queue);
        for (name, size) in &inner.sizes_mb {
            note(into, name, Some(*size));
        }
        // Where NVML speaks of the whole device, its word counts.
        if let Some(memory) = inner.vram.filter(|m| m.budget_bytes > 0 && !into.contains_key("vram_util")) {
            let left = memory.budget_bytes.saturating_sub(memory.used_bytes);
            note(into, "vram_util", Some((memory.used_bytes as f64 / memory.budget_bytes as f64).min(1.0)));
            note(into, "vram_available_gb", Some(left as f64 / 1e9));
        }
        let drawn = inner.fps.filter(|(at, _)| recent(*at, FRAMES_BACK)).map(|(_, fps)| fps);
        note(into, "fps", drawn.or(laid_out));
        let stages: [Stage; 5] = [
            ("propose_p95_ms", |t| t.propose_ms),
            ("encode_p95_ms", |t| t.encode_ms),
            ("evaluate_p95_ms", |t| t.evaluate_ms),
            ("store_p95_ms", |t| t.store_ms),
            ("export_p95_ms", |t| t.export_ms),
        ];
        for (name, of) in stages {
            note(into, name, p95(inner.windows.iter().map(|w| of(&w.stages))));
        }
        if !self.is_governed(&inner, now) {
            return;
        }
        // A wait that began before the last action is not that action's doing.
        let counts = |w: &&Done| inner.since.is_none_or(|since| w.ready >= since);
        let waiting = inner.in_work.map(|(ready, _)| now.saturating_duration_since(ready).as_secs_f64() * 1e3);
        let latency = p95(inner.windows.iter().filter(counts).map(|w| w.latency_ms));
        // A window that has been in work for longer than any before is late already.
        let latency = match (latency, waiting) {
            (Some(known), Some(waiting)) => Some(known.max(waiting)),
            (known, waiting) => known.or(waiting.filter(|w| *w > self.target_ms)),
        };
        note(into, "latency_ms", latency);
        let load = load(&inner, now);
        note(into, "load", load);
        // The newest window says how long the queue is now; the percentile still remembers how long it was.
        let newest = inner.windows.back().filter(|w| recent(w.at, SOON)).map(|w| w.latency_ms);
        let newest = newest.into_iter().chain(waiting).fold(0.0, f64::max);
        let keeping_up = load.map(|load| overload(load, newest, self.target_ms));
        let newest = inner.windows.iter().filter(counts).filter(|w| recent(w.at, SOON));
        let step = p95(newest.map(|w| w.step_ms));
        let alone = step.zip(into.get("cpu_stall")).and_then(|(step, stall)| inflated(step, *stall, self.target_ms));
        note(into, "overload", keeping_up.map(|o| alone.map_or(o, |alone| o.max(alone))));
    }
}

/// Work needed per second, relative to what can be done, to keep up and to be back within the target soon.
pub fn overload(load: f64, latency_ms: f64, target_ms: f64) -> f64 {
    load + (latency_ms - target_ms).max(0.0) / (1e3 * DRAIN_S)
}

/// How far one window's own work is over the target, where others are to blame: a target that could not be met on an
/// idle machine either is not worth giving anything up for.
fn inflated(step_ms: f64, stall: f64, target_ms: f64) -> Option<f64> {
    (step_ms * (1.0 - stall) <= target_ms).then_some(step_ms / target_ms)
}

/// Windows arriving per second times seconds of work per window. Nothing arriving is no load; windows that arrive
/// before the first has been worked on are not known to be one.
fn load(inner: &Inner, now: Instant) -> Option<f64> {
    if inner.arrivals.is_empty() {
        return Some(0.0);
    }
    // What was put off has been asked for all the same.
    let counts = |w: &&Done| !w.put_off && inner.since.is_none_or(|since| w.began >= since);
    let is_new = |at: Instant| now.saturating_duration_since(at) <= LOAD_BACK;
    let newest_first = inner.windows.iter().rev().filter(counts).enumerate();
    let mut steps: Vec<f64> =
        newest_first.take_while(|(at, w)| *at < LEAST_WINDOWS || is_new(w.at)).map(|(_, w)| w.step_ms).collect();
    // One that has been in work for longer than the others took tells what the next will take.
    let in_work = inner.in_work.map(|(_, began)| now.saturating_duration_since(began).as_secs_f64() * 1e3);
    let longest = steps.iter().copied().fold(0.0, f64::max);
    steps.extend(in_work.filter(|so_far| *so_far > longest));
    if steps.is_empty() {
        return None;
    }
    let mean_ms = steps.iter().sum::<f64>() / steps.len() as f64;
    let back = inner.arrivals.front().map_or(LOOK_BACK, |at| now.saturating_duration_since(*at));
    let per_s = inner.arrivals.len() as f64 / back.max(Duration::from_secs(1)).as_secs_f64();
    Some(per_s * mean_ms / 1e3)
}

fn p95(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    if values.is_empty() {
        return None;
    }
    let at = (values.len() * 95).div_ceil(100) - 1;
    Some(*values.select_nth_unstable_by(at, f64::total_cmp).1)
}
