//! In: readings of the machine. Out: limits for the other subsystems, and a record of each decision.

mod config;

pub use config::{Direction, DrgConfig, MonitorConfig, Policies, PolicyRule, ProfilerConfig, SensorConfig};
