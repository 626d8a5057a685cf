//! In: the newest pane's Gram matrix and the regressions in force. Out: whether any target is suddenly predicted worse
//! than its regression promises, in time that does not depend on the history.

use crate::compute::LaggedGram;

use super::bootstrap::loss;
use super::directions::LaggedModel;

/// Slack of the cumulative sum, in standard deviations of a pane's loss: innovations with heavy tails vary more than
/// Gaussian ones, for which one standard deviation would be ample.
const SLACK: f64 = 1.0;
/// Sum at which a regime test is worth its cost.
const LIMIT: f64 = 10.0;

/// One-sided cumulative sums of excess loss, one per target.
#[derive(Debug, Clone, Default)]
pub struct Watch {
    sums: Vec<f64>,
}

impl Watch {
    /// Forgets everything.
    pub fn reset(&mut self, vars: usize) {
        self.sums = vec![0.0; vars];
    }

    /// Adds a pane; `true` when some target's loss has been too high for too long.
    pub fn add(&mut self, gram: &LaggedGram, models: &[LaggedModel]) -> bool {
        if self.sums.len() != models.len() || gram.rows < 4.0 {
            return false;
        }
        let mut alarm = false;
        for (target, (sum, model)) in self.sums.iter_mut().zip(models).enumerate() {
            if model.sd <= 0.0 {
                continue;
            }
            let index: Vec<usize> =
                [0].into_iter().chain(model.columns.iter().map(|c| c + 1)).chain([target + 1]).collect();
            let small: Vec<f64> = index.iter().flat_map(|&i| index.iter().map(move |&j| gram.full_sum(i, j))).collect();
            let beta: Vec<f64> = [model.intercept].into_iter().chain(model.beta.iter().copied()).collect();
            let ratio = loss(&beta, &small, index.len()) / (gram.rows * model.sd * model.sd);
            let z = (ratio - 1.0) * (gram.rows / 2.0).sqrt();
            *sum = (*sum + z.min(6.0) - SLACK).max(0.0);
            alarm |= *sum > LIMIT;
        }
        if alarm {
            self.sums.iter_mut().for_each(|s| *s = 0.0);
        }
        alarm
    }
}
