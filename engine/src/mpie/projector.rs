//! In: correlations, a target, columns in the order they enter. Out: what is left of the target and of every other
//! column once those are regressed out, kept up to date column by column (a partial Cholesky factorisation).

use std::sync::Arc;

use super::correlation::Correlation;
use super::linalg::invert_spd;
use super::tails::ln_t2_sf;

/// A column whose residual variance falls below this share is a copy of what is already in. Close to what double
/// precision can tell: successive values of a random walk are nearly copies, and yet their difference is what acts.
pub const COLLINEAR: f64 = 1e-8;

/// Residual variance that a fit on patchwork moments may not fall below.
const TOO_GOOD: f64 = 0.005;

/// Target and columns, with the entered columns projected out.
#[derive(Debug, Clone)]
pub struct Projector<'a> {
    corr: &'a Correlation,
    /// What is regressed, before anything was entered.
    regressed: Arc<Regressed>,
    /// The target's share along each entered direction.
    shares: Vec<f64>,
    /// Entered columns, in order.
    pub entered: Vec<usize>,
    /// `entered[k]`'s residual covariance with every column when it entered, divided by its deviation.
    rows: Vec<Vec<f64>>,
    /// Residual variance of every column (of 1).
    pub variance: Vec<f64>,
    /// Residual covariance of every column with the target.
    pub covariance: Vec<f64>,
    /// Residual variance of the target (of 1).
    pub rss: f64,
}

/// What is regressed on the columns: a variable, or a variable with something taken out of it.
#[derive(Debug, Clone)]
pub struct Regressed {
    /// Covariance with every column, `[columns]`.
    pub covariance: Vec<f64>,
    /// Variance, 1 or 0.
    pub variance: f64,
}

impl Regressed {
    /// A column of the matrix itself.
    pub fn column(corr: &Correlation, target: usize) -> Arc<Self> {
        let variance = if corr.sd[target] > 0.0 { 1.0 } else { 0.0 };
        Arc::new(Self { covariance: corr.row(target).to_vec(), variance })
    }
}

/// Coefficients of the entered columns, in standard deviations, and what is needed for their standard errors.
#[derive(Debug, Clone, Default)]
pub struct Solution {
    /// Coefficient per entered column.
    pub beta: Vec<f64>,
    /// Diagonal of the inverse correlation matrix of the entered columns.
    pub inverse_diagonal: Vec<f64>,
    /// All of it, `[entered, entered]`.
    pub inverse: Vec<f64>,
}

impl<'a> Projector<'a> {
    /// Nothing entered yet.
    pub fn new(corr: &'a Correlation, regressed: Arc<Regressed>) -> Self {
        Self {
            corr,
            shares: Vec::new(),
            entered: Vec::new(),
            rows: Vec::new(),
            variance: corr.sd.iter().map(|&sd| if sd > 0.0 { 1.0 } else { 0.0 }).collect(),
            covariance: regressed.covariance.clone(),
            rss: regressed.variance,
            regressed,
        }
    }

    /// With `columns` entered in order; collinear ones are left out.
    pub fn with(corr: &'a Correlation, target: usize, columns: &[usize]) -> Self {
        Self::of(corr, Regressed::column(corr, target), columns)
    }

    /// The same for anything that can be regressed.
    pub fn of(corr: &'a Correlation, regressed: Arc<Regressed>, columns: &[usize]) -> Self {
        let mut projector = Self::new(corr, regressed);
        for &column in columns {
            projector.enter(column);
        }
        projector
    }

    /// Enters a column. `false`, and nothing happens, when it is constant or a combination of what is in.
    pub fn enter(&mut self, column: usize) -> bool {
        let pivot = self.variance[column];
        if pivot < COLLINEAR {
            return false;
        }
        let inverse = 1.0 / pivot.sqrt();
        let mut row = self.corr.row(column).to_vec();
        for before in &self.rows {
            let factor = before[column];
            if factor != 0.0 {
                for (value, b) in row.iter_mut().zip(before) {
                    *value -= factor * b;
                }
            }
        }
        for value in &mut row {
            *value *= inverse;
        }
        let share = self.covariance[column] * inverse;
        if self.corr.is_patchwork() && self.rss - share * share < TOO_GOOD {
            return false;
        }
        for ((variance, covariance), &u) in self.variance.iter_mut().zip(&mut self.covariance).zip(&row) {
            *variance -= u * u;
            *covariance -= u * share;
        }
        self.variance[column] = 0.0;
        self.rss = (self.rss - share * share).max(1e-9);
        self.entered.push(column);
        self.shares.push(share);
        self.rows.push(row);
        true
    }

    /// Residual covariance of two columns given the entered ones.
    pub fn residual(&self, a: usize, b: usize) -> f64 {
        self.corr.at(a, b) - self.rows.iter().map(|row| row[a] * row[b]).sum::<f64>()
    }

    /// A drop of the residual variance, or nothing where a matrix put together from different rows promises a fit that
    /// no data with gaps can have.
    fn plausible(&self, drop: f64) -> f64 {
        if self.corr.is_patchwork() && self.rss - drop < TOO_GOOD {
            return 0.0;
        }
        drop.min(self.rss * 0.999_999)
    }

    /// By how much entering a column would lower the residual variance of the target.
    pub fn drop_of(&self, column: usize) -> f64 {
        let variance = self.variance[column];
        if variance < COLLINEAR {
            return 0.0;
        }
        self.plausible(self.covariance[column].powi(2) / variance)
    }

