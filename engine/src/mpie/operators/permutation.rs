//! In: two columns and a statistic. Out: how often chance alone reaches it, under a shuffle that keeps what it must.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::neighbours::{KdTree, standardised};

/// What a shuffle of `x` leaves intact.
#[derive(Debug, Clone, Copy)]
pub enum Shuffle<'a> {
    /// Nothing: rows must be independent of each other. With memory in both columns the p-values are too small.
    Rows,
    /// The order within blocks of this many rows, which should be long against the memory of the data.
    Blocks(usize),
    /// The whole series, turned round by a random number of rows: keeps all memory but for one seam.
    Turn,
    /// The dependence on other columns: each row takes its `x` from one of the `neighbours` rows (itself among them)
    /// nearest to it in `given`, each used once where possible (Runge 2018). For conditional independence.
    Local {
        /// Columns held fixed.
        given: &'a [&'a [f64]],
        /// Rows to draw from; 5 to 10 is usual.
        neighbours: usize,
    },
}

/// Outcome of a permutation test.
#[derive(Debug, Clone, PartialEq)]
pub struct PermutationResult {
    /// Statistic of the data as they are.
    pub statistic: f64,
    /// `(1 + hits) / (1 + permutations)`, where a hit reaches the statistic.
    pub p_value: f64,
    /// `[permutations]`: statistic of each shuffle.
    pub null: Vec<f64>,
}

