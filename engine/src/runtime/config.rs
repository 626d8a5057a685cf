//! In: `[runtime]` of the configuration. Out: how patient the bus is.

use serde::{Deserialize, Serialize};

/// Settings of the bus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuntimeConfig {
    /// Seconds a shutdown waits for callback threads before it reports them.
    pub shutdown_timeout_s: f64,
    /// Seconds a full first-in-first-out reader may hold its publisher before it is warned about, once.
    pub stall_warning_s: f64,
}

impl Default for RuntimeConfig {
    fn default() -> Self {
        Self { shutdown_timeout_s: 5.0, stall_warning_s: 3.0 }
    }
}

impl RuntimeConfig {
    /// Adds a sentence per setting out of range.
    pub fn check(&self, faults: &mut Vec<String>) {
        for (name, value) in
            [("shutdown_timeout_s", self.shutdown_timeout_s), ("stall_warning_s", self.stall_warning_s)]
        {
            // Compared this way round so that NaN fails too; a day bounds what `Duration` can hold.
            if !(value > 0.0 && value <= 86_400.0) {
                faults.push(format!("`runtime.{name}` is {value}, must be positive and at most 86400"));
            }
        }
    }
}
