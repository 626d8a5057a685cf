//! In: columns. Out: their mutual information in nats, plain or given others, from distances to nearest neighbours.

use super::neighbours::{KdTree, standardised};

/// Mutual information of `x` and `y` in nats, each one or more columns of `n` rows (Kraskov, Stögbauer & Grassberger
/// 2004, algorithm 1) with `k` neighbours; `k` of 3 to 10 is usual, more lowers the variance and raises the bias.
///
/// `None` where the lengths differ, `n ≤ k`, `k` is 0 or a column is constant or not finite. The estimate of
/// independent columns scatters around 0 on both sides.
pub fn mutual_information(x: &[&[f64]], y: &[&[f64]], k: usize) -> Option<f64> {
    conditional_mutual_information(x, y, &[], k)
}

/// Mutual information of `x` and `y` given `z` in nats (Frenzel & Pompe 2007); with no `z` it is
/// [`mutual_information`].
///
/// `ψ(k) + ⟨ψ(n_z) - ψ(n_xz) - ψ(n_yz)⟩`, where `n_·` counts the points, itself included, that lie in that subspace
/// strictly closer than the `k`-th neighbour in all dimensions. Where that neighbour is a tie at distance 0 (repeated
/// values), `k` gives way to the number of ties and they are what is counted (Mesner & Shalizi 2020). Columns are
/// brought to unit variance first, so that units do not matter.
pub fn conditional_mutual_information(x: &[&[f64]], y: &[&[f64]], z: &[&[f64]], k: usize) -> Option<f64> {
    let columns: Vec<&[f64]> = [x, y, z].concat();
    let n = columns.first()?.len();
    if x.is_empty() || y.is_empty() || k == 0 || n <= k || columns.iter().any(|column| column.len() != n) {
        return None;
    }
    let scaled: Vec<Vec<f64>> = columns.iter().map(|column| standardised(column)).collect::<Option<_>>()?;
    let scaled: Vec<&[f64]> = scaled.iter().map(Vec::as_slice).collect();
    let of_z = &scaled[x.len() + y.len()..];
    let xz = [&scaled[..x.len()], of_z].concat();
    let yz = &scaled[x.len()..];
    let joint_tree = KdTree::new(&scaled);
    let (tree_xz, tree_yz, tree_z) = (KdTree::new(&xz), KdTree::new(yz), KdTree::new(of_z));
    let digamma = digamma_table(n + 1);

    let mut point = vec![0.0; scaled.len()];
    let mut point_xz = vec![0.0; xz.len()];
    let mut sum = 0.0;
    for i in 0..n {
        point.iter_mut().zip(&scaled).for_each(|(p, column)| *p = column[i]);
        point_xz.iter_mut().zip(&xz).for_each(|(p, column)| *p = column[i]);
        let radius = joint_tree.nearest(&point, k, Some(i)).last()?.0;
        let near_z = if of_z.is_empty() { n } else { tree_z.count(&point[x.len() + y.len()..], radius) };
        let near_xz = tree_xz.count(&point_xz, radius);
        let near_yz = tree_yz.count(&point[x.len()..], radius);
        let near = if radius > 0.0 { k } else { joint_tree.count(&point, 0.0) };
        sum += digamma[near] + digamma[near_z] - digamma[near_xz] - digamma[near_yz];
    }
    Some(sum / n as f64)
}

