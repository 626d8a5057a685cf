//! In: the history and the candidates. Out: verdicts: for every candidate link its effect, interval, stability,
//! p- and q-value and the decision; hyperedges; regimes; rewards for the bandit.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::compute::{Compute, LaggedGram, LaggedRows};
use crate::runtime::{Knob, give_back_memory};
use crate::types::{Candidate, HyperEdge};

use super::assess::{Assessment, assess};
use super::bootstrap::{Fitted, Replicates, resampled};
use super::cache::PaneCache;
use super::columns::Columns;
use super::config::EvaluatorConfig;
use super::contemporaneous::{SameTimeQuestion, oriented_parents, same_time};
use super::correlation::Correlation;
use super::directions::{Directions, LaggedModel};
use super::encoding::Encoding;
use super::evidence::Question;
use super::history::History;
use super::hyper::{JointQuestion, joint_causes};
use super::innovations::Innovations;
use super::limits::Limits;
use super::projector::Regressed;
use super::regimes;
use super::reward::rewards;
use super::selection::{Terms, seeds, select};
use super::starts;
use super::structure::Past;
use super::units::Units;
use super::verdict::{Found, Verdicts, decide};
use super::views::{Look, Setting, Views};
use super::watch::Watch;

/// More variables than this, and looking at every pair of innovations costs more than it tells.
const MAX_SAME_TIME_VARS: usize = 300;

/// Blocks up to which changes of mechanism are looked for in every evaluation.
const FEW_BLOCKS: usize = 48;

/// What is known of the stream.
#[derive(Debug)]
pub struct Stream<'a> {
    /// Second moments in data units.
    pub history: &'a mut History,
    /// The robust views.
    pub views: &'a mut Views,
    /// The stream itself, as far as it is kept.
    pub cache: &'a PaneCache,
    /// Units and counts.
    pub encoding: &'a Encoding,
}

/// Selection, tests, calibration, bootstrap and decision, and the state they carry from window to window.
#[derive(Debug)]
pub struct Evaluator {
    config: EvaluatorConfig,
    limits: Limits,
    /// What will be allowed from the next window on.
    next: Option<Knob<Limits>>,
    columns: Columns,
    seed: u64,
    /// Bytes that correlations may take.
    max_bytes: usize,
    start_rows: Vec<u64>,
    models: Vec<LaggedModel>,
    directions: Directions,
    watch: Watch,
    alarmed: bool,
    rows_evaluated: f64,
    evaluations: u64,
}

impl Evaluator {
    /// An evaluator for `columns`.
    pub fn new(config: EvaluatorConfig, columns: Columns, seed: u64) -> Self {
        let mut watch = Watch::default();
        watch.reset(columns.vars);
        Self {
            config,
            limits: Limits::default(),
            next: None,
            columns,
            seed,
            max_bytes: usize::MAX,
            start_rows: vec![0; columns.vars],
            models: Vec::new(),
            directions: Directions::new(if columns.vars <= MAX_SAME_TIME_VARS { columns.vars } else { 0 }),
            watch,
            alarmed: false,
            rows_evaluated: 0.0,
            evaluations: 0,
        }
    }

