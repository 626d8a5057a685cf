//! In: the values of one variable and their phases. Out: the values without their season, which is followed as it
//! changes.

use std::collections::VecDeque;

/// Cycles over which the pattern forgets: long enough to hardly add noise, short enough to follow the year.
const MEMORY_CYCLES: f64 = 50.0;

/// The pattern of one variable, kept up to date.
#[derive(Debug)]
pub struct Seasonal {
    /// `[period]`, sum zero, in data units.
    pattern: Vec<f64>,
    /// The last rows of the run, as many as a centred moving average takes, with their phases.
    recent: VecDeque<(usize, f64)>,
    sum: f64,
    missing: usize,
}

impl Seasonal {
    /// Starts with a pattern over one period.
    pub fn new(pattern: Vec<f64>) -> Self {
        let reach = pattern.len() + 1;
        Self { pattern, recent: VecDeque::with_capacity(reach), sum: 0.0, missing: 0 }
    }

    /// The pattern now, `[period]`.
    pub fn pattern(&self) -> &[f64] {
        &self.pattern
    }

    /// The next row does not continue the one before.
    pub fn restart(&mut self) {
        self.recent.clear();
        self.sum = 0.0;
        self.missing = 0;
    }

    /// The value without its season; NaN stays NaN. Only rows up to this one have a say in the pattern.
    pub fn remove(&mut self, phase: usize, value: f64) -> f64 {
        let adjusted = value - self.pattern[phase];
        self.follow(phase, value);
        adjusted
    }

    /// Moves the pattern towards the deviation of the middle of the last period from that period's level.
    fn follow(&mut self, phase: usize, value: f64) {
        let period = self.pattern.len();
        let reach = period / 2 * 2 + 1;
        self.recent.push_back((phase, value));
        self.sum += if value.is_nan() { 0.0 } else { value };
        self.missing += usize::from(value.is_nan());
        if self.recent.len() > reach
            && let Some((_, gone)) = self.recent.pop_front()
        {
            self.sum -= if gone.is_nan() { 0.0 } else { gone };
            self.missing -= usize::from(gone.is_nan());
        }
        if self.recent.len() < reach || self.missing > 0 {
            return;
        }
        if phase == 0 {
            // Taken afresh once per cycle, the sum does not collect rounding.
            self.sum = self.recent.iter().map(|(_, x)| x).sum();
        }
        let ends = if period.is_multiple_of(2) { 0.5 * (self.recent[0].1 + self.recent[reach - 1].1) } else { 0.0 };
        let (middle_phase, middle) = self.recent[reach / 2];
        let deviation = middle - (self.sum - ends) / period as f64;
        let entry = &mut self.pattern[middle_phase];
        *entry += (deviation - *entry) / MEMORY_CYCLES;
    }
}

#[cfg(test)]
mod tests {
    use super::Seasonal;

    #[test]
    fn a_known_season_vanishes_and_the_level_stays() {
        for pattern in [vec![2.0, -1.0, -1.0], vec![4.0, 1.0, -3.0, -2.0]] {
            let mut seasonal = Seasonal::new(pattern.clone());
            for row in 0..200 {
                let phase = row % pattern.len();
                let rest = seasonal.remove(phase, 10.0 + pattern[phase]);
                assert!((rest - 10.0).abs() < 1e-9, "row {row}: {rest}");
            }
        }
    }

    #[test]
    fn a_changing_season_is_followed_but_holes_teach_nothing() {
        let pattern = [3.0, 0.0, -3.0, 0.0];
        let mut seasonal = Seasonal::new(vec![0.0; 4]);
        for row in 0..4000 {
            let value = if row % 3 == 0 { f64::NAN } else { 100.0 };
            assert_eq!(seasonal.remove(row % 4, value).is_nan(), value.is_nan());
        }
        assert_eq!(seasonal.pattern(), [0.0; 4]);
        seasonal.restart();
        for row in 0..2000 {
            seasonal.remove(row % 4, pattern[row % 4] + 0.01 * row as f64);
        }
        for (found, planted) in seasonal.pattern().iter().zip(pattern) {
            assert!((found - planted).abs() < 1e-3, "{found} for {planted}");
        }
    }
}
