//! In: panes, then questions. Out: what the robust views of the stream say together: evidence per link and pair, how
//! stable it is, and products.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::compute::Compute;
use crate::runtime::give_back_memory;
use crate::types::{HyperEdge, Pane};

use super::blend::{Blend, blend};
use super::bootstrap::{Fitted, Replicates, resampled};
use super::cache::PaneCache;
use super::columns::Columns;
use super::config::{EncoderConfig, EvaluatorConfig};
use super::correlation::Correlation;
use super::encoding::Encoding;
use super::evidence::{Question, TargetEvidence, evidence, evidence_of};
use super::history::History;
use super::innovations::Innovations;
use super::levels;
use super::products;
use super::regimes;
use super::shocks::{Shock, shocks};
use super::view::{BATCH, PaneRows, Product, View, add};

/// Searches for products in a row at most.
const SEARCHES: usize = 2;

/// Entries of the Gram matrices of the past that a successor looks at with every window; of four panes at least.
const PACE: usize = 1_200_000;

/// Rows between changes that views find which may still be one and the same.
const SAME_CHANGE: u64 = 192;

/// The views; none where memory does not allow them or settings switch them off.
#[derive(Debug)]
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

/// What one view says.
#[derive(Debug)]
struct Sight {
    correlations: BTreeMap<u64, Correlation>,
    found: Vec<TargetEvidence>,
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
        Self {
            views: Vec::new(),
            half_lives: Vec::new(),
            levels: false,
            wander: false,
            products: false,
            searched_at_rows: 0,
            settled: false,
            sights: Vec::new(),
        }
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

    /// Adds the newest panes, already in the cache; `settle` has everything looked at again with the newest maps.
    pub fn take_in(&mut self, panes: &[Pane], cache: &PaneCache, settle: bool, device: &mut dyn Compute) {
        if self.look_at_levels(cache, settle, device) {
            self.settled = settle;
            return;
        }
        let taken: Vec<Option<Vec<PaneRows>>> =
            self.views.par_iter_mut().map(|view| view.take_in(panes, cache, settle)).collect();
        let again: Vec<usize> = (0..taken.len()).filter(|&at| taken[at].is_none()).collect();
        let rows: Vec<(usize, PaneRows)> =
            (0..).zip(taken).flat_map(|(at, rows)| rows.into_iter().flatten().map(move |rows| (at, rows))).collect();
        add(&mut self.histories(), &rows, device);
        self.settled = settle;
        if let Some(all) = cache.panes() {
            if !again.is_empty() {
                self.look_again(&again, all, device);
            }
            // More than have just come, or it would never arrive.
            let most = PACE / self.columns().map_or(1, |c| c.dim() * c.dim()).max(1);
            self.advance(all, most.clamp(4, 64).max(2 * panes.len()), device);
            while settle && self.views.iter().any(View::has_successor) {
                self.advance(all, BATCH, device);
            }
        }
    }

    /// Whether the stream was found to wander, or to have stopped; every view has then looked at all of it anew.
    fn look_at_levels(&mut self, cache: &PaneCache, settle: bool, device: &mut dyn Compute) -> bool {
        let due = self.levels && self.views.first().is_some_and(|view| view.is_due(cache, settle));
        let (Some(columns), Some(all)) = (self.columns().filter(|_| due), cache.panes()) else { return false };
        let wander = levels::wander(all, columns.max_lag, self.wander);
        if wander == self.wander {
            return false;
        }
        self.wander = wander;
        let half_lives = if wander { &levels::QUICK[..] } else { &self.half_lives };
        self.views.par_iter_mut().zip(half_lives).for_each(|(view, &half_life)| view.take_off(half_life, all));
        self.look_again(&(0..self.views.len()).collect::<Vec<_>>(), all, device);
        true
    }

    /// Whether levels were found to wander, so that only changes against where they have just been are looked at.
    pub fn wander(&self) -> bool {
        self.wander
    }

    fn histories(&mut self) -> Vec<&mut History> {
        self.views.iter_mut().map(|view| &mut view.history).collect()
    }