    /// Bounds the memory of correlations: where mechanisms start in more places than fit, some are judged on fewer rows.
    #[must_use]
    pub fn within(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// Has a knob that is looked at during an evaluation, too: memory cannot wait for its end.
    pub fn govern(&mut self, limits: Knob<Limits>) {
        self.next = Some(limits);
    }

    /// Gives the views up where memory has become short since the evaluation began; it goes on in data units.
    fn relieve(&self, views: &mut Views) {
        let short = self.next.as_ref().is_some_and(|next| next.get().memory < 1.0);
        if short && !views.is_empty() {
            *views = Views::none();
            give_back_memory();
        }
    }

    /// Does no more than this from now on.
    pub fn set_limits(&mut self, limits: Limits) {
        // Changes of mechanism that went unseen for want of judgements are looked for as soon as there is time.
        self.alarmed |= self.config.regimes && limits.batch > self.limits.batch;
        self.limits = limits;
    }

    /// Takes note of a new pane: watches the regressions in force, and collects the innovations' higher moments.
    pub fn observe(&mut self, gram: &LaggedGram, lagged: &LaggedRows) {
        if self.models.is_empty() {
            return;
        }
        self.alarmed |= self.config.regimes && self.watch.add(gram, &self.models);
        if self.same_time() {
            self.directions.add(lagged, &self.models);
        }
    }

    /// Whether enough has been seen since the last evaluation to make another worth its cost, counted within the
    /// newest regime: right after a change every window matters.
    pub fn due(&self, history: &History) -> bool {
        self.alarmed
            || self.evaluations == 0
            || self.rows_in_force(history)
                >= self.rows_evaluated * (1.0 + self.config.refresh_growth / self.limits.pace())
    }

    fn rows_in_force(&self, history: &History) -> f64 {
        history.rows_from(self.start_rows.iter().copied().max().unwrap_or(0))
    }

    /// Tests for changes at every boundary of the history cost most of an evaluation once it is long, and the watch
    /// sees a change as it happens: then every few evaluations are enough to catch what crept in.
    fn regime_test_is_due(&self, history: &History) -> bool {
        self.alarmed || history.blocks().len() <= FEW_BLOCKS || self.evaluations.is_multiple_of(4)
    }

    fn same_time(&self) -> bool {
        self.config.contemporaneous && self.columns.vars <= MAX_SAME_TIME_VARS
    }

    /// Scores the candidates on everything seen so far.
    pub fn evaluate(&mut self, stream: Stream<'_>, candidates: &[Candidate], device: &mut dyn Compute) -> Verdicts {
        let Stream { history, views, cache, encoding } = stream;
        let columns = self.columns;
        let sources = sources_per_target(candidates, columns.vars);
        let mut forced = vec![Vec::new(); columns.vars];
        let limits = self.limits;
        let mut config = self.config.clone();
        config.n_resamples = config.n_resamples.min(limits.resamples);
        let setting = Setting { config: &config, encoding, cache, seed: self.seed, joint: limits.joint };
        let max_lag = limits.max_lag;
        let mut correlations = BTreeMap::new();
        let mut found = self.assess_all(history, &mut correlations, &sources, &forced, encoding);
        self.relieve(views);
        views.ask(
            Question { sources: &sources, forced: &forced, start_rows: &self.start_rows, max_lag },
            setting,
            device,
        );
        self.relieve(views);
        let mut changed = Vec::new();
        let before = self.start_rows.clone();
        if self.config.regimes && self.regime_test_is_due(history) {
            changed = self.look_for_changes(history, views, cache, &found);
            let dims = views.dims().chain([columns.dim() - 1]);
            starts::within(starts::most(self.max_bytes, dims), &mut self.start_rows);
            if self.start_rows != before {
                history.set_barriers(self.start_rows.iter().copied());
                views.set_barriers(&self.start_rows);
                if median(&self.start_rows) != median(&before) {
                    self.directions = Directions::new(self.directions_vars());
                }
                found = self.assess_all(history, &mut correlations, &sources, &forced, encoding);
                let question = Question { sources: &sources, forced: &forced, start_rows: &self.start_rows, max_lag };
                views.ask(question, setting, device);
            }
        }
        let parents: Vec<Vec<usize>> = found.iter().map(|a| a.entered.clone()).collect();
        let model = |(target, parents): (usize, &Vec<usize>)| {
            LaggedModel::fitted(&correlations[&self.start_rows[target]], target, parents)
        };
        self.models = parents.iter().enumerate().map(model).collect();
        let mut same = Vec::new();
        if self.same_time() {
            let start = median(&self.start_rows);
            let corr = correlation(history, &mut correlations, start, encoding);
            let rows = (0..columns.vars).map(|j| corr.count(j, j)).sum::<f64>() / columns.vars.max(1) as f64;
            same = same_time(&SameTimeQuestion {
                innovations: Innovations::new(corr, &parents),
                directions: &self.directions,
                rows,
                ln_p: views.same_time(start),
                past: self.past(views, start, (corr, &parents), candidates.len()),
            });
            forced = oriented_parents(&same, columns.vars);
            if forced.iter().any(|f| !f.is_empty()) {
                found = self.assess_all(history, &mut correlations, &sources, &forced, encoding);
                let question = Question { sources: &sources, forced: &forced, start_rows: &self.start_rows, max_lag };
                views.condition(question, &config);
            }
        }
        let question = Question { sources: &sources, forced: &forced, start_rows: &self.start_rows, max_lag };
        self.relieve(views);
        let look = views.look(question, setting);
        let replicates = self.replicate_all(history, &found, &correlations);
        let units: Vec<Units> =
            (0..columns.vars).map(|j| Units::new(&correlations[&self.start_rows[j]], columns, encoding)).collect();
        let seen = Found {
            linear: &found,
            replicates: &replicates,
            look: &look,
            views: views.columns(),
            same: &same,
            intermittent: encoding.intermittent_share(),
        };
        let mut verdicts = decide(&seen, &units, columns, &self.config);
        if !verdicts.weak {
            verdicts.hyperedges = self.joint_causes(history, &found, &correlations, &look);
        }
        verdicts.levels_wander = views.wander();
        verdicts.nodes = found
            .iter()
            .map(|a| units[a.target].node(a.target, a.own_r2, self.start_rows[a.target], encoding))
            .collect();
        verdicts.changed = changed.iter().map(|&t| t as u32).collect();
        verdicts.regime_start_row = self.start_rows.iter().copied().max().unwrap_or(0);
        verdicts.rewards = rewards(candidates, &verdicts.links, &self.config, columns);
        self.rows_evaluated = self.rows_in_force(history);
        self.evaluations += 1;
        self.alarmed = false;
        verdicts
    }

    /// Looks for changes of mechanism: in the robust views while they see every row, for spikes and drifts look like
    /// changes in data units; there afterwards, for what the views pass by would be seen late.
    fn look_for_changes(
        &mut self,
        history: &History,
        views: &Views,
        cache: &PaneCache,
        found: &[Assessment],
    ) -> Vec<usize> {
        let alpha = self.config.regime_alpha;
        let seen = cache.panes().and_then(|_| views.look_for_changes(&mut self.start_rows, alpha));
        seen.unwrap_or_else(|| {
            let regressors: Vec<Vec<usize>> = found.iter().map(|a| a.entered.clone()).collect();
            regimes::detect(history, &regressors, &mut self.start_rows, alpha)
        })
    }

    fn resamples(&self) -> usize {
        self.config.n_resamples.min(self.limits.resamples)
    }

    /// What same-time directions are read from: the plain view where there is one, data units otherwise.
    fn past<'a>(
        &self,
        views: &'a Views,
        start_row: u64,
        (corr, parents): (&'a Correlation, &[Vec<usize>]),
        asked: usize,
    ) -> Past<'a> {
        match views.plain(start_row) {
            Some((corr, columns, selected)) => Past { corr, columns, selected, asked },
            None => Past { corr, columns: self.columns, selected: parents.to_vec(), asked },
        }
    }

