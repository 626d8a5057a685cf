//! In: panes, then questions. Out: what the robust views of the stream say together: evidence per link and pair, how
//! stable it is, and products.

mod intake;
mod sight;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::compute::Compute;
use crate::types::HyperEdge;

use super::blend::{Blend, blend};
use super::bootstrap::Replicates;
use super::cache::PaneCache;
use super::columns::Columns;
use super::config::{EncoderConfig, EvaluatorConfig};
use super::correlation::Correlation;
use super::encoding::Encoding;
use super::evidence::{Question, TargetEvidence, evidence_of};
use super::innovations::Innovations;
use super::products;
use super::regimes;
use super::shocks::{Shock, shocks};
use super::view::{Product, View};

use sight::{Sight, replicates, sight};

/// Searches for products in a row at most.
const SEARCHES: usize = 2;

/// Rows between changes that views find which may still be one and the same.
const SAME_CHANGE: u64 = 192;

/// The views; none where memory does not allow them or settings switch them off.
#[derive(Debug, Default)]
pub struct Views {
    views: Vec<View>,
    /// Half-lives of the baselines they take off while levels stand.
    half_lives: Vec<usize>,
    /// Whether levels that wander are taken off.
    levels: bool,
    /// Whether levels were found to wander.
    wander: bool,
    products: bool,
    /// Rows of the stream when products were last looked for.
    searched_at_rows: usize,
    /// Whether everything was last looked at with the newest maps.
    settled: bool,
    /// What each view says since it was last asked.
    sights: Vec<Sight>,
}

/// How the stream is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// Levels of selection and tests.
    pub config: &'a EvaluatorConfig,
    /// Missing cells.
    pub encoding: &'a Encoding,
    /// The stream, as far as it is kept.
    pub cache: &'a PaneCache,
    /// Seed of the bootstrap.
    pub seed: u64,
    /// Whether products are looked for.
    pub joint: bool,
}

/// What the views say.
#[derive(Debug, Default)]
pub struct Look {
    /// Per target.
    pub blend: Vec<Blend>,
    /// The first view's selection, per target.
    pub first: Vec<TargetEvidence>,
    /// Its block-bootstrap replicates, per target.
    pub replicates: Vec<Replicates>,
    /// Products all views selected.
    pub products: Vec<HyperEdge>,
    /// Per target: rows of its regime that the views have seen, in the view that has seen the fewest.
    pub rows: Vec<f64>,
    /// Per target, what its selected columns owe to shocks: the view that says the least.
    pub shocks: Vec<Vec<Shock>>,
}

impl Views {
    /// The views that settings ask for and memory allows.
    pub fn new(config: &EncoderConfig, vars: usize, max_lag: usize) -> Self {
        Self {
            views: View::all(config, vars, max_lag),
            half_lives: View::half_lives(config).collect(),
            levels: config.moving_levels,
            wander: false,
            products: config.products,
            searched_at_rows: 0,
            settled: false,
            sights: Vec::new(),
        }
    }

    /// Whether the maps of some view were made from fewer rows than are at hand, or it has a successor under way.
    pub fn are_stale(&self, cache: &PaneCache) -> bool {
        cache.panes().is_some()
            && self.views.iter().any(|view| view.made_at_rows < cache.rows() || view.has_successor())
    }

    /// Whether there is no view.
    pub fn is_empty(&self) -> bool {
        self.views.is_empty()
    }

    /// No views: what they held is given up.
    pub fn none() -> Self {
        Self::default()
    }

    /// Bytes of the histories, and of what they said last.
    pub fn bytes(&self) -> usize {
        let said = self.sights.iter().flat_map(|sight| sight.correlations.values()).map(Correlation::bytes);
        self.views.iter().map(View::bytes).chain(said).sum()
    }

    /// Columns of each view's correlations.
    pub fn dims(&self) -> impl Iterator<Item = usize> {
        self.views.iter().map(|view| view.columns.dim() - 1)
    }

    /// What the first view's Gram matrices hold.
    pub fn columns(&self) -> Option<Columns> {
        self.views.first().map(|view| view.columns)
    }

    /// Whether levels were found to wander, so that only changes against where they have just been are looked at.
    pub fn wander(&self) -> bool {
        self.wander
    }

    /// Has the blocks of every history end where a regression starts.
    pub fn set_barriers(&mut self, first_rows: &[u64]) {
        self.views.iter_mut().for_each(|view| view.set_barriers(first_rows));
    }

    /// Asks every view.
    pub fn ask(&mut self, question: Question<'_>, setting: Setting<'_>, device: &mut dyn Compute) {
        // What they said before is not held beside what they say now.
        self.sights.clear();
        self.sights = self.views.par_iter().map(|view| sight(view, question, setting)).collect();
        let made_at_rows = self.views.first().map_or(0, |view| view.made_at_rows);
        let too_many = self.columns().is_none_or(|c| c.vars * c.max_lag > products::MAX_FACTORS);
        if !self.products || !setting.joint || too_many || made_at_rows <= self.searched_at_rows {
            return;
        }
        let Some(panes) = setting.cache.panes() else { return };
        self.searched_at_rows = made_at_rows;
        // What the first products explain no longer hides weaker ones.
        for _ in 0..SEARCHES {
            let found: Vec<(usize, Vec<Product>)> = self
                .views
                .par_iter()
                .zip(&self.sights)
                .enumerate()
                .filter_map(|(at, (view, sight))| {
                    let rows = view.newest_rows_of(panes, products::MAX_ROWS);
                    products::search(view, &rows, &sight.found, question.start_rows).map(|products| (at, products))
                })
                .collect();
            if found.is_empty() {
                break;
            }
            if !self.settled && self.views.iter().all(|view| view.may_be_succeeded(setting.cache)) {
                found.into_iter().for_each(|(at, products)| self.views[at].promote_later(products));
                break;
            }
            for (at, products) in found {
                self.views[at].promote(products);
                self.look_again(&[at], panes, device);
                self.sights[at] = sight(&self.views[at], question, setting);
            }
        }
    }

