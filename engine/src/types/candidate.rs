//! In: a question worth asking. Out: the answer and what it is worth to the bandit.

use serde::Serialize;

/// A bandit arm: the root variable of a path and the path's depth (1 = direct link, 2 = two joint sources).
pub type ArmKey = (u32, u32);

/// Why a candidate was proposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GenReason {
    /// Every candidate fits the budget.
    Exhaustive,
    /// An arm with a high upper confidence bound.
    Ucb,
    /// An arm drawn by Thompson sampling.
    Thompson,
    /// An arm rarely covered so far.
    Diversity,
    /// A random arm.
    Random,
}

/// A proposed causal path: do `vars[..n-1]` at `lags` help predict `vars[n-1]`?
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Candidate {
    /// Stable identity, derived from the path.
    pub path_id: u64,
    /// Sources, then the target.
    pub vars: Vec<u32>,
    /// Lags asked about: empty = all of them.
    pub lags: Vec<u32>,
    /// Operators applied along the path.
    pub ops: Vec<&'static str>,
    /// Root variable (the first source).
    pub root: u32,
    /// Number of sources.
    pub depth: u32,
    /// Domain the stream belongs to.
    pub domain: u32,
    /// Why it was proposed.
    pub gen_reason: GenReason,
}

/// Answer of the evaluator to one candidate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvalResult {
    /// Identity of the candidate.
    pub path_id: u64,
    /// Out-of-bag R² over the target's own past (autoregressive baseline).
    pub gain: f64,
    /// Lower end of the 95 % interval of the effect.
    pub ci_lo: f64,
    /// Upper end of the 95 % interval of the effect.
    pub ci_hi: f64,
    /// Share of bootstrap replicates in which the link keeps its sign and stays selected, `[0, 1]`.
    pub stability: f64,
    /// Time the answer took.
    pub cost_ms: f64,
    /// The decision.
    pub accepted: bool,
    /// Median effect in units of standard deviations.
    pub effect: f64,
}

/// Feedback to the bandit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reward {
    /// Identity of the candidate.
    pub path_id: u64,
    /// Arm that proposed it.
    pub arm_key: ArmKey,
    /// Shaped reward, `[-1, 1]`.
    pub value: f64,
    /// Part taken off for slowness.
    pub latency_penalty: f64,
    /// Part added for rarely covered variables.
    pub diversity_bonus: f64,
    /// The decision.
    pub accepted: bool,
}
