//! In: rows, a target and terms. Out: a least-squares fit with standard errors, and refits on resampled blocks of rows.

use super::rows::Rows;

/// A variable so many rows ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Term {
    /// Variable.
    pub var: u32,
    /// Rows ago.
    pub lag: u32,
}

/// A term of which less than this share of the variance is left by the others is a copy of them.
const COPY: f64 = 1e-8;

/// Second moments of terms and target, block by block of rows.
#[derive(Debug, Clone)]
pub(super) struct Moments {
    /// Terms, then the target.
    columns: usize,
    /// Per block: count, sums `[columns]`, cross sums `[columns, columns]`, of values less `centre`.
    blocks: Vec<(f64, Vec<f64>)>,
}

/// A fitted regression.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    /// Coefficient per term, in data units; 0 for a copy of other terms.
    pub beta: Vec<f64>,
    /// Standard error per term; NaN for a copy.
    pub se: Vec<f64>,
    /// Standard deviation per term, then of the target.
    pub sd: Vec<f64>,
    /// Share of the target's variance explained.
    pub r2: f64,
    /// Rows used.
    pub rows: f64,
}

impl Moments {
    /// Moments of the rows from `start_row` on in which every value is there.
    pub fn gather(rows: &Rows, target: Term, terms: &[Term], start_row: u64, block_rows: usize) -> Self {
        let columns = terms.len() + 1;
        let wanted: Vec<Term> = terms.iter().copied().chain([target]).collect();
        let start = rows.place(start_row);
        let centre: Vec<f64> = wanted.iter().map(|term| centre(rows, *term, start)).collect();
        let width = columns + columns * columns;
        let mut blocks = Vec::new();
        let mut values = vec![0.0; columns];
        for from in (start..rows.len()).step_by(block_rows.max(1)) {
            let mut block = (0.0, vec![0.0; width]);
            for place in from..(from + block_rows).min(rows.len()) {
                for (value, (term, centre)) in values.iter_mut().zip(wanted.iter().zip(&centre)) {
                    *value = rows.value(place, term.var, term.lag) - centre;
                }
                if values.iter().any(|value| !value.is_finite()) {
                    continue;
                }
                block.0 += 1.0;
                for a in 0..columns {
                    block.1[a] += values[a];
                    for b in 0..=a {
                        block.1[columns + a * columns + b] += values[a] * values[b];
                    }
                }
            }
            if block.0 > 0.0 {
                blocks.push(block);
            }
        }
        Self { columns, blocks }
    }

    /// Number of blocks with any row.
    pub fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// Fits the target on the terms listed (all = `0..terms`), each block counted `weights[block]` times.
    pub fn fit(&self, terms: &[usize], weights: Option<&[f64]>) -> Option<Fit> {
        let columns = self.columns;
        let mut count = 0.0;
        let mut sums = vec![0.0; columns + columns * columns];
        for (at, (rows, block)) in self.blocks.iter().enumerate() {
            let weight = weights.map_or(1.0, |weights| weights.get(at).copied().unwrap_or(0.0));
            if weight > 0.0 {
                count += weight * rows;
                sums.iter_mut().zip(block).for_each(|(sum, value)| *sum += weight * value);
            }
        }
        if count < terms.len() as f64 + 4.0 {
            return None;
        }
        let picked: Vec<usize> = terms.iter().copied().chain([columns - 1]).collect();
        let mean: Vec<f64> = picked.iter().map(|&c| sums[c] / count).collect();
        let cov = |i: usize, j: usize| {
            let (a, b) = (picked[i].max(picked[j]), picked[i].min(picked[j]));
            sums[columns + a * columns + b] / count - mean[i] * mean[j]
        };
        let p = terms.len();
        let sd: Vec<f64> = (0..=p).map(|i| cov(i, i).max(0.0).sqrt()).collect();
        if sd[p] <= 0.0 {
            return None;
        }
        let corr = |i: usize, j: usize| {
            if sd[i] > 0.0 && sd[j] > 0.0 { cov(i, j) / (sd[i] * sd[j]) } else { 0.0 }
        };
        let solved = solve(p, corr);
        let explained: f64 = solved.beta.iter().enumerate().map(|(i, b)| b * corr(i, p)).sum();
        let r2 = explained.clamp(0.0, 1.0);
        let sigma2 = (1.0 - r2) / (count - p as f64 - 1.0).max(1.0);
        let unit = |i: usize| if sd[i] > 0.0 { sd[p] / sd[i] } else { 0.0 };
        let beta = (0..p).map(|i| solved.beta[i] * unit(i)).collect();
        let se = (0..p).map(|i| (sigma2 * solved.inverse_diagonal[i]).sqrt() * unit(i)).collect();
        Some(Fit { beta, se, sd, r2, rows: count })
    }
}

fn centre(rows: &Rows, term: Term, start: usize) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for place in start..rows.len() {
        let value = rows.value(place, term.var, term.lag);
        if value.is_finite() {
            sum += value;
            count += 1.0;
        }
    }
    if count > 0.0 { sum / count } else { 0.0 }
}

struct Solved {
    beta: Vec<f64>,
    inverse_diagonal: Vec<f64>,
}

/// Gauss–Jordan elimination of a correlation matrix; copies of earlier terms are left out.
fn solve(p: usize, corr: impl Fn(usize, usize) -> f64) -> Solved {
    let width = 2 * p + 1;
    let mut table = vec![0.0; p * width];
    for i in 0..p {
        for j in 0..p {
            table[i * width + j] = corr(i, j);
        }
        table[i * width + p] = corr(i, p);
        table[i * width + p + 1 + i] = 1.0;
    }
    let mut used = vec![false; p];
    for k in 0..p {
        let pivot = table[k * width + k];
        if pivot < COPY {
            continue;
        }
        used[k] = true;
        let row: Vec<f64> = (0..width).map(|j| table[k * width + j] / pivot).collect();
        for i in (0..p).filter(|&i| i != k) {
            let factor = table[i * width + k];
            if factor != 0.0 {
                (0..width).for_each(|j| table[i * width + j] -= factor * row[j]);
            }
        }
        table[k * width..(k + 1) * width].copy_from_slice(&row);
    }
    let beta = (0..p).map(|i| if used[i] { table[i * width + p] } else { 0.0 }).collect();
    let inverse_diagonal = (0..p).map(|i| if used[i] { table[i * width + p + 1 + i] } else { f64::NAN }).collect();
    Solved { beta, inverse_diagonal }
}
