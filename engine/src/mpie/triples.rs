//! In: lagged factors and a residual. Out: the product of three of them that the residual goes with most.

use super::columns::Columns;
use super::products::Weighted;
use crate::compute::cpu::product::{Dense, product};

/// Factors up to which all their products of three are looked at: the cost grows with the cube.
const MAX_FACTORS: usize = 32;

/// Mean and variance of every product of three factors of different variables.
pub struct Triples {
    factors: usize,
    /// Per first factor, `[others, others]` of the factors behind it: mean.
    mean: Vec<Vec<f32>>,
    /// The same, one over the variance; 0 for what is no product of three variables, or the same as another.
    per_variance: Vec<Vec<f32>>,
}

impl Triples {
    /// From `[rows, factors]`; `None` where there are too many to look at.
    pub fn of(single: &[f32], columns: Columns) -> Option<Self> {
        if Self::count(columns) == 0 {
            return None;
        }
        let factors = columns.vars * columns.max_lag;
        let rows = single.len() / factors;
        let squares: Vec<f32> = single.iter().map(|v| v * v).collect();
        let ones = vec![1.0; rows];
        let per_row = 1.0 / rows as f32;
        let mean: Vec<Vec<f32>> = (0..factors)
            .map(|a| moments(single, factors, a, &ones).iter().map(|sum| sum * per_row).collect())
            .collect();
        let per_variance = (0..factors)
            .map(|a| {
                let behind = factors - a - 1;
                let mut scale = moments(&squares, factors, a, &ones);
                for (at, (value, mean)) in scale.iter_mut().zip(&mean[a]).enumerate() {
                    let (b, c) = (a + 1 + at / behind, a + 1 + at % behind);
                    let [x, y, z] = [a, b, c].map(|factor| factor % columns.vars);
                    let is_product = b < c && x != y && x != z && y != z;
                    *value = if is_product { 1.0 / (*value * per_row - mean * mean).max(1e-6) } else { 0.0 };
                }
                scale
            })
            .collect();
        Some(Self { factors, mean, per_variance })
    }

    /// Number of products that are looked at.
    pub fn count(columns: Columns) -> usize {
        let (vars, lags) = (columns.vars, columns.max_lag);
        if vars < 3 || vars * lags > MAX_FACTORS { 0 } else { vars * (vars - 1) * (vars - 2) / 6 * lags.pow(3) }
    }

    /// The three factors whose product correlates most with a residual, of `[rows, factors]`.
    pub fn strongest(&self, single: &[f32], residual: &[f64]) -> Option<Vec<usize>> {
        let weights: Vec<f32> = residual.iter().map(|&v| v as f32).collect();
        let sum = residual.iter().sum::<f64>() as f32;
        let mut best = (0.0, None);
        for a in 0..self.factors {
            let behind = self.factors - a - 1;
            let moments = moments(single, self.factors, a, &weights);
            for (at, ((m, mean), scale)) in moments.iter().zip(&self.mean[a]).zip(&self.per_variance[a]).enumerate() {
                let covariance = m - mean * sum;
                let score = covariance * covariance * scale;
                if score > best.0 {
                    best = (score, Some(vec![a, a + 1 + at / behind, a + 1 + at % behind]));
                }
            }
        }
        best.1
    }
}

/// `[others, others]`, upper half: sums of weight × factor `a` × two of the factors behind it.
fn moments(single: &[f32], factors: usize, a: usize, weights: &[f32]) -> Vec<f32> {
    let behind = factors - a - 1;
    let mut out = vec![0.0; behind * behind];
    if behind > 0 {
        let weights: Vec<f32> = single.iter().skip(a).step_by(factors).zip(weights).map(|(v, w)| v * w).collect();
        let right = Dense::part(single, factors, a + 1, behind);
        product(&Weighted { rows: right, weights: &weights }, &right, weights.len(), &mut out, true);
    }
    out
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};

    use super::{Columns, Triples};

    #[test]
    fn the_strongest_of_all_products_of_three_is_the_planted_one() {
        let columns = Columns::linear(5, 2);
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        let mut uniform = || rng.random_range(-1.5..1.5);
        let rows: Vec<Vec<f32>> = (0..600).map(|_| (0..10).map(|_| uniform()).collect()).collect();
        let single = rows.concat();
        let triples = Triples::of(&single, columns).unwrap();
        // Five variables at two lags: three of the five, each at either lag.
        assert_eq!(Triples::count(columns), 10 * 8);
        for planted in [[0, 3, 6], [1, 2, 4], [4, 7, 8]] {
            let product = |row: &Vec<f32>| planted.iter().map(|&factor| f64::from(row[factor])).product::<f64>();
            let residual: Vec<f64> = rows.iter().map(|row| 0.3 * product(row) + f64::from(uniform())).collect();
            assert_eq!(triples.strongest(&single, &residual).unwrap(), planted);
        }
    }

    #[test]
    fn too_many_factors_are_not_looked_at() {
        assert!(Triples::of(&[0.0; 99], Columns::linear(33, 1)).is_none());
        assert!(Triples::of(&[0.0; 8], Columns::linear(2, 2)).is_none());
    }
}
