//! In: rows of values and the rows before them. Out: the lagged rows whose second moments discovery is made of.

use super::columns::Columns;
use super::view::Product;

/// Rows of feature values `[rows, width]`: every variable's value, then, in curved views, its Hermite polynomials.
#[derive(Debug, Clone, Copy)]
pub struct Features<'a> {
    /// The rows, `[rows, width]`.
    pub values: &'a [f64],
    /// The `max_lag + 1` rows before them, `[max_lag + 1, width]`, NaN where there are none.
    pub before: &'a [f64],
    /// For every row, how many rows directly before it belong to the same unbroken run.
    pub run: &'a [u32],
}

impl Features<'_> {
    /// Lays out `[rows, 1 + columns]`: the constant, then the columns in the order of [`Columns`]. Only rows whose lags
    /// all lie in the same unbroken run and of which at least half the cells are there; NaN = missing. `products` are
    /// columns of their own.
    pub fn lagged_rows(&self, columns: Columns, products: &[Product]) -> Vec<f64> {
        let (vars, depth, dim) = (columns.vars, columns.max_lag + 1, columns.dim());
        let width = if columns.curved { 3 * vars } else { vars };
        let row_at = |t: usize, lag: usize| {
            let (from, at) = if lag <= t { (self.values, t - lag) } else { (self.before, depth + t - lag) };
            &from[at * width..(at + 1) * width]
        };
        let mut out = Vec::with_capacity(self.run.len() * dim);
        // Whoever begins in the middle of a run has not seen the rows before.
        let begins = self.before.iter().all(|v| v.is_nan());
        for (t, &run) in self.run.iter().enumerate() {
            let known = if begins { (run as usize).min(t) } else { run as usize };
            if known < depth {
                continue;
            }
            let start = out.len();
            out.push(1.0);
            for lag in 0..=depth {
                out.extend_from_slice(&row_at(t, lag)[..vars]);
            }
            if columns.curved {
                for power in 1..=2 {
                    for lag in 1..=columns.max_lag {
                        out.extend_from_slice(&row_at(t, lag)[power * vars..(power + 1) * vars]);
                    }
                }
            }
            for product in products {
                out.push(product.factors.iter().map(|factor| out[start + 1 + factor]).product());
            }
            // A row that is mostly gap says little and makes the moments rest on ever different rows.
            if 2 * out[start..].iter().filter(|v| v.is_nan()).count() > dim {
                out.truncate(start);
            }
        }
        out
    }

    /// What the next rows have before them.
    pub fn remember(&self) -> Vec<f64> {
        let keep = self.before.len();
        let all = self.before.len() + self.values.len();
        let skip = all - keep;
        self.before.iter().chain(self.values).skip(skip).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Columns, Features, Product};

    #[test]
    fn lags_reach_into_the_rows_before_and_products_multiply_them() {
        let columns = Columns { vars: 1, max_lag: 1, curved: true, products: 1 };
        let features = Features {
            values: &[3.0, 30.0, 300.0, 4.0, 40.0, 400.0],
            before: &[1.0, 10.0, 100.0, 2.0, 20.0, 200.0],
            run: &[2, 3],
        };
        // Constant, lags 0, 1, 2, squares and cubes at lag 1, lag 1 times lag 2.
        let product = Product { factors: vec![1, 2], targets: vec![0] };
        let rows = features.lagged_rows(columns, &[product]);
        assert_eq!(rows, [1.0, 3.0, 2.0, 1.0, 20.0, 200.0, 2.0, 1.0, 4.0, 3.0, 2.0, 30.0, 300.0, 6.0]);
        assert_eq!(features.remember(), features.values);
    }

    #[test]
    fn no_lag_crosses_a_break() {
        let columns = Columns::linear(1, 1);
        let features = Features { values: &[5.0, 6.0, 7.0], before: &[1.0, 2.0], run: &[0, 1, 2] };
        assert_eq!(features.lagged_rows(columns, &[]), [1.0, 7.0, 6.0, 5.0]);
    }

    #[test]
    fn who_begins_within_a_run_has_not_seen_the_rows_before() {
        let columns = Columns::linear(1, 1);
        let features = Features { values: &[5.0, 6.0, 7.0], before: &[f64::NAN; 2], run: &[90, 91, 92] };
        assert_eq!(features.lagged_rows(columns, &[]), [1.0, 7.0, 6.0, 5.0]);
    }
}