    fn directions_vars(&self) -> usize {
        if self.same_time() { self.columns.vars } else { 0 }
    }

    /// Selection and tests of every target, each on the rows of its regime.
    fn assess_all(
        &self,
        history: &History,
        correlations: &mut BTreeMap<u64, Correlation>,
        sources: &[Vec<usize>],
        same_time_parents: &[Vec<usize>],
        encoding: &Encoding,
    ) -> Vec<Assessment> {
        let columns = self.columns;
        for &start in &self.start_rows {
            correlation(history, correlations, start, encoding);
        }
        let seeded: BTreeMap<u64, Vec<Vec<usize>>> =
            correlations.iter().map(|(&start, corr)| (start, seeds(corr, columns))).collect();
        (0..columns.vars)
            .into_par_iter()
            .map(|target| {
                let start = self.start_rows[target];
                let corr = &correlations[&start];
                let candidates: Vec<usize> =
                    sources[target].iter().flat_map(|&s| columns.lags_of(s).take(self.limits.max_lag)).collect();
                let seeds =
                    seeded[&start][target].iter().copied().filter(|&c| sources[target].contains(&columns.var(c)));
                let terms = Terms {
                    forced: columns.lags_of(target).chain(same_time_parents[target].iter().copied()).collect(),
                    seeds: seeds.collect(),
                    candidates,
                    curves: Vec::new(),
                    columns,
                };
                let regressed = Regressed::column(corr, target);
                let projector = select(corr, &regressed, target, &terms, self.config.p_enter);
                assess(corr, columns, target, &projector, &sources[target], self.config.mci)
            })
            .collect()
    }

