//! In: the inputs of an operation. Out: what it should yield, by the textbook, in double precision. Never used outside
//! of tests.

use scarcity_engine::compute::WeightedGram;
use scarcity_engine::compute::encode::{Encode, Norm};
use scarcity_engine::compute::score::Score;
use scarcity_engine::compute::screen::Screen;
use scarcity_engine::compute::sketch::{Projection, Sketch, TensorSketch, place, second_seed, signs};

/// A cell of the lagged matrix.
pub fn lagged(request: &WeightedGram<'_>, row: usize, column: usize) -> f64 {
    if request.constant && column == 0 {
        return 1.0;
    }
    let c = column - usize::from(request.constant);
    let (lag, var) = (c / request.vars, c % request.vars);
    f64::from(request.series[(row + request.lags - 1 - lag) * request.vars + var])
}

/// Second moments of one block, `[columns, columns]`, and for each entry the geometric mean of the two diagonal
/// entries: the scale its error is measured on.
pub fn moments(request: &WeightedGram<'_>, block: usize) -> (Vec<f64>, Vec<f64>) {
    let columns = request.columns();
    let mut sums = vec![0.0; columns * columns];
    for t in block * request.block_rows..((block + 1) * request.block_rows).min(request.rows()) {
        let row: Vec<f64> = (0..columns).map(|c| lagged(request, t, c)).collect();
        for i in 0..columns {
            for j in 0..columns {
                sums[i * columns + j] += f64::from(request.weights[t]) * row[i] * row[j];
            }
        }
    }
    let scale = (0..columns * columns)
        .map(|at| (sums[at / columns * (columns + 1)] * sums[at % columns * (columns + 1)]).sqrt())
        .collect();
    (sums, scale)
}

/// What the rows add to every latent, `[lags · vars, dim]`.
pub fn sketch(request: &Sketch<'_>) -> Vec<f64> {
    let mut out = vec![0.0; request.latents() * request.dim];
    for t in 0..request.rows() {
        let row = request.first_row.wrapping_add(t as u32);
        let weight = |d: usize| match request.projection {
            Projection::Signs => 1.0 - 2.0 * f64::from(signs(request.seed, row, d as u32 / 32) >> (d % 32) & 1),
            Projection::Count => {
                let (at, negative) = place(request.seed, row, request.dim);
                f64::from(u8::from(at == d)) * if negative { -1.0 } else { 1.0 }
            }
            Projection::Weights(weights) => f64::from(weights[t * request.dim + d]),
        };
        let weights: Vec<f64> = (0..request.dim).map(weight).collect();
        for (latent, out) in out.chunks_exact_mut(request.dim).enumerate() {
            let (lag, var) = (latent / request.vars, latent % request.vars);
            let value = f64::from(request.series[(t + request.lags - 1 - lag) * request.vars + var]);
            out.iter_mut().zip(&weights).for_each(|(out, w)| *out += w * value);
        }
    }
    out
}

/// Products of all pairs of columns, put where their places and signs say, `[rows, dim]`.
pub fn tensor_sketch(request: &TensorSketch<'_>) -> Vec<f64> {
    let mut out = vec![0.0; request.count() * request.dim];
    for (row, out) in request.rows.chunks_exact(request.columns).zip(out.chunks_exact_mut(request.dim)) {
        for i in 0..request.columns {
            for j in 0..request.columns {
                let (a, down) = place(request.seed, i as u32, request.dim);
                let (b, up) = place(second_seed(request.seed), j as u32, request.dim);
                let sign = if down == up { 1.0 } else { -1.0 };
                out[(a + b) % request.dim] += sign * f64::from(row[i]) * f64::from(row[j]);
            }
        }
    }
    out
}

fn normalised(mut latent: Vec<f64>, request: &Encode<'_>) -> Vec<f64> {
    let n = latent.len() as f64;
    if request.norm == Norm::LayerNorm {
        let mean = latent.iter().sum::<f64>() / n;
        latent.iter_mut().for_each(|x| *x -= mean);
    }
    let rms = (latent.iter().map(|x| x * x).sum::<f64>() / n + 1e-12).sqrt();
    let clip = f64::from(request.clip);
    latent.iter().map(|x| (x / rms).clamp(-clip, clip) / n.sqrt()).collect()
}

