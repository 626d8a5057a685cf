//! In: packets of other sites. Out: validated, aggregated priors, warm starts and hints.

mod config;

pub use config::{AggregationConfig, EmitterConfig, FmiConfig, PacketLimits, RouterConfig};
