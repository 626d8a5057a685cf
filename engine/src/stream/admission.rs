//! In: how full the queue before discovery is. Out: how many rows per second may enter it.

use std::time::Duration;

use super::config::StreamConfig;

/// Errors of the occupancy smaller than this count as none: a queue moves in whole windows.
const DEAD_BAND: f64 = 0.02;
/// Bounds of the output, in queues per second: from one in ten minutes to what no source exceeds.
const SLOWEST: f64 = 1.0 / 600.0;
const FASTEST: f64 = 1e5;
/// Longest time constant of the loop, in seconds, and its shortest, in update intervals.
const SLOWEST_LOOP_S: f64 = 1.0;
const FASTEST_LOOP_STEPS: f64 = 4.0;

/// What the governor allows the reader. The default is no limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Allowance {
    /// Share of the time the reader may read, `(0, 1]`.
    pub share: f64,
}

impl Default for Allowance {
    fn default() -> Self {
        Self { share: 1.0 }
    }
}

impl Allowance {
    /// How long to rest after having been at work for so long.
    pub fn rest_after(&self, worked: Duration) -> Duration {
        worked.mul_f64(1.0 / self.share.clamp(0.01, 1.0) - 1.0)
    }
}

/// PI control of the admission rate of sources that do not wait by themselves (demo, pipes, growing files). Files are
/// paced by the bounded queue.
///
/// The output is counted in queues per second, which makes the plant a pure integrator of gain 1 whatever the queue's
/// length; with the default gains the closed loop has a damping of 0.56. The loop's time constant follows the rate, so
/// that fast streams are controlled fast, but never faster than four updates. It is the incremental form: the state
/// is the clamped output itself, so nothing winds up at a bound.
#[derive(Debug, Clone, PartialEq)]
pub struct AdmissionControl {
    target: f64,
    kp: f64,
    ki: f64,
    queue_rows: f64,
    queues_per_s: f64,
    last_error: f64,
}

impl AdmissionControl {
    /// A control for the queue the settings describe; it starts at one queue per second.
    pub fn new(config: &StreamConfig) -> Self {
        Self {
            target: config.queue_target,
            kp: config.pi_kp,
            ki: config.pi_ki,
            queue_rows: (f64::from(config.queue_windows) * f64::from(config.stride_rows)).max(1.0),
            queues_per_s: 1.0,
            last_error: 0.0,
        }
    }

    /// Rows per second that may enter now.
    pub fn rows_per_s(&self) -> f64 {
        self.queues_per_s * self.queue_rows
    }

    /// How long to wait after `rows` rows entered.
    pub fn pause_after(&self, rows: usize) -> Duration {
        Duration::from_secs_f64(rows as f64 / self.rows_per_s())
    }

    /// Takes the occupancy of the queue (0 … 1) and the seconds since the last call; returns the new rate in rows per
    /// second. `starved` says that the source had nothing to give in that time: it then empties the queue by itself,
    /// and allowing more would only let its next burst through.
    pub fn update(&mut self, occupancy: f64, starved: bool, elapsed_s: f64) -> f64 {
        if elapsed_s.is_nan() || elapsed_s <= 0.0 || occupancy.is_nan() {
            return self.rows_per_s();
        }
        let error = self.target - occupancy.clamp(0.0, 1.0);
        let error = if error.abs() < DEAD_BAND { 0.0 } else { error };
        let loop_s = (1.0 / self.queues_per_s).min(SLOWEST_LOOP_S).max(FASTEST_LOOP_STEPS * elapsed_s);
        let change = self.kp * (error - self.last_error) / loop_s + self.ki * error * elapsed_s / (loop_s * loop_s);
        self.last_error = error;
        if change < 0.0 || !starved {
            self.queues_per_s = (self.queues_per_s + change).clamp(SLOWEST, FASTEST);
        }
        self.rows_per_s()
    }
}
