//! In: parsed batches of any size. Out: aligned rows of variables, with the places where continuity breaks.

/// A batch of consecutive rows, as a source hands them to the window builder.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Samples {
    /// Values `[rows, vars]`, row-major; a missing or non-finite cell is NaN.
    pub values: Vec<f64>,
    /// Number of variables (columns of `values`).
    pub vars: usize,
    /// Rows of this batch, ascending, that do not continue the row before them: a new `_series`, or a gap in the
    /// time column. No lag is ever taken across such a row.
    pub breaks: Vec<usize>,
}

impl Samples {
    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.values.len().checked_div(self.vars).unwrap_or(0)
    }

    /// One row, `[vars]`.
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.vars..(row + 1) * self.vars]
    }
}
