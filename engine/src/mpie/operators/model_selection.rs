//! In: sums of products of lagged rows, block by block. Out: the held-out loss of each lag order and ridge strength of
//! a vector autoregression, and the simplest that predicts as well as the best.

use std::cmp::Reverse;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::super::linalg::invert_spd;

/// Pivots below this share of a variance count as singular.
const TOLERANCE: f64 = 1e-10;

/// Sums of products of `[1, z(t-1), …, z(t-max_lag), y(t)]` over one block of consecutive rows, where each `z` and `y`
/// holds all variables: `dim = 1 + vars · (max_lag + 1)`.
#[derive(Debug, Clone, PartialEq)]
pub struct GramBlock {
    /// `[dim, dim]`, row-major; its first entry is the number of rows.
    pub sums: Vec<f64>,
}

impl GramBlock {
    /// From data of shape `[rows, vars]`, row-major: the sums over rows `range` that have a full past.
    pub fn new(data: &[f64], vars: usize, max_lag: usize, range: std::ops::Range<usize>) -> Self {
        let dim = 1 + vars * (max_lag + 1);
        let mut sums = vec![0.0; dim * dim];
        let mut row = vec![1.0; dim];
        let end = range.end.min(data.len().checked_div(vars).unwrap_or(0));
        for t in range.start.max(max_lag)..end {
            for lag in 1..=max_lag {
                row[1 + (lag - 1) * vars..1 + lag * vars]
                    .copy_from_slice(&data[(t - lag) * vars..(t - lag + 1) * vars]);
            }
            row[dim - vars..].copy_from_slice(&data[t * vars..(t + 1) * vars]);
            for (i, a) in row.iter().enumerate() {
                sums[i * dim..(i + 1) * dim].iter_mut().zip(&row).for_each(|(sum, b)| *sum += a * b);
            }
        }
        Self { sums }
    }
}

/// A model to try.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VarModel {
    /// Lags 1 to `order`; 0 predicts the mean.
    pub order: usize,
    /// Ridge penalty as a share of each regressor's variance; 0 is least squares.
    pub ridge: f64,
}

/// How to hold blocks out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldOut {
    /// Each block in turn, the model fitted to all others.
    EachBlock,
    /// The blocks that a bootstrap sample of blocks leaves out, over this many samples.
    OutOfBag {
        /// Number of samples; 50 or more.
        samples: usize,
        /// Seed of the draws.
        seed: u64,
    },
}

/// Held-out loss of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ModelLoss {
    /// Which.
    pub model: VarModel,
    /// Mean squared error of one-step predictions over the variance, averaged over variables and blocks: 1 predicts no
    /// better than the mean. Infinite where the model cannot be fitted.
    pub loss: f64,
    /// Standard error of `loss` over blocks.
    pub standard_error: f64,
}

/// Losses of all candidates and the choices made from them.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// One per candidate, in the order given.
    pub losses: Vec<ModelLoss>,
    /// The candidate with the least loss.
    pub best: VarModel,
    /// The simplest candidate (lowest order, then strongest ridge) within one standard error of the best
    /// (Breiman et al. 1984).
    pub one_standard_error: VarModel,
}

