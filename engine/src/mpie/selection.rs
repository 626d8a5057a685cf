//! In: correlations and the sources to consider. Out: per target, the columns that predict it beyond its own past:
//! seeds from the full regression, forward entry, backward elimination.

use super::columns::Columns;
use super::correlation::Correlation;
use super::projector::Projector;
use super::tails::ln_t2_sf;

/// Which columns may enter a target's regression, and which must.
#[derive(Debug, Clone, Default)]
pub struct Terms {
    /// Columns that may enter.
    pub candidates: Vec<usize>,
    /// Columns that stay whatever their evidence: the target's own lags and oriented same-time parents.
    pub forced: Vec<usize>,
    /// Columns tried first: strong in the regression on everything, where effects that cancel pairwise still show.
    pub seeds: Vec<usize>,
}

/// Columns entered at most beyond the forced ones, by sample size.
fn cap(rows: f64) -> usize {
    ((rows / 8.0) as usize).clamp(3, 40)
}

/// Selects by repeated partial F tests with entry level `p_enter`.
pub fn select<'a>(corr: &'a Correlation, target: usize, terms: &Terms, p_enter: f64) -> Projector<'a> {
    let mut projector = Projector::with(corr, target, &terms.forced);
    let forced = projector.entered.len();
    let limit = forced + cap(corr.rows);
    for &seed in &terms.seeds {
        if projector.entered.len() < limit {
            projector.enter(seed);
        }
    }
    let ln_enter = p_enter.ln();
    grow(&mut projector, &terms.candidates, target, limit, ln_enter);
    // What entered early may have become redundant; what is dropped may let something better in, once.
    if let Some(kept) = prune(&projector, target, forced, ln_enter) {
        projector = Projector::with(corr, target, &kept);
        grow(&mut projector, &terms.candidates, target, limit, ln_enter);
        if let Some(kept) = prune(&projector, target, forced, ln_enter) {
            projector = Projector::with(corr, target, &kept);
        }
    }
    projector
}

fn grow(projector: &mut Projector<'_>, candidates: &[usize], target: usize, limit: usize, ln_enter: f64) {
    while projector.entered.len() < limit {
        let best = candidates
            .iter()
            .map(|&column| (projector.drop_of(column), column))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let Some((drop, column)) = best else { return };
        if drop <= 0.0 || ln_p_of_drop(projector, target, column, drop) > ln_enter || !projector.enter(column) {
            return;
        }
    }
}

/// `ln p` of the partial F test of a column that is not in.
pub fn ln_p_of_drop(projector: &Projector<'_>, target: usize, column: usize, drop: f64) -> f64 {
    let dof = (projector.dof(projector.rows_of(target, column)) - 1.0).max(1.0);
    ln_t2_sf(drop / (projector.rss - drop).max(1e-12) * dof, dof)
}

/// The entered columns without those that fail their own test given the rest, weakest first; `None` when all pass.
fn prune(projector: &Projector<'_>, target: usize, forced: usize, ln_enter: f64) -> Option<Vec<usize>> {
    let mut kept = projector.entered.clone();
    let mut current = projector.clone();
    loop {
        let solution = current.solve();
        let weakest = (forced..kept.len())
            .map(|k| (current.ln_p_entered(target, k, &solution), k))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        match weakest {
            Some((ln_p, k)) if ln_p > ln_enter => {
                kept.remove(k);
                current = current.rebuilt(&kept);
            }
            _ => break,
        }
    }
    (kept.len() < projector.entered.len()).then_some(kept)
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
