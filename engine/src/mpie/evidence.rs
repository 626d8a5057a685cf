//! In: one view's history. Out: what it says about every source, lag and target: linear and curved effects, all lags
//! together, products, each given what else the view selects.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;

use super::assess::{joint, tests_of_lag};
use super::config::EvaluatorConfig;
use super::correlation::Correlation;
use super::innovations::Innovations;
use super::projector::{Projector, Regressed, Solution};
use super::selection::{Terms, seeds, select};
use super::view::View;

/// A source at a lag.
#[derive(Debug, Clone, Copy)]
pub struct LagEvidence {
    /// `ln p` of no linear effect.
    pub ln_linear: f64,
    /// `ln p` of no curved effect beyond it.
    pub ln_curved: f64,
    /// `ln p` of none of the selected products it is a factor of, before any correction for how many were looked at.
    pub ln_product: f64,
    /// Whether any term of this source at this lag was selected.
    pub selected: bool,
}

/// What a view says about one target.
#[derive(Debug, Clone)]
pub struct TargetEvidence {
    /// Target variable.
    pub target: usize,
    /// Selected columns.
    pub entered: Vec<usize>,
    /// Source and lag behind each selected column, both of a product; the target's own past is left out.
    pub terms: Vec<(usize, usize, usize)>,
    /// Their coefficients, in standard deviations.
    pub beta: Vec<f64>,
    /// Share of the target's variance that the selected columns leave over.
    pub rss: f64,
    /// Per source asked about, per lag.
    pub lags: Vec<LagEvidence>,
    /// Per source: `ln p` of no linear effect at any lag.
    pub ln_joint: Vec<f64>,
    /// Per source: `ln p` of none of its selected products, before any correction for how many were looked at.
    pub ln_product: Vec<f64>,
}

impl TargetEvidence {
    /// Positions among the selected columns of the terms a source at a lag has part in.
    pub fn terms_of(&self, source: usize, lag: usize) -> impl Iterator<Item = usize> {
        self.terms.iter().filter(move |&&(_, s, l)| (s, l) == (source, lag)).map(|&(k, _, _)| k)
    }
}

/// What is looked at: sources per target, and same-time parents that stay in.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Sources per target, ascending.
    pub sources: &'a [Vec<usize>],
    /// Columns of same-time parents per target.
    pub forced: &'a [Vec<usize>],
    /// First row of the regime in force, per target.
    pub start_rows: &'a [u64],
    /// Largest lag of a candidate; the target's own past is looked at in full.
    pub max_lag: usize,
}

/// Selection and tests of every target in a view, without same-time parents. Targets whose innovations share something with others' are looked
/// at again without it.
pub fn evidence(
    view: &View,
    correlations: &BTreeMap<u64, Correlation>,
    question: Question<'_>,
    config: &EvaluatorConfig,
) -> Vec<TargetEvidence> {
    let seeded = seeded(view, correlations);
    let one = |target: usize, regressed: Option<&Arc<Regressed>>| {
        of_target(view, correlations, &seeded, target, regressed, question, config)
    };
    let vars = view.columns.vars;
    let mut found: Vec<TargetEvidence> = (0..vars).into_par_iter().map(|target| one(target, None)).collect();
    let selected: Vec<Vec<usize>> = found.iter().map(|e| e.entered.clone()).collect();
    for (&start, corr) in correlations {
        let targets: Vec<usize> = (0..vars).filter(|&t| question.start_rows[t] == start).collect();
        let free = Innovations::new(corr, &selected).unshared(corr.rows);
        let again: Vec<(usize, TargetEvidence)> = targets
            .into_par_iter()
            .filter_map(|target| free[target].as_ref().map(|regressed| (target, one(target, Some(regressed)))))
            .collect();
        for (target, evidence) in again {
            found[target] = evidence;
        }
    }
    found
}

/// The same for some targets, as they are.
pub fn evidence_of(
    view: &View,
    correlations: &BTreeMap<u64, Correlation>,
    targets: &[usize],
    question: Question<'_>,
    config: &EvaluatorConfig,
) -> Vec<TargetEvidence> {
    let seeded = seeded(view, correlations);
    targets.par_iter().map(|&t| of_target(view, correlations, &seeded, t, None, question, config)).collect()
}

/// Columns tried first, per start row and target.
fn seeded(view: &View, correlations: &BTreeMap<u64, Correlation>) -> BTreeMap<u64, Vec<Vec<usize>>> {
    correlations.iter().map(|(&start, corr)| (start, seeds(corr, view.columns))).collect()
}

fn of_target(
    view: &View,
    correlations: &BTreeMap<u64, Correlation>,
    seeded: &BTreeMap<u64, Vec<Vec<usize>>>,
    target: usize,
    regressed: Option<&Arc<Regressed>>,
    question: Question<'_>,
    config: &EvaluatorConfig,
) -> TargetEvidence {
    let start = question.start_rows[target];
    let corr = &correlations[&start];
    let own = Regressed::column(corr, target);
    let terms = terms(view, target, question, &seeded[&start][target]);
    let projector = select(corr, regressed.unwrap_or(&own), target, &terms, config.p_enter);
    assess(view, corr, target, &projector, &question.sources[target], config.mci)
}

