//! In: a small symmetric positive definite matrix. Out: its inverse, or what a regression leaves over; `None` where it
//! is singular.

/// Inverse of the leading `n × n` part of a row-major matrix with `stride` columns, by Cholesky. A pivot below
/// `tolerance` times its own diagonal entry counts as singular.
pub fn invert_spd(matrix: &[f64], n: usize, stride: usize, tolerance: f64) -> Option<Vec<f64>> {
    let at = |i: usize, j: usize| matrix[i * stride + j];
    let mut lower = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let mut value = at(i, j);
            for m in 0..j {
                value -= lower[i * n + m] * lower[j * n + m];
            }
            if i == j {
                if value <= tolerance * at(i, i).max(1e-300) {
                    return None;
                }
                lower[i * n + i] = value.sqrt();
            } else {
                lower[i * n + j] = value / lower[j * n + j];
            }
        }
    }
    let mut root = vec![0.0; n * n];
    for column in 0..n {
        for i in column..n {
            let mut value = if i == column { 1.0 } else { 0.0 };
            for m in column..i {
                value -= lower[i * n + m] * root[m * n + column];
            }
            root[i * n + column] = value / lower[i * n + i];
        }
    }
    let mut inverse = vec![0.0; n * n];
    for a in 0..n {
        for b in a..n {
            let value: f64 = (b..n).map(|i| root[i * n + a] * root[i * n + b]).sum();
            inverse[a * n + b] = value;
            inverse[b * n + a] = value;
        }
    }
    Some(inverse)
}

/// Factorises a symmetric `n × n` matrix in place (lower triangle) and returns its last pivot: the residual sum of
/// squares of the last variable on the others, when the matrix holds sums of products. `None` where a regressor is a
/// combination of those before it.
pub fn last_pivot(matrix: &mut [f64], n: usize, tolerance: f64) -> Option<f64> {
    for i in 0..n {
        let diagonal = matrix[i * n + i];
        for j in 0..=i {
            let mut value = matrix[i * n + j];
            for m in 0..j {
                value -= matrix[i * n + m] * matrix[j * n + m];
            }
            if i > j {
                matrix[i * n + j] = value / matrix[j * n + j];
            } else if i + 1 == n {
                return Some(value.max(1e-12));
            } else if value <= tolerance * diagonal.max(1e-300) {
                return None;
            } else {
                matrix[i * n + i] = value.sqrt();
            }
        }
    }
    None
}
