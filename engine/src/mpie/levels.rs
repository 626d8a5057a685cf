//! In: the stream so far. Out: whether its levels wander: whether every variable is better foretold from how far all of
//! them are from where they have just been than from where they are.

use std::ops::Range;

use crate::compute::cpu::product::{Dense, mirror, product};
use crate::types::{Moments, Pane};

use super::baseline::Baseline;
use super::linalg::invert_spd;

/// Half-lives in rows of what is taken off in the two views of a stream whose levels wander.
pub const QUICK: [usize; 2] = [1, 3];

/// Newest rows that are looked at.
const MAX_ROWS: usize = 2_048;
/// Lagged values that a regression may have; of more variables, some stand for all.
const MAX_TERMS: usize = 160;
/// Rows per lagged value below which a regression on all of them foretells nothing.
const ROWS_PER_TERM: usize = 4;
/// Stretches of rows, each foretold from the others.
const STRETCHES: usize = 4;
/// Rows at the start of a run in which a moving average is not yet one.
const WARM_UP: u32 = 4;
/// Least share by which squared errors have to shrink. A level that stands still makes them grow by some 5 %.
const LEAST_GAIN: f64 = 0.02;

/// Whether levels wander, as far as the stream tells; `so_far` where it does not. The moving average is known before
/// the row it is taken off, so that errors made with and without it are errors about the same thing.
pub fn wander(panes: &[Pane], max_lag: usize, so_far: bool) -> bool {
    let Some(vars) = panes.first().map(|pane| pane.vars) else { return so_far };
    let every = vars.div_ceil((MAX_TERMS / max_lag.max(1)).max(1)).max(1);
    let mut stream = Stream::newest(panes, every);
    let Some(plain) = stream.errors(max_lag) else { return so_far };
    Baseline::new(stream.vars, QUICK[1]).remove(&mut stream.values, &stream.run);
    let Some(quick) = stream.errors(max_lag) else { return so_far };
    let gains: Vec<f64> = plain.iter().zip(&quick).map(|(plain, quick)| plain - quick).collect();
    let mean = gains.iter().sum::<f64>() / gains.len().max(1) as f64;
    let better = gains.iter().filter(|&&gain| gain > 0.0).count();
    // What has been decided stands until the opposite is seen.
    if so_far { mean > 0.0 } else { mean > LEAST_GAIN && 2 * better > gains.len() }
}

/// Standardised rows of some variables, and how long each row's run is.
struct Stream {
    vars: usize,
    values: Vec<f64>,
    run: Vec<u32>,
}

impl Stream {
    fn newest(panes: &[Pane], every: usize) -> Self {
        let mut rows = 0;
        let newest = panes.iter().rev().take_while(|pane| {
            rows += pane.rows();
            rows <= MAX_ROWS
        });
        let panes = &panes[panes.len() - newest.count()..];
        let vars = panes.first().map_or(0, |pane| pane.vars.div_ceil(every));
        let run: Vec<u32> = panes.iter().flat_map(|pane| pane.run.iter().copied()).collect();
        let rows = panes.iter().flat_map(|pane| pane.values.chunks_exact(pane.vars));
        let mut values: Vec<f64> = rows.flat_map(|row| row.iter().step_by(every).copied()).collect();
        let Moments { n, mean, m2, .. } = Moments::of(&values, vars);
        let scale = |var: usize| if m2[var] > 0.0 { (n[var] / m2[var]).sqrt() } else { 0.0 };
        let scale: Vec<f64> = (0..vars).map(scale).collect();
        for (at, value) in values.iter_mut().enumerate() {
            *value = (*value - mean[at % vars]) * scale[at % vars];
        }
        Self { vars, values, run }
    }

