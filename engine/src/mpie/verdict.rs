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
use super::tails::{normal_cdf, t_quantile_975};

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

struct Draft {
    score: LinkScore,
    weight: f64,
    ln_p: f64,
    selected: bool,
    /// Whether enough blocks stand behind the out-of-bag gain for it to have a say.
    gain_counts: bool,
    pair_ln_p: f64,
    best_of_pair: bool,
}

/// Scores and decides.
pub fn decide(
    found: &[Assessment],
    replicates: &[Replicates],
    same: &[SameTime],
    units: &[Units],
    columns: Columns,
    config: &EvaluatorConfig,
) -> Verdicts {
    let mut drafts = Vec::new();
    for (assessment, replicates) in found.iter().zip(replicates) {
        drafts_of(assessment, replicates, &units[assessment.target], columns, &mut drafts);
    }
    let raw: Vec<f64> = drafts.iter().map(|d| d.ln_p).collect();
    // The median of all candidates is the null's while most are null; in a small or dense graph only those the
    // selection left out can be.
    let left_out: Vec<f64> = drafts.iter().filter(|d| !d.selected).map(|d| d.ln_p).collect();
    let sparse = left_out.len() as f64 >= MOSTLY * raw.len() as f64;
    let null = if sparse { &raw } else { &left_out };
    let inflation = if config.calibrate && null.len() >= MIN_NULLS { inflation(null) } else { 1.0 };
    let calibrated: Vec<f64> = raw.iter().map(|&ln_p| deflate(ln_p, inflation)).collect();
    let q = adjusted(&calibrated);
    let to_log10 = -std::f64::consts::LOG10_E;
    let mut rated: Vec<(LinkScore, f64)> = Vec::with_capacity(drafts.len() + 2 * same.len());
    for ((draft, ln_p), q) in drafts.into_iter().zip(calibrated).zip(q) {
        let mut score = draft.score;
        score.p_value = ln_p.exp();
        score.q_value = q;
        score.score = to_log10 * ln_p;
        if draft.best_of_pair {
            score.score = score.score.max(to_log10 * deflate(draft.pair_ln_p, inflation));
        }
        let width = score.ci_hi - score.ci_lo;
        score.accepted = draft.selected
            && q < config.fdr
            && score.stability >= config.stability_min
            && (!draft.gain_counts || score.gain >= config.gain_min)
            && width <= config.lambda_ci * score.effect.abs();
        rated.push((score, draft.weight));
    }
    rate_same_time(same, units, config, &mut rated);
    rated.sort_by(|a, b| b.0.score.total_cmp(&a.0.score).then(a.0.key.cmp(&b.0.key)));
    let (links, weights) = rated.into_iter().unzip();
    Verdicts { links, weights, inflation, ..Verdicts::default() }
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
                _ => (link.se, dof, normal_cdf(link.beta.abs() / link.se - 2.0), 0.0),
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
                selected: link.entered.is_some(),
                gain_counts: replicates.blocks >= MIN_BLOCKS,
                pair_ln_p,
                best_of_pair,
            });
        }
    }
}

/// Evidence for a same-time link counts up to this many decades: it says less about direction than a lagged one.
const SAME_TIME_DECADES: f64 = 8.0;

fn rate_same_time(same: &[SameTime], units: &[Units], config: &EvaluatorConfig, rated: &mut Vec<(LinkScore, f64)>) {
    let ln_p: Vec<f64> = same.iter().map(|s| s.ln_p).collect();
    for (link, q) in same.iter().zip(adjusted(&ln_p)) {
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
                    score: 0.6 * evidence * share,
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
