//! In: rows. Out: the same rows less a slow baseline: the exponential moving average of what came before each.

/// Exponential moving averages of every variable.
#[derive(Debug, Clone)]
pub struct Baseline {
    keep: f64,
    half_life: usize,
    mean: Vec<f64>,
}

impl Baseline {
    /// Averages that forget half in `half_life` rows.
    pub fn new(vars: usize, half_life: usize) -> Self {
        Self { keep: 0.5_f64.powf(1.0 / half_life.max(1) as f64), half_life, mean: vec![f64::NAN; vars] }
    }

    /// Takes the baseline off `values`, `[rows, vars]`, and moves it along. A variable without a baseline, at the start
    /// and after a break (`run` = 0), gets the mean of its next `half_life` rows.
    pub fn remove(&mut self, values: &mut [f64], run: &[u32]) {
        let vars = self.mean.len();
        for row in 0..run.len() {
            if run[row] == 0 {
                self.mean.iter_mut().for_each(|m| *m = f64::NAN);
            }
            for var in 0..vars {
                let value = values[row * vars + var];
                if value.is_nan() {
                    continue;
                }
                if self.mean[var].is_nan() {
                    self.mean[var] = start(values, run, row, var, vars, self.half_life);
                }
                values[row * vars + var] = value - self.mean[var];
                self.mean[var] = self.keep * self.mean[var] + (1.0 - self.keep) * value;
            }
        }
    }
}

/// Mean of a variable over the rows from `row` on, as far as the run and the half-life reach.
fn start(values: &[f64], run: &[u32], row: usize, var: usize, vars: usize, half_life: usize) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for t in row..run.len().min(row + half_life) {
        if t > row && run[t] == 0 {
            break;
        }
        let value = values[t * vars + var];
        if !value.is_nan() {
            sum += value;
            count += 1.0;
        }
    }
    sum / f64::max(count, 1.0)
}

#[cfg(test)]
mod tests {
    use super::Baseline;

    #[test]
    fn a_level_and_a_slow_trend_go_and_a_quick_signal_stays() {
        let run: Vec<u32> = (0..600).collect();
        let signal = |t: usize| if t.is_multiple_of(2) { 1.0 } else { -1.0 };
        let mut values: Vec<f64> = (0..600).map(|t| 1e3 + 0.001 * t as f64 + signal(t)).collect();
        Baseline::new(1, 30).remove(&mut values, &run);
        for (t, value) in values.iter().enumerate().skip(300) {
            assert!((value - signal(t)).abs() < 0.1, "{t}: {value}");
        }
    }

    #[test]
    fn a_break_starts_anew_and_gaps_are_kept() {
        let mut values = vec![5.0, f64::NAN, 5.0, 900.0, 900.0];
        Baseline::new(1, 30).remove(&mut values, &[0, 1, 2, 0, 1]);
        assert!(values[1].is_nan());
        assert_eq!([values[0], values[2], values[3], values[4]], [0.0; 4]);
    }
}
