//! In: windows of a stream with too many variables for one Gram matrix of everything. Out: verdicts, from sketches that
//! propose and regressions on the newest rows that confirm. Memory grows with the number of variables, not of pairs.

use rayon::prelude::*;

use crate::compute::cpu::lagged_gram;
use crate::compute::{Compute, LaggedRows};
use crate::types::{LinkKey, LinkScore, NodeStats, Window};

use super::assess::{Assessment, assess};
use super::bootstrap::{Fitted, Replicates, resampled};
use super::columns::Columns;
use super::config::MpieConfig;
use super::encoding::Encoding;
use super::history::History;
use super::kept::KeptRows;
use super::lagged::Features;
use super::limits::Limits;
use super::projector::Regressed;
use super::screening::Screening;
use super::selection::{Terms, select};
use super::shortlist::{BLOCK_ROWS, Candidate, score};
use super::sketch::Sketches;
use super::tails::t_quantile_975;
use super::verdict::Verdicts;
use super::wide_products;

/// Rows of an epoch: screening all pairs once costs as much as sketching so many rows, or more.
const EPOCH_ROWS: usize = 1024;
/// Sources per target that scoring looks at.
const SHORTLIST: usize = 20;
/// The same where limits leave least.
const LEAST_SHORTLIST: usize = 4;
/// Sources per target that a regression is made of at most.
const CONFIRMED: usize = 12;
/// Share of the replicates that must agree for that.
const AGREE: f32 = 0.5;
/// Levels of the exact path's history that memory is counted for.
const LEVELS: usize = 4;

/// Rows kept for exact scoring at least.
const LEAST_KEPT: usize = 1024;

/// Rows kept for exact scoring.
fn kept_rows(config: &MpieConfig, vars: usize) -> usize {
    let fitting = (config.encoder.memory_mb << 15) / vars.max(1);
    fitting.clamp(LEAST_KEPT, 4096.min(config.encoder.cache_rows.max(LEAST_KEPT)))
}

/// Whether looking at every pair exactly costs more than it may: the memory of one Gram matrix of everything, once per
/// block of the history.
pub fn is_wide(config: &MpieConfig, vars: usize) -> bool {
    let dim = Columns::linear(vars, config.max_lag).dim();
    let bytes = dim * (dim + 1) / 2 * size_of::<f64>() * config.encoder.blocks_per_level * LEVELS;
    bytes > config.encoder.memory_mb << 20
}

/// The screening path.
#[derive(Debug)]
pub struct Wide {
    config: MpieConfig,
    vars: usize,
    seed: u64,
    sketches: Sketches,
    screening: Screening,
    kept: KeptRows,
    encoding: Encoding,
    rows: f64,
    rows_judged: f64,
    limits: Limits,
}

impl Wide {
    /// A screening path that has seen nothing.
    pub fn new(config: &MpieConfig, vars: usize, seed: u64) -> Self {
        let keep = kept_rows(config, vars);
        Self {
            vars,
            seed,
            sketches: Sketches::new(&config.encoder, vars, config.max_lag, seed),
            screening: Screening::new(vars),
            kept: KeptRows::new(vars, keep),
            encoding: Encoding::default(),
            rows: 0.0,
            rows_judged: 0.0,
            limits: Limits::default(),
            config: config.clone(),
        }
    }

    /// Keeps this share of the rows that are scored exactly, from now on.
    pub fn set_memory(&mut self, share: f64) {
        self.kept.set_keep(Limits::share_of(share, kept_rows(&self.config, self.vars), LEAST_KEPT));
    }

    /// Does no more than this from now on; latents change between two epochs.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Bytes of the rows kept.
    pub fn kept_bytes(&self) -> usize {
        self.kept.bytes()
    }

    /// Takes in the window's new panes.
    pub fn take_in(&mut self, window: &Window, device: &mut dyn Compute) {
        if self.encoding.scale.is_empty() {
            self.encoding = Encoding::of(window, self.vars);
        }
        let new = window.panes.len().saturating_sub(window.new_panes);
        for pane in &window.panes[new..] {
            self.encoding.count(pane);
            let values: Vec<f64> = pane
                .values
                .chunks_exact(self.vars)
                .flat_map(|row| {
                    row.iter().zip(&self.encoding.center).zip(&self.encoding.scale).map(|((x, c), s)| (x - c) * s)
                })
                .collect();
            self.sketches.take_in(&values, &pane.run, device);
            self.kept.push(&values, &pane.run);
            self.rows += pane.rows() as f64;
            if self.sketches.rows() >= EPOCH_ROWS {
                self.screen(device);
            }
        }
    }

