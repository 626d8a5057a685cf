//! In: correlations in encoder units. Out: location, scale and statistics of the variables in data units.

use crate::types::NodeStats;

use super::columns::Columns;
use super::correlation::Correlation;
use super::encoding::Encoding;

/// Standard deviations of the variables over one regime, in data units.
#[derive(Debug, Clone)]
pub struct Units {
    sd: Vec<f64>,
    mean: Vec<f64>,
    /// Rows of the regime.
    pub rows: f64,
}

impl Units {
    /// From correlations in encoder units.
    pub fn new(corr: &Correlation, columns: Columns, encoding: &Encoding) -> Self {
        Self {
            sd: (0..columns.vars).map(|v| corr.sd[v] / encoding.scale[v]).collect(),
            mean: (0..columns.vars).map(|v| corr.mean[v] / encoding.scale[v] + encoding.center[v]).collect(),
            rows: corr.rows,
        }
    }

    /// How many units of `target` one unit of `source` is, per standard deviation.
    pub fn ratio(&self, source: usize, target: usize) -> f64 {
        if self.sd[source] > 0.0 { self.sd[target] / self.sd[source] } else { 0.0 }
    }

    /// Statistics of one variable.
    pub fn node(&self, var: usize, own_r2: f64, regime_start_row: u64, encoding: &Encoding) -> NodeStats {
        NodeStats {
            mean: self.mean[var],
            sd: self.sd[var],
            autoregression_r2: own_r2.clamp(0.0, 1.0),
            missing: encoding.missing_share(var),
            regime_start_row,
        }
    }
}
