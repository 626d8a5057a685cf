//! In: `[mpie]` of the configuration. Out: settings of controller, encoder, evaluator, store and exporter.

use serde::{Deserialize, Serialize};

/// Settings of the Multi-Path Inference Engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MpieConfig {
    /// Largest lag looked at, in rows.
    pub max_lag: usize,
    /// Bandit that proposes candidates.
    pub controller: ControllerConfig,
    /// Lagged features and their Gram matrices.
    pub encoder: EncoderConfig,
    /// Selection, tests, bootstrap, decision.
    pub evaluator: EvaluatorConfig,
    /// The graph's memory.
    pub store: StoreConfig,
    /// Snapshots and insights.
    pub exporter: ExporterConfig,
}

impl Default for MpieConfig {
    fn default() -> Self {
        Self {
            max_lag: 3,
            controller: ControllerConfig::default(),
            encoder: EncoderConfig::default(),
            evaluator: EvaluatorConfig::default(),
            store: StoreConfig::default(),
            exporter: ExporterConfig::default(),
        }
    }
}

/// Settings of the bandit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ControllerConfig {
    /// Arms kept at most; arms are (root, depth).
    pub n_arms_max: usize,
    /// Exploration temperature of the upper confidence bound.
    pub tau: f64,
    /// Weight of diversity in an arm's score.
    pub gamma_diversity: f64,
    /// Weight of cost in an arm's score.
    pub eta_cost: f64,
    /// Draw arms by Thompson sampling instead of the upper confidence bound.
    pub thompson_mode: bool,
    /// Slack of the drift test, in standard deviations of the reward. The specification's one-sided test with raw
    /// rewards and a limit of 100 never fires; this one is two-sided and in units of the reward's own noise.
    pub drift_threshold: f64,
    /// Limit of the drift test's sum, in standard deviations.
    pub drift_limit: f64,
    /// Share of the budget for arms with the highest upper confidence bound.
    pub share_top: f64,
    /// Share of the budget for arms with low coverage; the rest is random.
    pub share_diverse: f64,
    /// Pairs asked about per window at most; every pair when they fit.
    pub budget: usize,
}

impl Default for ControllerConfig {
    fn default() -> Self {
        Self {
            n_arms_max: 200,
            tau: 0.9,
            gamma_diversity: 0.3,
            eta_cost: 0.1,
            thompson_mode: false,
            drift_threshold: 0.5,
            drift_limit: 20.0,
            share_top: 0.60,
            share_diverse: 0.25,
            budget: 10_000,
        }
    }
}

/// Settings of the encoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EncoderConfig {
    /// Numbers in a latent, a power of two. Latents screen pairs where looking at every pair exactly would take more
    /// memory than `memory_mb`; the error of one epoch of 1,024 rows is `1/√sketch_dim`.
    pub sketch_dim: usize,
    /// How rows become latents: `count` mixes each row into one number, the others into every number with random signs
    /// (polynomial and tensor sketches of degree one), which is `sketch_dim` times the work for the same error.
    pub sketch_method: String,
    /// Sketches and latents are kept in half precision; `false` keeps them in single, which takes twice the memory.
    pub use_fp16: bool,
    /// Heads of the attention pooling of a variable's lags; at most 16, a divisor of `sketch_dim`.
    pub attention_heads: usize,
    /// How latents are brought to unit length: `layer_norm` or `rms_norm`.
    pub normalization: String,
    /// Blocks of panes kept per level of the exponential histogram; older blocks are merged pairwise.
    pub blocks_per_level: usize,
    /// Look at the stream also as normal scores, robust to scale, tails and monotone distortion.
    pub scores: bool,
    /// Add second and third Hermite polynomials of the scores: nonlinear effects of one variable.
    pub curved: bool,
    /// Look for products of two variables among the scores: effects that only show jointly.
    pub products: bool,
    /// Half-life in rows of a slow baseline that a second view takes off; 0 = no second view.
    pub baseline_half_life: usize,
    /// Have both views take off moving averages of one and three rows instead where that makes the stream easier to
    /// foretell: levels that wander by themselves, and seasons, then drive nothing.
    pub moving_levels: bool,
    /// Rows kept so that scores can be made anew as their distribution becomes known; a longer stream goes on with the
    /// map of its first rows.
    pub cache_rows: usize,
    /// Of a stream longer than `cache_rows`, the views look at one pane in this many: their tests are sure by then, and
    /// effects, intervals and the watch for changes still rest on every row.
    pub view_every: usize,
    /// Bound on the memory of the views' histories, in mebibytes: curved terms, then the views themselves, are left out
    /// where there are too many variables. The history in data units has the same bound; what outgrows it has its
    /// oldest blocks merged. Where a Gram matrix of everything in data units is beyond it too, pairs are
    /// screened by sketches instead.
    pub memory_mb: usize,
}

