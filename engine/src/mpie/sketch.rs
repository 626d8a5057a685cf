//! In: rows in fixed units, as they come. Out: after every so many rows, latents of all variables and lags: what remains
//! of the rows for screening, whatever the number of variables.

use crate::compute::encode::{Encode, Latents, Norm};
use crate::compute::sketch::{Projection, Sketch};
use crate::compute::{Compute, Precision};

use super::config::EncoderConfig;

/// Values beyond this many standard deviations count as this many: one spike must not speak for a whole epoch.
const WINSOR: f32 = 4.0;
/// Largest number of a latent, in root mean squares.
const CLIP: f32 = 4.0;
/// Rows sketched in one go.
const BATCH: usize = 256;

/// Sketches of the rows since the last epoch, and what is known of each variable by itself. Memory: `vars · (lags · dim
/// + BATCH)`.
#[derive(Debug)]
pub struct Sketches {
    vars: usize,
    /// Lag 0 … L.
    lags: usize,
    dim: usize,
    count: bool,
    precision: Precision,
    norm: Norm,
    heads: usize,
    seed: u32,
    /// Rows waiting, all of one unbroken run, and up to `lags - 1` rows before them.
    waiting: Vec<f32>,
    next_row: u32,
    /// Rows of the epoch sketched so far.
    rows: usize,
    words: Vec<u32>,
    /// Per variable: number, mean and squared deviations of the cells so far.
    moments: Vec<[f64; 3]>,
    /// `[lags, vars]`: sums of products of each variable with its own past.
    own: Vec<f64>,
}

impl Sketches {
    /// Sketches of nothing.
    pub fn new(config: &EncoderConfig, vars: usize, max_lag: usize, seed: u64) -> Self {
        let (lags, dim) = (max_lag + 1, config.sketch_dim);
        let precision = if config.use_fp16 { Precision::Half } else { Precision::Single };
        Self {
            vars,
            lags,
            dim,
            count: config.sketch_method == "count",
            precision,
            norm: if config.normalization == "rms_norm" { Norm::RmsNorm } else { Norm::LayerNorm },
            heads: config.attention_heads,
            seed: (seed ^ seed >> 32) as u32,
            waiting: Vec::new(),
            next_row: 0,
            rows: 0,
            words: vec![0; precision.words(vars * lags * dim)],
            moments: vec![[0.0; 3]; vars],
            own: vec![0.0; lags * vars],
        }
    }

    /// Rows sketched since the last epoch.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Numbers in a latent.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// How latents are kept.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Makes latents of `dim` numbers from the next epoch on; asked for between two epochs.
    pub fn set_dim(&mut self, dim: usize) {
        if dim != self.dim && self.rows == 0 {
            self.dim = dim;
            self.words = vec![0; self.precision.words(self.vars * self.lags * dim)];
        }
    }

    /// Takes in rows `[rows, vars]`; `run` says how many rows directly before each belong to it.
    pub fn take_in(&mut self, values: &[f64], run: &[u32], device: &mut dyn Compute) {
        let vars = self.vars;
        self.count_moments(values);
        let scale: Vec<(f64, f64)> = self
            .moments
            .iter()
            .map(|[n, mean, squares]| {
                let sd = (squares / n.max(1.0)).sqrt();
                (*mean, if sd > 0.0 { 1.0 / sd } else { 0.0 })
            })
            .collect();
        for (row, &run) in values.chunks_exact(vars).zip(run) {
            if run == 0 {
                self.sketch(device);
                self.waiting.clear();
            }
            // A missing cell says nothing: it counts as the mean.
            self.waiting.extend(row.iter().zip(&scale).map(|(x, (mean, scale))| {
                if x.is_nan() { 0.0 } else { ((x - mean) * scale) as f32 }.clamp(-WINSOR, WINSOR)
            }));
            if self.waiting.len() / vars == BATCH + self.lags - 1 {
                self.sketch(device);
            }
        }
    }

