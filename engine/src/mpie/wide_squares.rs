//! In: the kept rows of a wide stream. Out: for each target the sources whose squares go with its own, from sketches of
//! squares over the rows whose lags are there.

use std::ops::Range;

use rayon::prelude::*;

use crate::compute::encode::{Encode, Norm};
use crate::compute::screen::{Hit, Screen};
use crate::compute::sketch::{Projection, Sketch};
use crate::compute::{Compute, Precision};

use super::kept::KeptRows;

/// Numbers in a latent of squares, whose correlations are weaker than those of values; where that takes too much memory,
/// half of them.
const DIM: usize = 512;
/// Variables up to which it does not.
const FEW: usize = 2000;
/// Rows sketched in one go.
const BATCH: usize = 256;
/// Factors of a target by sketches of squares.
pub(super) const BY_SQUARES: usize = 24;
/// Values further out, in standard deviations, count as this far: a product of two spikes must not speak for all rows.
const CLIP: f32 = 4.0;

/// A variable at a lag.
pub(super) type Column = (usize, usize);

/// Every variable in standard deviations, clipped; a missing cell says nothing and counts as the mean.
pub(super) struct Rows {
    count: usize,
    pub max_lag: usize,
    /// `[vars][count]`.
    cells: Vec<f32>,
    /// Whether a row's lags are all of its own run.
    sound: Vec<f32>,
}

impl Rows {
    pub fn of(kept: &KeptRows, vars: usize, max_lag: usize) -> Self {
        let count = kept.rows();
        let mut cells = vec![0.0f32; vars * count];
        cells.par_chunks_exact_mut(count.max(1)).enumerate().for_each(|(var, out)| {
            let own = kept.of(var);
            let there = || own.iter().filter(|x| !x.is_nan()).map(|&x| f64::from(x));
            let n = there().count().max(1) as f64;
            let mean = there().sum::<f64>() / n;
            let sd = (there().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt();
            let scale = if sd > 0.0 { 1.0 / sd } else { 0.0 };
            for (out, &x) in out.iter_mut().zip(own) {
                *out = if x.is_nan() { 0.0 } else { ((f64::from(x) - mean) * scale) as f32 }.clamp(-CLIP, CLIP);
            }
        });
        let sound = kept.run().map(|run| f32::from(u8::from(run >= max_lag))).collect();
        Self { count, max_lag, cells, sound }
    }

    fn var(&self, var: usize) -> &[f32] {
        &self.cells[var * self.count..(var + 1) * self.count]
    }

    /// Rows whose lags are there.
    pub fn len(&self) -> usize {
        self.count.saturating_sub(self.max_lag)
    }

    /// A lagged column over those rows.
    pub fn column(&self, (var, lag): Column) -> &[f32] {
        &self.var(var)[self.max_lag - lag..][..self.len()]
    }

    /// Row `t` of [`Rows::column`] counts by this.
    pub fn sound(&self) -> &[f32] {
        &self.sound[self.max_lag..]
    }

    /// Rows whose lags are all of their own run, a batch of neighbours at a time.
    fn stretches(&self) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for row in (self.max_lag..self.count).filter(|row| self.sound[*row] > 0.0) {
            match found.last_mut() {
                Some(last) if last.end == row && last.len() < BATCH => last.end += 1,
                _ => found.push(row..row + 1),
            }
        }
        found
    }
}

