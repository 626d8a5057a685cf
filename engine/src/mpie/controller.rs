//! In: the number of variables, a budget, and the rewards so far. Out: the links worth asking about in this window: all
//! of them when they fit the budget, else the bandit's choice.

use rand::RngExt;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use crate::types::{Candidate, GenReason, Reward};

use super::config::ControllerConfig;
use super::drift::Drift;
use super::limits::Limits;

/// Arms that share the exploiting part of a budget, and the covering part: few, so that a good root is asked about
/// most of its targets before the scores move on; many, so that no root is forgotten.
const TOP_ARMS: usize = 4;
const DIVERSE_ARMS: usize = 16;

/// One arm: a root variable, links of depth one.
#[derive(Debug, Clone, Default)]
struct Arm {
    pulls: f64,
    reward: f64,
    square: f64,
    /// Where the arm's targets are taken up again.
    next: usize,
}

/// Multi-armed bandit over root variables. `UCB = mean + τ √(2 ln T / n) + γ D − η cost`.
#[derive(Debug)]
pub struct Controller {
    config: ControllerConfig,
    vars: usize,
    /// Share of the pairs that would be asked about otherwise.
    share: f64,
    arms: Vec<Arm>,
    coverage: Vec<f64>,
    trials: f64,
    tau: f64,
    drift: Drift,
    rng: ChaCha8Rng,
}

impl Controller {
    /// A bandit over `vars` variables.
    pub fn new(config: ControllerConfig, vars: usize, seed: u64) -> Self {
        Self {
            tau: config.tau,
            vars,
            share: 1.0,
            arms: vec![Arm::default(); vars],
            coverage: vec![0.0; vars],
            trials: 0.0,
            drift: Drift::default(),
            rng: ChaCha8Rng::seed_from_u64(seed ^ 0x636f_6e74_726f_6c6c),
            config,
        }
    }

    /// Asks about this share of the pairs from now on, `(0, 1]`.
    pub fn set_share(&mut self, share: f64) {
        self.share = share;
    }

    /// Number of directed pairs.
    pub fn pairs(&self) -> usize {
        self.vars * self.vars.saturating_sub(1)
    }

    /// The candidates of this window. `standing` are the pairs in the store, asked about first so that they stay true.
    pub fn propose(&mut self, standing: &[(u32, u32)]) -> Vec<Candidate> {
        let budget = Limits::share_of(self.share, self.config.budget.min(self.pairs()), 1);
        if self.pairs() <= budget {
            return (0..self.vars as u32)
                .flat_map(|s| (0..self.vars as u32).filter(move |&t| t != s).map(move |t| (s, t)))
                .map(|(s, t)| candidate(s, t, GenReason::Exhaustive))
                .collect();
        }
        let mut asked = std::collections::BTreeSet::new();
        let mut out = Vec::with_capacity(budget);
        for &(s, t) in standing.iter().take(budget / 2) {
            if asked.insert((s, t)) {
                out.push(candidate(s, t, GenReason::Ucb));
            }
        }
        let open = budget - out.len();
        let top = (open as f64 * self.config.share_top) as usize;
        let diverse = (open as f64 * self.config.share_diverse) as usize;
        let by_score = self.ranked(|c, arm| c.score(arm));
        let by_coverage = self.ranked(|c, arm| -c.coverage[arm]);
        let reason = if self.config.thompson_mode { GenReason::Thompson } else { GenReason::Ucb };
        self.fill(&by_score, top, TOP_ARMS, reason, &mut asked, &mut out);
        self.fill(&by_coverage, diverse, DIVERSE_ARMS, GenReason::Diversity, &mut asked, &mut out);
        let mut tries = 0;
        while out.len() < budget && tries < 20 * budget {
            tries += 1;
            let s = self.rng.random_range(0..self.vars as u32);
            let t = self.rng.random_range(0..self.vars as u32);
            if s != t && asked.insert((s, t)) {
                out.push(candidate(s, t, GenReason::Random));
            }
        }
        for c in &out {
            for &v in &c.vars {
                self.coverage[v as usize] += 1.0;
            }
        }
        out
    }

