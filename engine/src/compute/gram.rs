//! In: rows of values. Out: what a Gram matrix is asked for with, and what comes back.

/// The lagged rows of one pane.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LaggedRows {
    /// `[rows, dim]`, row-major: the constant 1, then the columns; NaN = missing.
    pub values: Vec<f64>,
    /// Columns, constant included.
    pub dim: usize,
}

/// Length of the upper triangle of a `dim × dim` matrix.
pub fn packed_len(dim: usize) -> usize {
    dim * (dim + 1) / 2
}

/// Where `(i, j)` lies in the packed upper triangle of a symmetric `dim × dim` matrix.
pub fn packed(dim: usize, i: usize, j: usize) -> usize {
    let (i, j) = if i <= j { (i, j) } else { (j, i) };
    i * dim - i * (i + 1) / 2 + j
}

/// Second moments of `[1, columns]` over one pane: index 0 is the constant, so row 0 holds the sums.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LaggedGram {
    /// Columns, constant included.
    pub dim: usize,
    /// Upper triangle of `[dim, dim]`, row by row (see [`packed`]): sums of products over the rows where both columns
    /// are present.
    pub sums: Vec<f64>,
    /// The same of the number of rows in each sum; empty when every sum has `rows`.
    pub counts: Vec<f64>,
    /// Rows used (rows whose lags do not reach across a break).
    pub rows: f64,
}

impl LaggedGram {
    /// A sum of products scaled up to all rows where cells are missing.
    pub fn full_sum(&self, i: usize, j: usize) -> f64 {
        let at = packed(self.dim, i, j);
        match self.counts.get(at) {
            Some(&count) if count > 0.0 => self.sums[at] * self.rows / count,
            Some(_) => 0.0,
            None => self.sums[at],
        }
    }
}

/// Weighted second moments of a series' lagged columns, block by block of rows: every window, regime and bootstrap
/// replicate is a weighted sum of them.
///
/// Columns are, in order: the constant 1 if asked for, then lag 0 of every variable, lag 1 of every variable, …
#[derive(Debug, Clone, Copy)]
pub struct WeightedGram<'a> {
    /// `[rows + lags - 1, vars]`, row-major, no gaps, in units in which values are near one.
    pub series: &'a [f32],
    /// Number of variables.
    pub vars: usize,
    /// Copies of every variable: lag 0 … lags − 1.
    pub lags: usize,
    /// Whether column 0 is the constant 1.
    pub constant: bool,
    /// Rows of a block, at least 1; the last block may have fewer.
    pub block_rows: usize,
    /// `[rows]`: weight of every row, not negative.
    pub weights: &'a [f32],
}

impl WeightedGram<'_> {
    /// Rows whose lags are all there.
    pub fn rows(&self) -> usize {
        (self.series.len() / self.vars.max(1) + 1).saturating_sub(self.lags)
    }

    /// Columns of each Gram matrix.
    pub fn columns(&self) -> usize {
        self.vars * self.lags + usize::from(self.constant)
    }

    /// Number of blocks.
    pub fn blocks(&self) -> usize {
        self.rows().div_ceil(self.block_rows.max(1))
    }
}
