//! In: rows. Out: count, mean, squared deviations and extremes per variable, mergeable without loss of precision.

use crate::types::Moments;

impl Moments {
    /// Moments of rows `[rows, vars]`, NaN left out, in two passes: the mean first, then the deviations from it.
    pub fn of(values: &[f64], vars: usize) -> Self {
        let mut moments = Self {
            n: vec![0.0; vars],
            mean: vec![0.0; vars],
            m2: vec![0.0; vars],
            min: vec![f64::INFINITY; vars],
            max: vec![f64::NEG_INFINITY; vars],
        };
        // Sums of differences from a first value stay small however far the data lie from zero.
        let mut origin = vec![f64::NAN; vars];
        for row in values.chunks_exact(vars.max(1)) {
            for (var, &x) in row.iter().enumerate().filter(|(_, x)| !x.is_nan()) {
                if origin[var].is_nan() {
                    origin[var] = x;
                }
                moments.n[var] += 1.0;
                moments.mean[var] += x - origin[var];
                moments.min[var] = moments.min[var].min(x);
                moments.max[var] = moments.max[var].max(x);
            }
        }
        for ((mean, n), origin) in moments.mean.iter_mut().zip(&moments.n).zip(&origin) {
            if *n > 0.0 {
                *mean = origin + *mean / n;
            }
        }
        for row in values.chunks_exact(vars.max(1)) {
            for (var, &x) in row.iter().enumerate().filter(|(_, x)| !x.is_nan()) {
                let deviation = x - moments.mean[var];
                moments.m2[var] += deviation * deviation;
            }
        }
        moments
    }

    /// Adds the moments of other rows of the same variables (Chan, Golub and LeVeque 1979).
    pub fn merge(&mut self, other: &Self) {
        if self.n.is_empty() {
            self.clone_from(other);
            return;
        }
        for var in 0..self.n.len() {
            let (a, b) = (self.n[var], other.n[var]);
            if b == 0.0 {
                continue;
            }
            let delta = other.mean[var] - self.mean[var];
            let n = a + b;
            if a == 0.0 {
                self.mean[var] = other.mean[var];
            } else {
                self.mean[var] += delta * (b / n);
                self.m2[var] += delta * delta * (a * b / n);
            }
            self.m2[var] += other.m2[var];
            self.n[var] = n;
            self.min[var] = self.min[var].min(other.min[var]);
            self.max[var] = self.max[var].max(other.max[var]);
        }
    }

    /// Sample variance of a variable; NaN with fewer than two values.
    pub fn variance(&self, var: usize) -> f64 {
        if self.n[var] < 2.0 { f64::NAN } else { self.m2[var] / (self.n[var] - 1.0) }
    }
}
