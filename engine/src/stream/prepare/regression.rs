//! In: a series. Out: the regression of its steps on its last value and its last steps, factorised so that every number
//! of lags can be compared at once.

use super::dot::dot;

/// Share of variance left, of a column given those before it, that counts as none.
const COLLINEAR: f64 = 1e-10;

/// What the regression takes for granted besides the lagged level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deterministic {
    /// A constant.
    Constant,
    /// A constant and a straight line.
    Trend,
}

/// Sums of products of the regression `Δx[t] ~ 1, (t), x[t-1], Δx[t-1] … Δx[t-lags]`, in this order of columns.
pub struct Products {
    /// Rows of the regression.
    pub rows: usize,
    /// Columns of the regression.
    pub columns: usize,
    /// `[columns, columns]`.
    gram: Vec<f64>,
    /// Of every column with the regressed difference.
    with_target: Vec<f64>,
    target: f64,
}

impl Products {
    /// Of a series without missing values; `x.len()` must exceed `lags`.
    pub fn of(x: &[f64], lags: usize, terms: Deterministic) -> Self {
        let (start, end) = (lags + 1, x.len());
        let rows = end.saturating_sub(start);
        // `steps[t]` leads to row t; the first row has none.
        let steps: Vec<f64> = std::iter::once(0.0).chain(x.windows(2).map(|pair| pair[1] - pair[0])).collect();
        let mut leading: Vec<Vec<f64>> = vec![vec![1.0; rows]];
        if terms == Deterministic::Trend {
            leading.push((0..rows).map(|t| 2.0 * t as f64 / rows.max(2) as f64 - 1.0).collect());
        }
        leading.push((start..end).map(|t| x[t - 1]).collect());
        let first = leading.len();
        let columns = first + lags;
        let (mut gram, mut with_target) = (vec![0.0; columns * columns], vec![0.0; columns]);
        let mut set = |i: usize, j: usize, value: f64| {
            gram[i * columns + j] = value;
            gram[j * columns + i] = value;
        };
        let with_steps = |column: &[f64], lag: usize| dot(column, &steps[start - lag..]);
        for (i, column) in leading.iter().enumerate() {
            for (j, other) in leading.iter().enumerate().take(i + 1) {
                set(i, j, dot(column, other));
            }
            with_target[i] = with_steps(column, 0);
            for lag in 1..=lags {
                set(i, first + lag - 1, with_steps(column, lag));
            }
        }
        // Products of differences at lags (i + 1, j + 1) are those at (i, j), one row further down.
        let mut above: Vec<f64> = (0..=lags).map(|lag| with_steps(&steps[start..], lag)).collect();
        let target = above.first().copied().unwrap_or(0.0);
        with_target[first..].copy_from_slice(&above[1..]);
        for i in 0..lags {
            let mut row = vec![0.0; lags + 1];
            for j in i..lags {
                let (up, down) = (start - 1, end - 1);
                row[j + 1] = above[j] + steps[up - i] * steps[up - j] - steps[down - i] * steps[down - j];
                set(first + i, first + j, row[j + 1]);
            }
            above = row;
        }
        Self { rows, columns, gram, with_target, target }
    }
}

/// Cholesky factorisation of the products in a given order of columns, as far as a regression's residuals need it.
pub struct Factor {
    /// The target's share along each column's own direction.
    pub shares: Vec<f64>,
    /// Length of each column's own direction; 0 for a column that is a combination of those before it.
    pub pivots: Vec<f64>,
    target: f64,
}

impl Factor {
    /// With the columns entering in `order`.
    pub fn of(table: &Products, order: &[usize]) -> Self {
        let n = order.len();
        let at = |i: usize, j: usize| table.gram[order[i] * table.columns + order[j]];
        let mut lower = vec![0.0; n * n];
        let (mut shares, mut pivots) = (Vec::with_capacity(n), Vec::with_capacity(n));
        for i in 0..n {
            for j in 0..i {
                let dot: f64 = (0..j).map(|k| lower[i * n + k] * lower[j * n + k]).sum();
                lower[i * n + j] = if pivots[j] > 0.0 { (at(i, j) - dot) / pivots[j] } else { 0.0 };
            }
            let left = at(i, i) - (0..i).map(|k| lower[i * n + k].powi(2)).sum::<f64>();
            let pivot = if left > COLLINEAR * at(i, i) { left.sqrt() } else { 0.0 };
            let dot: f64 = (0..i).map(|k| lower[i * n + k] * shares[k]).sum();
            shares.push(if pivot > 0.0 { (table.with_target[order[i]] - dot) / pivot } else { 0.0 });
            lower[i * n + i] = pivot;
            pivots.push(pivot);
        }
        Self { shares, pivots, target: table.target }
    }

    /// Residual sum of squares with the first `columns` columns in.
    pub fn rss_after(&self, columns: usize) -> f64 {
        let explained: f64 = self.shares[..columns].iter().map(|s| s * s).sum();
        (self.target - explained).max(self.target * f64::EPSILON)
    }
}
