//! In: same-time links. Out: their scores in data units, both ways, and one score per pair from lagged and same-time
//! evidence together.

use crate::types::{LinkKey, LinkScore};

use super::config::EvaluatorConfig;
use super::contemporaneous::{ORIENTED, SameTime};
use super::tails::{normal_cdf, t_quantile_975};
use super::units::Units;

/// Lagged evidence for a pair and that of a same-time link add up, and go to the link that has more of it: `score`
/// orders pairs.
pub fn pool_pairs(vars: usize, rated: &mut [(LinkScore, f64)]) {
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

/// Log odds per factor of `e` by which the evidence for the direction against shrinks: a search over graphs is less sure
/// than its odds say.
const TURNED: f64 = 5.0;

/// Weight of same-time evidence, learnt from how many such discoveries there are beside the lagged ones: all of it where
/// sampling is too slow for anything to be lagged, next to none where innovations are independent.
fn same_time_weight(same: &[SameTime], lagged: usize, fdr: f64) -> f64 {
    let found = same.iter().filter(|link| link.q < fdr).count() as f64;
    (2.0 * found / (found + lagged as f64 + 1.0)).min(1.0)
}

/// Weight of same-time evidence below which such a link is the exception. What a shared cause that was not measured, or
/// a curve that no term describes, leaves in two innovations is then as good an explanation, and a direction has to be
/// surer before it is accepted; without one the link is not accepted at all.
const USUAL: f64 = 0.5;

/// Adds every same-time link; `lagged` discoveries stand beside them.
pub fn rate_same_time(
    same: &[SameTime],
    units: &[Units],
    config: &EvaluatorConfig,
    lagged: usize,
    rated: &mut Vec<(LinkScore, f64)>,
) {
    let weight = same_time_weight(same, lagged, config.fdr);
    for link in same {
        let evidence = (-link.ln_p * std::f64::consts::LOG10_E).min(SAME_TIME_DECADES);
        let directed = link.direction.abs() > ORIENTED;
        let sure = weight >= USUAL || link.direction.abs() > ORIENTED * (USUAL / weight).powi(2);
        for (source, target, (effect, error), forward) in [
            (link.a, link.b, link.effect_ab, link.direction > 0.0),
            (link.b, link.a, link.effect_ba, link.direction < 0.0),
        ] {
            let unit = units[target].ratio(source, target);
            let margin = t_quantile_975((units[target].rows - 3.0).max(1.0)) * error;
            // The evidence is shared out between the directions by how sure they are.
            let turned = 0.5 * (-link.direction.abs() / TURNED).exp();
            let share = if forward { 1.0 - turned } else { turned };
            // A link of unknown direction is one link: it is accepted once, from the lower to the higher index.
            let stands = sure && if directed { forward } else { source < target };
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
                    q_value: link.q,
                    gain: link.partial * link.partial,
                    accepted: stands && link.q < config.fdr && stability >= config.stability_min,
                    directed,
                },
                effect,
            ));
        }
    }
}
