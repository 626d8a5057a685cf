//! In: decoded rows, file after file. Out: the same rows with the places where one does not continue the one before.

use super::place::Place;
use super::roles::TimeAxis;
use super::rows::Rows;
use crate::error::Error;
use crate::types::Samples;

/// Remembers the last row of a stream, to compare the next one with.
#[derive(Debug)]
pub(super) struct Continuity {
    time_column: String,
    /// Longest step of time that is no gap.
    longest_step: f64,
    time: Option<f64>,
    series: Option<u64>,
    /// A bad row was left out since the last row.
    broken: bool,
}

/// Rows and what was noticed about them.
pub(super) struct Joined {
    pub samples: Samples,
    pub bad_rows: u64,
    pub duplicate_times: u64,
    /// What stops the stream behind the rows.
    pub error: Option<Error>,
}

impl Continuity {
    pub fn new(axis: Option<&TimeAxis>, gap_factor: f64) -> Self {
        Self {
            time_column: axis.map(|axis| axis.name.clone()).unwrap_or_default(),
            longest_step: axis.and_then(|axis| axis.median_step).map_or(f64::INFINITY, |step| step * gap_factor),
            time: None,
            series: None,
            broken: false,
        }
    }

    /// Finds the breaks: another series, a gap in time, a time that is missing, a row left out. Time that goes
    /// backwards ends the stream before its row.
    pub fn join(&mut self, place: &Place, mut rows: Rows, vars: usize) -> Joined {
        let mut error = rows.error.take();
        let mut breaks = Vec::new();
        let mut rejected = rows.rejected.iter().peekable();
        let (mut kept, mut duplicate_times) = (rows.len, 0);
        for row in 0..rows.len {
            let mut broken = std::mem::take(&mut self.broken);
            while rejected.next_if(|&&before| before <= row).is_some() {
                broken = true;
            }
            if let Some(&series) = rows.series.get(row)
                && self.series.replace(series).is_some_and(|before| before != series)
            {
                broken = true;
                self.time = None;
            }
            match rows.time.get(row) {
                None => {}
                // Where this row belongs cannot be known.
                Some(time) if time.is_nan() => broken = true,
                Some(&time) => {
                    let step = self.time.replace(time).map(|before| time - before);
                    if step.is_some_and(|step| step < 0.0) {
                        let message = "time goes backwards; sort the rows by it, or name the column that separates \
                                       series";
                        error = Some(place.at_cell(rows.file_row(row), &self.time_column, message));
                        kept = row;
                        break;
                    }
                    duplicate_times += u64::from(step == Some(0.0));
                    broken |= step.is_some_and(|step| step > self.longest_step);
                }
            }
            if broken {
                breaks.push(row);
            }
        }
        self.broken |= rejected.next().is_some();
        rows.values.truncate(kept * vars);
        Joined { samples: Samples { values: rows.values, vars, breaks }, bad_rows: rows.bad, duplicate_times, error }
    }
}
