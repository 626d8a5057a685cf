//! In: a variable, a lag, a power. Out: the column of the Gram matrix that holds it, and back.

/// Layout of the columns of a Gram matrix, the constant left out:
///
/// ```text
/// lag 0 … L+1 of every variable            lag · vars + var
/// lag 1 … L of its second, third Hermite   (curved views only)
/// products of two lagged variables         (those promoted so far)
/// ```
///
/// Lags 1 … L are candidates; L + 1 is only ever conditioned on; lag 0 is the regressed row itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// Number of variables.
    pub vars: usize,
    /// Largest lag looked at, L.
    pub max_lag: usize,
    /// Whether the second and third Hermite polynomials are there.
    pub curved: bool,
    /// Number of products.
    pub products: usize,
}

impl Columns {
    /// Values and their lags only.
    pub fn linear(vars: usize, max_lag: usize) -> Self {
        Self { vars, max_lag, curved: false, products: 0 }
    }

    /// Number of columns.
    pub fn len(self) -> usize {
        self.product(self.products)
    }

    /// Size of the Gram matrix, constant included.
    pub fn dim(self) -> usize {
        self.len() + 1
    }

    /// Columns of values, without Hermite polynomials and products.
    pub fn linear_len(self) -> usize {
        self.vars * (self.max_lag + 2)
    }

    /// Column of a variable at a lag.
    pub fn of(self, var: usize, lag: usize) -> usize {
        lag * self.vars + var
    }

    /// Columns of the second and third Hermite polynomial of a variable at a lag of 1 … L.
    pub fn hermite(self, var: usize, lag: usize) -> [usize; 2] {
        let first = self.linear_len() + (lag - 1) * self.vars + var;
        [first, first + self.vars * self.max_lag]
    }

    /// Column of the `k`-th product.
    pub fn product(self, k: usize) -> usize {
        self.linear_len() + if self.curved { 2 * self.vars * self.max_lag } else { 0 } + k
    }

    /// Variable of a column of values.
    pub fn var(self, column: usize) -> usize {
        column % self.vars
    }

    /// Lag of a column of values.
    pub fn lag(self, column: usize) -> usize {
        column / self.vars
    }

    /// The variable that a column of values or of Hermite polynomials comes from; `None` for a product.
    pub fn source(self, column: usize) -> Option<usize> {
        (column < self.product(0)).then_some(column % self.vars)
    }

    /// Columns of one variable at lags 1 … L.
    pub fn lags_of(self, var: usize) -> impl Iterator<Item = usize> {
        (1..=self.max_lag).map(move |lag| self.of(var, lag))
    }
}

#[cfg(test)]
mod tests {
    use super::Columns;

    #[test]
    fn every_column_has_one_place() {
        let columns = Columns { vars: 4, max_lag: 3, curved: true, products: 5 };
        let mut seen: Vec<usize> = (0..=4).flat_map(|lag| (0..4).map(move |var| columns.of(var, lag))).collect();
        seen.extend((1..=3).flat_map(|lag| (0..4).flat_map(move |var| columns.hermite(var, lag))));
        assert!((0..4).all(|var| columns.hermite(var, 2).into_iter().all(|c| columns.source(c) == Some(var))));
        assert_eq!((columns.source(columns.of(3, 4)), columns.source(columns.product(0))), (Some(3), None));
        seen.extend((0..5).map(|k| columns.product(k)));
        seen.sort_unstable();
        assert_eq!(seen, (0..columns.len()).collect::<Vec<_>>());
    }
}