    /// Block-bootstrap replicates of every target's regression.
    fn replicate_all(
        &self,
        history: &History,
        found: &[Assessment],
        correlations: &BTreeMap<u64, Correlation>,
    ) -> Vec<Replicates> {
        found
            .par_iter()
            .map(|a| {
                let start_row = self.start_rows[a.target];
                let fitted = Fitted { target: a.target, entered: &a.entered, beta: &a.beta, start_row };
                resampled(history, &correlations[&start_row], fitted, self.resamples(), self.seed)
            })
            .collect()
    }

    /// Products that the views found, and pairs of strong sources beyond them.
    fn joint_causes(
        &self,
        history: &History,
        found: &[Assessment],
        correlations: &BTreeMap<u64, Correlation>,
        look: &Look,
    ) -> Vec<HyperEdge> {
        let mut all = look.products.clone();
        if self.config.hyper_sources < 2 || !self.limits.joint {
            return all;
        }
        let of_target = |a: &Assessment| {
            let start_row = self.start_rows[a.target];
            let question = JointQuestion {
                history,
                start_row,
                corr: &correlations[&start_row],
                columns: self.columns,
                sources: self.config.hyper_sources,
                n_resamples: self.resamples(),
                seed: self.seed,
            };
            joint_causes(a, &question)
        };
        for edge in found.par_iter().flat_map_iter(of_target).collect::<Vec<_>>() {
            if !all.iter().any(|h| (&h.sources, h.target) == (&edge.sources, edge.target)) {
                all.push(edge);
            }
        }
        all
    }
}

/// The correlations from a row on, computed once.
fn correlation<'a>(
    history: &History,
    known: &'a mut BTreeMap<u64, Correlation>,
    start_row: u64,
    encoding: &Encoding,
) -> &'a Correlation {
    known.entry(start_row).or_insert_with(|| {
        let mut corr = history.correlation(start_row);
        let vars = encoding.missing.len();
        corr.present = (0..corr.columns).map(|c| 1.0 - encoding.missing_share(c % vars)).collect();
        corr
    })
}

/// The row from which on most targets are regressed.
fn median(start_rows: &[u64]) -> u64 {
    let mut starts = start_rows.to_vec();
    starts.sort_unstable();
    starts.get(starts.len() / 2).copied().unwrap_or(0)
}

/// The sources each target is asked about, ascending.
fn sources_per_target(candidates: &[Candidate], vars: usize) -> Vec<Vec<usize>> {
    let mut sources = vec![Vec::new(); vars];
    for candidate in candidates {
        if let Some((&target, from)) = candidate.vars.split_last() {
            sources[target as usize].extend(from.iter().map(|&s| s as usize));
        }
    }
    for list in &mut sources {
        list.sort_unstable();
        list.dedup();
    }
    sources
}
