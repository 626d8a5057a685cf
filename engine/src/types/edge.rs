//! In: verdicts on links. Out: the links of the causal graph with effect, interval, stability and history.

use serde::{Deserialize, Serialize};

/// Identity of a link: the source's value `lag` rows ago acts on the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LinkKey {
    /// Source variable.
    pub source: u32,
    /// Target variable.
    pub target: u32,
    /// Rows between cause and effect; 0 = within the same row.
    pub lag: u32,
}

/// What is known about one directed pair at one lag, accepted or not. Effects are in data units: one unit of the
/// source moves the target by `effect`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LinkScore {
    /// Which link.
    pub key: LinkKey,
    /// Evidence, `-log10` of the calibrated p-value with the pair's evidence mixed in; orders all pairs.
    pub score: f64,
    /// Partial effect given the target's other parents, in data units.
    pub effect: f64,
    /// Lower end of the effect's 95 % interval.
    pub ci_lo: f64,
    /// Upper end of the effect's 95 % interval.
    pub ci_hi: f64,
    /// Share of block-bootstrap replicates that agree, `[0, 1]`.
    pub stability: f64,
    /// Calibrated p-value of no link.
    pub p_value: f64,
    /// Benjamini–Hochberg adjusted p-value.
    pub q_value: f64,
    /// Out-of-bag R² gain over the target's own past.
    pub gain: f64,
    /// The decision.
    pub accepted: bool,
    /// For lag 0: whether the direction is identified. Lagged links are always directed.
    pub directed: bool,
}

/// A link the store holds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// Latest verdict.
    #[serde(flatten)]
    pub link: LinkScore,
    /// EMA of the effect in units of standard deviations; the drawing weight.
    pub weight: f64,
    /// Variance of the effect around its EMA.
    pub var: f64,
    /// Regime in which it was last accepted.
    pub regime: u32,
    /// Number of windows in which it was accepted.
    pub hits: u32,
    /// First window in which it was accepted.
    pub first_window: u64,
    /// Last window in which it was accepted.
    pub last_window: u64,
}

/// Several sources that together explain more of a target than the sum of their parts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HyperEdge {
    /// Sources with their lags.
    pub sources: Vec<(u32, u32)>,
    /// Target variable.
    pub target: u32,
    /// Out-of-bag gain of all sources together.
    pub gain_joint: f64,
    /// Sum of the out-of-bag gains of each source alone.
    pub gain_parts: f64,
    /// Lower end of the 95 % interval of `gain_joint - gain_parts`.
    pub ci_lo: f64,
    /// Upper end of the 95 % interval of `gain_joint - gain_parts`.
    pub ci_hi: f64,
    /// Share of replicates in which the excess is positive.
    pub stability: f64,
    /// Number of windows in which it was accepted.
    pub hits: u32,
    /// First window in which it was accepted.
    pub first_window: u64,
    /// Last window in which it was accepted.
    pub last_window: u64,
}
