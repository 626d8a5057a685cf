//! In: rows with missing cells and what is to become of these. Out: the rows without them, and how many there were.
//!
//! By default nothing is done here: discovery bridges short gaps by itself and leaves long ones out of what it fits.

use super::config::MissingChoice;
use crate::types::Samples;

/// Fills missing cells or leaves their rows out, over batches of any size.
#[derive(Debug)]
pub struct Gaps {
    choice: MissingChoice,
    /// The last values of the run, NaN = none yet.
    last: Vec<f64>,
    /// Whether a row was left out since the last one handed on.
    broken: bool,
    rows: u64,
    /// Cells filled, per variable; rows left out.
    filled: Vec<u64>,
    left_out: u64,
}

impl Gaps {
    /// For rows of so many variables.
    pub fn new(vars: usize, choice: MissingChoice) -> Self {
        Self { choice, last: vec![f64::NAN; vars], broken: false, rows: 0, filled: vec![0; vars], left_out: 0 }
    }

    /// The next rows of the stream, without missing cells as far as these can be helped.
    pub fn close(&mut self, samples: Samples) -> Samples {
        self.rows += samples.rows() as u64;
        match self.choice {
            MissingChoice::Bridge => samples,
            MissingChoice::Hold => self.hold(samples),
            MissingChoice::Drop => self.drop_rows(&samples),
        }
    }

    fn hold(&mut self, mut samples: Samples) -> Samples {
        let mut breaks = samples.breaks.iter().peekable();
        for (row, values) in samples.values.chunks_exact_mut(samples.vars.max(1)).enumerate() {
            if breaks.next_if(|&&at| at == row).is_some() {
                self.last.fill(f64::NAN);
            }
            for ((value, last), filled) in values.iter_mut().zip(&mut self.last).zip(&mut self.filled) {
                if value.is_nan() {
                    *filled += u64::from(!last.is_nan());
                    *value = *last;
                } else {
                    *last = *value;
                }
            }
        }
        samples
    }

    fn drop_rows(&mut self, samples: &Samples) -> Samples {
        let mut out = Samples { values: Vec::with_capacity(samples.values.len()), vars: samples.vars, breaks: vec![] };
        let mut breaks = samples.breaks.iter().peekable();
        for row in 0..samples.rows() {
            self.broken |= breaks.next_if(|&&at| at == row).is_some();
            let values = samples.row(row);
            if values.iter().any(|value| value.is_nan()) {
                self.broken = true;
                self.left_out += 1;
                continue;
            }
            if std::mem::take(&mut self.broken) {
                out.breaks.push(out.rows());
            }
            out.values.extend_from_slice(values);
        }
        out
    }

    /// Share of the cells of each variable that were filled.
    pub fn filled(&self) -> Vec<f64> {
        self.filled.iter().map(|&cells| cells as f64 / self.rows.max(1) as f64).collect()
    }

    /// Share of the rows that were left out.
    pub fn left_out(&self) -> f64 {
        self.left_out as f64 / self.rows.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::{Gaps, MissingChoice};
    use crate::types::Samples;

    const NAN: f64 = f64::NAN;

    /// Two variables; the fourth row begins another run.
    fn rows() -> Samples {
        let values = vec![NAN, 1.0, 2.0, NAN, 3.0, NAN, NAN, 4.0, 5.0, 6.0, NAN, 7.0];
        Samples { values, vars: 2, breaks: vec![3] }
    }

    fn in_batches(choice: MissingChoice, size: usize) -> (Samples, Gaps) {
        let (all, mut gaps) = (rows(), Gaps::new(2, choice));
        let mut out = Samples { vars: 2, ..Samples::default() };
        for from in (0..all.rows()).step_by(size) {
            let to = (from + size).min(all.rows());
            let breaks = all.breaks.iter().filter(|b| (from..to).contains(*b)).map(|b| b - from).collect();
            let part = gaps.close(Samples { values: all.values[from * 2..to * 2].to_vec(), vars: 2, breaks });
            out.breaks.extend(part.breaks.iter().map(|b| b + out.values.len() / 2));
            out.values.extend(part.values);
        }
        (out, gaps)
    }

    fn text(samples: &Samples) -> String {
        format!("{:?} {:?}", samples.values, samples.breaks)
    }

    #[test]
    fn each_choice_does_what_it_says_whatever_the_batches() {
        for size in [1, 2, 6] {
            assert_eq!(text(&in_batches(MissingChoice::Bridge, size).0), text(&rows()));
            let (held, gaps) = in_batches(MissingChoice::Hold, size);
            let expected =
                Samples { values: vec![NAN, 1.0, 2.0, 1.0, 3.0, 1.0, NAN, 4.0, 5.0, 6.0, 5.0, 7.0], ..rows() };
            assert_eq!(text(&held), text(&expected), "a value is never held across a break");
            assert_eq!(gaps.filled(), [1.0 / 6.0, 2.0 / 6.0]);
            let (left, gaps) = in_batches(MissingChoice::Drop, size);
            assert_eq!(text(&left), "[5.0, 6.0] [0]", "no lag crosses what was left out");
            assert!((gaps.left_out() - 5.0 / 6.0).abs() < 1e-12);
        }
    }
}