/// Innovations, lags and pools.
pub fn encode(request: &Encode<'_>, sketches: &[f64]) -> [Vec<f64>; 3] {
    let Encode { vars, lags, dim, heads, .. } = *request;
    let sketch = |var: usize, lag: usize| sketches[(lag * vars + var) * dim..][..dim].to_vec();
    let innovation = |var: usize| {
        let mut out = sketch(var, 0);
        for lag in 1..lags {
            let a = f64::from(request.own[var * (lags - 1) + lag - 1]);
            out.iter_mut().zip(sketch(var, lag)).for_each(|(x, s)| *x -= a * s);
        }
        normalised(out, request)
    };
    let pooled = |var: usize| {
        let own = innovation(var);
        let past: Vec<Vec<f64>> = (1..lags).map(|lag| normalised(sketch(var, lag), request)).collect();
        let size = dim / heads;
        let mut out = vec![0.0; dim];
        for head in 0..heads {
            let part = head * size..(head + 1) * size;
            let score = |lag: &Vec<f64>| {
                let dot: f64 = part.clone().map(|d| own[d] * lag[d]).sum();
                (dot * heads as f64 * (size as f64).sqrt()).exp()
            };
            let total: f64 = past.iter().map(score).sum();
            for lag in &past {
                part.clone().for_each(|d| out[d] += score(lag) / total * lag[d]);
            }
        }
        normalised(out, request)
    };
    [
        (0..vars).flat_map(innovation).collect(),
        (1..lags)
            .flat_map(|lag| (0..vars).map(move |var| (var, lag)))
            .flat_map(|(var, lag)| normalised(sketch(var, lag), request))
            .collect(),
        (0..vars).flat_map(pooled).collect(),
    ]
}

/// Every source of every target with its inner product, best first.
pub fn screen(request: &Screen<'_>, targets: &[f64], sources: &[f64]) -> Vec<Vec<(usize, f64)>> {
    targets
        .chunks_exact(request.dim)
        .enumerate()
        .map(|(target, own)| {
            let mut all: Vec<(usize, f64)> = sources
                .chunks_exact(request.dim)
                .enumerate()
                .filter(|(source, _)| source % request.vars != target)
                .map(|(source, latent)| (source, own.iter().zip(latent).map(|(a, b)| a * b).sum()))
                .collect();
            all.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
            all
        })
        .collect()
}

/// Partial R² of a question in every replicate, by solving the normal equations.
pub fn gains(request: &Score<'_>, question: usize) -> Vec<f64> {
    let width = request.width();
    let columns: Vec<usize> =
        request.questions[question * width..(question + 1) * width].iter().map(|&c| c as usize).collect();
    let size = request.columns * request.columns;
    (0..request.replicates())
        .map(|r| {
            let sum = |i: usize, j: usize| -> f64 {
                (0..request.blocks)
                    .map(|b| {
                        let weight = f64::from(request.weights[r * request.blocks + b]);
                        weight * f64::from(request.moments[b * size + columns[i] * request.columns + columns[j]])
                    })
                    .sum()
            };
            let (base, all) = (residual(&sum, request.base, width - 1), residual(&sum, width - 1, width - 1));
            if base > 0.0 { (1.0 - all / base).clamp(0.0, 1.0) } else { 0.0 }
        })
        .collect()
}

/// Residual sum of squares of column `target` on the first `count` columns, by Gauss–Jordan elimination with pivoting.
fn residual(sum: &impl Fn(usize, usize) -> f64, count: usize, target: usize) -> f64 {
    let mut rows: Vec<Vec<f64>> =
        (0..count).map(|i| (0..count).map(|j| sum(i, j)).chain([sum(i, target)]).collect()).collect();
    for k in 0..count {
        let pivot = (k..count).max_by(|&a, &b| rows[a][k].abs().total_cmp(&rows[b][k].abs())).unwrap();
        rows.swap(k, pivot);
        if rows[k][k].abs() < 1e-9 {
            return sum(target, target);
        }
        for i in 0..count {
            if i != k {
                let factor = rows[i][k] / rows[k][k];
                let pivot = rows[k].clone();
                rows[i].iter_mut().zip(&pivot).skip(k).for_each(|(x, p)| *x -= factor * p);
            }
        }
    }
    sum(target, target) - (0..count).map(|i| rows[i][count] / rows[i][i] * sum(i, target)).sum::<f64>()
}
