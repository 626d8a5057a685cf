//! In: assessments, replicates, same-time links. Out: one score per link in data units, and the decision.

use crate::types::{HyperEdge, LinkScore, NodeStats, Reward};

use super::assess::Assessment;
use super::bootstrap::Replicates;
use super::calibrate::{adjusted, deflate, inflation};
use super::columns::Columns;
use super::config::EvaluatorConfig;
use super::contemporaneous::SameTime;
use super::doubts::{Doubts, false_among_masked};
use super::drafts::{drafts_of, seen_by_views};
use super::same_time::{pool_pairs, rate_same_time};
use super::units::Units;
use super::views::Look;

/// What the evaluator says after a window.
#[derive(Debug, Clone, Default)]
pub struct Verdicts {
    /// Every link asked about, best evidence first.
    pub links: Vec<LinkScore>,
    /// Effect of each of `links` in standard deviations.
    pub weights: Vec<f64>,
    /// Whether links that are not among `links` were looked at and found wanting.
    pub whole: bool,
    /// Hyperedges found.
    pub hyperedges: Vec<HyperEdge>,
    /// One entry per variable.
    pub nodes: Vec<NodeStats>,
    /// Inflation of the null bulk.
    pub inflation: f64,
    /// Whether nothing is accepted because the tests cannot be trusted on these data.
    pub weak: bool,
    /// Whether levels were found to wander.
    pub levels_wander: bool,
    /// Targets whose mechanism changed, if any did.
    pub changed: Vec<u32>,
    /// Row at which the newest regime began.
    pub regime_start_row: u64,
    /// Feedback for the bandit.
    pub rewards: Vec<Reward>,
}

/// Share of unselected links from which all candidates together count as mostly null.
const MOSTLY: f64 = 0.7;
/// Links below which their median says nothing about the null.
const MIN_NULLS: usize = 20;

/// All that was found, to be decided upon.
#[derive(Debug, Clone, Copy)]
pub struct Found<'a> {
    /// Regressions in data units, one per target.
    pub linear: &'a [Assessment],
    /// Their replicates.
    pub replicates: &'a [Replicates],
    /// What the robust views say; empty where there are none.
    pub look: &'a Look,
    /// What the first view's columns hold.
    pub views: Option<Columns>,
    /// Same-time links.
    pub same: &'a [SameTime],
    /// Share of variables that often stand still.
    pub intermittent: f64,
}

/// Rows from which on the views are listened to however many more there are in data units.
const ENOUGH_ROWS: f64 = 2_500.0;

/// Share of intermittent variables from which on inflated tests are not believed at all: their rows are neither
/// independent given the past nor alike, which no correction of the tests mends.
const MOSTLY_STILL: f64 = 0.25;

/// Inflation from which on intermittent data are not believed: two signs of trouble together need not each be as strong as one alone.
const MISTRUSTED: f64 = 1.25;

/// Scores and decides.
pub fn decide(found: &Found<'_>, units: &[Units], columns: Columns, config: &EvaluatorConfig) -> Verdicts {
    let mut drafts = Vec::new();
    for (assessment, replicates) in found.linear.iter().zip(found.replicates) {
        let from = drafts.len();
        drafts_of(assessment, replicates, &units[assessment.target], columns, &mut drafts);
        // Of a regime that the views have hardly seen, only data units tell.
        let seen = |target: usize| found.look.rows[target] >= ENOUGH_ROWS.min(0.5 * units[target].rows);
        if let Some(view) = found.views.filter(|_| seen(assessment.target)) {
            seen_by_views(&mut drafts[from..], found.look, assessment.target, view);
        }
    }
    // The median of all candidates is the null's while most are null; in a small or dense graph only those the
    // selection left out can be.
    let all: Vec<f64> = drafts.iter().map(|d| d.ln_null).collect();
    let left_out: Vec<f64> = drafts.iter().filter(|d| !d.selected).map(|d| d.ln_null).collect();
    let sparse = left_out.len() as f64 >= MOSTLY * all.len() as f64;
    let null = if sparse { &all } else { &left_out };
    let inflation = if config.calibrate && null.len() >= MIN_NULLS { inflation(null) } else { 1.0 };
    let calibrated: Vec<f64> = drafts.iter().map(|d| deflate(d.ln_p, inflation)).collect();
    let doubts = Doubts::new(found, columns.vars, config);
    let weighted: Vec<f64> = drafts.iter().zip(&calibrated).map(|(draft, &ln_p)| doubts.weigh(draft, ln_p)).collect();
    let mut q = adjusted(&weighted);
    if config.calibrate {
        let found = || drafts.iter().zip(&q).filter(|&(d, &q)| d.selected && q < config.fdr).map(|(d, _)| d);
        let doubtful = false_among_masked(found().filter(|d| d.masked).count(), found().count());
        q.iter_mut().zip(&drafts).filter(|(_, d)| d.masked).for_each(|(q, _)| *q = q.max(doubtful));
    }
    let mut rated: Vec<(LinkScore, f64)> = Vec::with_capacity(drafts.len() + 2 * found.same.len());
    for ((draft, ln_p), q) in drafts.into_iter().zip(calibrated).zip(q) {
        let mut score = draft.score;
        score.p_value = ln_p.exp();
        score.q_value = q;
        score.score = -std::f64::consts::LOG10_E * ln_p;
        if draft.best_of_pair {
            let pair = -std::f64::consts::LOG10_E * deflate(draft.pair_ln_p, inflation);
            score.score = score.score.max(pair);
        }
        let width = score.ci_hi - score.ci_lo;
        // What makes the tests too sure makes the intervals too narrow. The decision has had that taken out of its tests.
        let middle = 0.5 * (score.ci_lo + score.ci_hi);
        let half = 0.5 * (score.ci_hi - score.ci_lo) * inflation.sqrt();
        if half.is_finite() {
            (score.ci_lo, score.ci_hi) = (middle - half, middle + half);
        }
        score.accepted = draft.selected
            && q < config.fdr
            && score.stability >= config.stability_min
            && (!draft.gain_counts || score.gain >= config.gain_min)
            && (!draft.linear || width <= config.lambda_ci * score.effect.abs());
        rated.push((score, draft.weight));
    }
    let lagged = rated.iter().filter(|(score, _)| score.q_value < config.fdr).count();
    rate_same_time(found.same, units, config, lagged, &mut rated);
    pool_pairs(columns.vars, &mut rated);
    let weak = config.calibrate && inflation > MISTRUSTED && found.intermittent >= MOSTLY_STILL;
    rated.iter_mut().for_each(|(score, _)| score.accepted &= !weak);
    rated.sort_by(|a, b| b.0.score.total_cmp(&a.0.score).then(a.0.key.cmp(&b.0.key)));
    let (links, weights) = rated.into_iter().unzip();
    Verdicts { links, weights, inflation, weak, ..Verdicts::default() }
}
