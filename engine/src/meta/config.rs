//! In: `[meta]` of the configuration. Out: settings of the meta-learning tiers, of its storage and of its validator.

use serde::{Deserialize, Serialize};

use super::integrative::IntegrativeMetaConfig;

/// Settings of meta-learning.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetaLearningConfig {
    /// Tier 1: one learner per domain.
    pub domain: DomainMetaConfig,
    /// Tier 2: aggregation across domains.
    pub cross: CrossMetaConfig,
    /// Tier 3: Reptile.
    pub optimizer: MetaOptimizerConfig,
    /// Tier 4: when to update.
    pub scheduler: MetaSchedulerConfig,
    /// Tier 5: rules, reward and safety.
    pub integrative: IntegrativeMetaConfig,
    /// What an update must satisfy.
    pub validator: MetaValidatorConfig,
    /// Where priors are kept.
    pub storage: MetaStorageConfig,
}

/// Tier 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DomainMetaConfig {
    /// Weight of the newest score in its moving average.
    pub ema_alpha: f64,
    /// Learning rate at confidence 0.
    pub meta_lr_min: f64,
    /// Learning rate at confidence 1.
    pub meta_lr_max: f64,
    /// Stability counted at least.
    pub stability_floor: f64,
    /// Share of the old confidence kept per observation.
    pub confidence_decay: f64,
    /// Observations remembered.
    pub max_history: usize,
}

/// Tier 2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CrossMetaConfig {
    /// `trimmed_mean` or `median`.
    pub method: String,
    /// Share trimmed from each end, rounded up to a whole number of domains. The specification rounds down, which
    /// trims nothing below 10 domains.
    pub trim_alpha: f64,
    /// Updates of lower confidence are left out.
    pub min_confidence: f64,
}

/// Tier 3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetaOptimizerConfig {
    /// First step size.
    pub beta_init: f64,
    /// Largest step size.
    pub beta_max: f64,
    /// Weight of the newest reward in its moving average.
    pub ema_alpha: f64,
    /// Drop of the reward, below its average before the update, that undoes the update.
    pub rollback_delta: f64,
    /// Priors kept for going back.
    pub backup_versions: usize,
}

/// Tier 4.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetaSchedulerConfig {
    /// Windows between updates at rest.
    pub update_interval_windows: u32,
    /// Latency the scheduler aims at. The specification gives 80 here and 50 in an example; 80 stands.
    pub latency_target_ms: f64,
    /// Share by which the due time is moved at random. It moves the due time only, so that jitter does not add up.
    pub jitter: f64,
    /// Shortest interval.
    pub min_interval_windows: u32,
    /// Longest interval.
    pub max_interval_windows: u32,
    /// Update more often under load, as the specification writes it. Off: load lengthens the interval; with it on,
    /// load and idleness both end at the shortest interval.
    pub legacy_load_sign: bool,
}

/// What an update must satisfy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetaValidatorConfig {
    /// Settings in one update at most.
    pub max_keys: usize,
    /// Largest absolute value of an entry; NaN and infinities never pass.
    pub max_abs_value: f64,
}

/// Where priors are kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MetaStorageConfig {
    /// Folder.
    pub root: String,
}

impl Default for DomainMetaConfig {
    fn default() -> Self {
        Self {
            ema_alpha: 0.3,
            meta_lr_min: 0.05,
            meta_lr_max: 0.2,
            stability_floor: 0.1,
            confidence_decay: 0.9,
            max_history: 20,
        }
    }
}

impl Default for CrossMetaConfig {
    fn default() -> Self {
        Self { method: "trimmed_mean".to_owned(), trim_alpha: 0.1, min_confidence: 0.05 }
    }
}

impl Default for MetaOptimizerConfig {
    fn default() -> Self {
        Self { beta_init: 0.1, beta_max: 0.3, ema_alpha: 0.3, rollback_delta: 0.1, backup_versions: 10 }
    }
}

impl Default for MetaSchedulerConfig {
    fn default() -> Self {
        Self {
            update_interval_windows: 10,
            latency_target_ms: 80.0,
            jitter: 0.1,
            min_interval_windows: 3,
            max_interval_windows: 20,
            legacy_load_sign: false,
        }
    }
}

impl Default for MetaValidatorConfig {
    fn default() -> Self {
        Self { max_keys: 256, max_abs_value: 1e6 }
    }
}

impl Default for MetaStorageConfig {
    fn default() -> Self {
        Self { root: "meta_storage".to_owned() }
    }
}

impl MetaLearningConfig {
    /// Adds a sentence per setting out of range.
    pub fn check(&self, faults: &mut Vec<String>) {
        let (d, c, o, s) = (&self.domain, &self.cross, &self.optimizer, &self.scheduler);
        let mut need = |ok: bool, text: &str| {
            if !ok {
                faults.push(text.to_owned());
            }
        };
        need(share(d.ema_alpha) && d.ema_alpha > 0.0, "`meta.domain.ema_alpha` must lie in 0 … 1");
        need(
            d.meta_lr_min > 0.0 && d.meta_lr_min <= d.meta_lr_max && d.meta_lr_max <= 1.0,
            "`meta.domain.meta_lr_min` and `meta_lr_max` must lie in 0 … 1, the smaller one first",
        );
        need(share(d.stability_floor), "`meta.domain.stability_floor` must lie in 0 … 1");
        need(share(d.confidence_decay), "`meta.domain.confidence_decay` must lie in 0 … 1");
        need(d.max_history >= 1, "`meta.domain.max_history` must be at least 1");
        need(
            ["trimmed_mean", "median"].contains(&c.method.as_str()),
            "`meta.cross.method` must be trimmed_mean or median",
        );
        need((0.0..0.5).contains(&c.trim_alpha), "`meta.cross.trim_alpha` must lie in 0 … 0.5");
        need(share(c.min_confidence), "`meta.cross.min_confidence` must lie in 0 … 1");
        need(
            o.beta_init > 0.0 && o.beta_init <= o.beta_max && o.beta_max <= 1.0,
            "`meta.optimizer.beta_init` and `beta_max` must lie in 0 … 1, the smaller one first",
        );
        need(share(o.ema_alpha) && o.ema_alpha > 0.0, "`meta.optimizer.ema_alpha` must lie in 0 … 1");
        need(o.rollback_delta > 0.0, "`meta.optimizer.rollback_delta` must be positive");
        need(o.backup_versions >= 1, "`meta.optimizer.backup_versions` must be at least 1");
        need(
            s.min_interval_windows >= 1
                && s.min_interval_windows <= s.update_interval_windows
                && s.update_interval_windows <= s.max_interval_windows,
            "`meta.scheduler`: 1 ≤ `min_interval_windows` ≤ `update_interval_windows` ≤ `max_interval_windows` must hold",
        );
        need(s.latency_target_ms > 0.0, "`meta.scheduler.latency_target_ms` must be positive");
        need((0.0..1.0).contains(&s.jitter), "`meta.scheduler.jitter` must lie in 0 … 1");
        need(
            self.validator.max_keys >= 1 && self.validator.max_abs_value > 0.0,
            "`meta.validator.max_keys` and `max_abs_value` must be positive",
        );
        need(!self.storage.root.is_empty(), "`meta.storage.root` must name a folder");
        self.integrative.check(faults);
    }
}

pub(super) fn share(value: f64) -> bool {
    (0.0..=1.0).contains(&value)
}