impl Default for EncoderConfig {
    fn default() -> Self {
        Self {
            sketch_dim: 64,
            sketch_method: "polynomial".to_owned(),
            use_fp16: true,
            attention_heads: 4,
            normalization: "layer_norm".to_owned(),
            blocks_per_level: 16,
            scores: true,
            curved: true,
            products: true,
            baseline_half_life: 30,
            moving_levels: true,
            cache_rows: 20_000,
            view_every: 8,
            memory_mb: 512,
        }
    }
}

/// Weights of the shaped reward.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RewardWeights {
    /// Weight of `tanh(gain)`.
    pub gain: f64,
    /// Weight of stability.
    pub stability: f64,
    /// Weight of interval sharpness.
    pub ci: f64,
    /// Taken off per share of the latency target used.
    pub latency: f64,
    /// Added per unit of diversity.
    pub diversity: f64,
}

impl Default for RewardWeights {
    fn default() -> Self {
        Self { gain: 0.6, stability: 0.3, ci: 0.1, latency: 0.1, diversity: 0.1 }
    }
}

/// Settings of the evaluator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EvaluatorConfig {
    /// Block-bootstrap replicates. The specification's 8 give an interval whose ends are the extremes of 8 numbers;
    /// with Gram matrices 32 cost little.
    pub n_resamples: usize,
    /// Smallest out-of-bag gain an accepted link may have. The specification's 0.01 throws away true weak links in
    /// long streams; the tests decide, and this only asks that the link help at all.
    pub gain_min: f64,
    /// Smallest stability an accepted link may have.
    pub stability_min: f64,
    /// Widest interval of an accepted link, relative to its effect. The specification's 0.5 demands |t| > 8; an
    /// interval narrower than the effect's double excludes zero.
    pub lambda_ci: f64,
    /// False discovery rate of the decision (Benjamini–Hochberg).
    pub fdr: f64,
    /// Largest p-value with which a term enters a target's regression.
    pub p_enter: f64,
    /// Weight of the test that also conditions on the source's own past (momentary conditional independence).
    pub mci: f64,
    /// Divide statistics by the inflation of the null bulk before deciding.
    pub calibrate: bool,
    /// Look for changes of mechanism and fit each target on the regime in force.
    pub regimes: bool,
    /// Largest p-value of a change of mechanism.
    pub regime_alpha: f64,
    /// Look for same-time links between innovations (lag 0).
    pub contemporaneous: bool,
    /// Share by which the rows must have grown since the last evaluation before the next one; 0 = evaluate after every
    /// window. A window that adds less than this to what is known cannot change it visibly, unless a mechanism changes,
    /// and that is watched in every window.
    pub refresh_growth: f64,
    /// Sources tried together per target when looking for hyperedges; 0 = none.
    pub hyper_sources: usize,
    /// Latency target of the evaluator, in milliseconds; used by the reward only.
    pub latency_target_ms: f64,
    /// Weights of the reward.
    pub reward: RewardWeights,
}

impl Default for EvaluatorConfig {
    fn default() -> Self {
        Self {
            n_resamples: 32,
            gain_min: 0.0,
            stability_min: 0.3,
            lambda_ci: 2.0,
            fdr: 0.05,
            p_enter: 0.005,
            mci: 0.5,
            calibrate: true,
            regimes: true,
            regime_alpha: 1e-5,
            contemporaneous: true,
            refresh_growth: 0.05,
            hyper_sources: 6,
            latency_target_ms: 30.0,
            reward: RewardWeights::default(),
        }
    }
}

