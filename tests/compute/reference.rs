//! In: the inputs of an operation. Out: what it should yield, by the textbook, in double precision. Never used outside
//! of tests.

use scarcity_engine::compute::WeightedGram;

/// A cell of the lagged matrix.
pub fn lagged(request: &WeightedGram<'_>, row: usize, column: usize) -> f64 {
    if request.constant && column == 0 {
        return 1.0;
    }
    let c = column - usize::from(request.constant);
    let (lag, var) = (c / request.vars, c % request.vars);
    f64::from(request.series[(row + request.lags - 1 - lag) * request.vars + var])
}

/// Second moments of one weighting, `[columns, columns]`, and for each entry the geometric mean of the two diagonal
/// entries: the scale its error is measured on.
pub fn moments(request: &WeightedGram<'_>, weighting: usize) -> (Vec<f64>, Vec<f64>) {
    let (rows, columns) = (request.rows(), request.columns());
    let weights = &request.weights[weighting * rows..(weighting + 1) * rows];
    let mut sums = vec![0.0; columns * columns];
    for t in 0..rows {
        let row: Vec<f64> = (0..columns).map(|c| lagged(request, t, c)).collect();
        for i in 0..columns {
            for j in 0..columns {
                sums[i * columns + j] += f64::from(weights[t]) * row[i] * row[j];
            }
        }
    }
    let scale = (0..columns * columns)
        .map(|at| (sums[at / columns * (columns + 1)] * sums[at % columns * (columns + 1)]).sqrt())
        .collect();
    (sums, scale)
}
