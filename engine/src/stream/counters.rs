//! In: what the reader does, on its thread. Out: the same numbers for anyone who watches.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// Live counters of a [`super::Reader`]; written by the reading thread, readable from any other.
#[derive(Debug, Default)]
pub struct ReadCounters {
    pub(super) rows: AtomicU64,
    pub(super) bad_rows: AtomicU64,
    pub(super) gaps: AtomicU64,
    pub(super) duplicate_times: AtomicU64,
    pub(super) bytes: AtomicU64,
    pub(super) waiting: AtomicBool,
}

/// The counters at one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReadCounts {
    /// Rows handed on.
    pub rows: u64,
    /// Rows that could not be read as they are: left out, or kept with missing cells.
    pub bad_rows: u64,
    /// Places where lags are not joined: series changes, gaps in time, rows left out.
    pub gaps: u64,
    /// Rows with the same time as the row before them.
    pub duplicate_times: u64,
    /// Bytes consumed, of all files so far.
    pub bytes: u64,
    /// Whether the reader stands at the end of a growing file, waiting for more.
    pub waiting: bool,
}

impl ReadCounters {
    /// The counters now.
    pub fn now(&self) -> ReadCounts {
        ReadCounts {
            rows: self.rows.load(Relaxed),
            bad_rows: self.bad_rows.load(Relaxed),
            gaps: self.gaps.load(Relaxed),
            duplicate_times: self.duplicate_times.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            waiting: self.waiting.load(Relaxed),
        }
    }
}