    /// Per variable that varies: the mean over stretches of the logarithm of the squared error of foretelling it from
    /// the lagged values of all, by the other stretches. `None` where there are too few rows to say.
    fn errors(&self, max_lag: usize) -> Option<Vec<f64>> {
        let vars = self.vars;
        let terms = 1 + vars * max_lag;
        let dim = terms + vars;
        let mut rows: Vec<f64> = Vec::with_capacity(self.run.len() * dim);
        for (t, _) in self.run.iter().enumerate().filter(|&(t, &run)| t >= max_lag && run >= max_lag as u32 + WARM_UP) {
            let start = rows.len();
            rows.push(1.0);
            let row = |t: usize| &self.values[t * vars..(t + 1) * vars];
            (1..=max_lag).for_each(|lag| rows.extend_from_slice(row(t - lag)));
            rows.extend_from_slice(row(t));
            if rows[start..].iter().any(|v| v.is_nan()) {
                rows.truncate(start);
            }
        }
        let count = rows.len() / dim;
        if count < ROWS_PER_TERM * terms {
            return None;
        }
        let stretch = |k: usize| k * count / STRETCHES..(k + 1) * count / STRETCHES;
        let parts: Vec<Vec<f64>> = (0..STRETCHES).map(|k| moments(&rows, dim, stretch(k))).collect();
        let mut whole = vec![0.0; dim * dim];
        parts.iter().for_each(|part| whole.iter_mut().zip(part).for_each(|(sum, v)| *sum += v));
        let varies: Vec<usize> = (terms..dim).filter(|&y| whole[y * dim + y] > 1e-9 * count as f64).collect();
        let mut errors = vec![0.0; varies.len()];
        for part in &parts {
            let mut others: Vec<f64> = whole.iter().zip(part).map(|(all, own)| all - own).collect();
            // Copies and constants are no reason to give up.
            (0..terms).for_each(|x| others[x * dim + x] += 1e-6 * count as f64);
            let inverse = invert_spd(&others, terms, dim, 1e-12)?;
            for (error, &y) in errors.iter_mut().zip(&varies) {
                *error += foretelling_error(&inverse, &others, part, (terms, dim), y).ln() / STRETCHES as f64;
            }
        }
        Some(errors)
    }
}

/// Mean squared error in one part of the column `y` foretold by a regression on the others' moments.
fn foretelling_error(inverse: &[f64], others: &[f64], part: &[f64], (terms, dim): (usize, usize), y: usize) -> f64 {
    let beta: Vec<f64> = inverse
        .chunks_exact(terms)
        .map(|row| row.iter().enumerate().map(|(x, v)| v * others[x * dim + y]).sum())
        .collect();
    let mut sum = part[y * dim + y];
    for (x, b) in beta.iter().enumerate() {
        let with: f64 = beta.iter().zip(&part[x * dim..]).map(|(b, g)| b * g).sum();
        sum += b * (with - 2.0 * part[x * dim + y]);
    }
    (sum / part[0].max(1.0)).max(1e-12)
}

/// Sums of products of all columns over some rows.
fn moments(rows: &[f64], dim: usize, which: Range<usize>) -> Vec<f64> {
    let mut out = vec![0.0; dim * dim];
    let part = Dense::new(&rows[which.start * dim..which.end * dim], dim);
    product(&part, &part, which.len(), &mut out, true);
    mirror(&mut out, dim);
    out
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use rand::{RngExt, SeedableRng};

    use super::*;

    /// Four variables, each driven by the one before it; `walk` times a random walk is added to what is seen of each.
    fn panes(rows: usize, walk: f64, seed: u64) -> Vec<Pane> {
        const VARS: usize = 4;
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
        let mut normal = move || (0..12).map(|_| rng.random_range(0.0..1.0)).sum::<f64>() - 6.0;
        let (mut state, mut level, mut values) = ([0.0; VARS], [0.0; VARS], Vec::new());
        for _ in 0..rows {
            let before = state;
            for var in 0..VARS {
                state[var] = 0.4 * before[var] + 0.5 * before[(var + VARS - 1) % VARS] * f64::from(var > 0) + normal();
                level[var] += walk * normal();
                values.push(state[var] + level[var]);
            }
        }
        let pane = |(index, values): (usize, &[f64])| {
            let first_row = index as u64 * 16;
            let run = (0..values.len() / VARS).map(|t| (first_row + t as u64) as u32).collect();
            Pane { index: index as u64, first_row, values: values.to_vec(), vars: VARS, run, missing: 0 }
        };
        values.chunks(16 * VARS).enumerate().map(pane).collect()
    }

    #[test]
    fn levels_that_wander_are_told_from_levels_that_stand() {
        for seed in 0..8 {
            assert!(!wander(&panes(600, 0.0, seed), 3, false), "stands, seed {seed}");
            assert!(wander(&panes(600, 0.4, seed), 3, false), "wanders, seed {seed}");
            assert!(!wander(&panes(600, 0.0, seed), 3, true), "stands again, seed {seed}");
        }
    }

    #[test]
    fn too_few_rows_say_nothing() {
        let few = panes(48, 0.4, 1);
        assert!(!wander(&few, 3, false) && wander(&few, 3, true));
        assert!(wander(&[], 3, true));
    }

    #[test]
    fn copies_constants_and_gaps_are_taken_in() {
        let mut with_gaps = panes(800, 0.4, 3);
        for (at, pane) in with_gaps.iter_mut().enumerate() {
            for row in pane.values.chunks_exact_mut(4) {
                (row[2], row[3]) = (row[1], 7.0);
            }
            if at % 5 == 0 {
                pane.values[9] = f64::NAN;
            }
        }
        assert!(wander(&with_gaps, 2, false));
    }
}
