//! In: a planted system. Out: the links it was made of, for overlays and for scoring.

use serde::{Deserialize, Serialize};

/// A planted link.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TruthEdge {
    /// Source variable.
    pub source: u32,
    /// Target variable.
    pub target: u32,
    /// Rows between cause and effect.
    pub lag: u32,
    /// Coefficient in data units.
    pub coef: f64,
}

/// A stretch of rows with its own links.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TruthSegment {
    /// First row.
    pub start: u64,
    /// Row after the last.
    pub end: u64,
    /// Links in force.
    pub edges: Vec<TruthEdge>,
}

/// Sources that act on a target together: jointly they explain far more than each on its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TruthHyperEdge {
    /// Sources with their lags.
    pub sources: Vec<(u32, u32)>,
    /// Target variable.
    pub target: u32,
}

/// The truth behind a planted data set; the JSON that `scarcity synth` writes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// Number of variables.
    pub n_vars: u32,
    /// Number of rows.
    pub n_samples: u64,
    /// Variable names.
    pub var_names: Vec<String>,
    /// Largest planted lag.
    pub max_lag: u32,
    /// Links in force at the end.
    pub edges: Vec<TruthEdge>,
    /// Regimes, oldest first; empty when there is only one.
    #[serde(default)]
    pub segments: Vec<TruthSegment>,
    /// Joint causes in force at the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hyperedges: Vec<TruthHyperEdge>,
    /// Only who drives whom is known, as in recorded data: `lag` and `coef` of the edges are 0 and mean nothing.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pairs_only: bool,
}
