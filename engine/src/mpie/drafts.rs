//! In: what regressions, replicates and views say of a target. Out: every link to it in data units, with all its
//! evidence, before anything is decided.

use crate::types::{LinkKey, LinkScore};

use super::assess::Assessment;
use super::bootstrap::Replicates;
use super::columns::Columns;
use super::tails::{normal_cdf, t_quantile_975};
use super::units::Units;
use super::views::Look;

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

/// Effective blocks below which an out-of-bag gain is too noisy to decide anything.
const MIN_BLOCKS: f64 = 8.0;
/// The t statistic with which a term enters a regression at the usual level: what a replicate of a link that was not
/// selected would have to reach.
const ENTERS: f64 = 2.8;

/// A lagged link before the decision.
pub struct Draft {
    /// The link as regressions in data units have it.
    pub score: LinkScore,
    /// Effect in standard deviations.
    pub weight: f64,
    /// `ln p` of no effect at this lag.
    pub ln_p: f64,
    /// `ln p` of no linear effect: most links have none, which calibrates all tests.
    pub ln_null: f64,
    /// Whether a term of it is in the regression.
    pub selected: bool,
    /// Whether the effect in data units is what was found; a curved effect or a product has none.
    pub linear: bool,
    /// Whether enough blocks stand behind the out-of-bag gain for it to have a say.
    pub gain_counts: bool,
    /// `ln p` of no effect at any lag.
    pub pair_ln_p: f64,
    /// Whether no other lag of the pair has more evidence.
    pub best_of_pair: bool,
    /// Log-likelihood ratio by which a common cause explains the link better; 0 where it does not.
    pub shock: f64,
    /// Whether it is a straight line that shows only once the other causes are known.
    pub masked: bool,
}

/// Log-likelihood ratio below which a lag alone says nothing: a p-value of about 0.005.
const NOTHING: f64 = 4.0;

/// Puts the views' evidence in place of the regression's in data units, and counts what their replicates agree on.
pub fn seen_by_views(drafts: &mut [Draft], look: &Look, target: usize, columns: Columns) {
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
        let source = lags[0].score.key.source as usize;
        let of_source = || look.shocks[target].iter().filter(|s| columns.var(s.column) == source);
        let most = of_source().map(|s| s.ratio).fold(0.0, f64::max);
        for shock in of_source() {
            // A lag that says nothing without the others is but the past that the shock is free of.
            let doubt = if shock.alone < NOTHING { most } else { shock.ratio.max(0.0) };
            let draft = &mut lags[columns.lag(shock.column) - 1];
            draft.shock = doubt;
            // Curves show no straight line alone.
            draft.masked = shock.masked && draft.ln_p >= draft.ln_null;
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

/// All lagged links of one assessment.
pub fn drafts_of(a: &Assessment, replicates: &Replicates, units: &Units, columns: Columns, drafts: &mut Vec<Draft>) {
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
            let margin = t_quantile_975(error_dof) * error * unit;
            // Of a copy or a constant nothing can be said.
            let margin = if margin.is_finite() { margin } else { f64::INFINITY };
            let best_of_pair = first && link.ln_p <= best;
            first &= !best_of_pair;
            drafts.push(Draft {
                score: LinkScore {
                    key: LinkKey { source: source as u32, target: a.target as u32, lag: link.lag as u32 },
                    score: 0.0,
                    effect: link.beta * unit,
                    ci_lo: link.beta * unit - margin,
                    ci_hi: link.beta * unit + margin,
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
                shock: 0.0,
                masked: false,
            });
        }
    }
}