/// `ψ(m)` for `m` of 0 (never asked for) to `n`: `ψ(1) = -γ`, `ψ(m + 1) = ψ(m) + 1/m`.
fn digamma_table(n: usize) -> Vec<f64> {
    let mut table = vec![f64::NEG_INFINITY, -0.577_215_664_901_532_9];
    for m in 1..n {
        table.push(table[m] + 1.0 / m as f64);
    }
    table
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::super::partial_correlation::PartialCorrelation;
    use super::*;

    fn normals(rows: usize, seed: u64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..rows).map(|_| StandardNormal.sample(&mut rng)).collect()
    }

    fn mix(a: f64, x: &[f64], b: f64, y: &[f64]) -> Vec<f64> {
        x.iter().zip(y).map(|(x, y)| a * x + b * y).collect()
    }

    #[test]
    fn bivariate_gaussians_have_the_closed_form() {
        for (seed, rho) in [(1, 0.0_f64), (2, 0.5), (3, -0.8), (4, 0.95)] {
            let x = normals(2000, seed);
            let y = mix(rho, &x, (1.0 - rho * rho).sqrt(), &normals(2000, seed + 100));
            let expected = -0.5 * (1.0 - rho * rho).ln();
            let found = mutual_information(&[&x], &[&y], 5).unwrap();
            assert!((found - expected).abs() < 0.05, "rho {rho}: {found} against {expected}");
        }
    }

    #[test]
    fn a_chain_is_separated_by_its_middle_and_only_by_it() {
        let x = normals(2000, 5);
        let y = mix(1.0, &x, 1.0, &normals(2000, 6));
        let z = mix(1.0, &y, 1.0, &normals(2000, 7));
        let ends = conditional_mutual_information(&[&x], &[&z], &[&y], 5).unwrap();
        assert!(ends.abs() < 0.05, "ends given the middle: {ends}");
        // var(x | z) = 2/3 and var(x | y) = 1/2, so I(x; y | z) = ½ ln((2/3)/(1/2)).
        let first = conditional_mutual_information(&[&x], &[&y], &[&z], 5).unwrap();
        assert!((first - 0.5 * (4.0_f64 / 3.0).ln()).abs() < 0.05, "first link given the end: {first}");
    }

    #[test]
    fn it_sees_a_parabola_that_partial_correlation_misses() {
        let x = normals(1000, 8);
        let y: Vec<f64> = x.iter().zip(normals(1000, 9)).map(|(x, e)| x * x + 0.3 * e).collect();
        let linear = PartialCorrelation::new(&[&x, &y]).given(0, 1, &[]).unwrap();
        assert!(linear.ln_p > 0.01_f64.ln(), "the linear test sees it: {linear:?}");
        assert!(mutual_information(&[&x], &[&y], 5).unwrap() > 0.5);
    }

    #[test]
    fn units_and_the_order_of_the_arguments_do_not_matter() {
        let x = normals(500, 10);
        let y = mix(0.6, &x, 0.8, &normals(500, 11));
        let thousandfold: Vec<f64> = y.iter().map(|v| 1000.0 * v + 7.0).collect();
        let found = mutual_information(&[&x], &[&y], 4).unwrap();
        assert!((mutual_information(&[&y], &[&x], 4).unwrap() - found).abs() < 1e-12);
        assert!((mutual_information(&[&x], &[&thousandfold], 4).unwrap() - found).abs() < 1e-6);
    }

    #[test]
    fn coins_are_told_apart_although_all_values_are_ties() {
        let mut rng = ChaCha8Rng::seed_from_u64(12);
        let mut coins = || (0..800).map(|_| f64::from(u8::from(rng.random::<bool>()))).collect::<Vec<_>>();
        let (a, b) = (coins(), coins());
        assert!(mutual_information(&[&a], &[&b], 5).unwrap().abs() < 0.01);
        assert!((mutual_information(&[&a], &[&a], 5).unwrap() - std::f64::consts::LN_2).abs() < 0.01);
    }

    #[test]
    fn unusable_columns_have_no_answer() {
        let x = normals(50, 13);
        assert_eq!(mutual_information(&[&x], &[&[1.0; 50]], 3), None);
        assert_eq!(mutual_information(&[&x], &[&x[..49]], 3), None);
        assert_eq!(mutual_information(&[&x[..3]], &[&x[..3]], 3), None);
        assert_eq!(mutual_information(&[], &[&x], 3), None);
    }
}