/// Settings of the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StoreConfig {
    /// Weight of the newest effect in its moving average.
    pub ema_alpha: f64,
    /// Factor on the weight of a link that was asked about and not accepted, per evaluation.
    pub decay_factor: f64,
    /// A link whose weight falls below this leaves the store.
    pub prune_threshold: f64,
    /// A link not accepted for this many windows leaves the store.
    pub max_age_windows: u64,
    /// Rejections in a row a link's history (average, hits, first window) survives; it is shown only while accepted.
    pub patience_windows: u32,
    /// Links kept at most.
    pub max_edges: usize,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self {
            ema_alpha: 0.3,
            decay_factor: 0.99,
            prune_threshold: 0.01,
            max_age_windows: 1000,
            patience_windows: 2,
            max_edges: 1_000_000,
        }
    }
}

/// Settings of the exporter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ExporterConfig {
    /// Links in a snapshot at most, strongest evidence first.
    pub top_k: usize,
}

impl Default for ExporterConfig {
    fn default() -> Self {
        Self { top_k: 100_000 }
    }
}

impl MpieConfig {
    /// Adds a sentence per setting out of range.
    pub fn check(&self, faults: &mut Vec<String>) {
        let e = &self.evaluator;
        let c = &self.controller;
        let mut need = |ok: bool, text: &str| {
            if !ok {
                faults.push(text.to_owned());
            }
        };
        need((1..=64).contains(&self.max_lag), "`mpie.max_lag` must lie in 1 … 64");
        need(e.n_resamples >= 4, "`mpie.evaluator.n_resamples` must be at least 4");
        need(e.fdr > 0.0 && e.fdr < 1.0, "`mpie.evaluator.fdr` must lie between 0 and 1");
        need(e.p_enter > 0.0 && e.p_enter < 1.0, "`mpie.evaluator.p_enter` must lie between 0 and 1");
        need((0.0..=1.0).contains(&e.mci), "`mpie.evaluator.mci` must lie in 0 … 1");
        need((0.0..=1.0).contains(&e.stability_min), "`mpie.evaluator.stability_min` must lie in 0 … 1");
        need((0.0..1.0).contains(&e.refresh_growth), "`mpie.evaluator.refresh_growth` must lie in 0 … 1");
        need(e.lambda_ci > 0.0, "`mpie.evaluator.lambda_ci` must be positive");
        need(e.regime_alpha > 0.0 && e.regime_alpha < 1.0, "`mpie.evaluator.regime_alpha` must lie between 0 and 1");
        need(
            c.share_top >= 0.0 && c.share_diverse >= 0.0 && c.share_top + c.share_diverse <= 1.0,
            "`mpie.controller.share_top` + `share_diverse` must lie in 0 … 1",
        );
        need(c.budget >= 1, "`mpie.controller.budget` must be at least 1");
        need(self.encoder.blocks_per_level >= 4, "`mpie.encoder.blocks_per_level` must be at least 4");
        need(self.encoder.view_every >= 1, "`mpie.encoder.view_every` must be at least 1");
        need(self.encoder.memory_mb >= 1, "`mpie.encoder.memory_mb` must be at least 1");
        need(
            (2..=2048).contains(&self.encoder.sketch_dim) && self.encoder.sketch_dim.is_power_of_two(),
            "`mpie.encoder.sketch_dim` must be a power of two from 2 to 2048 (64, 512, 1024 and 2048 are usual)",
        );
        let heads = self.encoder.attention_heads;
        need(
            (1..=16).contains(&heads) && self.encoder.sketch_dim.is_multiple_of(heads),
            "`mpie.encoder.attention_heads` must be 1 … 16 and divide `sketch_dim`",
        );
        need(
            ["polynomial", "tensor", "count"].contains(&self.encoder.sketch_method.as_str()),
            "`mpie.encoder.sketch_method` must be polynomial, tensor or count",
        );
        need(
            ["layer_norm", "rms_norm"].contains(&self.encoder.normalization.as_str()),
            "`mpie.encoder.normalization` must be layer_norm or rms_norm",
        );
        need((0.0..=1.0).contains(&self.store.ema_alpha), "`mpie.store.ema_alpha` must lie in 0 … 1");
        need((0.0..=1.0).contains(&self.store.decay_factor), "`mpie.store.decay_factor` must lie in 0 … 1");
        need(
            self.store.max_edges >= 1 && self.exporter.top_k >= 1,
            "`mpie.store.max_edges` and `exporter.top_k` must be at least 1",
        );
    }
}