    /// Merges the rows' moments with those before (Chan, Golub and LeVeque 1979).
    fn count_moments(&mut self, values: &[f64]) {
        let vars = self.vars;
        let mut parts = vec![[0.0f64; 3]; vars];
        for row in values.chunks_exact(vars) {
            for (part, &x) in parts.iter_mut().zip(row) {
                let there = f64::from(u8::from(!x.is_nan()));
                part[0] += there;
                part[1] += if x.is_nan() { 0.0 } else { x };
            }
        }
        parts.iter_mut().for_each(|part| part[1] /= part[0].max(1.0));
        for row in values.chunks_exact(vars) {
            for (part, &x) in parts.iter_mut().zip(row) {
                let off = if x.is_nan() { 0.0 } else { x - part[1] };
                part[2] += off * off;
            }
        }
        for (all, part) in self.moments.iter_mut().zip(parts) {
            let n = all[0] + part[0];
            if part[0] > 0.0 {
                let off = part[1] - all[1];
                all[2] += part[2] + off * off * all[0] * part[0] / n;
                all[1] += off * part[0] / n;
                all[0] = n;
            }
        }
    }

    /// Sketches what waits, but for the rows the next ones have as their past.
    fn sketch(&mut self, device: &mut dyn Compute) {
        let (vars, lags) = (self.vars, self.lags);
        let rows = (self.waiting.len() / vars.max(1) + 1).saturating_sub(lags);
        if rows == 0 {
            return;
        }
        let request = Sketch {
            series: &self.waiting,
            vars,
            lags,
            dim: self.dim,
            projection: if self.count { Projection::Count } else { Projection::Signs },
            seed: self.seed,
            first_row: self.next_row,
            precision: self.precision,
        };
        device.sketch(&request, &mut self.words);
        for lag in 0..lags {
            let own = &mut self.own[lag * vars..(lag + 1) * vars];
            for t in lags - 1..lags - 1 + rows {
                let (now, past) = (&self.waiting[t * vars..], &self.waiting[(t - lag) * vars..]);
                own.iter_mut().zip(now).zip(past).for_each(|((sum, x), y)| *sum += f64::from(x * y));
            }
        }
        self.next_row = self.next_row.wrapping_add(rows as u32);
        self.rows += rows;
        self.waiting.drain(..rows * vars);
    }

    /// Ends the epoch: latents of its rows. The next epoch mixes rows afresh, so that errors of one are not those of the
    /// next, and their average tends to the truth.
    pub fn epoch(&mut self, device: &mut dyn Compute) -> Latents {
        self.sketch(device);
        let own = self.regressions();
        let request = Encode {
            sketches: &self.words,
            vars: self.vars,
            lags: self.lags,
            dim: self.dim,
            own: &own,
            norm: self.norm,
            heads: self.heads,
            clip: CLIP,
            precision: self.precision,
        };
        let latents = device.encode(&request);
        self.words.fill(0);
        self.rows = 0;
        latents
    }

    /// `[vars, lags - 1]`: each variable's regression on its own past, from its autocovariances by Levinson's recursion.
    fn regressions(&self) -> Vec<f32> {
        let order = self.lags - 1;
        let mut out = vec![0.0; self.vars * order];
        for (var, out) in out.chunks_exact_mut(order).enumerate() {
            let r: Vec<f64> = (0..=order).map(|lag| self.own[lag * self.vars + var]).collect();
            let mut error = r[0];
            let mut a: Vec<f64> = Vec::with_capacity(order);
            for k in 1..=order {
                if error <= 1e-9 * r[0] {
                    break;
                }
                let seen: f64 = a.iter().enumerate().map(|(i, a)| a * r[k - 1 - i]).sum();
                let reflection = (r[k] - seen) / error;
                let before = a.clone();
                a.iter_mut().enumerate().for_each(|(i, a)| *a -= reflection * before[k - 2 - i]);
                a.push(reflection);
                error *= 1.0 - reflection * reflection;
            }
            out.iter_mut().zip(a).for_each(|(out, a)| *out = a as f32);
        }
        out
    }
}