    /// Learns from the answers; a shift of the rewards raises exploration. `diversity_weight` is what a root that was
    /// never asked about adds to its reward.
    pub fn update(&mut self, rewards: &[Reward], diversity_weight: f64) {
        if rewards.is_empty() {
            return;
        }
        let mut mean = 0.0;
        for reward in rewards {
            let diversity = self.diversity(&[reward.arm_key.0]);
            let value = (reward.value + diversity_weight * diversity).clamp(-1.0, 1.0);
            let arm = &mut self.arms[reward.arm_key.0 as usize];
            arm.pulls += 1.0;
            arm.reward += value;
            arm.square += value * value;
            self.trials += 1.0;
            mean += reward.value;
        }
        mean /= rewards.len() as f64;
        if self.drift.add(mean, self.config.drift_threshold, self.config.drift_limit) {
            self.tau = (self.tau * 1.2).min(2.0 * self.config.tau);
            self.arms.iter_mut().for_each(|arm| {
                // Old rewards keep a quarter of their weight: the arms must prove themselves again.
                arm.pulls *= 0.25;
                arm.reward *= 0.25;
                arm.square *= 0.25;
            });
        } else {
            self.tau += 0.05 * (self.config.tau - self.tau);
        }
    }

    /// `D = mean(1 / √(1 + coverage))` over the variables of a path.
    pub fn diversity(&self, vars: &[u32]) -> f64 {
        vars.iter().map(|&v| 1.0 / (1.0 + self.coverage[v as usize]).sqrt()).sum::<f64>() / vars.len().max(1) as f64
    }

    fn score(&mut self, arm: usize) -> f64 {
        let a = &self.arms[arm];
        if a.pulls == 0.0 {
            return f64::INFINITY;
        }
        let mean = a.reward / a.pulls;
        let diversity = self.config.gamma_diversity * self.diversity(&[arm as u32]);
        if self.config.thompson_mode {
            let sd = ((a.square / a.pulls - mean * mean).max(1e-4) / a.pulls).sqrt();
            // Sum of twelve uniforms: a normal draw good enough to break ties with.
            let normal: f64 = (0..12).map(|_| self.rng.random::<f64>()).sum::<f64>() - 6.0;
            return mean + sd * normal + diversity;
        }
        let cost = self.config.eta_cost * a.pulls / self.trials.max(1.0);
        mean + self.tau * (2.0 * self.trials.max(1.0).ln() / a.pulls).sqrt() + diversity - cost
    }

    fn ranked(&mut self, mut score: impl FnMut(&mut Self, usize) -> f64) -> Vec<usize> {
        let scores: Vec<f64> = (0..self.vars).map(|arm| score(self, arm)).collect();
        let mut order: Vec<usize> = (0..self.vars).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
        order.truncate(self.config.n_arms_max);
        order
    }

    /// Takes targets of the best arms in turn, each arm where it stopped last time.
    fn fill(
        &mut self,
        order: &[usize],
        share: usize,
        arms: usize,
        reason: GenReason,
        asked: &mut std::collections::BTreeSet<(u32, u32)>,
        out: &mut Vec<Candidate>,
    ) {
        let until = out.len() + share;
        let per_arm = share.div_ceil(arms).clamp(1, self.vars);
        for &arm in order {
            for _ in 0..per_arm {
                if out.len() >= until {
                    return;
                }
                let target = self.arms[arm].next;
                self.arms[arm].next = (target + 1) % self.vars;
                if target != arm && asked.insert((arm as u32, target as u32)) {
                    out.push(candidate(arm as u32, target as u32, reason));
                }
            }
        }
    }
}

fn candidate(source: u32, target: u32, gen_reason: GenReason) -> Candidate {
    Candidate {
        path_id: (u64::from(source) << 32) | u64::from(target),
        vars: vec![source, target],
        lags: Vec::new(),
        ops: vec!["lagged_regression"],
        root: source,
        depth: 1,
        domain: 0,
        gen_reason,
    }
}
