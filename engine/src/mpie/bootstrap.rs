//! In: blocks of the history and the selected columns of one target. Out: from block-bootstrap replicates the spread
//! and sign agreement of each coefficient, and the gain each column brings on blocks the replicate has not seen.

use std::collections::VecDeque;

use super::correlation::Correlation;
use super::history::{Block, History};
use super::linalg::invert_spd;

/// What the replicates say about one target's regression.
#[derive(Debug, Clone, Default)]
pub struct Replicates {
    /// Standard deviation of each coefficient over replicates, in standard deviations of the variables.
    pub spread: Vec<f64>,
    /// Share of replicates in which the coefficient keeps its sign and exceeds twice its standard error.
    pub stability: Vec<f64>,
    /// Out-of-bag R² lost when the column is left out.
    pub gain: Vec<f64>,
    /// Replicates that could be fitted.
    pub fitted: usize,
    /// Effective number of blocks behind them.
    pub blocks: f64,
}

/// Weight of a block in a replicate: Poisson with mean one, from a hash of seed, replicate and block, so that it does
/// not depend on who computes it or when.
pub fn weight(seed: u64, replicate: u64, block: u64) -> f64 {
    // Cumulative probabilities of a Poisson variable with mean one.
    const CUMULATIVE: [f64; 8] =
        [0.367_879, 0.735_759, 0.919_699, 0.981_012, 0.996_340, 0.999_406, 0.999_917, 0.999_99];
    let mut x = seed ^ replicate.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ block.wrapping_mul(0xD1B5_4A32_D192_ED03);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    let uniform = ((x ^ (x >> 31)) >> 11) as f64 / (1u64 << 53) as f64;
    CUMULATIVE.iter().take_while(|&&c| uniform >= c).count() as f64
}

/// `[replicates + 1, blocks]`: all blocks once, then the weights of every replicate.
pub fn whole_and_replicates(seed: u64, replicates: usize, blocks: usize) -> Vec<f32> {
    (0..=replicates as u64)
        .flat_map(|r| (0..blocks as u64).map(move |b| if r == 0 { 1.0 } else { weight(seed, r, b) as f32 }))
        .collect()
}

/// Second moments of `[1, selected …, target]` of one block, dense; entry 0 is the number of rows.
pub struct SubMoments {
    /// Size of the matrix.
    pub dim: usize,
    /// `[blocks][dim * dim]`.
    pub blocks: Vec<Vec<f64>>,
    /// Identity of each block.
    pub ids: Vec<u64>,
    /// Rows of each block.
    pub rows: Vec<f64>,
    /// Share of the rows that stands behind the entry with the most missing cells.
    pub present: f64,
}

impl SubMoments {
    /// Gathers `columns` (of the Gram matrix without its constant) and puts the target last. Where cells are missing,
    /// each entry is scaled up to the block's rows.
    pub fn gather(blocks: &VecDeque<Block>, first: usize, gram_dim: usize, columns: &[usize], target: usize) -> Self {
        let index: Vec<usize> = std::iter::once(0).chain(columns.iter().chain([&target]).map(|&c| c + 1)).collect();
        let dim = index.len();
        let mut out = Self { dim, blocks: Vec::new(), ids: Vec::new(), rows: Vec::new(), present: 1.0 };
        let (mut least, mut all) = (0.0, 0.0);
        for block in blocks.range(first..) {
            if block.rows <= 0.0 {
                continue;
            }
            let mut moments = vec![0.0; dim * dim];
            let mut fewest = block.rows;
            for (a, &i) in index.iter().enumerate() {
                for (b, &j) in index.iter().enumerate().skip(a) {
                    let (sum, count) = block.moment(gram_dim, i, j);
                    fewest = fewest.min(count);
                    let value = if count > 0.0 { sum * block.rows / count } else { 0.0 };
                    moments[a * dim + b] = value;
                    moments[b * dim + a] = value;
                }
            }
            out.blocks.push(moments);
            out.ids.push(block.first_pane);
            out.rows.push(block.rows);
            least += fewest;
            all += block.rows;
        }
        if all > 0.0 {
            out.present = least / all;
        }
        out
    }

    /// Blocks of equal length that would give as much information as these.
    pub fn effective_blocks(&self) -> f64 {
        let sum: f64 = self.rows.iter().sum();
        let squares: f64 = self.rows.iter().map(|r| r * r).sum();
        if squares > 0.0 { sum * sum / squares } else { 0.0 }
    }

    /// In-bag and out-of-bag sums of one replicate.
    pub fn resample(&self, seed: u64, replicate: u64) -> (Vec<f64>, Vec<f64>) {
        let mut inside = vec![0.0; self.dim * self.dim];
        let mut outside = vec![0.0; self.dim * self.dim];
        for (moments, &id) in self.blocks.iter().zip(&self.ids) {
            let weight = weight(seed, replicate, id);
            let (into, factor) = if weight > 0.0 { (&mut inside, weight) } else { (&mut outside, 1.0) };
            for (sum, value) in into.iter_mut().zip(moments) {
                *sum += factor * value;
            }
        }
        (inside, outside)
    }
}

