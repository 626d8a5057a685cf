//! In: lagged factors and residuals. Out: for each residual the product of three factors that it goes with most.

use std::ops::Range;

use rayon::prelude::*;

use crate::compute::cpu::product::{self, Dense, product};

use super::columns::Columns;

/// Factors up to which all their products of three are looked at: the cost grows with the cube.
const MAX_FACTORS: usize = 32;
/// Sums that are taken side by side.
const LANES: usize = 16;

/// Every product of three factors of different variables.
pub struct Triples {
    terms: Vec<[usize; 3]>,
    rows: usize,
    /// `[factors, rows]`.
    by_factor: Vec<f32>,
    /// Mean of every product.
    mean: Vec<f32>,
    /// One over its variance.
    per_variance: Vec<f32>,
}

impl Triples {
    /// From `[rows, factors]`; `None` where there are too many to look at.
    pub fn of(single: &[f32], columns: Columns) -> Option<Self> {
        if Self::count(columns) == 0 {
            return None;
        }
        let factors = columns.vars * columns.max_lag;
        let rows = single.len() / factors;
        let by_factor: Vec<f32> =
            (0..factors).flat_map(|factor| single.iter().skip(factor).step_by(factors).copied()).collect();
        let mut terms = Vec::with_capacity(Self::count(columns));
        let differ = |a: usize, b: usize| a % columns.vars != b % columns.vars;
        for a in 0..factors {
            for b in (a + 1..factors).filter(|&b| differ(a, b)) {
                terms.extend((b + 1..factors).filter(|&c| differ(a, c) && differ(b, c)).map(|c| [a, b, c]));
            }
        }
        let mut triples = Self { terms, rows, by_factor, mean: Vec::new(), per_variance: Vec::new() };
        let moments = |term: &[usize; 3]| {
            let (mut sums, mut squares) = ([0.0f32; LANES], [0.0f32; LANES]);
            let of_term = term.map(|factor| triples.factor(factor, 0..rows));
            for (at, value) in products(of_term).enumerate() {
                sums[at % LANES] += value;
                squares[at % LANES] += value * value;
            }
            let mean = sums.iter().sum::<f32>() / rows as f32;
            (mean, 1.0 / (squares.iter().sum::<f32>() / rows as f32 - mean * mean).max(1e-6))
        };
        (triples.mean, triples.per_variance) = triples.terms.par_iter().with_min_len(64).map(moments).unzip();
        Some(triples)
    }

    /// Number of products that are looked at.
    pub fn count(columns: Columns) -> usize {
        let (vars, lags) = (columns.vars, columns.max_lag);
        if vars < 3 || vars * lags > MAX_FACTORS { 0 } else { vars * (vars - 1) * (vars - 2) / 6 * lags.pow(3) }
    }

    /// For each residual the three factors whose product correlates most with it.
    pub fn strongest(&self, residuals: &[&[f64]]) -> Vec<Option<Vec<usize>>> {
        let targets = residuals.len();
        let right: Vec<f32> = (0..self.rows).flat_map(|row| residuals.iter().map(move |of| of[row] as f32)).collect();
        let mut moments = vec![0.0; self.terms.len() * targets];
        product(self, &Dense::new(&right, targets), self.rows, &mut moments, false);
        let strongest = |(target, residual): (usize, &&[f64])| {
            let sum = residual.iter().sum::<f64>() as f32;
            let mut best = (0.0, None);
            let of_target = moments.iter().skip(target).step_by(targets);
            for (((m, mean), scale), term) in of_target.zip(&self.mean).zip(&self.per_variance).zip(&self.terms) {
                let covariance = m - mean * sum;
                let score = covariance * covariance * scale;
                if score > best.0 {
                    best = (score, Some(term));
                }
            }
            best.1.map(|term| term.to_vec())
        };
        residuals.iter().enumerate().map(strongest).collect()
    }

    fn factor(&self, factor: usize, rows: Range<usize>) -> &[f32] {
        &self.by_factor[factor * self.rows..][rows]
    }
}

fn products([a, b, c]: [&[f32]; 3]) -> impl Iterator<Item = f32> {
    a.iter().zip(b).zip(c).map(|((a, b), c)| a * b * c)
}

impl product::Columns<f32> for Triples {
    fn columns(&self) -> usize {
        self.terms.len()
    }

    fn pack(&self, rows: Range<usize>, first: usize, width: usize, panel: &mut [f32]) {
        for column in 0..width {
            let cells = panel.iter_mut().skip(column).step_by(width);
            match self.terms.get(first + column) {
                Some(term) => {
                    let values = products(term.map(|factor| self.factor(factor, rows.clone())));
                    cells.zip(values).for_each(|(cell, value)| *cell = value);
                }
                None => cells.for_each(|cell| *cell = 0.0),
            }
        }
    }
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
        assert_eq!((Triples::count(columns), triples.terms.len()), (10 * 8, 10 * 8));
        for planted in [[0, 3, 6], [1, 2, 4], [4, 7, 8]] {
            let product = |row: &Vec<f32>| planted.iter().map(|&factor| f64::from(row[factor])).product::<f64>();
            let residual: Vec<f64> = rows.iter().map(|row| 0.3 * product(row) + f64::from(uniform())).collect();
            let noise: Vec<f64> = rows.iter().map(|_| f64::from(uniform())).collect();
            let found = triples.strongest(&[&noise, &residual]);
            assert_eq!(found[1].as_deref(), Some(&planted[..]));
            assert!(found[0].is_some(), "the strongest of noise is some product, too");
        }
    }

    #[test]
    fn too_many_factors_are_not_looked_at() {
        assert!(Triples::of(&[0.0; 99], Columns::linear(33, 1)).is_none());
        assert!(Triples::of(&[0.0; 8], Columns::linear(2, 2)).is_none());
    }
}
