//! In: assessments, replicates, same-time links. Out: one score per link in data units, and the decision.

use crate::types::{HyperEdge, LinkKey, LinkScore, NodeStats, Reward};

use super::assess::Assessment;
use super::bootstrap::Replicates;
use super::calibrate::{adjusted, deflate, inflation};
use super::columns::Columns;
use super::config::EvaluatorConfig;
use super::contemporaneous::{ORIENTED, SameTime};
use super::correlation::Correlation;
use super::encoding::Encoding;
use super::innovations::pairs;
use super::tails::{normal_cdf, t_quantile_975};
use super::views::Look;

/// What the evaluator says after a window.
#[derive(Debug, Clone, Default)]
pub struct Verdicts {
    /// Every link asked about, best evidence first.
    pub links: Vec<LinkScore>,
    /// Effect of each of `links` in standard deviations.
    pub weights: Vec<f64>,
    /// Hyperedges found.
    pub hyperedges: Vec<HyperEdge>,
    /// One entry per variable.
    pub nodes: Vec<NodeStats>,
    /// Inflation of the null bulk.
    pub inflation: f64,
    /// Targets whose mechanism changed, if any did.
    pub changed: Vec<u32>,
    /// Row at which the newest regime began.
    pub regime_start_row: u64,
    /// Feedback for the bandit.
    pub rewards: Vec<Reward>,
}

/// Standard deviations of the variables over one regime, in data units.
#[derive(Debug, Clone)]
pub struct Units {
    sd: Vec<f64>,
    mean: Vec<f64>,
    rows: f64,
}

impl Units {
    /// From correlations in encoder units.
    pub fn new(corr: &Correlation, columns: Columns, encoding: &Encoding) -> Self {
        Self {
            sd: (0..columns.vars).map(|v| corr.sd[v] / encoding.scale[v]).collect(),
            mean: (0..columns.vars).map(|v| corr.mean[v] / encoding.scale[v] + encoding.center[v]).collect(),
            rows: corr.rows,
        }
    }

    /// How many units of `target` one unit of `source` is, per standard deviation.
    fn ratio(&self, source: usize, target: usize) -> f64 {
        if self.sd[source] > 0.0 { self.sd[target] / self.sd[source] } else { 0.0 }
    }

    /// Statistics of one variable.
    pub fn node(&self, var: usize, own_r2: f64, regime_start_row: u64, encoding: &Encoding) -> NodeStats {
        NodeStats {
            mean: self.mean[var],
            sd: self.sd[var],
            autoregression_r2: own_r2.clamp(0.0, 1.0),
            missing: encoding.missing_share(var),
            regime_start_row,
        }
    }
}

/// Weight of the least-squares error against the bootstrap's when few replicates or blocks stand behind the latter.
const PRIOR_DOF: f64 = 20.0;

/// Standard error and its degrees of freedom from least squares and replicates together: a spread estimated from few
/// blocks is noisy, one from many also knows of heteroscedasticity and dependence.
fn combined_error(least_squares: f64, spread: f64, replicates: &Replicates, dof: f64) -> (f64, f64) {
    let trust = (replicates.fitted as f64 - 1.0).min(replicates.blocks - 1.0).max(0.0);
    if replicates.fitted < 4 || trust <= 0.0 {
        return (least_squares, dof);
    }
    let share = trust / (trust + PRIOR_DOF);
    ((share * spread * spread + (1.0 - share) * least_squares * least_squares).sqrt(), dof.min(trust + PRIOR_DOF))
}

/// Share of unselected links from which all candidates together count as mostly null.
const MOSTLY: f64 = 0.7;
/// Links below which their median says nothing about the null.
const MIN_NULLS: usize = 20;
/// Effective blocks below which an out-of-bag gain is too noisy to decide anything.
const MIN_BLOCKS: f64 = 8.0;

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
}

/// The t statistic with which a term enters a regression at the usual level: what a replicate of a link that was not
/// selected would have to reach.
const ENTERS: f64 = 2.8;

struct Draft {
    score: LinkScore,
    weight: f64,
    ln_p: f64,
    /// `ln p` of no linear effect: most links have none, which calibrates all tests.
    ln_null: f64,
    selected: bool,
    /// Whether the effect in data units is what was found; a curved effect or a product has none.
    linear: bool,
    /// Whether enough blocks stand behind the out-of-bag gain for it to have a say.
    gain_counts: bool,
    pair_ln_p: f64,
    best_of_pair: bool,
}