/// Scores candidates on held-out blocks, all on the same rows. `None` where there are fewer than two blocks or no
/// candidates, shapes disagree, an order exceeds `max_lag`, or no candidate can be fitted.
///
/// Blocks of consecutive rows should be long against the memory of the data, and against `max_lag`: neighbours share
/// that many rows of past.
pub fn select(
    blocks: &[GramBlock],
    vars: usize,
    max_lag: usize,
    candidates: &[VarModel],
    hold_out: HoldOut,
) -> Option<Selection> {
    let dim = 1 + vars * (max_lag + 1);
    let shaped = blocks.iter().all(|block| block.sums.len() == dim * dim);
    if blocks.len() < 2 || vars == 0 || !shaped || candidates.iter().any(|model| model.order > max_lag) {
        return None;
    }
    let scale = variances(&weighted(blocks, &vec![1.0; blocks.len()], dim), vars, dim);
    // Per candidate and block: sum of losses and how often it was held out.
    let mut sums = vec![vec![(0.0, 0.0); blocks.len()]; candidates.len()];
    for weights in training_weights(blocks.len(), hold_out) {
        let training = weighted(blocks, &weights, dim);
        for (model, sums) in candidates.iter().zip(&mut sums) {
            let fit = Fit::new(&training, *model, vars, dim);
            let held_out = (0..blocks.len()).filter(|&b| weights[b] == 0.0 && blocks[b].sums[0] > 0.0);
            for b in held_out {
                let loss = fit.as_ref().map_or(f64::INFINITY, |fit| fit.loss(&blocks[b].sums, &scale));
                sums[b].0 += loss;
                sums[b].1 += 1.0;
            }
        }
    }
    let losses: Vec<ModelLoss> = candidates.iter().zip(&sums).map(|(&model, sums)| average(model, sums)).collect();
    let best = losses.iter().filter(|l| l.loss.is_finite()).min_by(|a, b| a.loss.total_cmp(&b.loss))?;
    let bound = best.loss + best.standard_error;
    let within = losses.iter().filter(|l| l.loss <= bound).map(|l| l.model);
    let simplest =
        within.min_by(|a, b| (a.order, Reverse(a.ridge.to_bits())).cmp(&(b.order, Reverse(b.ridge.to_bits()))))?;
    let best = best.model;
    Some(Selection { losses, best, one_standard_error: simplest })
}

/// Every combination of orders 0 to `max_lag` and the ridge strengths.
pub fn grid(max_lag: usize, ridges: &[f64]) -> Vec<VarModel> {
    (0..=max_lag).flat_map(|order| ridges.iter().map(move |&ridge| VarModel { order, ridge })).collect()
}

/// Per split, how often each block is trained on; 0 = held out.
fn training_weights(blocks: usize, hold_out: HoldOut) -> Vec<Vec<f64>> {
    match hold_out {
        HoldOut::EachBlock => {
            (0..blocks).map(|out| (0..blocks).map(|b| if b == out { 0.0 } else { 1.0 }).collect()).collect()
        }
        HoldOut::OutOfBag { samples, seed } => {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let sample = |_| {
                let mut weights = vec![0.0; blocks];
                (0..blocks).for_each(|_| weights[rng.random_range(0..blocks)] += 1.0);
                weights
            };
            (0..samples).map(sample).collect()
        }
    }
}

fn weighted(blocks: &[GramBlock], weights: &[f64], dim: usize) -> Vec<f64> {
    let mut sums = vec![0.0; dim * dim];
    for (block, &weight) in blocks.iter().zip(weights).filter(|(_, weight)| **weight > 0.0) {
        sums.iter_mut().zip(&block.sums).for_each(|(sum, value)| *sum += weight * value);
    }
    sums
}

/// Variance of each target.
fn variances(sums: &[f64], vars: usize, dim: usize) -> Vec<f64> {
    let rows = sums[0];
    (dim - vars..dim).map(|j| sums[j * dim + j] / rows - (sums[j] / rows).powi(2)).collect()
}

fn average(model: VarModel, sums: &[(f64, f64)]) -> ModelLoss {
    let blocks: Vec<f64> = sums.iter().filter(|(_, times)| *times > 0.0).map(|(sum, times)| sum / times).collect();
    let n = blocks.len() as f64;
    let loss = if blocks.is_empty() { f64::INFINITY } else { blocks.iter().sum::<f64>() / n };
    let spread: f64 = blocks.iter().map(|b| (b - loss).powi(2)).sum();
    let standard_error = if blocks.len() > 1 && loss.is_finite() { (spread / (n - 1.0) / n).sqrt() } else { 0.0 };
    ModelLoss { model, loss, standard_error }
}

/// Coefficients of every target.
struct Fit {
    vars: usize,
    dim: usize,
    /// `[vars, 1 + regressors]`: intercept first.
    beta: Vec<f64>,
}

