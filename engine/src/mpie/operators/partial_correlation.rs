//! In: columns of a data matrix. Out: the correlation of two of them given others, with its p-value.

use std::f64::consts::LN_2;

use super::super::linalg::invert_spd;
use super::super::tails::ln_normal_sf;

/// Share of a column's variance below which what the others leave of it is rounding.
const TOLERANCE: f64 = 1e-10;

/// A partial correlation and its test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PartialResult {
    /// Partial correlation, `[-1, 1]`.
    pub r: f64,
    /// `ln p` of no linear dependence, two-sided, by Fisher's z.
    pub ln_p: f64,
}

/// Correlations of all columns, taken once; each question then costs one small inverse.
#[derive(Debug, Clone)]
pub struct PartialCorrelation {
    rows: usize,
    columns: usize,
    matrix: Vec<f64>,
}

impl PartialCorrelation {
    /// From columns of one length. A constant column correlates with nothing.
    pub fn new(columns: &[&[f64]]) -> Self {
        let rows = columns.iter().map(|column| column.len()).min().unwrap_or(0);
        let unit: Vec<Vec<f64>> = columns.iter().map(|column| unit_vector(&column[..rows])).collect();
        let n = unit.len();
        let mut matrix = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let value: f64 = unit[i].iter().zip(&unit[j]).map(|(a, b)| a * b).sum();
                matrix[i * n + j] = value;
                matrix[j * n + i] = value;
            }
        }
        Self { rows, columns: n, matrix }
    }

    /// Partial correlation of columns `x` and `y` given columns `z`. `None` where there is no such column, `z` is
    /// collinear or fixes `x` or `y` exactly, or `rows ≤ |z| + 3`.
    ///
    /// `r` is the correlation in the Schur complement of `z`; `atanh(r) sqrt(rows - |z| - 3)` is standard normal under
    /// no dependence (Fisher 1924).
    pub fn given(&self, x: usize, y: usize, z: &[usize]) -> Option<PartialResult> {
        let n = self.columns;
        if self.rows <= z.len() + 3 || x.max(y) >= n || z.iter().any(|&c| c >= n) {
            return None;
        }
        let at = |i: usize, j: usize| self.matrix[i * n + j];
        let k = z.len();
        let block: Vec<f64> = z.iter().flat_map(|&i| z.iter().map(move |&j| at(i, j))).collect();
        let inverse = invert_spd(&block, k, k, TOLERANCE)?;
        let left = |a: usize, b: usize| {
            let mut value = at(a, b);
            for (i, &zi) in z.iter().enumerate() {
                for (j, &zj) in z.iter().enumerate() {
                    value -= at(a, zi) * inverse[i * k + j] * at(zj, b);
                }
            }
            value
        };
        let (xx, yy) = (left(x, x), left(y, y));
        if !(xx > TOLERANCE && yy > TOLERANCE) {
            return None;
        }
        let r = (left(x, y) / (xx * yy).sqrt()).clamp(-1.0, 1.0);
        // One step short of ±1 the transform stays finite.
        let z_score = libm::atanh(r.abs().min(1.0 - f64::EPSILON)) * ((self.rows - k - 3) as f64).sqrt();
        Some(PartialResult { r, ln_p: (ln_normal_sf(z_score) + LN_2).min(0.0) })
    }
}

/// The column less its mean, of length 1; zeros where it does not vary.
fn unit_vector(column: &[f64]) -> Vec<f64> {
    let mean = column.iter().sum::<f64>() / column.len().max(1) as f64;
    let centred: Vec<f64> = column.iter().map(|v| v - mean).collect();
    let norm = centred.iter().map(|v| v * v).sum::<f64>().sqrt();
    let rounding = 1e-13 * mean.abs() * (column.len() as f64).sqrt();
    let scale = if norm > rounding { 1.0 / norm } else { 0.0 };
    centred.iter().map(|v| v * scale).collect()
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    fn normal(rng: &mut ChaCha8Rng) -> f64 {
        StandardNormal.sample(rng)
    }

    /// x → y → z with unit noise.
    fn chain(rows: usize, seed: u64) -> [Vec<f64>; 3] {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let x: Vec<f64> = (0..rows).map(|_| normal(&mut rng)).collect();
        let y: Vec<f64> = x.iter().map(|v| 0.8 * v + normal(&mut rng)).collect();
        let z: Vec<f64> = y.iter().map(|v| 0.8 * v + normal(&mut rng)).collect();
        [x, y, z]
    }

    #[test]
    fn agrees_with_the_first_order_formula() {
        let [x, y, z] = chain(200, 1);
        let test = PartialCorrelation::new(&[&x, &y, &z]);
        let r = |a, b| test.given(a, b, &[]).unwrap().r;
        let formula = (r(0, 2) - r(0, 1) * r(1, 2)) / ((1.0 - r(0, 1).powi(2)) * (1.0 - r(1, 2).powi(2))).sqrt();
        assert!((test.given(0, 2, &[1]).unwrap().r - formula).abs() < 1e-12);
    }

    #[test]
    fn the_middle_of_a_chain_separates_its_ends() {
        let [x, y, z] = chain(500, 2);
        let test = PartialCorrelation::new(&[&x, &y, &z]);
        assert!(test.given(0, 2, &[]).unwrap().ln_p < -20.0);
        assert!(test.given(0, 2, &[1]).unwrap().ln_p > 0.05_f64.ln());
        assert!(test.given(0, 1, &[2]).unwrap().ln_p < -20.0);
    }

    #[test]
    fn p_values_are_uniform_without_dependence() {
        let mut p: Vec<f64> = (0..600)
            .map(|seed| {
                let [x, y, z] = chain(25, 100 + seed);
                PartialCorrelation::new(&[&x, &y, &z]).given(0, 2, &[1]).unwrap().ln_p.exp()
            })
            .collect();
        p.sort_by(f64::total_cmp);
        // Kolmogorov–Smirnov: 1.63/√n is passed once in a hundred.
        let distance = p.iter().enumerate().map(|(i, v)| (v - (i as f64 + 0.5) / 600.0).abs()).fold(0.0, f64::max);
        assert!(distance < 1.63 / 600_f64.sqrt(), "distance from uniform {distance}");
    }

    #[test]
    fn copies_constants_and_short_columns_have_no_answer_or_the_certain_one() {
        let [x, y, _] = chain(50, 3);
        let flat = vec![4.2; 50];
        let test = PartialCorrelation::new(&[&x, &y, &flat, &x]);
        assert!(test.given(0, 3, &[]).unwrap().r > 1.0 - 1e-12);
        assert!(test.given(0, 3, &[]).unwrap().ln_p < -500.0);
        assert_eq!(test.given(0, 1, &[3]), None, "x fixes itself");
        assert_eq!(test.given(0, 2, &[]), None, "a constant");
        assert_eq!(test.given(0, 1, &[9]), None, "no such column");
        assert_eq!(PartialCorrelation::new(&[&x[..4], &y[..4]]).given(0, 1, &[0]), None, "too few rows");
    }
}
