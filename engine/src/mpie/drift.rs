//! In: the rewards of one bandit. Out: whether their mean has shifted, up or down.

/// Two-sided Page–Hinkley test in units of the reward's own noise, resetting after each alarm.
#[derive(Debug, Clone, Default)]
pub struct Drift {
    n: f64,
    mean: f64,
    m2: f64,
    up: f64,
    down: f64,
}

impl Drift {
    /// Adds a reward; `true` when the mean has shifted by more than the slack for long enough.
    pub fn add(&mut self, reward: f64, slack: f64, limit: f64) -> bool {
        if self.n >= 8.0 {
            let sd = (self.m2 / (self.n - 1.0)).sqrt().max(1e-6);
            let z = ((reward - self.mean) / sd).clamp(-8.0, 8.0);
            self.up = (self.up + z - slack).max(0.0);
            self.down = (self.down - z - slack).max(0.0);
        }
        self.n += 1.0;
        let delta = reward - self.mean;
        self.mean += delta / self.n;
        self.m2 += delta * (reward - self.mean);
        let fired = self.up > limit || self.down > limit;
        if fired {
            *self = Self::default();
        }
        fired
    }
}
