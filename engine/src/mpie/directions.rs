//! In: lagged rows and the regressions in force. Out: third and fourth cross-moments of innovations, from which the
//! direction of a same-time link can be read where they are not Gaussian.

use crate::compute::LaggedRows;

use super::correlation::Correlation;
use super::projector::Projector;

/// Regression of each target on its lagged parents, to turn rows into innovations.
#[derive(Debug, Clone, Default)]
pub struct LaggedModel {
    /// Columns of the parents.
    pub columns: Vec<usize>,
    /// Coefficients in encoder units.
    pub beta: Vec<f64>,
    /// Intercept in encoder units.
    pub intercept: f64,
    /// Standard deviation of the innovation in encoder units.
    pub sd: f64,
}

impl LaggedModel {
    /// Least squares of a target on its parents.
    pub fn fitted(corr: &Correlation, target: usize, parents: &[usize]) -> Self {
        let projector = Projector::with(corr, target, parents);
        let columns = projector.entered.clone();
        let in_units = |(b, &c): (&f64, &usize)| b * corr.sd[target] / corr.sd[c];
        let beta: Vec<f64> = projector.solve().beta.iter().zip(&columns).map(in_units).collect();
        let intercept = corr.mean[target] - beta.iter().zip(&columns).map(|(b, &c)| b * corr.mean[c]).sum::<f64>();
        let dof = projector.dof(corr.rows) / corr.rows.max(1.0);
        let sd = corr.sd[target] * (projector.rss / dof.max(0.1)).sqrt();
        Self { columns, beta, intercept, sd }
    }
}

/// Running third- and fourth-order cross moments of standardised innovations (the pairwise measures of Hyvärinen &
/// Smith 2013): for each pair, sums and sums of squares of `e_a tanh e_b − tanh e_a e_b` and of `e_a² e_b`, `e_a e_b²`.
#[derive(Debug, Clone)]
pub struct Directions {
    vars: usize,
    rows: f64,
    cubes: Vec<f64>,
    fourths: Vec<f64>,
    pairs: Vec<[f64; 7]>,
}

impl Directions {
    /// No rows yet.
    pub fn new(vars: usize) -> Self {
        Self {
            vars,
            rows: 0.0,
            cubes: vec![0.0; vars],
            fourths: vec![0.0; vars],
            pairs: vec![[0.0; 7]; vars * vars.saturating_sub(1) / 2],
        }
    }

    /// Adds lagged rows; those with a missing cell are left out.
    pub fn add(&mut self, lagged: &LaggedRows, models: &[LaggedModel]) {
        let n = self.vars;
        let mut e = vec![0.0; n];
        let mut t = vec![0.0; n];
        for row in lagged.values.chunks_exact(lagged.dim) {
            for (j, model) in models.iter().enumerate() {
                let mut value = row[1 + j] - model.intercept;
                for (&column, beta) in model.columns.iter().zip(&model.beta) {
                    value -= beta * row[1 + column];
                }
                e[j] = if model.sd > 0.0 { (value / model.sd).clamp(-10.0, 10.0) } else { 0.0 };
            }
            if e.iter().any(|v| v.is_nan()) {
                continue;
            }
            self.rows += 1.0;
            for j in 0..n {
                t[j] = e[j].tanh();
                self.cubes[j] += e[j].powi(3);
                self.fourths[j] += e[j].powi(4);
            }
            let mut at = 0;
            for a in 0..n {
                for b in a + 1..n {
                    let d = e[a] * t[b] - t[a] * e[b];
                    let p = e[a] * e[a] * e[b];
                    let q = e[a] * e[b] * e[b];
                    let sums = &mut self.pairs[at];
                    for (sum, value) in sums.iter_mut().zip([d, d * d, p, q, p * p, q * q, p * q]) {
                        *sum += value;
                    }
                    at += 1;
                }
            }
        }
    }

    /// Log odds of `a → b`, `a < b`, whose innovations correlate with the given sign: half the square of the stronger
    /// of the measures in standard errors, as a likelihood ratio would have it.
    pub fn log_odds(&self, a: usize, b: usize, sign: f64) -> f64 {
        let z = self.evidence(a, b, sign);
        0.5 * z * z.abs()
    }

    /// The stronger of the measures, in standard errors.
    fn evidence(&self, a: usize, b: usize, sign: f64) -> f64 {
        let m = self.rows;
        if m < 50.0 {
            return 0.0;
        }
        let at = a * self.vars - a * (a + 1) / 2 + (b - a - 1);
        let [d, dd, p, q, pp, qq, pq] = self.pairs[at].map(|sum| sum / m);
        let z = |mean: f64, square: f64| mean / (square - mean * mean).max(1e-12).sqrt() * m.sqrt();
        let kurtosis = (self.fourths[a] + self.fourths[b]) / m - 6.0;
        let by_tails = kurtosis.signum() * sign * z(d, dd);
        let (ca, cb) = (self.cubes[a].signum(), self.cubes[b].signum());
        let by_skew = sign * ca * cb * z(cb * p - ca * q, pp + qq - 2.0 * ca * cb * pq);
        if by_tails.abs() > by_skew.abs() { by_tails } else { by_skew }
    }
}