/// `[vars, BY_SQUARES]`: sources whose squares go with the target's.
pub(super) fn by_squares(
    rows: &Rows,
    kept: &KeptRows,
    vars: usize,
    seed: u32,
    precision: Precision,
    device: &mut dyn Compute,
) -> Vec<Hit> {
    let lags = rows.max_lag + 1;
    let dim = if vars <= FEW { DIM } else { DIM / 2 };
    // A missing cell says nothing: its square counts as the mean of those that are there.
    let scale: Vec<(f32, f32)> = (0..vars)
        .into_par_iter()
        .map(|var| {
            let there = || rows.var(var).iter().zip(kept.of(var)).filter(|(_, x)| !x.is_nan()).map(|(x, _)| x * x);
            let n = there().count().max(1) as f32;
            let mean = there().sum::<f32>() / n;
            let variance = there().map(|square| (square - mean).powi(2)).sum::<f32>() / n;
            (mean, if variance > 0.0 { variance.sqrt().recip() } else { 0.0 })
        })
        .collect();
    let mut words = vec![0; precision.words(vars * lags * dim)];
    for stretch in rows.stretches() {
        let from = stretch.start - rows.max_lag;
        let height = stretch.end - from;
        let mut series = vec![0.0f32; height * vars];
        series.par_chunks_exact_mut(vars).enumerate().for_each(|(t, out)| {
            for (var, (out, (mean, scale))) in out.iter_mut().zip(&scale).enumerate() {
                let x = rows.var(var)[from + t];
                *out = if kept.of(var)[from + t].is_nan() { 0.0 } else { (x * x - mean) * scale };
            }
        });
        let projection = Projection::Count;
        let request = Sketch { series: &series, vars, lags, dim, projection, seed, first_row: from as u32, precision };
        device.sketch(&request, &mut words);
    }
    // Squares are not freed of their own past: it is no source, and only adds a little noise.
    let latents = device.encode(&Encode {
        sketches: &words,
        vars,
        lags,
        dim,
        own: &vec![0.0; vars * rows.max_lag],
        norm: Norm::RmsNorm,
        heads: 1,
        clip: CLIP,
        precision,
    });
    let (targets, sources) = (&latents.innovations, &latents.lagged);
    device.screen(&Screen { targets, sources, vars, dim, keep: BY_SQUARES, precision })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::cpu::CpuCompute;

    const VARS: usize = 12;

    /// Sources of variable 0, best first, from rows whose cells a rule changes: row, variable, noise.
    fn sources(rows: usize, run: impl Fn(usize) -> u32, cell: impl Fn(usize, usize, f64) -> f64) -> Vec<Column> {
        let mut state = 7_u64;
        let mut noise = || {
            let mut word = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) as f64 / (1_u64 << 31) as f64 - 0.5
            };
            (0..4).map(|_| word()).sum::<f64>() * 1.7
        };
        let mut kept = KeptRows::new(VARS, rows);
        for t in 0..rows {
            let values: Vec<f64> = (0..VARS).map(|v| cell(t, v, noise())).collect();
            kept.push(&values, &[run(t)]);
        }
        let seen = Rows::of(&kept, VARS, 1);
        let mut device = CpuCompute::new(1).unwrap();
        let hits = by_squares(&seen, &kept, VARS, 3, Precision::Single, &mut device);
        let own = hits[..BY_SQUARES].iter().filter(|hit| hit.source != Hit::NONE);
        own.map(|hit| (hit.source as usize % VARS, hit.source as usize / VARS + 1)).collect()
    }

    #[test]
    fn a_square_that_drives_another_is_found() {
        // The size of variable 5 decides how far variable 0 goes in the next row.
        let large = |t: usize| (t * t + t / 3).is_multiple_of(5);
        let found = sources(
            1500,
            |t| t as u32,
            |t, v, x| match v {
                5 if large(t + 1) => 2.5 * x,
                0 if large(t) => 2.5 * x,
                _ => x,
            },
        );
        assert_eq!(found[0], (5, 1));
    }

    #[test]
    fn cells_missing_together_say_nothing() {
        let missing = |t: usize| (t * t + t / 3) % 5 < 2;
        let found = sources(
            1500,
            |t| t as u32,
            |t, v, x| match v {
                5 if missing(t + 1) => f64::NAN,
                0 if missing(t) => f64::NAN,
                _ => x,
            },
        );
        assert_ne!(found[0], (5, 1));
    }

    #[test]
    fn rows_across_a_break_are_not_sketched() {
        // What variable 5 does at the end of a run and variable 0 at the beginning of the next has nothing in common.
        let found = sources(
            1500,
            |t| t as u32 % 40,
            |t, v, x| match (v, t % 40) {
                (5, 39) | (0, 0) => 3.0 * x,
                _ => x,
            },
        );
        assert_ne!(found[0], (5, 1));
    }
}
