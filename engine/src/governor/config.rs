//! In: `[governor]` of the configuration. Out: settings of the Dynamic Resource Governor.

use serde::{Deserialize, Serialize};

use super::rules::Policies;

/// Settings of the governor (the specification's `DRGConfig`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DrgConfig {
    /// Run it.
    pub enabled: bool,
    /// Decide and record, but carry nothing out.
    pub dry_run: bool,
    /// Seconds between decisions.
    pub control_interval: f64,
    /// Seconds after the start, and after a feed has caught up, in which only memory is looked after.
    pub grace_s: f64,
    /// Which runs have a latency to keep.
    pub latency: LatencyScope,
    /// Latency a live feed aims at, in milliseconds: from a window's last row to its graph, 95th percentile.
    pub latency_target_ms: f64,
    /// Seconds without a change after which readings are taken for frozen.
    pub stale_s: f64,
    /// Seconds a lever is held while the readings its rules need are missing or frozen.
    pub blind_hold_s: f64,
    /// Level levers then go to. 1: a governor that cannot see must not throttle for ever, and what must never be
    /// exceeded is bounded where it is held.
    pub safe_level: f64,
    /// Readings.
    pub sensor: SensorConfig,
    /// Smoothing and forecast.
    pub profiler: ProfilerConfig,
    /// Decision log.
    pub monitor: MonitorConfig,
    /// Rules per subsystem.
    pub policies: Policies,
}

/// Which runs have a latency to keep. A file has none: reading it a little longer harms nobody, and the same bytes come
/// out whatever else the machine does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LatencyScope {
    /// Feeds whose rows arrive on their own time, from when they have been caught up with.
    #[default]
    Live,
    /// Every run, from its first window.
    Always,
    /// None.
    Never,
}

/// Settings of the sensors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SensorConfig {
    /// Milliseconds between readings.
    pub interval_ms: u64,
}

/// Settings of smoothing and forecast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProfilerConfig {
    /// Weight of the newest reading in the moving average.
    pub ema_alpha: f64,
    /// Process noise of the Kalman filter.
    #[serde(rename = "kalman_Q")]
    pub kalman_q: f64,
    /// Measurement noise of the Kalman filter.
    #[serde(rename = "kalman_R")]
    pub kalman_r: f64,
    /// Whether the filter follows a trend. Without one it is a moving average under another name and crosses a limit
    /// after the reading does.
    pub trend: bool,
    /// Readings the forecast looks ahead: the time an action takes to show.
    pub horizon_ticks: u32,
}

/// Settings of the decision log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MonitorConfig {
    /// Folder for the log, made when there is something to log; empty = no log.
    pub log_dir: String,
    /// `DEBUG` and `TRACE` also log every reading; `ERROR` and `WARN` only what could not be carried out.
    pub level: String,
    /// Control intervals kept to look back on.
    pub history: usize,
}

impl Default for DrgConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            dry_run: false,
            control_interval: 0.5,
            grace_s: 2.0,
            latency: LatencyScope::Live,
            latency_target_ms: 150.0,
            stale_s: 3.0,
            blind_hold_s: 30.0,
            safe_level: 1.0,
            sensor: SensorConfig::default(),
            profiler: ProfilerConfig::default(),
            monitor: MonitorConfig::default(),
            policies: Policies::default(),
        }
    }
}

impl Default for SensorConfig {
    fn default() -> Self {
        Self { interval_ms: 250 }
    }
}

impl Default for ProfilerConfig {
    fn default() -> Self {
        Self { ema_alpha: 0.3, kalman_q: 0.01, kalman_r: 0.1, trend: true, horizon_ticks: 4 }
    }
}

impl Default for MonitorConfig {
    fn default() -> Self {
        Self { log_dir: "logs/drg".to_owned(), level: "INFO".to_owned(), history: 600 }
    }
}

impl DrgConfig {
    /// Adds a sentence per setting out of range.
    pub fn check(&self, faults: &mut Vec<String>) {
        let mut need = |ok: bool, text: String| {
            if !ok {
                faults.push(text);
            }
        };
        let p = &self.profiler;
        for (name, seconds) in [
            ("control_interval", self.control_interval),
            ("stale_s", self.stale_s),
            ("blind_hold_s", self.blind_hold_s),
        ] {
            need(
                (0.01..=3600.0).contains(&seconds),
                format!("`governor.{name}` is {seconds}, must lie in 0.01 … 3600 seconds"),
            );
        }
        need(
            (0.0..=3600.0).contains(&self.grace_s),
            format!("`governor.grace_s` is {}, must lie in 0 … 3600 seconds", self.grace_s),
        );
        need(
            self.latency_target_ms > 0.0 && self.latency_target_ms.is_finite(),
            format!("`governor.latency_target_ms` is {}, must be positive", self.latency_target_ms),
        );
        need(
            self.safe_level > 0.0 && self.safe_level <= 1.0,
            format!("`governor.safe_level` is {}, must lie above 0 and not above 1", self.safe_level),
        );
        need(
            (10..=60_000).contains(&self.sensor.interval_ms),
            format!("`governor.sensor.interval_ms` is {}, must lie in 10 … 60000", self.sensor.interval_ms),
        );
        need(
            p.ema_alpha > 0.0 && p.ema_alpha <= 1.0,
            format!("`governor.profiler.ema_alpha` is {}, must lie in 0 … 1", p.ema_alpha),
        );
        need(
            p.kalman_q > 0.0 && p.kalman_r > 0.0,
            "`governor.profiler.kalman_Q` and `kalman_R` must be positive".to_owned(),
        );
        need(
            (1..=240).contains(&p.horizon_ticks),
            format!("`governor.profiler.horizon_ticks` is {}, must lie in 1 … 240", p.horizon_ticks),
        );
        need(
            ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"].contains(&self.monitor.level.as_str()),
            format!(
                "`governor.monitor.level` is \"{}\", must be ERROR, WARN, INFO, DEBUG or TRACE",
                self.monitor.level
            ),
        );
        need(
            (1..=1_000_000).contains(&self.monitor.history),
            format!("`governor.monitor.history` is {}, must lie in 1 … 1000000", self.monitor.history),
        );
        self.policies.check(faults);
    }
}
