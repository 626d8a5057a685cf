//! In: columns. Out: which of them are sums, differences or other combinations of earlier ones.

use super::dot::dot;

/// Share of a column's variance, left by those before it, below which it adds nothing.
const LEFT: f64 = 1e-3;
/// Coefficient between standardised columns below which one has no part in a combination.
const PART: f64 = 0.02;
/// Rows looked at, from all over the columns, and most columns.
const MAX_ROWS: usize = 2000;
const MAX_COLUMNS: usize = 300;
/// Rows needed per column: fewer, and chance combines anything.
const ROWS_PER_COLUMN: usize = 10;

/// A column that others determine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Combination {
    /// The column.
    pub of: usize,
    /// Earlier columns it is made of, ascending; at least two.
    pub parts: Vec<usize>,
}

/// Finds them in order, so that one of each group is named. Rows with a missing cell are left out.
pub fn combinations(columns: &[Vec<f64>]) -> Vec<Combination> {
    let rows = columns.first().map_or(0, Vec::len);
    // A column with many holes has no say, or no row would be whole.
    let sparse: Vec<bool> = columns.iter().map(|c| 2 * c.iter().filter(|v| !v.is_finite()).count() > c.len()).collect();
    let whole: Vec<usize> = (0..rows)
        .step_by(rows.div_ceil(MAX_ROWS).max(1))
        .filter(|&row| columns.iter().zip(&sparse).all(|(column, sparse)| *sparse || column[row].is_finite()))
        .collect();
    if columns.len() > MAX_COLUMNS || whole.len() < ROWS_PER_COLUMN * columns.len() {
        return Vec::new();
    }
    let standard: Vec<Option<Vec<f64>>> = columns
        .iter()
        .zip(&sparse)
        .map(|(column, sparse)| if *sparse { None } else { standardised(column, &whole) })
        .collect();
    // Cholesky factorisation of the correlations: rows of the independent columns so far.
    let mut independent: Vec<(usize, Vec<f64>)> = Vec::new();
    let mut found = Vec::new();
    for (of, column) in standard.iter().enumerate() {
        let Some(column) = column else { continue };
        let mut lower = Vec::with_capacity(independent.len());
        for (k, (other, before)) in independent.iter().enumerate() {
            let product = standard[*other].as_ref().map_or(0.0, |other| dot(column, other));
            let known: f64 = (0..k).map(|m| lower[m] * before[m]).sum();
            lower.push((product - known) / before[k]);
        }
        let left = 1.0 - lower.iter().map(|l| l * l).sum::<f64>();
        if left > LEFT {
            lower.push(left.sqrt());
            independent.push((of, lower));
            continue;
        }
        let beta = back_substituted(&independent, lower);
        let parts: Vec<usize> =
            independent.iter().zip(beta).filter(|(_, beta)| beta.abs() > PART).map(|((part, _), _)| *part).collect();
        if parts.len() > 1 {
            found.push(Combination { of, parts });
        }
    }
    found
}

/// Coefficients on the independent columns.
fn back_substituted(independent: &[(usize, Vec<f64>)], mut shares: Vec<f64>) -> Vec<f64> {
    for k in (0..shares.len()).rev() {
        let later: f64 = (k + 1..shares.len()).map(|m| independent[m].1[k] * shares[m]).sum();
        shares[k] = (shares[k] - later) / independent[k].1[k];
    }
    shares
}

/// With mean 0 and length 1; `None` where the column does not vary.
fn standardised(column: &[f64], rows: &[usize]) -> Option<Vec<f64>> {
    let first = column[*rows.first()?];
    let mean = rows.iter().map(|&row| column[row] - first).sum::<f64>() / rows.len() as f64;
    let centred: Vec<f64> = rows.iter().map(|&row| column[row] - first - mean).collect();
    let length = dot(&centred, &centred).sqrt();
    (length > 0.0).then(|| centred.iter().map(|x| x / length).collect())
}

#[cfg(test)]
mod tests {
    use super::{Combination, combinations};

    #[test]
    fn a_rounded_total_is_found_and_relatives_are_not() {
        let wave = |k: f64| (0..400).map(|t| (k * f64::from(t)).sin() + 100.0).collect::<Vec<f64>>();
        let (a, b, c) = (wave(0.37), wave(0.11), wave(1.3));
        let total: Vec<f64> = (0..400).map(|t| (100.0 * (a[t] + b[t])).round() / 100.0).collect();
        let near: Vec<f64> = (0..400).map(|t| a[t] - b[t] + 0.2 * c[t] + 0.1 * (2.9 * t as f64).sin()).collect();
        let found = combinations(&[a.clone(), b.clone(), c, total.clone(), near, vec![5.0; 400]]);
        assert_eq!(found, [Combination { of: 3, parts: vec![0, 1] }]);
        // A copy is no combination, and few rows say nothing.
        assert!(combinations(&[a.clone(), a.clone()]).is_empty());
        assert!(combinations(&[a[..20].to_vec(), b[..20].to_vec(), total[..20].to_vec()]).is_empty());
    }
}
