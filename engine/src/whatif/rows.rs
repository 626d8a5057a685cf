//! In: panes as they come. Out: the newest rows of the stream, within a bound on their number.

use crate::types::{Pane, Window};

/// The newest rows of a stream, oldest first, with where runs of unbroken rows begin.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    vars: usize,
    max_cells: usize,
    first_row: u64,
    /// `[rows, vars]`, row-major; NaN = missing.
    values: Vec<f64>,
    /// How many rows directly before each belong to the same run.
    run: Vec<u32>,
}

impl Rows {
    /// No rows yet; keeps at most so many cells (rows × variables).
    pub fn new(vars: usize, max_cells: usize) -> Self {
        Self { vars, max_cells: max_cells.max(vars), ..Self::default() }
    }

    /// Takes the rows of a window that are not there yet.
    pub fn follow(&mut self, window: &Window) {
        for pane in &window.panes {
            self.push(pane);
        }
    }

    /// Takes the rows of a pane that are not there yet.
    pub fn push(&mut self, pane: &Pane) {
        if pane.vars != self.vars || self.vars == 0 {
            return;
        }
        let end = self.end_row();
        if self.run.is_empty() || pane.first_row > end {
            // What is not next to the rows before starts anew: a lag must not reach across.
            self.values.clear();
            self.run.clear();
            self.first_row = pane.first_row;
        }
        let skip = self.end_row().saturating_sub(pane.first_row) as usize;
        if skip >= pane.rows() {
            return;
        }
        self.values.extend_from_slice(&pane.values[skip * self.vars..]);
        self.run.extend_from_slice(&pane.run[skip..]);
        if self.values.len() > self.max_cells {
            // A quarter at a time, so that the copying is rare.
            let drop = (self.run.len() - self.max_cells * 3 / 4 / self.vars).min(self.run.len());
            self.values.drain(..drop * self.vars);
            self.run.drain(..drop);
            self.first_row += drop as u64;
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.run.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.run.is_empty()
    }

    /// Number of variables.
    pub fn vars(&self) -> usize {
        self.vars
    }

    /// Row of the stream the first of them is.
    pub fn first_row(&self) -> u64 {
        self.first_row
    }

    /// Row of the stream after the last of them.
    pub fn end_row(&self) -> u64 {
        self.first_row + self.run.len() as u64
    }

    /// The value of a variable `lag` rows before the row at `place`; NaN where it is missing or a run begins in between.
    pub fn value(&self, place: usize, var: u32, lag: u32) -> f64 {
        let lag = lag as usize;
        if lag > place || (self.run.get(place).copied().unwrap_or(0) as usize) < lag {
            return f64::NAN;
        }
        self.values.get((place - lag) * self.vars + var as usize).copied().unwrap_or(f64::NAN)
    }

    /// The place of a row of the stream; the first where that row has gone.
    pub fn place(&self, row: u64) -> usize {
        (row.saturating_sub(self.first_row) as usize).min(self.run.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pane(first_row: u64, rows: usize) -> Pane {
        let values = (0..rows).flat_map(|r| [first_row as f64 + r as f64, 0.0]).collect();
        Pane {
            index: 0,
            first_row,
            values,
            vars: 2,
            run: (0..rows as u32).map(|r| first_row as u32 + r).collect(),
            missing: 0,
        }
    }

    #[test]
    fn overlapping_panes_are_taken_once_and_memory_is_bounded() {
        let mut rows = Rows::new(2, 200);
        for start in (0..1000).step_by(10) {
            rows.push(&pane(start, 20));
            assert!(rows.len() * 2 <= 200);
        }
        assert_eq!(rows.end_row(), 1010);
        assert!(rows.len() >= 70, "three quarters stay: {}", rows.len());
        for place in 0..rows.len() {
            assert_eq!(rows.value(place, 0, 0), (rows.first_row() + place as u64) as f64);
        }
        assert_eq!(rows.value(5, 0, 3), (rows.first_row() + 2) as f64);
        assert!(rows.value(2, 0, 3).is_nan(), "before the first row kept");
    }

    #[test]
    fn lags_do_not_reach_across_breaks() {
        let mut rows = Rows::new(1, 100);
        let values = vec![1.0, 2.0, 3.0, 4.0];
        rows.push(&Pane { index: 0, first_row: 0, values, vars: 1, run: vec![0, 1, 0, 1], missing: 0 });
        assert_eq!(rows.value(1, 0, 1), 1.0);
        assert!(rows.value(2, 0, 1).is_nan());
        rows.push(&Pane { index: 0, first_row: 9, values: vec![5.0], vars: 1, run: vec![0], missing: 0 });
        assert_eq!((rows.first_row(), rows.len()), (9, 1), "rows that were skipped start anew");
    }
}