/// Least squares of the last variable on the others, from sums of products (constant first).
pub struct Fit {
    /// Coefficients, constant first.
    pub beta: Vec<f64>,
    /// `[k, k]` inverse of the regressors' sums of products.
    pub inverse: Vec<f64>,
    /// Regressors, constant included.
    pub k: usize,
    /// Residual sum of squares.
    pub rss: f64,
    /// Rows.
    pub rows: f64,
}

/// Solves the normal equations; `None` when they are singular.
pub fn fit(moments: &[f64], dim: usize) -> Option<Fit> {
    let k = dim - 1;
    let at = |i: usize, j: usize| moments[i * dim + j];
    let rows = at(0, 0);
    if rows < k as f64 + 3.0 {
        return None;
    }
    let inverse = invert_spd(moments, k, dim, 1e-12)?;
    let beta: Vec<f64> = (0..k).map(|a| (0..k).map(|b| inverse[a * k + b] * at(b, k)).sum()).collect();
    let explained: f64 = beta.iter().enumerate().map(|(a, b)| b * at(a, k)).sum();
    Some(Fit { beta, inverse, k, rss: (at(k, k) - explained).max(1e-12), rows })
}

/// Residual sum of squares of given coefficients on other sums of products.
pub fn loss(beta: &[f64], moments: &[f64], dim: usize) -> f64 {
    let k = dim - 1;
    let mut value = moments[k * dim + k];
    for a in 0..k {
        let mut inner = -2.0 * moments[a * dim + k];
        for b in 0..k {
            inner += beta[b] * moments[a * dim + b];
        }
        value += beta[a] * inner;
    }
    value
}

/// Sum of squared deviations of the last variable from its own mean.
pub fn total(moments: &[f64], dim: usize) -> f64 {
    let k = dim - 1;
    moments[k * dim + k] - moments[k].powi(2) / moments[0].max(1.0)
}

/// A regression to be resampled.
#[derive(Debug, Clone, Copy)]
pub struct Fitted<'a> {
    /// Target variable.
    pub target: usize,
    /// Selected columns.
    pub entered: &'a [usize],
    /// Their coefficients on all blocks, in standard deviations.
    pub beta: &'a [f64],
    /// First row of the regime it holds in.
    pub start_row: u64,
}

/// Replicates of a regression over the blocks behind it; `corr` are the correlations it was fitted on.
pub fn resampled(
    history: &History,
    corr: &Correlation,
    fitted: Fitted<'_>,
    n_resamples: usize,
    seed: u64,
) -> Replicates {
    let Fitted { target, entered, beta, start_row } = fitted;
    let first = history.block_at(start_row);
    let sub = SubMoments::gather(history.blocks(), first, history.dim(), entered, target);
    let scale: Vec<f64> = entered.iter().map(|&c| corr.sd[c] / corr.sd[target].max(1e-300)).collect();
    replicate(&sub, beta, &scale, n_resamples, seed)
}

/// Runs the replicates. `scale` turns a coefficient of encoder units into standard deviations, per column; `reference`
/// is the estimate on all blocks.
fn replicate(sub: &SubMoments, reference: &[f64], scale: &[f64], replicates: usize, seed: u64) -> Replicates {
    let columns = sub.dim - 2;
    let mut sum = vec![0.0; columns];
    let mut squares = vec![0.0; columns];
    let mut agree = vec![0.0; columns];
    let mut lost = vec![0.0; columns];
    let (mut fitted, mut out_total) = (0usize, 0.0);
    for r in 0..replicates {
        let (inside, outside) = sub.resample(seed, r as u64);
        let Some(fit) = fit(&inside, sub.dim) else { continue };
        fitted += 1;
        let sigma2 = fit.rss / (fit.rows - fit.k as f64).max(1.0);
        let tested = outside[0] >= 8.0;
        let full_loss = if tested { loss(&fit.beta, &outside, sub.dim) } else { 0.0 };
        if tested {
            out_total += total(&outside, sub.dim).max(0.0);
        }
        for c in 0..columns {
            let k = c + 1;
            let value = fit.beta[k] * scale[c];
            sum[c] += value;
            squares[c] += value * value;
            let pivot = fit.inverse[k * fit.k + k];
            let t = fit.beta[k] / (sigma2 * pivot).sqrt();
            if t * reference[c].signum() > 2.0 {
                agree[c] += 1.0;
            }
            if tested {
                // Leaving a column out of a least-squares fit needs no second fit: the other coefficients move along
                // the column of the inverse.
                let step = fit.beta[k] / pivot;
                let mut without: Vec<f64> =
                    fit.beta.iter().enumerate().map(|(a, b)| b - step * fit.inverse[a * fit.k + k]).collect();
                without[k] = 0.0;
                lost[c] += loss(&without, &outside, sub.dim) - full_loss;
            }
        }
    }
    let n = (fitted as f64).max(1.0);
    Replicates {
        spread: (0..columns)
            .map(|c| ((squares[c] - sum[c] * sum[c] / n).max(0.0) / (n - 1.0).max(1.0)).sqrt())
            .collect(),
        stability: agree.iter().map(|a| a / n).collect(),
        gain: lost.iter().map(|l| if out_total > 0.0 { l / out_total } else { 0.0 }).collect(),
        fitted,
        blocks: sub.effective_blocks(),
    }
}
