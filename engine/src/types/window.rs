//! In: samples cut to fixed length. Out: panes, the windows made of them, and their mergeable moments.

use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

/// A run of consecutive rows, the unit whose Gram matrix is computed once. 64 rows by default.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pane {
    /// Running number of the pane, from 0.
    pub index: u64,
    /// Row of the stream the pane starts at.
    pub first_row: u64,
    /// Values `[rows, vars]`, row-major; NaN = missing.
    #[serde(skip)]
    pub values: Vec<f64>,
    /// Number of variables.
    pub vars: usize,
    /// For every row, how many rows directly before it belong to the same unbroken run (0 right after a break).
    #[serde(skip)]
    pub run: Vec<u32>,
    /// Missing cells in `values`.
    pub missing: u64,
}

impl Pane {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.run.len()
    }

    /// Bytes it holds.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.values) + size_of_val(&*self.run)
    }
}

/// Count, mean, squared deviations and extremes of each variable; merged by Chan's formula.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Moments {
    /// Non-missing cells per variable.
    pub n: Vec<f64>,
    /// Mean per variable.
    pub mean: Vec<f64>,
    /// Sum of squared deviations from the mean per variable.
    pub m2: Vec<f64>,
    /// Smallest value per variable.
    pub min: Vec<f64>,
    /// Largest value per variable.
    pub max: Vec<f64>,
}

/// One step of the stream: `window_rows` rows, of which the last `new_panes` panes were not in the window before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Window {
    /// Running number of the window, from 0.
    pub index: u64,
    /// Rows of the stream it covers.
    pub rows: Range<u64>,
    /// The panes that make it up, oldest first.
    pub panes: Vec<Arc<Pane>>,
    /// How many panes at the end of `panes` are new. Every pane of a stream is new exactly once.
    pub new_panes: usize,
    /// Moments of the window's rows.
    pub moments: Moments,
    /// Gaps (time or series breaks) inside the window.
    pub breaks: u32,
}

impl Window {
    /// Bytes it holds, panes that other windows share included.
    pub fn bytes(&self) -> usize {
        let moments = [&self.moments.n, &self.moments.mean, &self.moments.m2, &self.moments.min, &self.moments.max];
        size_of::<Self>()
            + self.panes.iter().map(|pane| pane.bytes()).sum::<usize>()
            + moments.iter().map(|values| size_of_val(&***values)).sum::<usize>()
    }
}
