//! In: correlations and the sources to consider. Out: per target, the columns that predict it beyond its own past:
//! seeds from the full regression, forward entry, backward elimination.

use std::sync::Arc;

use super::columns::Columns;
use super::correlation::Correlation;
use super::elimination::{Elimination, criterion};
use super::projector::{Projector, Regressed};
use super::tails::{ln_f_sf, ln_t2_sf};

/// Which columns may enter a target's regression, and which must.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Columns that may enter one by one.
    pub candidates: Vec<usize>,
    /// Columns that stay whatever their evidence: the target's own lags and oriented same-time parents.
    pub forced: Vec<usize>,
    /// Columns tried first: strong in the regression on everything, where effects that cancel pairwise still show.
    pub seeds: Vec<usize>,
    /// Pairs of columns that enter together: the curved terms of one source at one lag.
    pub curves: Vec<[usize; 2]>,
    /// What the columns hold.
    pub columns: Columns,
}

/// Rows per column of the widest regression.
const ROWS_PER_TERM: f64 = 8.0;

/// Columns entered at most beyond the forced ones, by sample size.
fn cap(rows: f64) -> usize {
    ((rows / 8.0) as usize).clamp(3, 40)
}

/// Selects by repeated partial F tests with entry level `p_enter`; `target` is the column whose rows are counted.
pub fn select<'a>(
    corr: &'a Correlation,
    regressed: &Arc<Regressed>,
    target: usize,
    terms: &Terms,
    p_enter: f64,
) -> Projector<'a> {
    let mut projector = Projector::of(corr, Arc::clone(regressed), &terms.forced);
    let forced = projector.entered.len();
    let limit = forced + cap(corr.rows);
    for &seed in &terms.seeds {
        if projector.entered.len() < limit {
            projector.enter(seed);
        }
    }
    let ln_enter = p_enter.ln();
    grow(&mut projector, terms, target, limit, ln_enter);
    // What entered early may have become redundant; what is dropped may let something better in, once.
    if let Some(kept) = prune(&projector, target, forced, ln_enter) {
        projector = projector.rebuilt(&kept);
        grow(&mut projector, terms, target, limit, ln_enter);
        if let Some(kept) = prune(&projector, target, forced, ln_enter) {
            projector = projector.rebuilt(&kept);
        }
    }
    if let Some(kept) = sparser(&projector, terms, target, forced) {
        projector = projector.rebuilt(&kept);
    }
    projector
}

fn grow(projector: &mut Projector<'_>, terms: &Terms, target: usize, limit: usize, ln_enter: f64) {
    while projector.entered.len() < limit {
        let (single, ln_single) = best_single(projector, &terms.candidates, target);
        let (curve, ln_curve) = best_curve(projector, &terms.curves, target);
        if ln_single.min(ln_curve) > ln_enter {
            return;
        }
        let entered = match (single, curve) {
            (Some(column), _) if ln_single <= ln_curve => projector.enter(column),
            (_, Some([a, b])) => projector.enter(a) | projector.enter(b),
            _ => false,
        };
        if !entered {
            return;
        }
    }
}

/// The candidate that would lower the residual variance most, and its `ln p`.
fn best_single(projector: &Projector<'_>, candidates: &[usize], target: usize) -> (Option<usize>, f64) {
    let best = candidates
        .iter()
        .map(|&column| (projector.drop_of(column), column))
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    match best {
        Some((drop, column)) if drop > 0.0 => (Some(column), ln_p_of_drop(projector, target, column, drop)),
        _ => (None, 0.0),
    }
}

/// The same for pairs of columns that are not in yet.
fn best_curve(projector: &Projector<'_>, curves: &[[usize; 2]], target: usize) -> (Option<[usize; 2]>, f64) {
    let best = curves
        .iter()
        .filter(|curve| !curve.iter().any(|column| projector.entered.contains(column)))
        .map(|&[a, b]| (projector.pair_drop(a, b), [a, b]))
        .max_by(|x, y| x.0.total_cmp(&y.0).then(y.1.cmp(&x.1)));
    match best {
        Some((drop, curve)) if drop > 0.0 => {
            let dof = (projector.dof(projector.rows_of(target, curve[0])) - 2.0).max(1.0);
            (Some(curve), ln_f_sf(drop / 2.0 / (projector.rss - drop).max(1e-12) * dof, 2.0, dof))
        }
        _ => (None, 0.0),
    }
}

