//! In: one reading after another. Out: its level and trend, and where it will be some readings ahead.

/// State of a local linear trend: level and slope per reading, with their covariance. Without a trend it is the
/// specification's scalar filter, whose forecast is its level.
///
/// The transition is `level += slope`; process noise enters as a random acceleration of variance `q` (the discrete
/// white-noise model of Bar-Shalom, Li and Kirubarajan 2001, section 6.3.2), measurements have variance `r`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kalman {
    level: f64,
    slope: f64,
    /// `[[var level, cov], [cov, var slope]]` as its three entries.
    cov: [f64; 3],
    trend: bool,
}

impl Kalman {
    /// A filter that has seen one reading.
    pub fn new(first: f64, trend: bool) -> Self {
        Self { level: first, slope: 0.0, cov: [1.0, 0.0, if trend { 1.0 } else { 0.0 }], trend }
    }

    /// Takes in the next reading.
    pub fn update(&mut self, reading: f64, q: f64, r: f64) {
        let [p, c, s] = self.cov;
        let (level, p, c, s) = if self.trend {
            (self.level + self.slope, p + 2.0 * c + s + 0.25 * q, c + s + 0.5 * q, s + q)
        } else {
            (self.level, p + q, 0.0, 0.0)
        };
        let innovation = reading - level;
        let (gain, slope_gain) = (p / (p + r), c / (p + r));
        self.level = level + gain * innovation;
        self.slope += slope_gain * innovation;
        self.cov = [(1.0 - gain) * p, (1.0 - gain) * c, s - slope_gain * c];
    }

    /// Level expected `ahead` readings from now.
    pub fn forecast(&self, ahead: f64) -> f64 {
        self.level + ahead * self.slope
    }
}

#[cfg(test)]
mod tests {
    use super::Kalman;

    fn crossing(trend: bool, ahead: f64) -> usize {
        let mut filter = Kalman::new(0.3, trend);
        (0..200)
            .find(|tick| {
                filter.update(0.3 + 0.015 * *tick as f64, 0.01, 0.1);
                filter.forecast(ahead) >= 0.9
            })
            .expect("the ramp passes 0.9")
    }

    #[test]
    fn without_a_trend_a_ramp_is_seen_late_and_with_one_early() {
        // 1.5 % per reading: the truth passes 0.9 at reading 40.
        let (late, early) = (crossing(false, 4.0), crossing(true, 4.0));
        assert!(late >= 42 && early <= 37, "{late} {early}");
    }

    #[test]
    fn the_identity_mode_has_the_specifications_steady_gain() {
        let mut filter = Kalman::new(0.0, false);
        (0..200).for_each(|_| filter.update(0.0, 0.01, 0.1));
        filter.update(1.0, 0.01, 0.1);
        assert!((filter.forecast(4.0) - 0.270).abs() < 1e-3, "{}", filter.forecast(4.0));
    }
}