impl Fit {
    /// Ridge regression on the covariances of the training rows, the intercept unpenalised. `None` where singular.
    fn new(sums: &[f64], model: VarModel, vars: usize, dim: usize) -> Option<Self> {
        let rows = sums[0];
        let regressors = vars * model.order;
        let covariance = |i: usize, j: usize| sums[i * dim + j] / rows - sums[i] / rows * (sums[j] / rows);
        let mut matrix: Vec<f64> = (1..=regressors)
            .flat_map(|i| (1..=regressors).map(move |j| (i, j)))
            .map(|(i, j)| covariance(i, j))
            .collect();
        (0..regressors).for_each(|i| matrix[i * regressors + i] *= 1.0 + model.ridge);
        let usable =
            rows > 0.0 && model.ridge >= 0.0 && rows > if model.ridge > 0.0 { 1.0 } else { regressors as f64 + 1.0 };
        if !usable {
            return None;
        }
        let inverse = invert_spd(&matrix, regressors, regressors, TOLERANCE)?;
        let mut beta = Vec::with_capacity(vars * (regressors + 1));
        for target in dim - vars..dim {
            let products: Vec<f64> = (1..=regressors).map(|i| covariance(i, target)).collect();
            let slopes: Vec<f64> = (0..regressors)
                .map(|i| inverse[i * regressors..(i + 1) * regressors].iter().zip(&products).map(|(a, b)| a * b).sum())
                .collect();
            let at_mean: f64 = slopes.iter().enumerate().map(|(i, slope)| slope * sums[1 + i] / rows).sum();
            beta.push(sums[target] / rows - at_mean);
            beta.extend(slopes);
        }
        Some(Self { vars, dim, beta })
    }