    /// Has the successors of views look at some more panes of the stream.
    fn advance(&mut self, all: &[Pane], most: usize, device: &mut dyn Compute) {
        let rows: Vec<Vec<PaneRows>> =
            self.views.par_iter_mut().filter(|v| v.has_successor()).map(|v| v.next_of_successor(all, most)).collect();
        let rows: Vec<(usize, PaneRows)> =
            (0..).zip(rows).flat_map(|(at, rows)| rows.into_iter().map(move |rows| (at, rows))).collect();
        let mut histories: Vec<&mut History> = self.views.iter_mut().filter_map(View::history_of_successor).collect();
        add(&mut histories, &rows, device);
        if self.views.iter_mut().filter_map(|view| view.hand_over(all.len()).then_some(())).count() > 0 {
            // A whole history at once: more than the next matrices will want.
            give_back_memory();
        }
    }

    /// Has some views look at the whole stream again, some panes at a time.
    fn look_again(&mut self, which: &[usize], all: &[Pane], device: &mut dyn Compute) {
        for panes in all.chunks(BATCH) {
            let rows: Vec<(usize, PaneRows)> = self
                .views
                .par_iter_mut()
                .enumerate()
                .filter(|(at, _)| which.contains(at))
                .flat_map_iter(|(at, view)| view.walk(panes).into_iter().map(move |rows| (at, rows)))
                .collect();
            add(&mut self.histories(), &rows, device);
        }
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

fn sight(view: &View, question: Question<'_>, setting: Setting<'_>) -> Sight {
    let correlations = correlations(view, question, setting.encoding);
    let found = evidence(view, &correlations, question, setting.config);
    Sight { correlations, found }
}

/// The correlations of a view from every start row asked about.
fn correlations(view: &View, question: Question<'_>, encoding: &Encoding) -> BTreeMap<u64, Correlation> {
    let mut out = BTreeMap::new();
    for &start in question.start_rows {
        out.entry(start).or_insert_with(|| {
            let mut corr = view.history.correlation(start);
            let values = view.columns.linear_len();
            for (column, present) in corr.present.iter_mut().enumerate().take(values) {
                *present = 1.0 - encoding.missing_share(view.columns.var(column));
            }
            corr
        });
    }
    out
}

fn replicates(view: &View, sight: &Sight, question: Question<'_>, n_resamples: usize, seed: u64) -> Vec<Replicates> {
    let Sight { correlations, found } = sight;
    found
        .par_iter()
        .map(|e| {
            let start_row = question.start_rows[e.target];
            let fitted = Fitted { target: e.target, entered: &e.entered, beta: &e.beta, start_row };
            resampled(&view.history, &correlations[&start_row], fitted, n_resamples, seed)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Pane, PaneCache, View, Views};
    use crate::compute::{self, ComputeConfig};
    use crate::mpie::view::ViewKind;

    fn views(max_bytes: usize) -> Views {
        let kind = ViewKind { half_life: 0, curved: true };
        Views { views: vec![View::new(kind, 2, 2, (4, max_bytes), 8)], ..Views::none() }
    }

    /// 16 rows of two variables that wander.
    fn pane(index: u64) -> Pane {
        let first_row = index * 16;
        let values = (0..16).flat_map(|t| {
            let t = (first_row + t) as f64;
            [(t * 0.37).sin() + t * 0.01, (t * t * 0.011).cos()]
        });
        let run = (0..16).map(|t| (first_row + t) as u32).collect();
        Pane { index, first_row, values: values.collect(), vars: 2, run, missing: 0 }
    }

    #[test]
    fn a_successor_arrives_at_what_looking_at_once_gives() {
        let mut device = compute::open(&ComputeConfig { threads: 1, ..ComputeConfig::default() }).unwrap();
        // Where memory does not hold two histories, everything is looked at again at once.
        let (mut step_by_step, mut at_once) = (views(1 << 20), views(1));
        let mut cache = PaneCache::new(10_000, 1 << 20);
        let (mut under_way, mut arrived) = (0, 0);
        for index in 0..200 {
            let pane = pane(index);
            cache.push(&pane);
            for views in [&mut step_by_step, &mut at_once] {
                views.take_in(std::slice::from_ref(&pane), &cache, false, &mut *device);
            }
            if step_by_step.views[0].has_successor() {
                under_way += 1;
                continue;
            }
            arrived += 1;
            let [a, b] = [&step_by_step, &at_once].map(|v| v.views[0].history.correlation(0));
            assert_eq!((a.rows, step_by_step.views[0].made_at_rows), (b.rows, at_once.views[0].made_at_rows));
            assert!(a.matrix.iter().zip(&b.matrix).all(|(a, b)| (a - b).abs() < 1e-9), "after pane {index}");
        }
        assert!(under_way > 2 && arrived > 100, "{under_way} windows under way, {arrived} arrived");
    }
}
