//! In: rows with a season, runs that begin anywhere in it. Out: the phase of every row.
//!
//! After a gap or a change of series nothing says where in its season a row is. Its phase is the one at which the
//! known patterns fit one period of rows best; a full period, because the sum of a pattern over it is zero, so that
//! the level of the rows does not matter.

/// Follows the phase of a stream.
#[derive(Debug)]
pub struct Phase {
    period: usize,
    now: Now,
}

#[derive(Debug)]
enum Now {
    /// Phase of the next row.
    Known(usize),
    /// Fit of every phase the run may have begun with, and rows of the run so far.
    Sought { fits: Vec<f64>, rows: usize },
}

/// A variable's part in the search: its value in this row and its pattern, both in units of its noise.
pub struct Clue<'a> {
    /// The value, centred; NaN = missing.
    pub value: f64,
    /// The pattern `[period]`.
    pub pattern: &'a [f64],
}

impl Phase {
    /// A phase that is known at the next row, or is to be found.
    pub fn new(period: usize, next: Option<usize>) -> Self {
        let now = next.map_or_else(|| Now::sought(period), |next| Now::Known(next % period.max(1)));
        Self { period, now }
    }

    /// The next row does not continue the one before.
    pub fn lose(&mut self) {
        self.now = Now::sought(self.period);
    }

    /// The phase of the next row; `None` while it is sought.
    pub fn next<'a>(&mut self, clues: impl Iterator<Item = Clue<'a>>) -> Option<usize> {
        match &mut self.now {
            Now::Known(phase) => {
                let here = *phase;
                *phase = (here + 1) % self.period;
                Some(here)
            }
            Now::Sought { fits, rows } => {
                for Clue { value, pattern } in clues.filter(|clue| !clue.value.is_nan()) {
                    for (start, fit) in fits.iter_mut().enumerate() {
                        *fit += value * pattern[(start + *rows) % self.period];
                    }
                }
                *rows += 1;
                if *rows == self.period {
                    let best = (0..fits.len()).max_by(|&a, &b| fits[a].total_cmp(&fits[b])).unwrap_or(0);
                    // The run began at `best` and has been through one whole period.
                    self.now = Now::Known(best);
                }
                None
            }
        }
    }
}

impl Now {
    fn sought(period: usize) -> Self {
        Self::Sought { fits: vec![0.0; period], rows: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::{Clue, Phase};

    #[test]
    fn the_phase_is_found_again_within_one_period() {
        let pattern = [5.0, 1.0, -4.0, -2.0];
        let mut phase = Phase::new(4, Some(6));
        let step = |phase: &mut Phase, value: f64| phase.next([Clue { value, pattern: &pattern }].into_iter());
        assert_eq!([step(&mut phase, 0.0), step(&mut phase, 0.0), step(&mut phase, 0.0)], [Some(2), Some(3), Some(0)]);
        for start in 0..4 {
            phase.lose();
            for row in 0..4 {
                // At another level than before.
                assert_eq!(step(&mut phase, pattern[(start + row) % 4] + 100.0), None);
            }
            assert_eq!(step(&mut phase, f64::NAN), Some(start));
        }
    }
}