/// `ln p` of the partial F test of a column that is not in.
pub fn ln_p_of_drop(projector: &Projector<'_>, target: usize, column: usize, drop: f64) -> f64 {
    let dof = (projector.dof(projector.rows_of(target, column)) - 1.0).max(1.0);
    ln_t2_sf(drop / (projector.rss - drop).max(1e-12) * dof, dof)
}

/// The entered columns without those that fail their own test given the rest, weakest first; `None` when all pass.
fn prune(projector: &Projector<'_>, target: usize, forced: usize, ln_enter: f64) -> Option<Vec<usize>> {
    let stays = &projector.entered[..forced];
    let mut fit = Elimination::of(projector);
    loop {
        let weakest = (0..fit.entered.len())
            .filter(|&k| !stays.contains(&fit.entered[k]))
            .map(|k| (fit.ln_p(k, projector.rows_of(target, fit.entered[k])), k))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        match weakest {
            Some((ln_p, k)) if ln_p > ln_enter => fit.leave_out(k),
            _ => break,
        }
    }
    (fit.entered.len() < projector.entered.len()).then_some(fit.entered)
}

/// Whether a regression needs more than straight lines, and then the sparsest one on all that its sources have to offer.
/// Step by step, a straight line and the source's own causes may have come in place of the one curve behind both.
fn sparser(projector: &Projector<'_>, terms: &Terms, target: usize, forced: usize) -> Option<Vec<usize>> {
    let curved = |column: &usize| terms.curves.iter().any(|curve| curve.contains(column));
    let entered = &projector.entered;
    if !entered[forced..].iter().any(curved) {
        return None;
    }
    let rows = projector.rows_of(target, target).max(2.0);
    let most = (rows / ROWS_PER_TERM) as usize;
    let sources: Vec<usize> = entered[forced..].iter().filter_map(|&column| terms.columns.source(column)).collect();
    let mut wider = entered.clone();
    for column in terms.candidates.iter().copied().chain(terms.curves.iter().flatten().copied()) {
        let of_known = terms.columns.source(column).is_some_and(|source| sources.contains(&source));
        if of_known && !wider.contains(&column) && wider.len() < most {
            wider.push(column);
        }
    }
    let stays = &entered[..forced];
    let mut fit = Elimination::of(&projector.rebuilt(&wider));
    fit.thin_out(rows, |column| !stays.contains(&column));
    let sparser = criterion(fit.rss, fit.entered.len(), rows) < criterion(projector.rss, entered.len(), rows);
    sparser.then_some(fit.entered)
}

/// Columns of the regression on everything whose t test passes a Bonferroni bound, per target; empty where there are
/// too few rows for that regression, or too many columns for it to be worth its cost.
pub fn seeds(corr: &Correlation, columns: Columns) -> Vec<Vec<usize>> {
    let all: Vec<usize> = (columns.vars..columns.of(0, columns.max_lag + 1)).collect();
    let none = vec![Vec::new(); columns.vars];
    if corr.rows < 3.0 * all.len() as f64 + 30.0 || all.len() > 320 {
        return none;
    }
    let ln_limit = (0.05 / all.len() as f64).ln();
    // One factorisation serves every target.
    let base = Projector::with(corr, 0, &all);
    let solution = base.solve();
    (0..columns.vars)
        .map(|target| {
            base.ln_p_for(target, &solution, corr.count(target, target))
                .into_iter()
                .zip(&base.entered)
                .filter(|&(ln_p, &column)| columns.var(column) != target && ln_p < ln_limit)
                .map(|(_, &column)| column)
                .collect()
        })
        .collect()
}