    /// By how much entering two columns at once would lower it.
    pub fn pair_drop(&self, a: usize, b: usize) -> f64 {
        let (va, vb) = (self.variance[a], self.variance[b]);
        if va < COLLINEAR {
            return self.drop_of(b);
        }
        let shared = self.residual(a, b);
        let rest = vb - shared * shared / va;
        let mut drop = self.covariance[a].powi(2) / va;
        if rest > COLLINEAR {
            drop += (self.covariance[b] - shared / va * self.covariance[a]).powi(2) / rest;
        }
        self.plausible(drop)
    }

    /// By how much entering several columns at once would lower it; `columns` is small.
    pub fn joint_drop(&self, columns: &[usize]) -> f64 {
        if let &[a, b] = columns {
            return self.pair_drop(a, b);
        }
        let mut sum = 0.0;
        let mut rows: Vec<(usize, Vec<f64>, f64)> = Vec::with_capacity(columns.len());
        for (k, &column) in columns.iter().enumerate() {
            // A Cholesky factorisation of the columns' residual covariance, on the few entries it needs.
            let mut row: Vec<f64> = columns.iter().map(|&other| self.residual(column, other)).collect();
            let mut with_target = self.covariance[column];
            for (_, before, target_share) in &rows {
                let factor = before[k];
                with_target -= factor * target_share;
                for (value, b) in row.iter_mut().zip(before) {
                    *value -= factor * b;
                }
            }
            let pivot = row[k];
            if pivot < COLLINEAR {
                continue;
            }
            let inverse = 1.0 / pivot.sqrt();
            row.iter_mut().for_each(|value| *value *= inverse);
            let share = with_target * inverse;
            sum += share * share;
            rows.push((k, row, share));
        }
        self.plausible(sum)
    }

    /// By how much leaving entered columns out, given by position, would raise the residual variance: from the
    /// coefficients and their covariance, without another factorisation. `None` where they are copies of each other.
    pub fn removal(&self, solution: &Solution, positions: &[usize]) -> Option<f64> {
        let n = self.entered.len();
        let k = positions.len();
        let among: Vec<f64> = positions
            .iter()
            .flat_map(|&a| positions.iter().map(move |&b| (a, b)))
            .map(|(a, b)| solution.inverse[a * n + b])
            .collect();
        let inverse = invert_spd(&among, k, k, 1e-12)?;
        let beta: Vec<f64> = positions.iter().map(|&p| solution.beta[p]).collect();
        Some((0..k * k).map(|at| beta[at / k] * inverse[at] * beta[at % k]).sum())
    }

    /// Coefficients of a column that is not in, regressed on the entered ones.
    pub fn explained(&self, column: usize) -> Vec<f64> {
        self.back_substitute(self.rows.iter().map(|row| row[column]).collect())
    }

    /// Rows in which the target and a column are both present.
    pub fn rows_of(&self, target: usize, column: usize) -> f64 {
        self.corr.count(target, column)
    }

    /// Coefficients and t tests (`ln p`) of the same entered columns on another target, without a second
    /// factorisation.
    pub fn ln_p_for(&self, target: usize, solution: &Solution, rows: f64) -> Vec<f64> {
        let shares: Vec<f64> = self.rows.iter().map(|row| row[target]).collect();
        let rss =
            (if self.corr.sd[target] > 0.0 { 1.0 } else { 0.0 } - shares.iter().map(|s| s * s).sum::<f64>()).max(1e-9);
        let dof = self.dof(rows);
        self.back_substitute(shares)
            .iter()
            .zip(&solution.inverse_diagonal)
            .map(|(beta, inverse)| ln_t2_sf(beta * beta / (inverse * rss / dof), dof))
            .collect()
    }

    /// The same target, other columns.
    pub fn rebuilt(&self, columns: &[usize]) -> Self {
        Self::of(self.corr, Arc::clone(&self.regressed), columns)
    }

    /// `ln p` of the t test of the `k`-th entered column given the others.
    pub fn ln_p_entered(&self, target: usize, k: usize, solution: &Solution) -> f64 {
        let dof = self.dof(self.rows_of(target, self.entered[k]));
        let t2 = solution.beta[k].powi(2) / (solution.inverse_diagonal[k] * self.rss / dof);
        ln_t2_sf(t2, dof)
    }

    /// Degrees of freedom left after the entered columns and the mean.
    pub fn dof(&self, rows: f64) -> f64 {
        (rows - self.entered.len() as f64 - 1.0).max(1.0)
    }

    /// Coefficients from the target's share along each entered direction.
    fn back_substitute(&self, mut beta: Vec<f64>) -> Vec<f64> {
        for k in (0..beta.len()).rev() {
            let row = &self.rows[k];
            let mut value = beta[k];
            for later in k + 1..beta.len() {
                value -= row[self.entered[later]] * beta[later];
            }
            beta[k] = value / row[self.entered[k]];
        }
        beta
    }

    /// Solves for the coefficients.
    pub fn solve(&self) -> Solution {
        let n = self.entered.len();
        // lower[k][m] = rows[m][entered[k]] for m ≤ k is the Cholesky factor of the entered columns' correlations.
        let lower = |k: usize, m: usize| self.rows[m][self.entered[k]];
        let beta = self.back_substitute(self.shares.clone());
        let mut inverse = vec![0.0; n * n];
        for column in 0..n {
            for k in column..n {
                let mut value = if k == column { 1.0 } else { 0.0 };
                for m in column..k {
                    value -= lower(k, m) * inverse[m * n + column];
                }
                inverse[k * n + column] = value / lower(k, k);
            }
        }
        let mut whole = vec![0.0; n * n];
        for a in 0..n {
            for b in a..n {
                let value: f64 = (b..n).map(|k| inverse[k * n + a] * inverse[k * n + b]).sum();
                whole[a * n + b] = value;
                whole[b * n + a] = value;
            }
        }
        let inverse_diagonal = (0..n).map(|k| whole[k * n + k]).collect();
        Solution { beta, inverse_diagonal, inverse: whole }
    }
}
