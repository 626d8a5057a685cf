//! In: the state of a site. Out: the three packets sites exchange, payload of `federation.packet`.

use serde::{Deserialize, Serialize};

use super::telemetry::Readings;

/// What every packet carries.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PacketBase {
    /// Version of the packet's schema.
    pub schema_version: u32,
    /// Sending site.
    pub domain_id: String,
    /// Counts up per site; a repeated or older number is a replay.
    pub seq: u64,
    /// Seconds since the Unix epoch.
    pub timestamp: f64,
}

/// Meta Signal Pack: the present state of a site.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MetaSignalPack {
    /// Sender and version.
    pub base: PacketBase,
    /// First and last window covered.
    pub window_span: (u64, u64),
    /// Performance.
    pub metrics: Readings,
    /// Controller settings.
    pub controller: Readings,
    /// Evaluator settings.
    pub evaluator: Readings,
    /// Operator states.
    pub operators: Readings,
    /// Supporting evidence.
    pub evidence: Readings,
}

/// Policy Outcome Pack: what a change of settings did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PolicyOutcomePack {
    /// Sender and version.
    pub base: PacketBase,
    /// Settings that changed.
    pub bundle: Readings,
    /// Metrics before.
    pub before: Readings,
    /// Metrics after.
    pub after: Readings,
    /// Windows observed.
    pub windows: u64,
    /// Confidence in the outcome, `[0, 1]`.
    pub confidence: f64,
}

/// One discovered relation. It carries its standard error and sample size: without them an estimate cannot be weighted
/// against another site's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CausalPair {
    /// Source variable.
    pub source: String,
    /// Target variable.
    pub target: String,
    /// Effect, in units of standard deviations.
    pub weight: f64,
    /// Kind of relation (`lag1`, `hyper` …).
    pub kind: String,
    /// Standard error of `weight`.
    pub std_error: f64,
    /// Rows it rests on.
    pub rows: u64,
}

/// Concept Causal Summary: the relations a site found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ConceptCausalSummary {
    /// Sender and version.
    pub base: PacketBase,
    /// The relations.
    pub causal_pairs: Vec<CausalPair>,
    /// Names of the concepts (variables) they are about.
    pub concepts: Vec<String>,
    /// Change of mean stability since the last summary.
    pub stability_delta: f64,
    /// The receiver's trust in the sender, `[0, 1]`; set on arrival, never taken from the sender.
    pub trust: f64,
}

/// Payload of `federation.packet`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Packet {
    /// Meta Signal Pack.
    Msp(MetaSignalPack),
    /// Policy Outcome Pack.
    Pop(PolicyOutcomePack),
    /// Concept Causal Summary.
    Ccs(ConceptCausalSummary),
}
