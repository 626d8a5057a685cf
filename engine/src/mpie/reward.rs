//! In: candidates and their verdicts. Out: what each answer is worth to the bandit.

use std::collections::HashMap;

use crate::types::{Candidate, LinkScore, Reward};

use super::columns::Columns;
use super::config::EvaluatorConfig;

/// Cost of testing one lag of one source, in milliseconds on one core: a model rather than a clock, so that the same
/// seed gives the same run on any machine.
const COST_PER_LAG_MS: f64 = 0.0005;

/// `r = w_g tanh(gain) + w_s stability + w_c (sharpness − ½) − α_L latency`, clamped to ±1, for each direct candidate.
/// The diversity bonus is the controller's to add: it alone knows the coverage.
pub fn rewards(
    candidates: &[Candidate],
    links: &[LinkScore],
    config: &EvaluatorConfig,
    columns: Columns,
) -> Vec<Reward> {
    let mut best: HashMap<(u32, u32), &LinkScore> = HashMap::new();
    for link in links.iter().rev() {
        if link.key.lag > 0 {
            best.insert((link.key.source, link.key.target), link);
        }
    }
    let latency =
        (COST_PER_LAG_MS * columns.max_lag as f64 * candidates.len() as f64 / config.latency_target_ms).min(1.0);
    candidates
        .iter()
        .filter_map(|candidate| {
            let (&target, from) = candidate.vars.split_last()?;
            let link = best.get(&(*from.first()?, target))?;
            let w = &config.reward;
            let sharp = 1.0 - ((link.ci_hi - link.ci_lo) / (config.lambda_ci * link.effect.abs()).max(1e-300)).min(1.0);
            let core = w.gain * link.gain.tanh() + w.stability * link.stability + w.ci * (sharp - 0.5);
            let penalty = w.latency * latency;
            Some(Reward {
                path_id: candidate.path_id,
                arm_key: (candidate.root, candidate.depth),
                value: (core - penalty).clamp(-1.0, 1.0),
                latency_penalty: penalty,
                diversity_bonus: 0.0,
                accepted: link.accepted,
            })
        })
        .collect()
}
