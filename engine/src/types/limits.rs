//! In: what the governor allows. Out: the same as meta-learning and federation read it, whoever runs them.

use std::time::Duration;

/// What meta-learning may do. The default is no limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetaLimits {
    /// Share of its updates that are made, `(0, 1]`; those of the lowest priority are dropped.
    pub share: f64,
}

impl Default for MetaLimits {
    fn default() -> Self {
        Self { share: 1.0 }
    }
}

impl MetaLimits {
    /// Of so many updates that are due, the most important first, how many are made: one at least.
    pub fn kept(&self, due: usize) -> usize {
        ((due as f64 * self.share.clamp(0.0, 1.0)).round() as usize).max(1.min(due))
    }
}

/// What federation may do. The default is no limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SyncLimits {
    /// Rounds in the time of one configured round, `(0, 1]`.
    pub rate: f64,
}

impl Default for SyncLimits {
    fn default() -> Self {
        Self { rate: 1.0 }
    }
}

impl SyncLimits {
    /// Longest that a round is put off, in times of its interval.
    pub const MOST_DELAY: f64 = 20.0;

    /// Time from one round to the next, where so much is configured.
    pub fn interval(&self, configured: Duration) -> Duration {
        configured.mul_f64(self.delay())
    }

    /// How many times the configured interval that is.
    pub fn delay(&self) -> f64 {
        (1.0 / self.rate.clamp(0.0, 1.0)).min(Self::MOST_DELAY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_important_update_is_always_made() {
        let kept = |share, due| MetaLimits { share }.kept(due);
        assert_eq!((kept(1.0, 7), kept(0.5, 7), kept(0.1, 7), kept(0.1, 0)), (7, 4, 1, 0));
        assert_eq!(kept(f64::NAN, 3), 1);
    }

    #[test]
    fn a_round_is_put_off_and_never_for_ever() {
        let after = |rate| SyncLimits { rate }.interval(Duration::from_secs(10)).as_secs_f64();
        assert_eq!((after(1.0), after(0.5), after(0.0)), (10.0, 20.0, 200.0));
        assert_eq!(after(f64::NAN), 200.0);
    }
}
