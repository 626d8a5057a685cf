//! In: a series. Out: the straight line through it by least squares, and the series without it.

/// Level and slope of a straight line over row numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// Value in the middle, at row `centre`.
    pub level: f64,
    /// Change per row.
    pub slope: f64,
    /// Row at which the line has the value `level`.
    pub centre: f64,
    /// Share of the variance that lies in the line, `[0, 1]`.
    pub share: f64,
    /// Sum of squared distances of the row numbers from their mean.
    pub spread: f64,
}

impl Line {
    /// The line through `values` at rows 0, 1, …; NaN is left out. Flat where there are fewer than two values.
    pub fn through(values: &[f64]) -> Self {
        let present = || values.iter().enumerate().filter(|(_, x)| !x.is_nan()).map(|(row, &x)| (row as f64, x));
        let n = present().count() as f64;
        if n < 2.0 {
            let level = present().next().map_or(0.0, |(_, x)| x);
            return Self { level, slope: 0.0, centre: 0.0, share: 0.0, spread: 0.0 };
        }
        let centre = present().map(|(row, _)| row).sum::<f64>() / n;
        let level = present().map(|(_, x)| x).sum::<f64>() / n;
        let (mut spread, mut product, mut variance) = (0.0, 0.0, 0.0);
        for (row, x) in present() {
            spread += (row - centre).powi(2);
            product += (row - centre) * (x - level);
            variance += (x - level).powi(2);
        }
        let slope = product / spread;
        let share = if variance > 0.0 { (slope * product / variance).min(1.0) } else { 0.0 };
        Self { level, slope, centre, share, spread }
    }

    /// The line at a row.
    pub fn at(&self, row: f64) -> f64 {
        self.level + self.slope * (row - self.centre)
    }

    /// What is left of `values` without the line.
    pub fn residuals(&self, values: &[f64]) -> Vec<f64> {
        values.iter().enumerate().map(|(row, x)| x - self.at(row as f64)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Line;

    #[test]
    fn a_line_with_a_hole_is_found_exactly() {
        let mut values: Vec<f64> = (0..50).map(|row| 3.0 - 0.25 * f64::from(row)).collect();
        values[10..20].fill(f64::NAN);
        let line = Line::through(&values);
        assert!((line.slope + 0.25).abs() < 1e-12 && (line.at(100.0) + 22.0).abs() < 1e-9 && line.share > 0.999_999);
        assert!(line.residuals(&values).iter().all(|r| r.is_nan() || r.abs() < 1e-9));
        assert_eq!(Line::through(&[f64::NAN, 4.0]).at(9.0), 4.0);
    }
}
