//! In: a series and a period. Out: how the rows of each phase deviate from the level around them, and how much of the
//! variance that explains.

/// A series with running sums, so that its moving average over any period is at hand.
#[derive(Debug)]
pub struct Cycles<'a> {
    x: &'a [f64],
    /// Sum of the values before each row.
    sums: Vec<f64>,
    /// Missing values before each row.
    missing: Vec<u32>,
}

impl<'a> Cycles<'a> {
    /// The series; NaN is missing. Its first row has phase 0.
    pub fn of(x: &'a [f64]) -> Self {
        let (mut sums, mut missing) = (Vec::with_capacity(x.len() + 1), Vec::with_capacity(x.len() + 1));
        let (mut sum, mut holes) = (0.0, 0);
        sums.push(sum);
        missing.push(holes);
        for &value in x {
            sum += if value.is_nan() { 0.0 } else { value };
            holes += u32::from(value.is_nan());
            sums.push(sum);
            missing.push(holes);
        }
        Self { x, sums, missing }
    }

    /// Hands phase and deviation from the centred moving average over one period to `take`, row by row. The ends of
    /// an even period count half. A row whose surroundings miss a value is left out.
    pub fn deviations(&self, period: usize, mut take: impl FnMut(usize, f64)) {
        let half = period / 2;
        let ends = if period.is_multiple_of(2) { 0.5 } else { 1.0 };
        let share = 1.0 / period.max(1) as f64;
        let mut phase = half % period.max(1);
        for row in half..self.x.len().saturating_sub(half) {
            let (from, to) = (row - half, row + half);
            if self.missing[to + 1] == self.missing[from] {
                let inner = self.sums[to] - self.sums[from + 1];
                // A period of one row is its own average.
                let around = if half == 0 { self.x[row] } else { inner + ends * (self.x[from] + self.x[to]) };
                take(phase, self.x[row] - around * share);
            }
            phase = if phase + 1 == period { 0 } else { phase + 1 };
        }
    }

    /// The seasonal pattern `[period]`: for each phase the mean deviation, with sum zero. The classical decomposition:
    /// a trend or a random walk leaves it nearly untouched.
    pub fn pattern(&self, period: usize) -> Vec<f64> {
        let Fold { sums, counts, .. } = self.fold(period);
        let mut pattern: Vec<f64> = sums.iter().zip(&counts).map(|(s, n)| s / n.max(1.0)).collect();
        let mean = pattern.iter().sum::<f64>() / period.max(1) as f64;
        pattern.iter_mut().for_each(|p| *p -= mean);
        pattern
    }

    /// Share of the variance around the moving average that the mean of each phase explains, adjusted for their
    /// number: zero on average where nothing repeats.
    pub fn share(&self, period: usize) -> f64 {
        let Fold { sums, counts, total, rows } = self.fold(period);
        let explained: f64 = sums.iter().zip(&counts).map(|(s, n)| s * s / n.max(1.0)).sum();
        let spare = rows - period as f64;
        if total > 0.0 && spare > 0.0 { 1.0 - (1.0 - explained / total) * (rows - 1.0) / spare } else { 0.0 }
    }

    fn fold(&self, period: usize) -> Fold {
        let mut fold = Fold { sums: vec![0.0; period], counts: vec![0.0; period], total: 0.0, rows: 0.0 };
        self.deviations(period, |phase, deviation| {
            fold.sums[phase] += deviation;
            fold.counts[phase] += 1.0;
            fold.total += deviation * deviation;
            fold.rows += 1.0;
        });
        fold
    }
}

/// Deviations added up by phase.
struct Fold {
    sums: Vec<f64>,
    counts: Vec<f64>,
    total: f64,
    rows: f64,
}

#[cfg(test)]
mod tests {
    use super::Cycles;

    #[test]
    fn the_pattern_comes_back_from_under_a_trend() {
        let season = [3.0, -1.0, -2.0, 0.0];
        let x: Vec<f64> = (0..400).map(|row| season[row % 4] + 0.1 * row as f64).collect();
        let mut holed = x.clone();
        holed[50..60].fill(f64::NAN);
        for series in [x, holed] {
            let cycles = Cycles::of(&series);
            for (found, planted) in cycles.pattern(4).iter().zip(season) {
                assert!((found - planted).abs() < 1e-9, "{found} for {planted}");
            }
            assert!(cycles.share(4) > 0.999 && cycles.share(5) < 0.1);
        }
        let odd: Vec<f64> = (0..300).map(|row| f64::from(row % 3)).collect();
        assert!(Cycles::of(&odd).pattern(3).iter().zip([-1.0, 0.0, 1.0]).all(|(a, b)| (a - b).abs() < 1e-9));
    }

    #[test]
    fn short_and_empty_series_have_no_pattern() {
        assert_eq!(Cycles::of(&[]).pattern(4), [0.0; 4]);
        assert_eq!(Cycles::of(&[1.0, 2.0, 9.0]).pattern(4), [0.0; 4]);
        assert_eq!(Cycles::of(&[1.0, 2.0, 9.0]).share(4), 0.0);
        assert_eq!(Cycles::of(&[1.0, 5.0, 2.0]).pattern(1), [0.0]);
    }
}
