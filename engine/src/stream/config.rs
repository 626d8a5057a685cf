//! In: `[stream]` of the configuration. Out: how rows are read, windowed and admitted.

use serde::{Deserialize, Serialize};

use super::prepare::PrepareConfig;

/// What to do with a row that cannot be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BadRowPolicy {
    /// Stop with the row's number.
    #[default]
    Stop,
    /// Leave the row out, count it and take no lag across it.
    Reject,
    /// Keep the row; cells that cannot be read are missing.
    Null,
}

/// Settings of the readers, the window builder and the admission control.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StreamConfig {
    /// Rows per window.
    pub window_rows: u32,
    /// Rows from one window to the next.
    pub stride_rows: u32,
    /// Rows per batch read from a file.
    pub batch_rows: u32,
    /// Rows inspected to infer the schema.
    pub infer_rows: u32,
    /// What to do with a row that cannot be read.
    pub bad_rows: BadRowPolicy,
    /// A step of the time column longer than this many median steps is a gap; lags never join across it.
    pub gap_factor: f64,
    /// Windows that may wait between reader and discovery.
    pub queue_windows: u32,
    /// Megabytes that the windows waiting there may take together; at least one may wait.
    pub queue_mb: u32,
    /// Queue occupancy the admission control aims at, `[0, 1]`.
    pub queue_target: f64,
    /// Proportional gain of the admission control.
    pub pi_kp: f64,
    /// Integral gain of the admission control, per second.
    pub pi_ki: f64,
    /// Seconds between looks at a growing file (`--follow`).
    pub follow_poll_s: f64,
    /// What is done to the columns before discovery.
    pub prepare: PrepareConfig,
}

impl Default for StreamConfig {
    fn default() -> Self {
        Self {
            window_rows: 128,
            stride_rows: 64,
            batch_rows: 4096,
            infer_rows: 1000,
            bad_rows: BadRowPolicy::Stop,
            gap_factor: 1.5,
            queue_windows: 32,
            queue_mb: 256,
            queue_target: 0.5,
            pi_kp: 0.5,
            pi_ki: 0.2,
            follow_poll_s: 0.2,
            prepare: PrepareConfig::default(),
        }
    }
}

impl StreamConfig {
    /// Windows of so many variables that may wait between reader and discovery: bounded in number and in bytes.
    pub fn queue_room(&self, vars: usize) -> usize {
        let fitting = (u64::from(self.queue_mb) << 20) / self.window_bytes(vars).max(1);
        usize::try_from(fitting).unwrap_or(usize::MAX).clamp(1, self.queue_windows as usize)
    }

    /// Bytes that one more waiting window adds: its new rows; the others are shared with the window before.
    pub fn window_bytes(&self, vars: usize) -> u64 {
        u64::from(self.stride_rows) * (vars * size_of::<f64>() + size_of::<u32>()) as u64
    }

    /// Adds a sentence per setting out of range.
    pub fn check(&self, faults: &mut Vec<String>) {
        if self.window_rows < 8 {
            faults.push(format!("`stream.window_rows` is {}, at least 8 is needed", self.window_rows));
        }
        if self.stride_rows == 0 || self.stride_rows > self.window_rows {
            faults.push(format!(
                "`stream.stride_rows` is {}, must be between 1 and `stream.window_rows` ({})",
                self.stride_rows, self.window_rows
            ));
        }
        if self.batch_rows == 0 || self.infer_rows == 0 || self.queue_windows == 0 || self.queue_mb == 0 {
            faults.push(
                "`stream.batch_rows`, `infer_rows`, `queue_windows` and `queue_mb` must be at least 1".to_owned(),
            );
        }
        if self.gap_factor.is_nan() || self.gap_factor <= 1.0 {
            faults.push(format!("`stream.gap_factor` is {}, must exceed 1", self.gap_factor));
        }
        if !(0.0..=1.0).contains(&self.queue_target) {
            faults.push(format!("`stream.queue_target` is {}, must lie in 0 … 1", self.queue_target));
        }
        if self.pi_kp < 0.0 || self.pi_ki < 0.0 || self.follow_poll_s <= 0.0 {
            faults.push("`stream.pi_kp`, `pi_ki` and `follow_poll_s` must not be negative".to_owned());
        }
        self.prepare.check(faults);
    }
}
