//! In: a data matrix over time. Out: its lagged columns, all of one length, without copying any of them.

use super::graph::Node;

/// Every variable at every lag up to `max_lag`, over the rows that have a full past.
#[derive(Debug, Clone)]
pub struct LaggedColumns {
    vars: usize,
    max_lag: usize,
    rows: usize,
    series: Vec<Vec<f64>>,
}

impl LaggedColumns {
    /// From `data` of shape `[rows, vars]`, row-major. Cells must be finite: leave out or fill what is missing first.
    pub fn new(data: &[f64], vars: usize, max_lag: u32) -> Self {
        let max_lag = max_lag as usize;
        let all = data.len().checked_div(vars).unwrap_or(0);
        let series = (0..vars).map(|var| (0..all).map(|row| data[row * vars + var]).collect()).collect();
        Self { vars, max_lag, rows: all.saturating_sub(max_lag), series }
    }

    /// Number of variables.
    pub fn vars(&self) -> usize {
        self.vars
    }

    /// Largest lag there is a column for.
    pub fn max_lag(&self) -> u32 {
        self.max_lag as u32
    }

    /// Length of each column: the rows of the data less `max_lag`.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// `[rows]`: the variable as it was `node.lag` rows before; empty where there is no such column.
    pub fn column(&self, node: Node) -> &[f64] {
        let lag = node.lag as usize;
        match self.series.get(node.var as usize) {
            Some(series) if lag <= self.max_lag && self.rows > 0 => {
                &series[self.max_lag - lag..self.max_lag - lag + self.rows]
            }
            _ => &[],
        }
    }

    /// Position of a node among [`Self::all`]; `None` where there is no such column.
    pub fn index(&self, node: Node) -> Option<usize> {
        let (var, lag) = (node.var as usize, node.lag as usize);
        (var < self.vars && lag <= self.max_lag).then_some(lag * self.vars + var)
    }

    /// All columns, lag 0 first, each lag in order of the variables.
    pub fn all(&self) -> Vec<&[f64]> {
        let nodes = (0..=self.max_lag).flat_map(|lag| (0..self.vars).map(move |var| (var, lag)));
        nodes.map(|(var, lag)| self.column(Node::new(var as u32, lag as u32))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lagged_column_is_the_series_shifted() {
        let data = [0.0, 10.0, 1.0, 11.0, 2.0, 12.0, 3.0, 13.0];
        let lagged = LaggedColumns::new(&data, 2, 2);
        assert_eq!(lagged.rows(), 2);
        assert_eq!(lagged.column(Node::new(0, 0)), [2.0, 3.0]);
        assert_eq!(lagged.column(Node::new(1, 2)), [10.0, 11.0]);
        assert!(lagged.column(Node::new(1, 3)).is_empty() && lagged.column(Node::new(2, 0)).is_empty());
        assert_eq!(lagged.all()[lagged.index(Node::new(1, 1)).unwrap()], lagged.column(Node::new(1, 1)));
        assert_eq!((lagged.index(Node::new(2, 0)), lagged.index(Node::new(0, 3))), (None, None));
    }

    #[test]
    fn too_few_rows_leave_empty_columns() {
        assert!(LaggedColumns::new(&[1.0, 2.0], 1, 3).column(Node::new(0, 0)).is_empty());
        assert_eq!(LaggedColumns::new(&[], 0, 1).rows(), 0);
    }
}
