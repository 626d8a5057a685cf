//! In: a target's selected columns. Out: for every source and lag the partial test, its effect and standard error, and
//! for every source the joint test of all its lags.

use super::columns::Columns;
use super::correlation::Correlation;
use super::projector::{COLLINEAR, Projector, Solution};
use super::selection::ln_p_of_drop;
use super::tails::{ln_f_sf, ln_t2_sf};

/// One source at one lag, tested against one target.
#[derive(Debug, Clone, Copy)]
pub struct LinkTest {
    /// Source variable.
    pub source: usize,
    /// Lag in rows, 1 … L.
    pub lag: usize,
    /// `ln p` of no effect given the target's other parents (and, at half weight, the source's own past).
    pub ln_p: f64,
    /// Partial effect, in standard deviations.
    pub beta: f64,
    /// Its standard error.
    pub se: f64,
    /// Position among the entered columns, if selected.
    pub entered: Option<usize>,
}

/// Everything one regression says about its target.
#[derive(Debug, Clone)]
pub struct Assessment {
    /// Target variable.
    pub target: usize,
    /// Selected columns: own lags first.
    pub entered: Vec<usize>,
    /// Coefficients of the selected columns, in standard deviations.
    pub beta: Vec<f64>,
    /// Share of the variance the target's own past explains.
    pub own_r2: f64,
    /// Tests of every considered source and lag.
    pub links: Vec<LinkTest>,
    /// `(source, ln p)` of all lags of a source jointly.
    pub pairs: Vec<(usize, f64)>,
}

/// Tests every source in `sources` at every lag, given what `projector` holds.
pub fn assess(
    corr: &Correlation,
    columns: Columns,
    target: usize,
    projector: &Projector<'_>,
    sources: &[usize],
    mci: f64,
) -> Assessment {
    let solution = projector.solve();
    let dof = projector.dof(corr.count(target, target));
    let se = (0..projector.entered.len())
        .map(|k| (solution.inverse_diagonal[k] * projector.rss / dof).sqrt())
        .collect::<Vec<_>>();
    let mut position = vec![None; columns.len()];
    for (k, &column) in projector.entered.iter().enumerate() {
        position[column] = Some(k);
    }
    let mut links = Vec::with_capacity(sources.len() * columns.max_lag);
    let mut pairs = Vec::with_capacity(sources.len());
    for &source in sources {
        for lag in 1..=columns.max_lag {
            let column = columns.of(source, lag);
            let (beta, link_se) = match position[column] {
                Some(k) => (solution.beta[k], se[k]),
                None => as_if_entered(projector, target, column),
            };
            let older = columns.of(source, lag + 1);
            let ln_p = tests_of_lag(corr, projector, &solution, target, (column, older), &position, mci);
            links.push(LinkTest { source, lag, ln_p, beta, se: link_se, entered: position[column] });
        }
        let lags: Vec<usize> = columns.lags_of(source).collect();
        pairs.push((source, joint(corr, projector, &solution, target, &lags, &position)));
    }
    let own = Projector::with(corr, target, &columns.lags_of(target).collect::<Vec<_>>());
    let beta = solution.beta;
    Assessment { target, entered: projector.entered.clone(), beta, own_r2: 1.0 - own.rss, links, pairs }
}

/// `ln p` of one column of values: its partial test and, at weight `mci`, the momentary test.
pub fn tests_of_lag(
    corr: &Correlation,
    projector: &Projector<'_>,
    solution: &Solution,
    target: usize,
    (column, older): (usize, usize),
    position: &[Option<usize>],
    mci: f64,
) -> f64 {
    let plain = match position[column] {
        Some(k) => projector.ln_p_entered(target, k, solution),
        None => ln_p_of_drop(projector, target, column, projector.drop_of(column)),
    };
    if mci <= 0.0 {
        return plain;
    }
    (1.0 - mci) * plain + mci * momentary(corr, projector, solution, target, (column, older), position)
}

/// Effect and standard error of a column that is not in, as if it entered next.
fn as_if_entered(projector: &Projector<'_>, target: usize, column: usize) -> (f64, f64) {
    let variance = projector.variance[column];
    let drop = projector.drop_of(column);
    if drop <= 0.0 {
        return (0.0, f64::INFINITY);
    }
    let dof = (projector.dof(projector.rows_of(target, column)) - 1.0).max(1.0);
    let rest = (projector.rss - drop).max(1e-12);
    (projector.covariance[column] / variance, (rest / dof / variance).sqrt())
}

