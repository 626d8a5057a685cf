//! In: what this site learned. Out: what all sites learned, without sharing rows.

mod config;

pub use config::{
    AggregatorConfig, FederationConfig, PrivacyConfig, Strategy, Topology, TransportConfig, TransportKind, TrustConfig,
};