    fn screen(&mut self, device: &mut dyn Compute) {
        let latents = self.sketches.epoch(device);
        self.screening.take_in(&latents, self.sketches.dim(), self.sketches.precision(), device);
        self.sketches.set_dim(Limits::sketch_dim(self.limits.sketch, &self.config.encoder));
    }

    /// Whether enough has been seen since the last judgement to make another worth its cost.
    pub fn due(&self) -> bool {
        self.screening.epochs() > 0
            && self.rows
                >= self.rows_judged * (1.0 + self.config.evaluator.refresh_growth / self.limits.pace()).max(1.0)
    }

    /// The best `count` sources of a target so far, as variable and lag, of the lags that limits allow.
    pub fn screened(&self, target: usize, count: usize) -> Vec<(usize, usize)> {
        let followed = self.screening.best(target, usize::MAX);
        followed.filter(|&(_, lag)| lag <= self.limits.max_lag).take(count).collect()
    }

    fn resamples(&self) -> usize {
        self.config.evaluator.n_resamples.min(self.limits.resamples)
    }

    /// Scores what screening proposes and decides. The second number is how many sources were asked about.
    pub fn judge(&mut self, device: &mut dyn Compute) -> (Verdicts, usize) {
        // A stream shorter than an epoch, or the rest of one where there is nothing else.
        if self.screening.epochs() == 0 {
            self.screen(device);
        }
        self.rows_judged = self.rows;
        let shortlist = Limits::share_of(self.limits.pace(), SHORTLIST, LEAST_SHORTLIST);
        let asked: Vec<Vec<(usize, usize)>> = (0..self.vars).map(|t| self.screened(t, shortlist)).collect();
        let count = asked.iter().map(Vec::len).sum();
        let scored = score(&self.kept, &asked, self.config.max_lag, self.resamples(), self.seed, device);
        let fits: Vec<Fit> =
            scored.par_iter().enumerate().map(|(target, candidates)| self.fit(target, candidates)).collect();
        let mut verdicts = self.decide(&fits);
        if self.config.evaluator.hyper_sources > 0 && self.limits.joint {
            let (replicates, precision) = ((self.resamples(), self.seed), self.sketches.precision());
            let lags = self.config.max_lag.min(self.limits.max_lag).max(1);
            verdicts.hyperedges = wide_products::search(&self.kept, &asked, lags, replicates, precision, device);
        }
        (verdicts, count)
    }

    /// The regression of one target on its own past and the sources that scoring confirmed.
    fn fit(&self, target: usize, candidates: &[Candidate]) -> Fit {
        let mut confirmed: Vec<&Candidate> = candidates.iter().filter(|c| c.scored.stability >= AGREE).collect();
        confirmed.sort_by(|a, b| b.scored.gain.total_cmp(&a.scored.gain));
        confirmed.truncate(CONFIRMED);
        // The target comes first, then each source once.
        let mut vars = vec![target];
        for c in &confirmed {
            if !vars.contains(&c.source) {
                vars.push(c.source);
            }
        }
        let columns = Columns::linear(vars.len(), self.config.max_lag);
        let history = self.history(&vars, columns);
        let corr = history.correlation(0);
        let at = |var: usize| vars.iter().position(|&v| v == var).unwrap_or(0);
        let terms = Terms {
            forced: columns.lags_of(0).collect(),
            candidates: confirmed.iter().map(|c| columns.of(at(c.source), c.lag)).collect(),
            seeds: Vec::new(),
            curves: Vec::new(),
            columns,
        };
        let config = &self.config.evaluator;
        let projector = select(&corr, &Regressed::column(&corr, 0), 0, &terms, config.p_enter);
        let sources: Vec<usize> = (1..vars.len()).collect();
        let assessment = assess(&corr, columns, 0, &projector, &sources, config.mci);
        let fitted = Fitted { target: 0, entered: &assessment.entered, beta: &assessment.beta, start_row: 0 };
        let replicates = resampled(&history, &corr, fitted, self.resamples(), self.seed);
        let sd = vars.iter().enumerate().map(|(k, &v)| corr.sd[k] / self.encoding.scale[v]).collect();
        let mean = corr.mean[0] / self.encoding.scale[target] + self.encoding.center[target];
        Fit { vars, assessment, replicates, sd, mean, rows: corr.rows }
    }

