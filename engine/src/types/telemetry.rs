//! In: sensors and learners. Out: their readings as plain data, the payloads of `drg.telemetry` and `meta.telemetry`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Named readings. A reading that could not be taken is absent, never 0.
pub type Readings = BTreeMap<String, f64>;

/// Payload of `drg.telemetry`, once per control interval. Keys are the specification's: `cpu_util` … `vram_util` in
/// `[0, 1]`, `cpu_freq` in MHz, `mem_available_gb`, `disk_read_mb` …
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Telemetry {
    /// As read.
    pub metrics: Readings,
    /// Exponential moving averages.
    pub ema: Readings,
    /// Expected values one actuation delay ahead.
    pub forecast: Readings,
    /// Share of persistence's squared error that the forecast saves, below 0 where it adds some; then the average
    /// stands in for it.
    #[serde(default)]
    pub skill: Readings,
}

/// What the machine can spare, as the meta-learner and the pipeline ask for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ResourceProfile {
    /// Graphics memory is nearly full.
    pub vram_high: bool,
    /// Steps take longer than their target.
    pub latency_high: bool,
    /// The network has room.
    pub bandwidth_free: bool,
    /// The network is short.
    pub bandwidth_low: bool,
}

/// Payload of `meta.telemetry`: how meta-learning is doing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct MetaTelemetry {
    /// Multi-objective reward, `[-1, 1]`.
    pub reward: f64,
    /// Updates per window.
    pub update_rate: f64,
    /// Median out-of-bag gain of accepted candidates.
    pub gain: f64,
    /// Mean confidence of the domains that took part, `[0, 1]`.
    pub confidence: f64,
    /// Drift statistic, in standard deviations of the reward.
    pub drift_score: f64,
    /// Time of one update.
    pub latency_ms: f64,
    /// Size of the stored priors.
    pub storage_mb: f64,
}

/// Payload of `simulation.state`: published when the layout starts, stops or is held, not per step.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimulationState {
    /// Last frame published.
    pub frame_id: u64,
    /// Nodes laid out, junctions of hyperedges included.
    pub nodes: u64,
    /// Springs between them.
    pub springs: u64,
    /// Layout steps so far.
    pub steps: u64,
    /// The layout has come to rest.
    pub settled: bool,
    /// The layout is held by the user.
    pub frozen: bool,
}
