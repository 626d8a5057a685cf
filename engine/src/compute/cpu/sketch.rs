//! In: rows of a series. Out: latents with the rows added, and sketches of the products of each row's columns.

use std::ops::Range;

use rayon::prelude::*;

use crate::compute::Precision;
use crate::compute::sketch::{Projection, Sketch, TensorSketch, by_place, second_seed, signs};

use super::product::{Columns, Dense, product};

/// Columns of one lag whose sums stay in the second-level cache.
const STRIP: usize = 512;
/// Latents by which the work is split.
const PART: usize = 4096;

/// Adds to `latents`, `[lags · vars, dim]`.
pub(super) fn sketch(request: &Sketch<'_>, latents: &mut [u32]) {
    match request.projection {
        Projection::Signs => project(request, &Signs(request), latents),
        Projection::Weights(weights) => project(request, &Dense::new(weights, request.dim), latents),
        Projection::Count => count(request, latents),
    }
}

/// Random signs as a matrix `[rows, dim]` that is never stored.
struct Signs<'a>(&'a Sketch<'a>);

impl Columns<f32> for Signs<'_> {
    fn columns(&self) -> usize {
        self.0.dim
    }

    fn pack(&self, rows: Range<usize>, first: usize, width: usize, panel: &mut [f32]) {
        for (row, out) in rows.zip(panel.chunks_exact_mut(width)) {
            let row = self.0.first_row.wrapping_add(row as u32);
            for (at, out) in out.iter_mut().enumerate() {
                let d = (first + at) as u32;
                let negative = signs(self.0.seed, row, d / 32) >> (d % 32) & 1;
                *out = if first + at < self.0.dim { 1.0 - 2.0 * negative as f32 } else { 0.0 };
            }
        }
    }
}

fn project(request: &Sketch<'_>, right: &impl Columns<f32>, latents: &mut [u32]) {
    let Sketch { series, vars, lags, dim, .. } = *request;
    let mut sums = vec![0.0; PART.min(vars) * dim];
    for lag in 0..lags {
        let lagged = &series[(lags - 1 - lag) * vars..];
        for first in (0..vars).step_by(PART) {
            let part = PART.min(vars - first);
            let sums = &mut sums[..part * dim];
            sums.fill(0.0);
            product(&Dense::part(lagged, vars, first, part), right, request.rows(), sums, false);
            let words = |numbers: usize| request.precision.words(numbers * dim);
            let from = words(lag * vars + first);
            add(&mut latents[from..from + words(part)], sums, dim, request.precision);
        }
    }
}

/// Adds sums to latents of the same shape.
fn add(latents: &mut [u32], sums: &[f32], dim: usize, precision: Precision) {
    latents.par_chunks_mut(precision.words(64 * dim)).zip(sums.par_chunks(64 * dim)).for_each(|(words, sums)| {
        let mut wide = vec![0.0f32; sums.len()];
        precision.widen(words, &mut wide);
        wide.iter_mut().zip(sums).for_each(|(wide, sum)| *wide += sum);
        precision.narrow(&mut wide, words);
    });
}

fn count(request: &Sketch<'_>, latents: &mut [u32]) {
    let Sketch { series, vars, lags, dim, precision, .. } = *request;
    let (offsets, order) = by_place(request.seed, request.first_row, request.rows(), dim);
    latents.par_chunks_mut(precision.words(vars * dim)).enumerate().for_each(|(lag, latents)| {
        let lagged = &series[(lags - 1 - lag) * vars..];
        latents.par_chunks_mut(precision.words(STRIP * dim)).enumerate().for_each(|(strip, latents)| {
            let first = strip * STRIP;
            let width = precision.numbers(latents.len()) / dim;
            let mut sums = vec![0.0f32; dim * width];
            for (d, sums) in sums.chunks_exact_mut(width).enumerate() {
                for &entry in &order[offsets[d] as usize..offsets[d + 1] as usize] {
                    let at = (entry & 0x7fff_ffff) as usize * vars + first;
                    let row = &lagged[at..at + width];
                    if entry >> 31 == 1 {
                        sums.iter_mut().zip(row).for_each(|(sum, x)| *sum -= x);
                    } else {
                        sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
                    }
                }
            }
            let mut wide = vec![0.0f32; dim];
            for (at, words) in latents.chunks_exact_mut(precision.words(dim)).enumerate() {
                precision.widen(words, &mut wide);
                wide.iter_mut().enumerate().for_each(|(d, wide)| *wide += sums[d * width + at]);
                precision.narrow(&mut wide, words);
            }
        });
    });
}

/// `[rows, dim]`.
pub(super) fn tensor_sketch(request: &TensorSketch<'_>) -> Vec<f32> {
    let TensorSketch { rows, columns, dim, seed } = *request;
    let first = by_place(seed, 0, columns, dim);
    let second = by_place(second_seed(seed), 0, columns, dim);
    let counted = |(offsets, order): &(Vec<u32>, Vec<u32>), row: &[f32]| -> Vec<f32> {
        (0..dim)
            .map(|d| {
                let entries = &order[offsets[d] as usize..offsets[d + 1] as usize];
                entries.iter().map(|e| row[(e & 0x7fff_ffff) as usize] * (1.0 - 2.0 * (e >> 31) as f32)).sum()
            })
            .collect()
    };
    let mut out = vec![0.0; request.count() * dim];
    out.par_chunks_exact_mut(dim).zip(rows.par_chunks_exact(columns)).for_each(|(out, row)| {
        let (a, b) = (counted(&first, row), counted(&second, row));
        for (shift, a) in a.iter().enumerate() {
            let (head, tail) = out.split_at_mut(shift);
            tail.iter_mut().zip(&b).for_each(|(out, b)| *out += a * b);
            head.iter_mut().zip(&b[dim - shift..]).for_each(|(out, b)| *out += a * b);
        }
    });
    out
}