/// Scores and decides.
pub fn decide(found: &Found<'_>, units: &[Units], columns: Columns, config: &EvaluatorConfig) -> Verdicts {
    let mut drafts = Vec::new();
    for (assessment, replicates) in found.linear.iter().zip(found.replicates) {
        let from = drafts.len();
        drafts_of(assessment, replicates, &units[assessment.target], columns, &mut drafts);
        if let Some(view) = found.views {
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
    let latent = latent(found.same, columns.vars);
    let doubts = doubts(found, &latent, config);
    let weighted: Vec<f64> = drafts
        .iter()
        .zip(&calibrated)
        .map(|(draft, ln_p)| (ln_p + doubts[draft.score.key.target as usize]).min(0.0))
        .collect();
    let q = adjusted(&weighted);
    let to_log10 = -std::f64::consts::LOG10_E;
    let mut rated: Vec<(LinkScore, f64)> = Vec::with_capacity(drafts.len() + 2 * found.same.len());
    for ((draft, ln_p), q) in drafts.into_iter().zip(calibrated).zip(q) {
        let mut score = draft.score;
        score.p_value = ln_p.exp();
        score.q_value = q;
        score.score = to_log10 * ln_p;
        if draft.best_of_pair {
            score.score = score.score.max(to_log10 * deflate(draft.pair_ln_p, inflation));
        }
        let width = score.ci_hi - score.ci_lo;
        // What makes the tests too sure makes the intervals too narrow.
        let middle = 0.5 * (score.ci_lo + score.ci_hi);
        let half = 0.5 * (score.ci_hi - score.ci_lo) * inflation.sqrt();
        (score.ci_lo, score.ci_hi) = (middle - half, middle + half);
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
    rated.sort_by(|a, b| b.0.score.total_cmp(&a.0.score).then(a.0.key.cmp(&b.0.key)));
    let (links, weights) = rated.into_iter().unzip();
    Verdicts { links, weights, inflation, ..Verdicts::default() }
}

/// How much less a p-value counts where the data show that an assumption of its test fails.
const DOUBT: f64 = std::f64::consts::LN_10;
/// False discovery rate at which a same-time link casts doubt on its ends.
const DOUBT_FDR: f64 = 0.01;

/// Per target, what is added to `ln p` before the decision: hypotheses in doubt weigh less in the false discovery rate
/// (Genovese, Roeder & Wasserman 2006). In doubt is a target that may follow something that was not measured, and one
/// whose regression needs curved terms, for then there may be more of them than were tried.
fn doubts(found: &Found<'_>, latent: &[bool], config: &EvaluatorConfig) -> Vec<f64> {
    let mut doubts: Vec<f64> = latent.iter().map(|&latent| if latent { DOUBT } else { 0.0 }).collect();
    for (doubt, _) in doubts.iter_mut().zip(&found.look.blend).filter(|(_, blend)| blend.nonlinear) {
        *doubt = DOUBT;
    }
    if !config.calibrate {
        doubts.fill(0.0);
    }
    doubts
}

/// Variables whose innovation shares something with those of two others which share it too, while no direction can be
/// told: all three may follow what was not measured.
fn latent(same: &[SameTime], vars: usize) -> Vec<bool> {
    let ln_p: Vec<f64> = same.iter().map(|s| s.ln_p).collect();
    let mut open = vec![false; vars * vars];
    for (link, q) in same.iter().zip(adjusted(&ln_p)) {
        if q < DOUBT_FDR && link.direction.abs() <= ORIENTED {
            (open[link.a * vars + link.b], open[link.b * vars + link.a]) = (true, true);
        }
    }
    let mut latent = vec![false; vars];
    for (a, b) in pairs(vars).filter(|&(a, b)| open[a * vars + b]) {
        if (0..vars).any(|c| open[a * vars + c] && open[b * vars + c]) {
            (latent[a], latent[b]) = (true, true);
        }
    }
    latent
}

/// Puts the views' evidence in place of the regression's in data units, and counts what their replicates agree on.
fn seen_by_views(drafts: &mut [Draft], look: &Look, target: usize, columns: Columns) {
    let (blend, first, replicates) = (&look.blend[target], &look.first[target], &look.replicates[target]);
    let lags = columns.max_lag;
    for (at, draft) in drafts.iter_mut().enumerate() {
        draft.ln_p = blend.ln_lag[at];
        draft.ln_null = blend.ln_linear[at];
        draft.pair_ln_p = blend.ln_pair[at / lags];
        if blend.selected[at] {
            draft.linear &= draft.selected;
            draft.selected = true;
        }
        let (source, lag) = (draft.score.key.source as usize, draft.score.key.lag as usize);
        for k in first.terms_of(source, lag) {
            draft.score.stability = draft.score.stability.max(replicates.stability.get(k).copied().unwrap_or(0.0));
            draft.score.gain = draft.score.gain.max(replicates.gain.get(k).copied().unwrap_or(0.0));
        }
    }
    for lags in drafts.chunks_mut(lags) {
        let best = lags.iter().map(|d| d.ln_p).fold(0.0, f64::min);
        let mut first = true;
        for draft in lags {
            draft.best_of_pair = first && draft.ln_p <= best;
            first &= !draft.best_of_pair;
        }
    }
}

fn drafts_of(a: &Assessment, replicates: &Replicates, units: &Units, columns: Columns, drafts: &mut Vec<Draft>) {
    let dof = (units.rows - a.entered.len() as f64 - 1.0).max(1.0);
    for (links, &(source, joint)) in a.links.chunks(columns.max_lag).zip(&a.pairs) {
        let best = links.iter().map(|l| l.ln_p).fold(0.0, f64::min);
        // The pair's evidence: the joint test or the best lag, each paying for being one of two looks.
        let pair_ln_p = (joint.min(best + (columns.max_lag as f64).ln()) + std::f64::consts::LN_2).min(0.0);
        let mut first = true;
        for link in links {
            let unit = units.ratio(source, a.target);
            let (error, error_dof, stability, gain) = match link.entered {
                Some(k) if replicates.fitted >= 4 => {
                    let (error, dof) = combined_error(link.se, replicates.spread[k], replicates, dof);
                    (error, dof, replicates.stability[k], replicates.gain[k])
                }
                // Too few blocks to resample, or not selected: what replicates of this t statistic would do.
                _ => (link.se, dof, normal_cdf(link.beta.abs() / link.se - ENTERS), 0.0),
            };
            let margin = t_quantile_975(error_dof) * error;
            let best_of_pair = first && link.ln_p <= best;
            first &= !best_of_pair;
            drafts.push(Draft {
                score: LinkScore {
                    key: LinkKey { source: source as u32, target: a.target as u32, lag: link.lag as u32 },
                    score: 0.0,
                    effect: link.beta * unit,
                    ci_lo: (link.beta - margin) * unit,
                    ci_hi: (link.beta + margin) * unit,
                    stability,
                    p_value: 1.0,
                    q_value: 1.0,
                    gain,
                    accepted: false,
                    directed: true,
                },
                weight: link.beta,
                ln_p: link.ln_p,
                ln_null: link.ln_p,
                selected: link.entered.is_some(),
                linear: true,
                gain_counts: replicates.blocks >= MIN_BLOCKS,
                pair_ln_p,
                best_of_pair,
            });
        }
    }
}

/// Lagged evidence for a pair and that of a same-time link add up, and go to the link that has more of it: `score`
/// orders pairs.
fn pool_pairs(vars: usize, rated: &mut [(LinkScore, f64)]) {
    let pair = |score: &LinkScore| score.key.source as usize * vars + score.key.target as usize;
    let mut best: Vec<Option<usize>> = vec![None; vars * vars];
    for (at, (score, _)) in rated.iter().enumerate().filter(|(_, (score, _))| score.key.lag > 0) {
        let best = &mut best[pair(score)];
        if best.is_none_or(|b| rated[b].0.score < score.score) {
            *best = Some(at);
        }
    }
    for at in 0..rated.len() {
        let now = rated[at].0;
        if now.key.lag == 0
            && let Some(lagged) = best[pair(&now)]
        {
            let sum = now.score + rated[lagged].0.score;
            let stronger = if rated[lagged].0.score < now.score { at } else { lagged };
            rated[stronger].0.score = sum;
        }
    }
}

/// Evidence for a same-time link counts up to this many decades: it says less about direction than a lagged one.
const SAME_TIME_DECADES: f64 = 8.0;

/// Weight of same-time evidence, learnt from how many such discoveries there are beside the lagged ones: all of it where
/// sampling is too slow for anything to be lagged, next to none where innovations are independent.
fn same_time_weight(q: &[f64], lagged: usize, fdr: f64) -> f64 {
    let found = q.iter().filter(|&&q| q < fdr).count() as f64;
    (2.0 * found / (found + lagged as f64 + 1.0)).min(1.0)
}

fn rate_same_time(
    same: &[SameTime],
    units: &[Units],
    config: &EvaluatorConfig,
    lagged: usize,
    rated: &mut Vec<(LinkScore, f64)>,
) {
    let ln_p: Vec<f64> = same.iter().map(|s| s.ln_p).collect();
    let q = adjusted(&ln_p);
    let weight = same_time_weight(&q, lagged, config.fdr);
    for (link, q) in same.iter().zip(q) {
        let evidence = (-link.ln_p * std::f64::consts::LOG10_E).min(SAME_TIME_DECADES);
        let directed = link.direction.abs() > ORIENTED;
        for (source, target, (effect, error), forward) in [
            (link.a, link.b, link.effect_ab, link.direction > 0.0),
            (link.b, link.a, link.effect_ba, link.direction < 0.0),
        ] {
            let unit = units[target].ratio(source, target);
            let margin = t_quantile_975((units[target].rows - 3.0).max(1.0)) * error;
            // Ordered below lagged links of equal evidence: half when the direction is open, a fifth when it is against.
            let share = if !directed {
                0.5
            } else if forward {
                1.0
            } else {
                0.2
            };
            // A link of unknown direction is one link: it is accepted once, from the lower to the higher index.
            let stands = if directed { forward } else { source < target };
            let stability = normal_cdf(effect.abs() / error.max(1e-12) - 2.0);
            rated.push((
                LinkScore {
                    key: LinkKey { source: source as u32, target: target as u32, lag: 0 },
                    score: weight * evidence * share,
                    effect: effect * unit,
                    ci_lo: (effect - margin) * unit,
                    ci_hi: (effect + margin) * unit,
                    stability,
                    p_value: link.ln_p.exp(),
                    q_value: q,
                    gain: link.partial * link.partial,
                    accepted: stands && q < config.fdr && stability >= config.stability_min,
                    directed,
                },
                effect,
            ));
        }
    }
}
