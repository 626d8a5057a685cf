//! In: two series. Out: the sum of their products.

/// Sums kept side by side. A single one would have to wait for itself at every row.
const LANES: usize = 8;

/// Sum of products over the rows both have.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let rows = a.len().min(b.len());
    let (a, b) = (a[..rows].chunks_exact(LANES), b[..rows].chunks_exact(LANES));
    let rest: f64 = a.remainder().iter().zip(b.remainder()).map(|(x, y)| x * y).sum();
    let mut lanes = [0.0; LANES];
    for (a, b) in a.zip(b) {
        for ((lane, x), y) in lanes.iter_mut().zip(a).zip(b) {
            *lane += x * y;
        }
    }
    lanes.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::dot;

    #[test]
    fn every_row_counts_once() {
        for rows in [0, 1, 7, 8, 9, 30] {
            let a: Vec<f64> = (0..rows).map(f64::from).collect();
            let b = vec![2.0; rows as usize + 3];
            assert_eq!(dot(&a, &b), f64::from(rows * (rows - 1)), "{rows} rows");
        }
    }
}
