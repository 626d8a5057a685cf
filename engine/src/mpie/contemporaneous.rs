//! In: innovations, what is left of each variable after its lagged parents. Out: same-time links, and their direction
//! where the innovations are not Gaussian.

use crate::compute::LaggedRows;

use super::calibrate::adjusted;
use super::innovations::{Innovations, pairs};

/// A same-time link between two variables, `a < b`.
#[derive(Debug, Clone, Copy)]
pub struct SameTime {
    /// One end.
    pub a: usize,
    /// The other end.
    pub b: usize,
    /// `ln p` of no link given all other innovations.
    pub ln_p: f64,
    /// Partial correlation of the innovations.
    pub partial: f64,
    /// Evidence for `a → b` (positive) or `b → a` (negative), in standard errors.
    pub direction: f64,
    /// Effect of `a` on `b` given the other innovations, in standard deviations of the variables, and standard error.
    pub effect_ab: (f64, f64),
    /// Effect of `b` on `a`, likewise.
    pub effect_ba: (f64, f64),
}

/// Direction evidence beyond which a same-time link counts as oriented.
pub const ORIENTED: f64 = 3.0;

/// Same-time partners a variable may have on average before they count as signs of a common shock, and the false
/// discovery rate at which partners count.
const MOST_PARTNERS: f64 = 4.0;
const CERTAIN_FDR: f64 = 0.01;

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

    /// Evidence for `a → b`, `a < b`, whose innovations correlate with the given sign: the stronger of the measures.
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

/// Same-time links between all pairs of innovations, observed in `rows` rows on average. `ln_p` replaces their own
/// tests where more robust ones are at hand.
pub fn same_time(
    innovations: &Innovations<'_>,
    directions: &Directions,
    rows: f64,
    ln_p: Option<Vec<f64>>,
) -> Vec<SameTime> {
    let n = innovations.vars();
    let Some(precision) = innovations.precision() else { return Vec::new() };
    let dof = (rows - n as f64 - 1.0).max(3.0);
    let ln_p = ln_p.unwrap_or_else(|| innovations.ln_p_of_pairs(&precision, rows));
    let certain = adjusted(&ln_p).into_iter().filter(|&q| q < CERTAIN_FDR).count();
    // Everything shares with everything: a common shock, which makes any direction a delusion.
    let shock = 2.0 * certain as f64 / n as f64 > MOST_PARTNERS;
    pairs(n)
        .zip(ln_p)
        .filter(|&((a, b), _)| innovations.varies(a) && innovations.varies(b))
        .map(|((a, b), ln_p)| {
            let (paa, pbb, pab) = (precision[a * n + a], precision[b * n + b], precision[a * n + b]);
            // Regression of one innovation on all others: coefficient −P_ab / P_bb, residual variance 1 / P_bb.
            let effect = |from: usize, to: usize, p_to: f64, p_from: f64| {
                let unit = innovations.sd(to) / innovations.sd(from);
                (-pab / p_to * unit, ((p_from - pab * pab / p_to).max(1e-12) / (p_to * dof)).sqrt() * unit)
            };
            SameTime {
                a,
                b,
                ln_p,
                partial: (-pab / (paa * pbb).sqrt()).clamp(-0.999_999, 0.999_999),
                direction: if shock { 0.0 } else { directions.evidence(a, b, innovations.correlation(a, b).signum()) },
                effect_ab: effect(a, b, pbb, paa),
                effect_ba: effect(b, a, paa, pbb),
            }
        })
        .collect()
}
