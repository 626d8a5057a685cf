//! In: `[governor]` of the configuration. Out: settings of the Dynamic Resource Governor.

use serde::{Deserialize, Serialize};

use crate::types::Action;

/// Settings of the governor (the specification's `DRGConfig`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DrgConfig {
    /// Seconds between decisions.
    pub control_interval: f64,
    /// Readings.
    pub sensor: SensorConfig,
    /// Smoothing and forecast.
    pub profiler: ProfilerConfig,
    /// Decision log.
    pub monitor: MonitorConfig,
    /// Rules per subsystem.
    pub policies: Policies,
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
    /// Control intervals the forecast looks ahead: the time an action takes to show.
    pub horizon_ticks: u32,
}

/// Settings of the decision log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MonitorConfig {
    /// Folder for the log.
    pub log_dir: String,
    /// `ERROR`, `WARN`, `INFO`, `DEBUG` or `TRACE`.
    pub level: String,
}

/// Side of the threshold on which a rule fires.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Direction {
    /// At or above the threshold.
    #[default]
    #[serde(rename = ">")]
    Above,
    /// At or below the threshold.
    #[serde(rename = "<")]
    Below,
}

/// One rule. A reading that is missing makes the rule inactive; it never counts as 0.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyRule {
    /// Reading to watch.
    pub metric: String,
    /// Value at which the rule fires.
    pub threshold: f64,
    /// What to ask of the subsystem.
    pub action: Action,
    /// Side of the threshold on which it fires.
    #[serde(default)]
    pub direction: Direction,
    /// Strongest single step: the subsystem keeps at least this share.
    #[serde(default = "one")]
    pub factor: f64,
    /// Rules of higher priority act first.
    #[serde(default)]
    pub priority: i32,
    /// Value at which the rule lets go again. The specification has none, so its rules only ever shrink.
    pub clear_threshold: f64,
    /// Seconds before the same rule may act again, at least twice the time an action takes to show.
    #[serde(default = "two")]
    pub cooldown_s: f64,
}

/// Rules per subsystem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policies {
    /// Layout and drawing.
    pub simulation: Vec<PolicyRule>,
    /// Discovery.
    pub mpie: Vec<PolicyRule>,
    /// Meta-learning.
    pub meta: Vec<PolicyRule>,
    /// Federation.
    pub federation: Vec<PolicyRule>,
    /// Caches.
    pub memory: Vec<PolicyRule>,
}

fn one() -> f64 {
    1.0
}

fn two() -> f64 {
    2.0
}

impl Default for DrgConfig {
    fn default() -> Self {
        Self {
            control_interval: 0.5,
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
        Self { log_dir: "logs/drg".to_owned(), level: "INFO".to_owned() }
    }
}

impl Default for Policies {
    fn default() -> Self {
        let rule = |metric: &str, threshold, clear_threshold, action, factor, priority| PolicyRule {
            metric: metric.to_owned(),
            threshold,
            action,
            direction: if clear_threshold > threshold { Direction::Below } else { Direction::Above },
            factor,
            priority,
            clear_threshold,
            cooldown_s: two(),
        };
        Self {
            simulation: vec![
                rule("vram_util", 0.90, 0.80, Action::ScaleDown, 0.5, 3),
                rule("fps", 25.0, 35.0, Action::IncreaseLod, 0.75, 2),
            ],
            mpie: vec![rule("cpu_util", 0.85, 0.75, Action::ReduceBatch, 0.5, 2)],
            meta: vec![rule("vram_util", 0.85, 0.75, Action::DropLowPriority, 1.0, 1)],
            federation: vec![rule("latency_ms", 150.0, 120.0, Action::DelaySync, 1.0, 1)],
            memory: vec![rule("mem_util", 0.90, 0.80, Action::FlushCache, 1.0, 1)],
        }
    }
}

impl Policies {
    /// Each subsystem's name with its rules.
    pub fn by_subsystem(&self) -> [(&'static str, &[PolicyRule]); 5] {
        [
            ("simulation", &self.simulation),
            ("mpie", &self.mpie),
            ("meta", &self.meta),
            ("federation", &self.federation),
            ("memory", &self.memory),
        ]
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
        need(
            self.control_interval > 0.0 && self.control_interval.is_finite(),
            format!("`governor.control_interval` is {}, must be positive", self.control_interval),
        );
        need(self.sensor.interval_ms > 0, "`governor.sensor.interval_ms` must be at least 1".to_owned());
        need(
            p.ema_alpha > 0.0 && p.ema_alpha <= 1.0,
            format!("`governor.profiler.ema_alpha` is {}, must lie in 0 … 1", p.ema_alpha),
        );
        need(
            p.kalman_q > 0.0 && p.kalman_r > 0.0,
            "`governor.profiler.kalman_Q` and `kalman_R` must be positive".to_owned(),
        );
        need(
            ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"].contains(&self.monitor.level.as_str()),
            format!(
                "`governor.monitor.level` is \"{}\", must be ERROR, WARN, INFO, DEBUG or TRACE",
                self.monitor.level
            ),
        );
        for (subsystem, rules) in self.policies.by_subsystem() {
            for rule in rules {
                let place = format!("`governor.policies.{subsystem}`, rule on \"{}\":", rule.metric);
                need((0.0..=1.0).contains(&rule.factor), format!("{place} `factor` must lie in 0 … 1"));
                need(rule.cooldown_s >= 0.0, format!("{place} `cooldown_s` must not be negative"));
                let clears = match rule.direction {
                    Direction::Above => rule.clear_threshold < rule.threshold,
                    Direction::Below => rule.clear_threshold > rule.threshold,
                };
                need(clears, format!("{place} `clear_threshold` must lie on the quiet side of `threshold`"));
            }
        }
    }
}
