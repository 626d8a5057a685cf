//! In: the kernel's account of the thread that reads. Out: `drg_cpu`, what the governor's own loop takes.

use std::fs;
use std::time::{Duration, Instant};

use super::{Rate, Sensor, note};
use crate::types::Readings;

/// Time it is averaged over: one look is not much longer than the account is exact.
const EVERY: Duration = Duration::from_secs(2);

/// Reads the processor time of its own thread: of the governor's, where that reads it.
#[derive(Debug, Default)]
pub struct LoopCostSensor {
    ran_ns: Rate,
    looked: Option<Instant>,
    newest: Option<f64>,
}

impl Sensor for LoopCostSensor {
    fn read(&mut self, now: Instant, into: &mut Readings) {
        if self.looked.is_none_or(|at| now.saturating_duration_since(at) >= EVERY) {
            self.looked = Some(now);
            let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
            let ran_ns = text.split_whitespace().next().and_then(|ns| ns.parse().ok());
            self.newest = ran_ns.and_then(|ns| self.ran_ns.of(now, ns)).map(|ns_per_s| ns_per_s / 1e9);
        }
        note(into, "drg_cpu", self.newest);
    }
}
