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
        pairs.push((source, joint(corr, target, &lags, projector, &position)));
    }
    let own = Projector::with(corr, target, &columns.lags_of(target).collect::<Vec<_>>());
    let Solution { beta, .. } = solution;
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
    (1.0 - mci) * plain + mci * momentary(corr, projector, target, column, older, position)
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
    target: usize,
    column: usize,
    older: usize,
    position: &[Option<usize>],
) -> f64 {
    let n = corr.count(target, column);
    if let Some(k) = position[column] {
        let mut base: Vec<usize> = projector.entered.clone();
        base.remove(k);
        if position[older].is_none() {
            base.push(older);
        }
        let without = projector.rebuilt(&base);
        let drop = without.drop_of(column);
        let dof = (without.dof(n) - 1.0).max(1.0);
        return ln_t2_sf(drop / (without.rss - drop).max(1e-12) * dof, dof);
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
    target: usize,
    group: &[usize],
    projector: &Projector<'_>,
    position: &[Option<usize>],
) -> f64 {
    let rebuilt;
    let base = if group.iter().any(|&column| position[column].is_some()) {
        let rest: Vec<usize> = projector.entered.iter().copied().filter(|c| !group.contains(c)).collect();
        rebuilt = projector.rebuilt(&rest);
        &rebuilt
    } else {
        projector
    };
    let drop = base.joint_drop(group);
    let d1 = group.len() as f64;
    let d2 = (base.dof(corr.count(target, group[0])) - d1).max(1.0);
    ln_f_sf(drop / d1 / (base.rss - drop).max(1e-12) * d2, d1, d2)
}
