//! In: a variable and a lag. Out: the column of the Gram matrix that holds it, and back.

/// Layout of the lagged columns: column `lag * vars + var`, lags 0 … L + 1. Lags 1 … L are candidates; L + 1 is only
/// ever conditioned on; lag 0 is the regressed row itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// Number of variables.
    pub vars: usize,
    /// Largest lag looked at, L.
    pub max_lag: usize,
}

impl Columns {
    /// Number of columns.
    pub fn len(self) -> usize {
        self.vars * (self.max_lag + 2)
    }

    /// Size of the Gram matrix, constant included.
    pub fn dim(self) -> usize {
        self.len() + 1
    }

    /// Column of a variable at a lag.
    pub fn of(self, var: usize, lag: usize) -> usize {
        lag * self.vars + var
    }

    /// Variable of a column.
    pub fn var(self, column: usize) -> usize {
        column % self.vars
    }

    /// Lag of a column.
    pub fn lag(self, column: usize) -> usize {
        column / self.vars
    }

    /// Columns of one variable at lags 1 … L.
    pub fn lags_of(self, var: usize) -> impl Iterator<Item = usize> {
        (1..=self.max_lag).map(move |lag| self.of(var, lag))
    }
}
