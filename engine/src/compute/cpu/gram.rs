//! In: a pane and the rows before it. Out: the second moments of its lagged columns, by one matrix product.

use ndarray::ArrayView2;

use crate::compute::{LaggedGram, LaggedInput};

impl LaggedInput<'_> {
    /// `1 + vars * (max_lag + 2)`.
    pub fn dim(&self) -> usize {
        1 + self.pane.vars * (self.max_lag + 2)
    }

    /// The lagged rows `[rows, dim]` in centred, scaled units: constant, then lag 0 … L + 1 of every variable. Only rows
    /// whose lags all lie in the same unbroken run and of which
    /// at least half the cells are there; NaN = missing.
    pub fn lagged_rows(&self) -> Vec<f64> {
        let vars = self.pane.vars;
        let depth = self.max_lag + 1;
        let mut out = Vec::with_capacity(self.pane.rows() * self.dim());
        for (t, &run) in self.pane.run.iter().enumerate() {
            if (run as usize) < depth {
                continue;
            }
            out.push(1.0);
            for lag in 0..=depth {
                let row = if lag <= t {
                    &self.pane.values[(t - lag) * vars..(t - lag + 1) * vars]
                } else {
                    // `before` ends right where the pane begins.
                    let at = depth + t - lag;
                    &self.before[at * vars..(at + 1) * vars]
                };
                out.extend(row.iter().zip(self.center).zip(self.scale).map(|((x, c), s)| (x - c) * s));
            }
            // A row that is mostly gap says little and makes the moments rest on ever different rows.
            let start = out.len() - self.dim();
            if 2 * out[start..].iter().filter(|v| v.is_nan()).count() > self.dim() {
                out.truncate(start);
            }
        }
        out
    }
}

impl LaggedGram {
    /// A sum of products scaled up to all rows where cells are missing.
    pub fn full_sum(&self, i: usize, j: usize) -> f64 {
        let at = i * self.dim + j;
        match self.counts.get(at) {
            Some(&count) if count > 0.0 => self.sums[at] * self.rows / count,
            Some(_) => 0.0,
            None => self.sums[at],
        }
    }
}

/// Fills `out` with the sums of products and, where cells are missing, with the pair counts.
pub(super) fn lagged_gram(input: &LaggedInput<'_>, out: &mut LaggedGram) {
    let dim = input.dim();
    let mut rows = input.lagged_rows();
    let count = rows.len() / dim;
    out.dim = dim;
    out.rows = count as f64;
    out.counts.clear();
    if rows.iter().any(|v| v.is_nan()) {
        let present: Vec<f64> = rows.iter().map(|v| if v.is_nan() { 0.0 } else { 1.0 }).collect();
        out.counts = product(&present, count, dim);
        rows.iter_mut().filter(|v| v.is_nan()).for_each(|v| *v = 0.0);
    }
    out.sums = product(&rows, count, dim);
}

/// `Z' Z` of `[rows, dim]`.
fn product(z: &[f64], rows: usize, dim: usize) -> Vec<f64> {
    match ArrayView2::from_shape((rows, dim), z) {
        Ok(z) => z.t().dot(&z).into_raw_vec_and_offset().0,
        Err(_) => vec![0.0; dim * dim],
    }
}
