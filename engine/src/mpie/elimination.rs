//! In: a fitted regression. Out: the same with columns left out one by one, without fitting again.

use super::projector::Projector;
use super::tails::ln_t2_sf;

/// The information criterion of a regression that leaves a share `rss` over: less is better.
pub fn criterion(rss: f64, columns: usize, rows: f64) -> f64 {
    rows * rss.max(1e-9).ln() + columns as f64 * rows.ln()
}

/// Least squares on columns that are left out one by one. Leaving one out moves the other coefficients along its row of
/// the inverse (a sweep; Beaton 1964).
pub struct Elimination {
    /// Columns still in.
    pub entered: Vec<usize>,
    beta: Vec<f64>,
    /// Inverse correlation matrix of the columns, `[entered, entered]`.
    inverse: Vec<f64>,
    /// Residual variance of the target (of 1).
    pub rss: f64,
}

impl Elimination {
    /// From everything a projector has entered.
    pub fn of(projector: &Projector<'_>) -> Self {
        let solution = projector.solve();
        Self { entered: projector.entered.clone(), beta: solution.beta, inverse: solution.inverse, rss: projector.rss }
    }

    /// By how much leaving the `k`-th column out raises the residual variance.
    pub fn loss(&self, k: usize) -> f64 {
        self.beta[k] * self.beta[k] / self.inverse[k * self.entered.len() + k]
    }

    /// Of the columns that may go, the one that would be missed least, and by how much.
    pub fn weakest(&self, may_go: impl Fn(usize) -> bool) -> Option<(usize, f64)> {
        (0..self.entered.len())
            .filter(|&k| may_go(self.entered[k]))
            .map(|k| (k, self.loss(k)))
            .min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// `ln p` of the t test of the `k`-th column given the others; `rows` are those behind it.
    pub fn ln_p(&self, k: usize, rows: f64) -> f64 {
        let dof = (rows - self.entered.len() as f64 - 1.0).max(1.0);
        ln_t2_sf(self.loss(k) / (self.rss / dof), dof)
    }

    /// Leaves out, weakest first, what the information criterion (Schwarz 1978) does not pay for, of the columns that may
    /// go.
    pub fn thin_out(&mut self, rows: f64, may_go: impl Fn(usize) -> bool) {
        while let Some((k, loss)) = self.weakest(&may_go)
            && rows * (loss / self.rss).ln_1p() < rows.ln()
        {
            self.leave_out(k);
        }
    }

    /// Leaves the `k`-th column out.
    pub fn leave_out(&mut self, k: usize) {
        let n = self.entered.len();
        let row: Vec<f64> = self.inverse[k * n..(k + 1) * n].to_vec();
        let rest: Vec<usize> = (0..n).filter(|&i| i != k).collect();
        self.rss += self.loss(k);
        let share = self.beta[k] / row[k];
        self.inverse = rest
            .iter()
            .flat_map(|&i| rest.iter().map(move |&j| (i, j)))
            .map(|(i, j)| self.inverse[i * n + j] - row[i] * row[j] / row[k])
            .collect();
        self.beta = rest.iter().map(|&i| self.beta[i] - row[i] * share).collect();
        self.entered.remove(k);
    }
}

#[cfg(test)]
mod tests {
    use super::super::correlation::Correlation;
    use super::{Elimination, Projector};

    #[test]
    fn what_is_left_is_what_a_fit_without_the_column_gives() {
        let rows: Vec<[f64; 5]> = (0..200)
            .map(|i| {
                let x = |k: u32| f64::from((i * 7_919 + k * 104_729 + i * i * (k + 3)) % 1_009) / 500.0 - 1.0;
                [1.0, x(1) - 0.5 * x(2), x(2) + 0.3 * x(3), x(3), 0.4 * x(1) + x(4)]
            })
            .collect();
        let mut packed = Vec::new();
        for i in 0..5 {
            packed.extend((i..5).map(|j| rows.iter().map(|row| row[i] * row[j]).sum::<f64>()));
        }
        let corr = Correlation::from_packed(5, 200.0, &packed, None);
        let mut left = Elimination::of(&Projector::with(&corr, 0, &[1, 2, 3]));
        left.leave_out(1);
        let fresh = Projector::with(&corr, 0, &[1, 3]);
        let solution = fresh.solve();
        assert_eq!(left.entered, fresh.entered);
        assert!((left.rss - fresh.rss).abs() < 1e-12);
        for k in 0..2 {
            let (found, expected) = (left.ln_p(k, 200.0), fresh.ln_p_entered(0, k, &solution));
            assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "{found} {expected}");
        }
    }
}