/// Tests whether `statistic(x, y)` is larger than under no dependence by shuffling `x`; for a two-sided test pass a
/// magnitude. `None` where the lengths differ, there are fewer than two rows or no permutations, the statistic is NaN,
/// or [`Shuffle::Local`] names columns that are constant, not finite or of another length.
pub fn permutation_test(
    x: &[f64],
    y: &[f64],
    shuffle: Shuffle<'_>,
    permutations: usize,
    seed: u64,
    mut statistic: impl FnMut(&[f64], &[f64]) -> f64,
) -> Option<PermutationResult> {
    let n = x.len();
    if n != y.len() || n < 2 || permutations == 0 {
        return None;
    }
    let mut near = match shuffle {
        Shuffle::Local { given, neighbours } => Some(neighbourhoods(given, n, neighbours)?),
        _ => None,
    };
    let observed = statistic(x, y);
    if observed.is_nan() {
        return None;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let null: Vec<f64> = (0..permutations)
        .map(|_| {
            let order = match (&mut near, shuffle) {
                (Some(near), _) => local(near, &mut rng),
                (None, Shuffle::Blocks(rows)) => blocks(n, rows.clamp(1, n), &mut rng),
                (None, Shuffle::Turn) => {
                    let offset = rng.random_range(1..n);
                    (0..n).map(|i| (i + offset) % n).collect()
                }
                (None, _) => blocks(n, 1, &mut rng),
            };
            let shuffled: Vec<f64> = order.into_iter().map(|i| x[i]).collect();
            statistic(&shuffled, y)
        })
        .collect();
    // A shuffle without a statistic counts against the finding.
    let hits = null.iter().filter(|&&value| value >= observed || value.is_nan()).count();
    let p_value = (1 + hits) as f64 / (1 + permutations) as f64;
    Some(PermutationResult { statistic: observed, p_value, null })
}

/// Blocks in random order. The first starts at a random row of the turned series, so that the seams move.
fn blocks(n: usize, rows: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let offset = rng.random_range(0..n);
    let mut starts: Vec<usize> = (0..n).step_by(rows).collect();
    starts.shuffle(rng);
    starts.into_iter().flat_map(|start| (start..(start + rows).min(n)).map(|i| (i + offset) % n)).collect()
}

/// For each row, the rows nearest to it in `given`, itself first.
fn neighbourhoods(given: &[&[f64]], rows: usize, neighbours: usize) -> Option<Vec<Vec<usize>>> {
    if given.is_empty() || given.iter().any(|column| column.len() != rows) {
        return None;
    }
    let scaled: Vec<Vec<f64>> = given.iter().map(|column| standardised(column)).collect::<Option<_>>()?;
    let tree = KdTree::new(&scaled.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let near = |i: usize| {
        let point: Vec<f64> = scaled.iter().map(|column| column[i]).collect();
        let others = tree.nearest(&point, neighbours.saturating_sub(1), Some(i));
        std::iter::once(i).chain(others.into_iter().map(|found| found.1)).collect()
    };
    Some((0..rows).map(near).collect())
}

/// Each row, in random order, takes a random neighbour that nobody took yet, or any where all are taken.
fn local(near: &mut [Vec<usize>], rng: &mut ChaCha8Rng) -> Vec<usize> {
    let mut turns: Vec<usize> = (0..near.len()).collect();
    turns.shuffle(rng);
    let mut taken = vec![false; near.len()];
    let mut order = turns.clone();
    for i in turns {
        near[i].shuffle(rng);
        let free = near[i].iter().copied().find(|&j| !taken[j]);
        // The list is never empty: a row is its own neighbour.
        let chosen = free.or(near[i].last().copied()).unwrap_or(i);
        taken[chosen] = true;
        order[i] = chosen;
    }
    order
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution, StandardNormal};

    use super::super::mutual_information::conditional_mutual_information;
    use super::*;

    fn normals(rows: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
        (0..rows).map(|_| StandardNormal.sample(rng)).collect()
    }

    fn ar1(rows: usize, phi: f64, rng: &mut ChaCha8Rng) -> Vec<f64> {
        let noise = normals(rows + 100, rng);
        let mut value = 0.0;
        let mut series = noise.into_iter().map(|e| {
            value = phi * value + e;
            value
        });
        series.by_ref().take(100).for_each(drop);
        series.collect()
    }

    fn correlation(x: &[f64], y: &[f64]) -> f64 {
        let (mx, my) = (x.iter().sum::<f64>() / x.len() as f64, y.iter().sum::<f64>() / y.len() as f64);
        let sum = |f: fn(f64, f64) -> f64| x.iter().zip(y).map(|(a, b)| f(a - mx, b - my)).sum::<f64>();
        (sum(|a, b| a * b) / (sum(|a, _| a * a) * sum(|_, b| b * b)).sqrt()).abs()
    }

    /// Share of independent pairs with memory that are called dependent at 5 %.
    fn false_alarms(shuffle: Shuffle<'_>) -> f64 {
        let alarms = (400..800).filter(|&seed| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let (x, y) = (ar1(300, 0.9, &mut rng), ar1(300, 0.9, &mut rng));
            permutation_test(&x, &y, shuffle, 59, seed + 1000, correlation).unwrap().p_value <= 0.05
        });
        alarms.count() as f64 / 400.0
    }

    #[test]
    fn memory_fools_the_shuffle_of_rows_but_not_the_ones_that_keep_it() {
        assert!(false_alarms(Shuffle::Rows) > 0.3);
        assert!(false_alarms(Shuffle::Turn) < 0.09);
        assert!(false_alarms(Shuffle::Blocks(60)) < 0.09);
    }

    #[test]
    fn dependence_is_found_under_every_shuffle() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let x = ar1(300, 0.7, &mut rng);
        let y: Vec<f64> = x.iter().zip(normals(300, &mut rng)).map(|(x, e)| 0.5 * x + e).collect();
        for shuffle in [Shuffle::Rows, Shuffle::Blocks(30), Shuffle::Turn] {
            let found = permutation_test(&x, &y, shuffle, 199, 2, correlation).unwrap();
            assert_eq!(found.p_value, 1.0 / 200.0, "{shuffle:?}");
        }
    }

    #[test]
    fn a_common_cause_is_dismissed_only_by_the_local_shuffle() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let z = normals(400, &mut rng);
        let bent = |z: &[f64], rng: &mut ChaCha8Rng| -> Vec<f64> {
            z.iter().zip(normals(z.len(), rng)).map(|(z, e)| z * z + 0.4 * e).collect()
        };
        let (x, y) = (bent(&z, &mut rng), bent(&z, &mut rng));
        let also_driven: Vec<f64> = y.iter().zip(&x).map(|(y, x)| y + 0.8 * x).collect();
        let information =
            |x: &[f64], y: &[f64]| conditional_mutual_information(&[x], &[y], &[&z], 8).unwrap_or(f64::NAN);
        let local = Shuffle::Local { given: &[&z], neighbours: 6 };
        assert!(permutation_test(&x, &y, Shuffle::Rows, 99, 4, correlation).unwrap().p_value <= 0.01);
        assert!(permutation_test(&x, &y, local, 99, 4, information).unwrap().p_value > 0.1);
        assert!(permutation_test(&x, &also_driven, local, 99, 4, information).unwrap().p_value <= 0.01);
    }

    #[test]
    fn p_values_follow_the_count_of_hits() {
        let (x, y) = ([1.0, 2.0, 3.0, 4.0], [1.0, 2.0, 3.0, 4.0]);
        let mut calls = 0;
        let found = permutation_test(&x, &y, Shuffle::Rows, 19, 5, |_, _| {
            calls += 1;
            if calls == 1 || calls <= 4 { 1.0 } else { 0.0 }
        });
        assert_eq!(found.unwrap().p_value, 4.0 / 20.0);
    }

    #[test]
    fn shuffles_rearrange_what_they_may_and_nothing_else() {
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        let mut order = blocks(103, 10, &mut rng);
        let seams = order.windows(2).filter(|pair| (pair[0] + 1) % 103 != pair[1]).count();
        assert!((5..=10).contains(&seams), "{seams} seams");
        order.sort_unstable();
        assert_eq!(order, (0..103).collect::<Vec<_>>());

        let z: Vec<f64> = (0..50).map(f64::from).collect();
        let order = local(&mut neighbourhoods(&[&z], 50, 5).unwrap(), &mut rng);
        assert!(order.iter().enumerate().all(|(i, &j)| i.abs_diff(j) <= 4), "only near rows are exchanged");
        assert!(order.iter().enumerate().filter(|(i, j)| *i != **j).count() > 25);
    }

    #[test]
    fn questions_without_an_answer_have_none() {
        let x = [1.0, 2.0, 3.0];
        let ask = |y: &[f64], shuffle: Shuffle<'_>| permutation_test(&x, y, shuffle, 9, 7, correlation);
        assert_eq!(ask(&x[..2], Shuffle::Rows), None);
        assert_eq!(ask(&[1.0; 3], Shuffle::Rows), None, "the statistic is NaN");
        assert_eq!(ask(&x, Shuffle::Local { given: &[&[5.0; 3]], neighbours: 2 }), None);
    }
}
