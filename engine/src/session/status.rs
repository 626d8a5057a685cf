//! In: what both threads do. Out: pause, cancel and progress for anyone who asks.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::stream::ReadCounters;
use crate::types::{Note, Preparation, Progress, RunState, Truth};

use super::input::Source;

/// Shared between the session's handle and its threads.
#[derive(Debug)]
pub(super) struct Status {
    cancelled: AtomicBool,
    windows: AtomicU64,
    rows: AtomicU64,
    /// Occupancy of the queue, in thousandths.
    queue: AtomicU64,
    /// Admitted rows per second as bits of an `f64`.
    admitted: AtomicU64,
    expected: Option<u64>,
    reader: Option<(Arc<ReadCounters>, Arc<AtomicBool>)>,
    clock: Mutex<Clock>,
    wake: Condvar,
    truth: Mutex<Option<Arc<Truth>>>,
    /// How the input was understood.
    input_notes: Vec<Note>,
    preparation: Mutex<Option<Arc<Preparation>>>,
    /// Knobs turned from now on would not be seen.
    retuning_ended: Mutex<bool>,
}

#[derive(Debug)]
struct Clock {
    started: Instant,
    paused_at: Option<Instant>,
    paused: Duration,
    ended: Option<(Instant, RunState)>,
    rate: f64,
    mark: (Instant, u64),
}

/// Seconds over which the rate is averaged.
const RATE_WINDOW_S: f64 = 0.5;

impl Status {
    pub(super) fn new(source: &Source, truth: Option<Arc<Truth>>) -> Self {
        let now = Instant::now();
        Self {
            cancelled: AtomicBool::new(false),
            windows: AtomicU64::new(0),
            rows: AtomicU64::new(0),
            queue: AtomicU64::new(0),
            admitted: AtomicU64::new(f64::INFINITY.to_bits()),
            expected: source.expected(),
            reader: source.handles(),
            clock: Mutex::new(Clock {
                started: now,
                paused_at: None,
                paused: Duration::ZERO,
                ended: None,
                rate: 0.0,
                mark: (now, 0),
            }),
            wake: Condvar::new(),
            truth: Mutex::new(truth),
            input_notes: source.notes(),
            preparation: Mutex::new(None),
            retuning_ended: Mutex::new(false),
        }
    }

    fn clock(&self) -> MutexGuard<'_, Clock> {
        self.clock.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Relaxed)
    }

    pub(super) fn cancel(&self) {
        self.cancelled.store(true, Relaxed);
        if let Some((_, stop)) = &self.reader {
            stop.store(true, Relaxed);
        }
        let _clock = self.clock();
        self.wake.notify_all();
    }

    pub(super) fn set_paused(&self, paused: bool) {
        let mut clock = self.clock();
        match (paused, clock.paused_at) {
            (true, None) => clock.paused_at = Some(Instant::now()),
            (false, Some(since)) => {
                clock.paused += since.elapsed();
                clock.paused_at = None;
            }
            _ => {}
        }
        self.wake.notify_all();
    }

    /// Returns once the run is neither paused nor within `wait` of now; at once when it is cancelled.
    pub(super) fn hold(&self, wait: Duration) {
        let mut until = Instant::now() + wait;
        let mut clock = self.clock();
        while !self.is_cancelled() {
            if clock.paused_at.is_some() {
                clock = self.wake.wait(clock).unwrap_or_else(PoisonError::into_inner);
                until = Instant::now();
                continue;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            clock = self.wake.wait_timeout(clock, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub(super) fn set_queue(&self, occupancy: f64) {
        self.queue.store((occupancy * 1e3) as u64, Relaxed);
    }

    pub(super) fn set_admitted(&self, rows_per_s: f64) {
        self.admitted.store(rows_per_s.to_bits(), Relaxed);
    }

    pub(super) fn set_truth(&self, truth: Truth) {
        *self.truth.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(truth));
    }

    pub(super) fn truth(&self) -> Option<Arc<Truth>> {
        self.truth.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_preparation(&self, preparation: Preparation) {
        *self.preparation.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(preparation));
    }

    pub(super) fn preparation(&self) -> Option<Arc<Preparation>> {
        self.preparation.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Turns a knob, unless nobody would see it any more: then `false`.
    pub(super) fn if_retunable(&self, turn: impl FnOnce()) -> bool {
        let ended = self.retuning_ended.lock().unwrap_or_else(PoisonError::into_inner);
        if !*ended {
            turn();
        }
        !*ended
    }

    /// Lets no knob be turned from now on, where `all_seen` says that those turned so far have been looked at.
    pub(super) fn end_retuning(&self, all_seen: impl FnOnce() -> bool) -> bool {
        let mut ended = self.retuning_ended.lock().unwrap_or_else(PoisonError::into_inner);
        *ended |= all_seen();
        *ended
    }

    /// How the input was understood, and what its first rows showed, if they have been looked at.
    pub(super) fn notes(&self) -> Vec<Note> {
        let mut notes = self.input_notes.clone();
        notes.extend(self.preparation().iter().flat_map(|preparation| preparation.notes.iter().cloned()));
        notes
    }

    /// A window has been finished; `rows` is where it ends.
    pub(super) fn window_done(&self, rows: u64) {
        self.windows.fetch_add(1, Relaxed);
        self.rows.store(rows, Relaxed);
        let mut clock = self.clock();
        let (at, before) = clock.mark;
        let seconds = at.elapsed().as_secs_f64();
        if seconds >= RATE_WINDOW_S {
            let now = (rows - before) as f64 / seconds;
            clock.rate = if before == 0 { now } else { 0.5 * clock.rate + 0.5 * now };
            clock.mark = (Instant::now(), rows);
        }
    }

    pub(super) fn finish(&self, state: RunState) {
        self.clock().ended = Some((Instant::now(), state));
    }

    pub(super) fn progress(&self) -> Progress {
        let reads = self.reader.as_ref().map(|(counters, _)| counters.now()).unwrap_or_default();
        let rows = self.rows.load(Relaxed);
        let clock = self.clock();
        let now = clock.ended.map_or_else(Instant::now, |(at, _)| at);
        let held = clock.paused + clock.paused_at.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let elapsed_s = (now.saturating_duration_since(clock.started)).saturating_sub(held).as_secs_f64();
        let state = match (clock.ended, clock.paused_at) {
            (Some((_, state)), _) => state,
            (None, Some(_)) => RunState::Paused,
            (None, None) if reads.waiting => RunState::Waiting,
            (None, None) => RunState::Running,
        };
        let whole = if elapsed_s > 0.0 { rows as f64 / elapsed_s } else { 0.0 };
        let rows_per_s = if clock.rate > 0.0 && clock.ended.is_none() { clock.rate } else { whole };
        let eta_s = self
            .expected
            .filter(|_| state == RunState::Running && rows_per_s > 0.0)
            .map(|expected| expected.saturating_sub(rows) as f64 / rows_per_s);
        Progress {
            state,
            rows,
            rows_expected: self.expected,
            windows: self.windows.load(Relaxed),
            elapsed_s,
            rows_per_s,
            eta_s,
            queue: self.queue.load(Relaxed) as f64 / 1e3,
            admitted_rows_per_s: f64::from_bits(self.admitted.load(Relaxed)),
            bad_rows: reads.bad_rows,
            gaps: reads.gaps,
        }
    }
}
