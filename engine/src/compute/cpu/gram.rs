//! In: the lagged rows of a pane, or a series with weights. Out: their second moments, by one matrix product.

use std::ops::Range;

use rayon::prelude::*;

use crate::compute::{LaggedGram, LaggedRows, WeightedGram, packed_len};

use super::product::{Columns, Dense, mirror, product};

/// The sums of products and, where cells are missing, the pair counts. `whole` is room for a matrix, kept from call to
/// call: making such a matrix anew costs more than filling it.
pub fn lagged_gram(rows: &LaggedRows, whole: &mut Vec<f64>) -> LaggedGram {
    let dim = rows.dim;
    let count = rows.values.len() / dim.max(1);
    let mut out = LaggedGram { dim, rows: count as f64, ..LaggedGram::default() };
    if rows.values.iter().any(|v| v.is_nan()) {
        let present: Vec<f64> = rows.values.iter().map(|v| f64::from(u8::from(!v.is_nan()))).collect();
        let filled: Vec<f64> = rows.values.iter().map(|&v| if v.is_nan() { 0.0 } else { v }).collect();
        out.counts = second_moments(&present, count, dim, whole);
        out.sums = second_moments(&filled, count, dim, whole);
    } else {
        out.sums = second_moments(&rows.values, count, dim, whole);
    }
    out
}

/// The upper triangle of `Z' Z`, for `Z` `[rows, dim]`.
fn second_moments(z: &[f64], rows: usize, dim: usize, whole: &mut Vec<f64>) -> Vec<f64> {
    whole.clear();
    whole.resize(dim * dim, 0.0);
    let z = Dense::new(z, dim);
    product(&z, &z, rows, whole, true);
    let mut upper = Vec::with_capacity(packed_len(dim));
    (0..dim).for_each(|i| upper.extend_from_slice(&whole[i * dim + i..(i + 1) * dim]));
    upper
}

/// A series' lagged columns from a row on, weighted or not.
#[derive(Clone, Copy)]
struct Lagged<'a> {
    request: &'a WeightedGram<'a>,
    first: usize,
    weights: Option<&'a [f32]>,
}

impl Columns<f32> for Lagged<'_> {
    fn columns(&self) -> usize {
        self.request.columns()
    }

    fn pack(&self, rows: Range<usize>, first: usize, width: usize, panel: &mut [f32]) {
        let WeightedGram { series, vars, lags, constant, .. } = *self.request;
        let constant = usize::from(constant);
        let there = width.min(self.columns() - first);
        // Runs of columns of one lag lie side by side in the series.
        for (row, out) in rows.zip(panel.chunks_exact_mut(width)) {
            let row = self.first + row;
            out.fill(0.0);
            let mut at = 0;
            if first < constant {
                out[0] = 1.0;
                at = 1;
            }
            while at < there {
                let (lag, var) = ((first + at - constant) / vars, (first + at - constant) % vars);
                let run = (there - at).min(vars - var);
                let from = (row + lags - 1 - lag) * vars + var;
                out[at..at + run].copy_from_slice(&series[from..from + run]);
                at += run;
            }
            if let Some(weights) = self.weights {
                out.iter_mut().for_each(|v| *v *= weights[row]);
            }
        }
    }
}

/// `[blocks, columns, columns]`.
pub(super) fn weighted(request: &WeightedGram<'_>) -> Vec<f32> {
    let (rows, columns) = (request.rows(), request.columns());
    let mut out = vec![0.0; request.blocks() * columns * columns];
    if rows == 0 || columns == 0 {
        return out;
    }
    let one = |block: usize, out: &mut [f32]| {
        let first = block * request.block_rows;
        let count = request.block_rows.min(rows - first);
        let plain = Lagged { request, first, weights: None };
        let weighted = Lagged { weights: Some(request.weights), ..plain };
        product(&weighted, &plain, count, out, true);
        mirror(out, columns);
    };
    out.par_chunks_exact_mut(columns * columns).enumerate().for_each(|(block, out)| one(block, out));
    out
}