    /// Looks for changes of mechanism in every view and moves `start_rows` where all of them agree: a drift of levels is
    /// none once the baseline is off, and what a nonlinearity visits looks different in each. Returns the targets that
    /// changed; `None` where there is no view.
    pub fn look_for_changes(&self, start_rows: &mut [u64], alpha: f64) -> Option<Vec<usize>> {
        let starts: Vec<Vec<u64>> = self
            .views
            .par_iter()
            .zip(&self.sights)
            .map(|(view, sight)| {
                let selected: Vec<Vec<usize>> = sight.found.iter().map(|e| e.entered.clone()).collect();
                let mut starts = start_rows.to_vec();
                regimes::detect(&view.history, &selected, &mut starts, alpha);
                starts
            })
            .collect();
        let first = starts.first()?;
        let mut moved = Vec::new();
        for (target, start) in start_rows.iter_mut().enumerate() {
            let agree = starts.iter().all(|s| s[target] > *start && s[target].abs_diff(first[target]) <= SAME_CHANGE);
            if agree {
                *start = first[target];
                moved.push(target);
            }
        }
        Some(moved)
    }

    /// Asks again about the targets that have same-time parents, which stay in.
    pub fn condition(&mut self, question: Question<'_>, config: &EvaluatorConfig) {
        for (view, sight) in self.views.iter().zip(&mut self.sights) {
            let targets: Vec<usize> = (0..view.columns.vars).filter(|&t| !question.forced[t].is_empty()).collect();
            for evidence in evidence_of(view, &sight.correlations, &targets, question, config) {
                let target = evidence.target;
                sight.found[target] = evidence;
            }
        }
    }

    /// `ln p` of no same-time link, per pair `a < b` in order, averaged over the views; `start_row` is where the rows
    /// begin.
    pub fn same_time(&self, start_row: u64) -> Option<Vec<f64>> {
        let mut sum: Vec<f64> = Vec::new();
        for sight in &self.sights {
            let corr = sight.correlations.get(&start_row)?;
            let selected: Vec<Vec<usize>> = sight.found.iter().map(|e| e.entered.clone()).collect();
            let innovations = Innovations::new(corr, &selected);
            let ln_p = innovations.ln_p_of_pairs(&innovations.precision()?, corr.rows);
            sum.resize(ln_p.len(), 0.0);
            sum.iter_mut().zip(ln_p).for_each(|(s, v)| *s += v / self.sights.len() as f64);
        }
        (!sum.is_empty()).then_some(sum)
    }

    /// Correlations of the first view from a row on, their columns, and the columns selected for each target.
    pub fn plain(&self, start_row: u64) -> Option<(&Correlation, Columns, Vec<Vec<usize>>)> {
        let (view, sight) = (self.views.first()?, self.sights.first()?);
        let corr = sight.correlations.get(&start_row)?;
        Some((corr, view.columns, sight.found.iter().map(|e| e.entered.clone()).collect()))
    }

    /// What the views say together.
    pub fn look(&self, question: Question<'_>, setting: Setting<'_>) -> Look {
        let (Some(view), Some(sight)) = (self.views.first(), self.sights.first()) else { return Look::default() };
        let found: Vec<&[TargetEvidence]> = self.sights.iter().map(|s| s.found.as_slice()).collect();
        let replicates = replicates(view, sight, question, setting.config.n_resamples, setting.seed);
        let products = sight
            .found
            .iter()
            .zip(&replicates)
            .flat_map(|(evidence, replicates)| {
                products::hyperedges(view, evidence, replicates, |product, target| self.agree(product, target))
            })
            .collect();
        let shocks = self.shocks(question);
        let seen = |start: &u64| {
            self.sights.iter().filter_map(|s| s.correlations.get(start)).map(|c| c.rows).fold(f64::INFINITY, f64::min)
        };
        let rows = question.start_rows.iter().map(seen).collect();
        Look { rows, blend: blend(&found, view.columns), first: sight.found.clone(), replicates, products, shocks }
    }

    /// What selected links owe to shocks of their sources, by the view that says the least of those which selected them.
    fn shocks(&self, question: Question<'_>) -> Vec<Vec<Shock>> {
        let mut least: Vec<BTreeMap<usize, Shock>> = Vec::new();
        for (view, sight) in self.views.iter().zip(&self.sights) {
            let selected: Vec<&[usize]> = sight.found.iter().map(|e| e.entered.as_slice()).collect();
            let of_view = shocks(|target| &sight.correlations[&question.start_rows[target]], view.columns, &selected);
            least.resize(of_view.len(), BTreeMap::new());
            for (least, shocks) in least.iter_mut().zip(of_view) {
                for shock in shocks {
                    let known = least.entry(shock.column).or_insert(shock);
                    known.ratio = known.ratio.min(shock.ratio);
                    known.alone = known.alone.max(shock.alone);
                    known.masked &= shock.masked;
                }
            }
        }
        least.into_iter().map(|shocks| shocks.into_values().collect()).collect()
    }

    /// Whether every view selected a product for a target.
    fn agree(&self, product: &Product, target: usize) -> bool {
        self.views.iter().zip(&self.sights).all(|(view, sight)| {
            let same = view.products.iter().position(|p| p.factors == product.factors);
            same.is_some_and(|k| sight.found[target].entered.contains(&view.columns.product(k)))
        })
    }
}
