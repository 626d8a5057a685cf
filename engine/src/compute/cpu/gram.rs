//! In: the lagged rows of a pane. Out: their second moments, by one matrix product.

use ndarray::{Array2, ArrayView2, s};

use crate::compute::{LaggedGram, LaggedRows};

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

/// The sums of products and, where cells are missing, the pair counts.
pub(super) fn lagged_gram(rows: &LaggedRows) -> LaggedGram {
    let dim = rows.dim;
    let count = rows.values.len() / dim.max(1);
    let mut out = LaggedGram { dim, rows: count as f64, ..LaggedGram::default() };
    if rows.values.iter().any(|v| v.is_nan()) {
        let present: Vec<f64> = rows.values.iter().map(|v| f64::from(u8::from(!v.is_nan()))).collect();
        let filled: Vec<f64> = rows.values.iter().map(|&v| if v.is_nan() { 0.0 } else { v }).collect();
        out.counts = product(&present, count, dim);
        out.sums = product(&filled, count, dim);
    } else {
        out.sums = product(&rows.values, count, dim);
    }
    out
}

/// Columns of a tile: large enough for the matrix product to be efficient, small enough to skip most of the lower half.
const TILE: usize = 96;

/// `Z' Z` of `[rows, dim]`, tile by tile of the upper half.
fn product(z: &[f64], rows: usize, dim: usize) -> Vec<f64> {
    let mut out = Array2::zeros((dim, dim));
    let Ok(z) = ArrayView2::from_shape((rows, dim), z) else { return vec![0.0; dim * dim] };
    for i in (0..dim).step_by(TILE) {
        let left = i..(i + TILE).min(dim);
        let block = z.slice(s![.., left.clone()]).t().dot(&z.slice(s![.., i..]));
        out.slice_mut(s![left, i..]).assign(&block);
    }
    for i in 0..dim {
        for j in i + 1..dim {
            out[[j, i]] = out[[i, j]];
        }
    }
    out.into_raw_vec_and_offset().0
}