fn terms(view: &View, target: usize, question: Question<'_>, seeds: &[usize]) -> Terms {
    let columns = view.columns;
    let sources = &question.sources[target];
    let largest = columns.max_lag.min(question.max_lag);
    let at_lags = |s: usize| (1..=largest).map(move |lag| (s, lag));
    let products = view.products.iter().enumerate().filter(|(_, p)| p.targets.contains(&target));
    let curved = if columns.curved { sources.as_slice() } else { &[] };
    Terms {
        forced: columns.lags_of(target).chain(question.forced[target].iter().copied()).collect(),
        seeds: seeds
            .iter()
            .copied()
            .filter(|&c| sources.binary_search(&columns.var(c)).is_ok())
            .chain(products.map(|(k, _)| columns.product(k)))
            .collect(),
        candidates: sources.iter().flat_map(|&s| columns.lags_of(s).take(largest)).collect(),
        curves: curved
            .iter()
            .copied()
            .chain(columns.curved.then_some(target))
            .flat_map(at_lags)
            .map(|(s, lag)| columns.hermite(s, lag))
            .collect(),
        columns,
    }
}

fn assess(
    view: &View,
    corr: &Correlation,
    target: usize,
    projector: &Projector<'_>,
    sources: &[usize],
    mci: f64,
) -> TargetEvidence {
    let columns = view.columns;
    let mut position = vec![None; columns.len()];
    for (k, &column) in projector.entered.iter().enumerate() {
        position[column] = Some(k);
    }
    let solution = projector.solve();
    let mut lags = Vec::with_capacity(sources.len() * columns.max_lag);
    let mut ln_joint = Vec::with_capacity(sources.len());
    let mut ln_product = Vec::with_capacity(sources.len());
    for &source in sources {
        for lag in 1..=columns.max_lag {
            let column = columns.of(source, lag);
            let older = columns.of(source, lag + 1);
            let ln_linear = tests_of_lag(corr, projector, &solution, target, (column, older), &position, mci);
            let curve = columns.curved.then(|| columns.hermite(source, lag));
            let ln_curved = curve.map_or(0.0, |curve| joint(corr, projector, &solution, target, &curve, &position));
            let ln_product =
                products_of(view, corr, (projector, &solution), target, |factor| factor == column, &position);
            lags.push(LagEvidence { ln_linear, ln_curved, ln_product, selected: false });
        }
        let all: Vec<usize> = columns.lags_of(source).collect();
        ln_joint.push(joint(corr, projector, &solution, target, &all, &position));
        let of_source = |factor| columns.var(factor) == source;
        ln_product.push(products_of(view, corr, (projector, &solution), target, of_source, &position));
    }
    let terms: Vec<(usize, usize, usize)> = factors(view, &position)
        .into_iter()
        .filter(|&(_, source, lag)| source != target && lag > 0 && lag <= columns.max_lag)
        .collect();
    for &(_, source, lag) in &terms {
        // A factor of a selected product is selected.
        if let Ok(at) = sources.binary_search(&source) {
            lags[at * columns.max_lag + lag - 1].selected = true;
        }
    }
    let entered = projector.entered.clone();
    TargetEvidence { target, entered, terms, beta: solution.beta, rss: projector.rss, lags, ln_joint, ln_product }
}

/// `(position, variable, lag)` of every factor of every selected column.
fn factors(view: &View, position: &[Option<usize>]) -> Vec<(usize, usize, usize)> {
    let columns = view.columns;
    let mut out = Vec::new();
    let mut note = |column: usize, value: usize| {
        if let Some(k) = position[column] {
            out.push((k, columns.var(value), columns.lag(value)));
        }
    };
    for column in 0..columns.linear_len() {
        note(column, column);
    }
    if columns.curved {
        for lag in 1..=columns.max_lag {
            for var in 0..columns.vars {
                columns.hermite(var, lag).into_iter().for_each(|column| note(column, columns.of(var, lag)));
            }
        }
    }
    for (k, product) in view.products.iter().enumerate() {
        product.factors.iter().for_each(|&factor| note(columns.product(k), factor));
    }
    out
}

/// `ln p` of the selected products with a factor that counts; 0 when there are none.
fn products_of(
    view: &View,
    corr: &Correlation,
    (projector, solution): (&Projector<'_>, &Solution),
    target: usize,
    counts: impl Fn(usize) -> bool,
    position: &[Option<usize>],
) -> f64 {
    let columns = view.columns;
    let group: Vec<usize> = view
        .products
        .iter()
        .enumerate()
        .filter(|(_, p)| p.factors.iter().any(|&factor| counts(factor)))
        .map(|(k, _)| columns.product(k))
        .filter(|&column| position[column].is_some())
        .collect();
    if group.is_empty() { 0.0 } else { joint(corr, projector, solution, target, &group, position) }
}
