//! In: what this site learned. Out: what all sites learned, without sharing rows.
//!
//! So far its settings only: nothing runs, and nothing listens to the governor. Whatever will takes
//! [`Registry::federation`](crate::governor::Registry::federation) of its session's
//! [`Extras`](crate::session::Extras::registry), and waits [`interval`](crate::types::SyncLimits::interval) from one
//! round to the next.

mod config;

pub use config::{
    AggregatorConfig, FederationConfig, PrivacyConfig, Strategy, Topology, TransportConfig, TransportKind, TrustConfig,
};
