//! In: the first window's moments. Out: the units in which everything inside the engine is computed, and what has been
//! counted on the way.

use crate::types::{Pane, Window};

/// Reference location and scale per variable, fixed by the first window: products stay near one, whatever the data's
/// units, and Gram matrices of different panes add up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Encoding {
    /// Subtracted from every value.
    pub center: Vec<f64>,
    /// Multiplied with what is left.
    pub scale: Vec<f64>,
    /// Missing cells per variable so far.
    pub missing: Vec<f64>,
    /// Rows so far in which each variable is what it was in the row before.
    pub still: Vec<f64>,
    /// Rows so far.
    pub rows: f64,
    /// The last row as it came.
    last_row: Vec<f64>,
}

/// Share of rows without a change from which on a variable counts as intermittent.
const INTERMITTENT: f64 = 0.1;

impl Encoding {
    /// Units in which the window's values have mean 0 and standard deviation 1.
    pub fn of(window: &Window, vars: usize) -> Self {
        let m = &window.moments;
        Self {
            center: m.mean.iter().map(|&v| if v.is_finite() { v } else { 0.0 }).collect(),
            scale: m
                .m2
                .iter()
                .zip(&m.n)
                .map(|(m2, n)| {
                    let sd = (m2 / n.max(1.0)).sqrt();
                    if sd.is_finite() && sd > 0.0 { 1.0 / sd } else { 1.0 }
                })
                .collect(),
            missing: vec![0.0; vars],
            still: vec![0.0; vars],
            last_row: vec![f64::NAN; vars],
            rows: 0.0,
        }
    }

    /// Counts a pane's rows, missing cells and cells that stand still.
    pub fn count(&mut self, pane: &Pane) {
        for row in pane.values.chunks_exact(pane.vars) {
            for (var, value) in row.iter().enumerate() {
                self.missing[var] += f64::from(u8::from(value.is_nan()));
                self.still[var] += f64::from(u8::from(*value == self.last_row[var]));
            }
            self.last_row.copy_from_slice(row);
        }
        self.rows += pane.rows() as f64;
    }

    /// Share of missing cells of a variable.
    pub fn missing_share(&self, var: usize) -> f64 {
        if self.rows > 0.0 { self.missing[var] / self.rows } else { 0.0 }
    }

    /// Share of variables that often stand still, as counters, logs and gauges between readings do.
    pub fn intermittent_share(&self) -> f64 {
        let often = self.still.iter().filter(|&&still| still > INTERMITTENT * self.rows).count();
        often as f64 / self.still.len().max(1) as f64
    }
}