    /// `(S_yy - 2 β'S_zy + β'S_zz β) / rows / variance`, averaged over the targets that vary.
    fn loss(&self, sums: &[f64], variances: &[f64]) -> f64 {
        let (dim, width) = (self.dim, self.beta.len() / self.vars);
        let (mut total, mut varying) = (0.0, 0.0);
        for (t, beta) in self.beta.chunks_exact(width).enumerate().filter(|(t, _)| variances[*t] > 0.0) {
            let target = dim - self.vars + t;
            let mut squared = sums[target * dim + target];
            for (i, a) in beta.iter().enumerate() {
                let fitted: f64 = beta.iter().zip(&sums[i * dim..]).map(|(b, s)| b * s).sum();
                squared += a * (fitted - 2.0 * sums[i * dim + target]);
            }
            total += squared / sums[0] / variances[t];
            varying += 1.0;
        }
        if varying > 0.0 { total / varying } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    /// `[rows, vars]`: each variable driven by its own and its neighbour's past at lag `order`.
    fn simulate(rows: usize, vars: usize, order: usize, strength: f64, seed: u64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut data: Vec<f64> = (0..rows * vars).map(|_| StandardNormal.sample(&mut rng)).collect();
        for t in order.max(1)..rows {
            for v in 0..vars {
                let past = (t - order.max(1)) * vars;
                data[t * vars + v] += strength * (data[past + v] - data[past + (v + 1) % vars]);
            }
        }
        data.iter().map(|value| 3.0 + 2.0 * value).collect()
    }

    fn blocks(data: &[f64], vars: usize, max_lag: usize, count: usize) -> Vec<GramBlock> {
        let rows = data.len() / vars;
        let range = |b: usize| max_lag + b * (rows - max_lag) / count..max_lag + (b + 1) * (rows - max_lag) / count;
        (0..count).map(|b| GramBlock::new(data, vars, max_lag, range(b))).collect()
    }

    #[test]
    fn the_order_that_made_the_data_is_chosen() {
        for (order, strength) in [(0, 0.0), (1, 0.4), (2, 0.4), (3, 0.4)] {
            let data = simulate(900, 3, order, strength, 1);
            for hold_out in [HoldOut::EachBlock, HoldOut::OutOfBag { samples: 50, seed: 2 }] {
                let found = select(&blocks(&data, 3, 4, 15), 3, 4, &grid(4, &[0.0]), hold_out).unwrap();
                assert_eq!(found.one_standard_error.order, order, "{hold_out:?}");
                assert!(found.losses[order].loss < 1.1 && found.losses.iter().all(|l| l.standard_error > 0.0));
            }
        }
    }

    #[test]
    fn the_simplest_within_one_standard_error_is_preferred() {
        let mut simpler = 0;
        for seed in 0..20 {
            let data = simulate(200, 2, 1, 0.3, 100 + seed);
            let found = select(&blocks(&data, 2, 4, 8), 2, 4, &grid(4, &[0.0, 0.1]), HoldOut::EachBlock).unwrap();
            let of = |model: VarModel| found.losses.iter().find(|l| l.model == model).unwrap();
            let bound = of(found.best).loss + of(found.best).standard_error;
            let chosen = found.one_standard_error;
            assert!(of(chosen).loss <= bound && found.losses.iter().all(|l| l.loss >= of(found.best).loss));
            let is_simpler =
                |m: VarModel| m.order < chosen.order || (m.order == chosen.order && m.ridge > chosen.ridge);
            assert!(found.losses.iter().all(|l| !is_simpler(l.model) || l.loss > bound), "seed {seed}");
            simpler += usize::from(chosen.order < found.best.order);
        }
        assert!(simpler > 1, "only {simpler} cases put the rule to the test");
    }

    #[test]
    fn shrinkage_is_chosen_where_rows_are_few_and_not_where_they_abound() {
        let ridges = [0.0, 0.3, 1.0];
        let pick = |rows| {
            let data = simulate(rows, 6, 1, 0.15, 3);
            let models: Vec<VarModel> = ridges.iter().map(|&ridge| VarModel { order: 2, ridge }).collect();
            select(&blocks(&data, 6, 2, 10), 6, 2, &models, HoldOut::EachBlock).unwrap().best.ridge
        };
        assert!(pick(60) > 0.0);
        assert_eq!(pick(20_000), 0.0);
    }

    /// Against predictions row by row, with the least-squares fit checked by its normal equations.
    #[test]
    fn the_loss_is_that_of_predicting_the_held_out_rows() {
        let (vars, max_lag) = (2, 2);
        let data = simulate(120, vars, 1, 0.4, 4);
        let all = blocks(&data, vars, max_lag, 2);
        let model = VarModel { order: 2, ridge: 0.0 };
        let found = select(&all, vars, max_lag, &[model], HoldOut::EachBlock).unwrap();
        let dim = 1 + vars * 3;
        let scale = variances(&weighted(&all, &[1.0, 1.0], dim), vars, dim);
        let mut losses = Vec::new();
        for (train, test) in [(1, 61..120), (0, 2..61)].map(|(held, rows)| (&all[1 - held], rows)).into_iter().rev() {
            let fit = Fit::new(&train.sums, model, vars, dim).unwrap();
            let mut total = 0.0;
            for t in test.clone() {
                for v in 0..vars {
                    let beta = &fit.beta[v * 5..(v + 1) * 5];
                    let past: Vec<f64> = [&data[(t - 1) * 2..t * 2], &data[(t - 2) * 2..(t - 1) * 2]].concat();
                    let predicted = beta[0] + past.iter().zip(&beta[1..]).map(|(x, b)| x * b).sum::<f64>();
                    total += (data[t * 2 + v] - predicted).powi(2) / scale[v] / vars as f64;
                }
            }
            losses.push(total / test.len() as f64);
            // Residuals are orthogonal to every regressor of the training rows.
            for (v, i) in (0..vars).flat_map(|v| (0..5).map(move |i| (v, i))) {
                let fitted: f64 = (0..5).map(|j| fit.beta[v * 5 + j] * train.sums[i * dim + j]).sum();
                assert!((fitted - train.sums[i * dim + dim - vars + v]).abs() < 1e-6);
            }
        }
        assert!((found.losses[0].loss - losses.iter().sum::<f64>() / 2.0).abs() < 1e-9);
    }

    #[test]
    fn what_cannot_be_fitted_loses_and_what_cannot_be_asked_has_no_answer() {
        // Two copies of one variable: least squares is singular, ridge is not.
        let one = simulate(200, 1, 1, 0.0, 5);
        let data: Vec<f64> = one.iter().flat_map(|&v| [v, v]).collect();
        let all = blocks(&data, 2, 1, 5);
        let models = [VarModel { order: 1, ridge: 0.0 }, VarModel { order: 1, ridge: 0.1 }];
        let found = select(&all, 2, 1, &models, HoldOut::EachBlock).unwrap();
        assert!(found.losses[0].loss.is_infinite() && found.best == models[1]);
        assert_eq!(select(&all, 2, 1, &models[..1], HoldOut::EachBlock), None);
        assert_eq!(select(&all[..1], 2, 1, &models, HoldOut::EachBlock), None);
        assert_eq!(select(&all, 2, 2, &models, HoldOut::EachBlock), None, "shapes disagree");
        assert_eq!(select(&all, 2, 1, &grid(2, &[0.1]), HoldOut::EachBlock), None, "order beyond max_lag");
    }
}
