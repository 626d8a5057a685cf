//! In: a pane and the rows before it. Out: second moments of its lagged columns.

use crate::compute::{LaggedGram, LaggedInput};

/// Fills `out` for the rows of the pane whose lags do not reach across a break.
pub(super) fn lagged_gram(input: &LaggedInput<'_>, out: &mut LaggedGram) {
    let vars = input.pane.vars;
    let lags = input.max_lag + 2;
    let dim = 1 + vars * lags;
    out.dim = dim;
    out.rows = 0.0;
    out.sums = vec![0.0; dim * dim];
    let mut counts = vec![0.0; dim * dim];
    let mut column = vec![1.0; dim];
    for row in 0..input.pane.rows() {
        if (input.pane.run[row] as usize) < lags - 1 {
            continue;
        }
        for lag in 0..lags {
            for var in 0..vars {
                let value = if lag <= row {
                    input.pane.values[(row - lag) * vars + var]
                } else {
                    input.before[(lags - 1 - (lag - row)) * vars + var]
                };
                column[1 + lag * vars + var] = (value - input.center[var]) * input.scale[var];
            }
        }
        out.rows += 1.0;
        for (i, a) in column.iter().enumerate() {
            for (j, b) in column.iter().enumerate() {
                let product = a * b;
                if !product.is_nan() {
                    out.sums[i * dim + j] += product;
                    counts[i * dim + j] += 1.0;
                }
            }
        }
    }
    out.counts = if counts.iter().all(|count| *count == out.rows) { Vec::new() } else { counts };
}