/// The momentary test: the column given the selected ones and the source's own next-older value, so that the source's
/// inertia cannot stand in for its effect (the MCI idea of Runge et al. 2019).
fn momentary(
    corr: &Correlation,
    projector: &Projector<'_>,
    solution: &Solution,
    target: usize,
    (column, older): (usize, usize),
    position: &[Option<usize>],
) -> f64 {
    let n = corr.count(target, column);
    if let Some(k) = position[column] {
        let spare = position[older].is_none() && projector.variance[older] >= COLLINEAR;
        if !spare {
            return projector.ln_p_entered(target, k, solution);
        }
        // Entering the older value moves the coefficient and its variance along what the column explains of it.
        let (variance, covariance) = (projector.variance[older], projector.covariance[older]);
        let shared = projector.explained(older)[k];
        let beta = solution.beta[k] - shared * covariance / variance;
        let inverse = solution.inverse_diagonal[k] + shared * shared / variance;
        let rest = (projector.rss - covariance * covariance / variance).max(1e-12);
        let dof = (projector.dof(n) - 1.0).max(1.0);
        return ln_t2_sf(beta * beta / inverse / rest * dof, dof);
    }
    let own = projector.variance[column];
    if own < COLLINEAR {
        return 0.0;
    }
    let other = projector.variance[older];
    let (mut variance, mut covariance, mut rss) = (own, projector.covariance[column], projector.rss);
    if position[older].is_none() && other > COLLINEAR {
        let shared = projector.residual(column, older);
        variance = (own - shared * shared / other).max(1e-9);
        covariance -= shared / other * projector.covariance[older];
        rss = (rss - projector.covariance[older].powi(2) / other).max(1e-9);
    }
    let drop = (covariance * covariance / variance).min(rss * 0.999_999);
    let dof = (projector.dof(n) - 2.0).max(1.0);
    ln_t2_sf(drop / (rss - drop) * dof, dof)
}

/// `ln p` of a group of columns jointly, given the selected columns outside it.
pub fn joint(
    corr: &Correlation,
    projector: &Projector<'_>,
    solution: &Solution,
    target: usize,
    group: &[usize],
    position: &[Option<usize>],
) -> f64 {
    let inside: Vec<usize> = group.iter().filter_map(|&column| position[column]).collect();
    let outside: Vec<usize> = group.iter().copied().filter(|&column| position[column].is_none()).collect();
    // What is in is taken out, what is not is put in: together that is the whole group against none of it.
    let Some(removed) = projector.removal(solution, &inside) else { return 0.0 };
    let drop = removed + projector.joint_drop(&outside);
    let d1 = group.len() as f64;
    let d2 = (projector.dof(corr.count(target, group[0])) + inside.len() as f64 - d1).max(1.0);
    ln_f_sf(drop / d1 / (projector.rss + removed - drop).max(1e-12) * d2, d1, d2)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};

    use super::{Correlation, Projector, joint, ln_f_sf, ln_t2_sf, momentary};

    /// Correlations of seven columns that depend on each other, over 200 rows.
    fn correlation() -> Correlation {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(3);
        let rows: Vec<Vec<f64>> = (0..200)
            .map(|_| {
                let base: Vec<f64> = (0..7).map(|_| rng.random_range(-1.0..1.0)).collect();
                let mixed = (0..7).map(|i| base[i] + 0.5 * base[(i + 1) % 7] - 0.3 * base[(i + 3) % 7]);
                std::iter::once(1.0).chain(mixed).collect()
            })
            .collect();
        let mut packed = Vec::new();
        for i in 0..8 {
            for j in i..8 {
                packed.push(rows.iter().map(|row| row[i] * row[j]).sum());
            }
        }
        Correlation::from_packed(8, 200.0, &packed, None)
    }

    fn positions(projector: &Projector<'_>) -> Vec<Option<usize>> {
        (0..7).map(|column| projector.entered.iter().position(|&c| c == column)).collect()
    }

    #[test]
    fn a_joint_test_equals_fitting_with_and_without_the_group() {
        let corr = correlation();
        let projector = Projector::with(&corr, 0, &[1, 2, 4]);
        let (solution, position) = (projector.solve(), positions(&projector));
        for group in [vec![1], vec![1, 4], vec![2, 3], vec![1, 4, 5], vec![3, 5], vec![1, 2, 4]] {
            let rest: Vec<usize> = [1, 2, 4].into_iter().filter(|c| !group.contains(c)).collect();
            let without = Projector::with(&corr, 0, &rest);
            let with = Projector::with(&corr, 0, &[rest, group.clone()].concat());
            let (d1, d2) = (group.len() as f64, 200.0 - with.entered.len() as f64 - 1.0);
            let expected = ln_f_sf((without.rss - with.rss) / d1 / with.rss * d2, d1, d2);
            let found = joint(&corr, &projector, &solution, 0, &group, &position);
            assert!((found - expected).abs() < 1e-6 * expected.abs().max(1.0), "{group:?}: {found} {expected}");
        }
    }

    #[test]
    fn the_momentary_test_equals_fitting_with_the_older_value() {
        let corr = correlation();
        let projector = Projector::with(&corr, 0, &[1, 2, 4]);
        let (solution, position) = (projector.solve(), positions(&projector));
        for (column, older) in [(1, 5), (4, 6), (3, 6), (5, 2)] {
            let rest: Vec<usize> = [1, 2, 4, older].into_iter().filter(|&c| c != column).collect();
            let rest: Vec<usize> = (0..7).filter(|c| rest.contains(c)).collect();
            let without = Projector::with(&corr, 0, &rest);
            let drop = without.drop_of(column);
            let dof = 200.0 - without.entered.len() as f64 - 2.0;
            let expected = ln_t2_sf(drop / (without.rss - drop) * dof, dof);
            let found = momentary(&corr, &projector, &solution, 0, (column, older), &position);
            assert!((found - expected).abs() < 0.02 * expected.abs().max(0.1), "{column}: {found} {expected}");
        }
    }
}