    /// Second moments of a few variables' lags over the kept rows, block by block.
    fn history(&self, vars: &[usize], columns: Columns) -> History {
        let rows = self.kept.rows();
        let mut history = History::new(columns.dim(), rows / BLOCK_ROWS + 2);
        let mut values = Vec::with_capacity(rows * vars.len());
        let cells: Vec<&[f32]> = vars.iter().map(|&v| self.kept.of(v)).collect();
        for t in 0..rows {
            values.extend(cells.iter().map(|c| f64::from(c[t])));
        }
        let run: Vec<u32> = self.kept.run().map(|run| run as u32).collect();
        let mut before = vec![f64::NAN; (columns.max_lag + 1) * vars.len()];
        let mut whole = Vec::new();
        for (block, (values, run)) in values.chunks(BLOCK_ROWS * vars.len()).zip(run.chunks(BLOCK_ROWS)).enumerate() {
            let features = Features { values, before: &before, run };
            let lagged = LaggedRows { values: features.lagged_rows(columns, &[]), dim: columns.dim() };
            history.push(block as u64, (block * BLOCK_ROWS) as u64, lagged_gram(&lagged, &mut whole));
            before = features.remember();
        }
        history
    }

    /// Benjamini–Hochberg over every pair and lag there is: what screening left out counts as not found.
    fn decide(&self, fits: &[Fit]) -> Verdicts {
        let mut rated: Vec<(LinkScore, f64, bool)> = fits.iter().flat_map(Fit::links).collect();
        rated.sort_by(|a, b| b.0.score.total_cmp(&a.0.score).then(a.0.key.cmp(&b.0.key)));
        let hypotheses = (self.vars * self.vars.saturating_sub(1) * self.config.max_lag) as f64;
        let config = &self.config.evaluator;
        let mut least = 1.0f64;
        for (rank, (link, _, selected)) in rated.iter_mut().enumerate().rev() {
            least = least.min(link.p_value * hypotheses / (rank as f64 + 1.0));
            link.q_value = least;
            link.accepted = *selected
                && least < config.fdr
                && link.stability >= config.stability_min
                && link.gain >= config.gain_min
                && link.ci_hi - link.ci_lo <= config.lambda_ci * link.effect.abs();
        }
        Verdicts {
            weights: rated.iter().map(|r| r.1).collect(),
            links: rated.into_iter().map(|r| r.0).collect(),
            nodes: fits.iter().map(|fit| fit.node(&self.encoding)).collect(),
            inflation: 1.0,
            whole: true,
            ..Verdicts::default()
        }
    }
}

/// What one target's regression says; index 0 of its variables is the target.
struct Fit {
    vars: Vec<usize>,
    assessment: Assessment,
    replicates: Replicates,
    /// Standard deviations in data units.
    sd: Vec<f64>,
    mean: f64,
    rows: f64,
}

impl Fit {
    /// Every lag of every source, with its effect in standard deviations, and whether it was selected.
    fn links(&self) -> impl Iterator<Item = (LinkScore, f64, bool)> {
        let dof = (self.rows - self.assessment.entered.len() as f64 - 1.0).max(1.0);
        self.assessment.links.iter().map(move |link| {
            let (spread, stability, gain) = match link.entered {
                Some(k) if self.replicates.fitted >= 4 => {
                    (self.replicates.spread[k], self.replicates.stability[k], self.replicates.gain[k])
                }
                _ => (0.0, 0.0, 0.0),
            };
            let unit = if self.sd[link.source] > 0.0 { self.sd[0] / self.sd[link.source] } else { 0.0 };
            let margin = t_quantile_975(dof) * link.se.max(spread);
            let key =
                LinkKey { source: self.vars[link.source] as u32, target: self.vars[0] as u32, lag: link.lag as u32 };
            let score = LinkScore {
                key,
                score: -link.ln_p * std::f64::consts::LOG10_E,
                effect: link.beta * unit,
                ci_lo: (link.beta - margin) * unit,
                ci_hi: (link.beta + margin) * unit,
                stability,
                p_value: link.ln_p.exp(),
                q_value: 1.0,
                gain,
                accepted: false,
                directed: true,
            };
            (score, link.beta, link.entered.is_some())
        })
    }

    fn node(&self, encoding: &Encoding) -> NodeStats {
        NodeStats {
            mean: self.mean,
            sd: self.sd[0],
            autoregression_r2: self.assessment.own_r2.clamp(0.0, 1.0),
            missing: encoding.missing_share(self.vars[0]),
            regime_start_row: 0,
        }
    }
}
