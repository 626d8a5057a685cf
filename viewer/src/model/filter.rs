//! In: limits the user set. Out: whether a link is shown: the one rule the scene draws by and the panels count by.

use scarcity_engine::types::Edge;
use serde::{Deserialize, Serialize};

/// Which links are shown. Links that fail are hidden, and the status line says how many.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Smallest |weight|, in standard deviations.
    pub min_weight: f64,
    /// Largest interval width relative to |effect|; [`Filter::ANY_CI_RATIO`] and above = any.
    pub max_ci_ratio: f64,
    /// Smallest stability.
    pub min_stability: f64,
    /// Smallest lag.
    pub min_lag: u32,
    /// Largest lag; [`Filter::ANY_LAG`] and above = any.
    pub max_lag: u32,
    /// Hide links of positive weight.
    pub hide_positive: bool,
    /// Hide links of negative weight.
    pub hide_negative: bool,
    /// One bit per regime whose links are hidden; regimes from 63 on share the last.
    pub hidden_regimes: u64,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            min_weight: 0.0,
            max_ci_ratio: Self::ANY_CI_RATIO,
            min_stability: 0.0,
            min_lag: 0,
            max_lag: Self::ANY_LAG,
            hide_positive: false,
            hide_negative: false,
            hidden_regimes: 0,
        }
    }
}

impl Filter {
    /// `max_ci_ratio` that hides nothing, however wide the interval.
    pub const ANY_CI_RATIO: f64 = 4.0;
    /// `max_lag` that hides nothing.
    pub const ANY_LAG: u32 = 64;

    /// Width of the effect's interval relative to |effect|; infinite when the effect is zero or unknown.
    pub fn ci_ratio(edge: &Edge) -> f64 {
        let ratio = (edge.link.ci_hi - edge.link.ci_lo) / edge.link.effect.abs();
        if ratio.is_nan() { f64::INFINITY } else { ratio }
    }

    /// Whether |weight| is large enough.
    pub fn weight_ok(&self, edge: &Edge) -> bool {
        self.min_weight <= 0.0 || edge.weight.abs() >= self.min_weight
    }

    /// Whether the interval is narrow enough.
    pub fn ci_ok(&self, edge: &Edge) -> bool {
        self.max_ci_ratio >= Self::ANY_CI_RATIO || Self::ci_ratio(edge) <= self.max_ci_ratio
    }

    /// Whether the link is stable enough.
    pub fn stability_ok(&self, edge: &Edge) -> bool {
        self.min_stability <= 0.0 || edge.link.stability >= self.min_stability
    }

    /// Whether the lag is in range.
    pub fn lag_ok(&self, edge: &Edge) -> bool {
        let lag = edge.link.key.lag;
        lag >= self.min_lag && (self.max_lag >= Self::ANY_LAG || lag <= self.max_lag)
    }

    /// Whether links of that sign are shown.
    pub fn sign_ok(&self, edge: &Edge) -> bool {
        if edge.weight < 0.0 { !self.hide_negative } else { !self.hide_positive }
    }

    /// Whether links of that regime are shown.
    pub fn regime_ok(&self, edge: &Edge) -> bool {
        !self.hides_regime(edge.regime)
    }

    /// Whether links last accepted in a regime are hidden.
    pub fn hides_regime(&self, regime: u32) -> bool {
        self.hidden_regimes & regime_bit(regime) != 0
    }

    /// Hides or shows links last accepted in a regime.
    pub fn set_regime(&mut self, regime: u32, shown: bool) {
        if shown {
            self.hidden_regimes &= !regime_bit(regime);
        } else {
            self.hidden_regimes |= regime_bit(regime);
        }
    }

    /// Whether the link is shown: the one rule the scene draws by and the panels count by.
    pub fn shows(&self, edge: &Edge) -> bool {
        self.weight_ok(edge)
            && self.ci_ok(edge)
            && self.stability_ok(edge)
            && self.lag_ok(edge)
            && self.sign_ok(edge)
            && self.regime_ok(edge)
    }
}

fn regime_bit(regime: u32) -> u64 {
    1 << regime.min(63)
}
