//! In: clocks and counters. Out: what a window cost and how far a run has come.

use serde::{Deserialize, Serialize};

/// Milliseconds spent per stage of one window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct StageTimings {
    /// Controller.
    pub propose_ms: f64,
    /// Encoder (lagged features and Gram matrices).
    pub encode_ms: f64,
    /// Evaluator (selection, tests, bootstrap).
    pub evaluate_ms: f64,
    /// Store.
    pub store_ms: f64,
    /// Exporter (snapshot and insights).
    pub export_ms: f64,
}

impl StageTimings {
    /// Sum over the stages.
    pub fn total_ms(&self) -> f64 {
        self.propose_ms + self.encode_ms + self.evaluate_ms + self.store_ms + self.export_ms
    }
}

/// Payload of `processing_metrics`: one record per window, with the specification's names.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Metrics {
    /// The window.
    pub window: u64,
    /// Time of the whole step.
    pub latency_ms: f64,
    /// Time per stage.
    pub timings: StageTimings,
    /// Candidates evaluated.
    pub candidates: u64,
    /// Share of candidates accepted.
    pub accept_rate: f64,
    /// Median out-of-bag gain of accepted candidates.
    pub gain_p50: f64,
    /// Mean stability of accepted candidates.
    pub stability_avg: f64,
    /// Links in the store.
    pub edges: u64,
    /// Mean reward handed to the bandit.
    pub reward_avg: f64,
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RunState {
    /// Reading and discovering.
    #[default]
    Running,
    /// Held by the user.
    Paused,
    /// Waiting for a growing file or a slow pipe.
    Waiting,
    /// All rows seen.
    Finished,
    /// Stopped by the user; what was found stands.
    Cancelled,
    /// Stopped by an error; what was found stands.
    Failed,
}

/// How far a run has come; safe to poll from any thread.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Progress {
    /// State of the run.
    pub state: RunState,
    /// Rows handed to discovery.
    pub rows: u64,
    /// Rows expected in all, when known or estimated.
    pub rows_expected: Option<u64>,
    /// Windows finished.
    pub windows: u64,
    /// Seconds since the start, pauses excluded.
    pub elapsed_s: f64,
    /// Rows per second over the last moments.
    pub rows_per_s: f64,
    /// Seconds to go, when the end is known.
    pub eta_s: Option<f64>,
    /// Occupancy of the queue before discovery, `[0, 1]`.
    pub queue: f64,
    /// Rows admitted per second at most (PI control); infinite = not limited.
    pub admitted_rows_per_s: f64,
    /// Rows rejected because they could not be read.
    pub bad_rows: u64,
    /// Places where lags were not joined (series changes and time gaps).
    pub gaps: u64,
}
