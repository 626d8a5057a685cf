//! In: every target's selected columns. Out: the covariance of what they leave over, between targets and with every
//! column, and targets freed from what they share with others at the same time.

use std::sync::Arc;

use super::calibrate::adjusted;
use super::correlation::Correlation;
use super::linalg::invert_spd;
use super::projector::{Projector, Regressed};
use super::tails::ln_t2_sf;

/// False discovery rate at which innovations count as sharing something.
const SHARED_FDR: f64 = 0.05;

/// The innovations of all variables over one stretch of rows.
#[derive(Debug)]
pub struct Innovations<'a> {
    corr: &'a Correlation,
    projectors: Vec<Projector<'a>>,
    /// `[vars, vars]`, in variances of the variables.
    covariance: Vec<f64>,
}

impl<'a> Innovations<'a> {
    /// From the selected columns of each variable.
    pub fn new(corr: &'a Correlation, selected: &[Vec<usize>]) -> Self {
        let n = selected.len();
        let projectors: Vec<Projector<'_>> = (0..n).map(|j| Projector::with(corr, j, &selected[j])).collect();
        let betas: Vec<Vec<f64>> = projectors.iter().map(|p| p.solve().beta).collect();
        let mut one_sided = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..n {
                // cov(e_i, e_j) = cov(e_i, y_j) − Σ β_j cov(e_i, z): the projector holds cov(e_i, ·) for every column.
                let mut value = projectors[i].covariance[j];
                for (&column, beta) in projectors[j].entered.iter().zip(&betas[j]) {
                    value -= beta * projectors[i].covariance[column];
                }
                one_sided[i * n + j] = if i == j { projectors[i].rss } else { value };
            }
        }
        let covariance = (0..n * n).map(|at| 0.5 * (one_sided[at] + one_sided[(at % n) * n + at / n])).collect();
        Self { corr, projectors, covariance }
    }

    /// Number of variables.
    pub fn vars(&self) -> usize {
        self.projectors.len()
    }

    /// Whether a variable varies at all.
    pub fn varies(&self, var: usize) -> bool {
        self.corr.sd[var] > 0.0
    }

    /// Standard deviation of an innovation, in that of its variable.
    pub fn sd(&self, var: usize) -> f64 {
        self.covariance[var * self.vars() + var].max(1e-9).sqrt()
    }

    /// Correlation of two innovations.
    pub fn correlation(&self, a: usize, b: usize) -> f64 {
        self.covariance[a * self.vars() + b] / self.sd(a) / self.sd(b)
    }

    /// Effect of a same-time cause and its standard error, in standard deviations, given the target's other same-time
    /// causes and its lagged columns. `None` where it is a combination of those.
    pub fn effect_given(&self, source: usize, target: usize, causes: &[usize], rows: f64) -> Option<(f64, f64)> {
        let columns: Vec<usize> = causes.iter().chain(&self.projectors[target].entered).copied().collect();
        let projector = Projector::with(self.corr, target, &columns);
        let at = projector.entered.iter().position(|&column| column == source)?;
        let solution = projector.solve();
        let variance = solution.inverse_diagonal[at] * projector.rss / projector.dof(rows);
        Some((solution.beta[at], variance.sqrt()))
    }

    /// `[vars, vars]` inverse of their correlations; `None` where there is none.
    pub fn precision(&self) -> Option<Vec<f64>> {
        let n = self.vars();
        let standard: Vec<f64> = (0..n * n)
            // A thousandth of ridge keeps copies of one variable from making the matrix singular.
            .map(|at| if at / n == at % n { 1.001 } else { self.correlation(at / n, at % n) })
            .collect();
        invert_spd(&standard, n, n, 1e-6)
    }

    /// `ln p` of no partial correlation, per pair `a < b` in order. 0 where a variable does not vary.
    pub fn ln_p_of_pairs(&self, precision: &[f64], rows: f64) -> Vec<f64> {
        let n = self.vars();
        let dof = (rows - n as f64 - 1.0).max(3.0);
        pairs(n)
            .map(|(a, b)| {
                if !(self.varies(a) && self.varies(b)) {
                    return 0.0;
                }
                let r2 = precision[a * n + b].powi(2) / (precision[a * n + a] * precision[b * n + b]);
                ln_t2_sf(r2 / (1.0 - r2).max(1e-9) * dof, dof)
            })
            .collect()
    }

    /// Every variable with its shared part taken out: what its innovation has in common with innovations of others, as
    /// in seemingly unrelated regressions (Zellner 1962). The others' innovations are free of the past, so that nothing
    /// of the past's effect is lost, and a common shock no longer hides it. `None` where nothing is shared.
    pub fn unshared(&self, rows: f64) -> Vec<Option<Arc<Regressed>>> {
        let n = self.vars();
        let none = vec![None; n];
        let Some(precision) = self.precision() else { return none };
        let ln_p = self.ln_p_of_pairs(&precision, rows);
        let mut partners = vec![Vec::new(); n];
        for ((a, b), q) in pairs(n).zip(adjusted(&ln_p)) {
            if q < SHARED_FDR && self.varies(a) && self.varies(b) {
                partners[a].push(b);
                partners[b].push(a);
            }
        }
        partners.iter().enumerate().map(|(target, with)| self.without(target, with)).collect()
    }

    fn without(&self, target: usize, partners: &[usize]) -> Option<Arc<Regressed>> {
        let (n, k) = (self.vars(), partners.len());
        if k == 0 {
            return None;
        }
        let among: Vec<f64> = partners
            .iter()
            .flat_map(|&a| partners.iter().map(move |&b| (a, b)))
            .map(|(a, b)| self.covariance[a * n + b] * if a == b { 1.001 } else { 1.0 })
            .collect();
        let inverse = invert_spd(&among, k, k, 1e-9)?;
        let with: Vec<f64> = partners.iter().map(|&p| self.covariance[p * n + target]).collect();
        let weights: Vec<f64> = (0..k).map(|a| (0..k).map(|b| inverse[a * k + b] * with[b]).sum()).collect();
        let mut covariance = self.corr.row(target).to_vec();
        let mut variance = 1.0;
        for ((&partner, &weight), a) in partners.iter().zip(&weights).zip(0..) {
            let residual = &self.projectors[partner].covariance;
            covariance.iter_mut().zip(residual).for_each(|(value, r)| *value -= weight * r);
            variance -= 2.0 * weight * residual[target];
            variance += weight
                * partners
                    .iter()
                    .zip(&weights)
                    .map(|(&other, w)| w * self.covariance[partners[a] * n + other])
                    .sum::<f64>();
        }
        if variance < 1e-6 {
            return None;
        }
        covariance.iter_mut().for_each(|value| *value /= variance.sqrt());
        Some(Arc::new(Regressed { covariance, variance: 1.0 }))
    }
}

/// All pairs `a < b` below `n`, in order.
pub fn pairs(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).flat_map(move |a| (a + 1..n).map(move |b| (a, b)))
}
