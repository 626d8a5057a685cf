//! In: `[fmi]` of the configuration. Out: settings of the metadata interchange between sites.

use serde::{Deserialize, Serialize};

/// Settings of the Federated Metadata Interchange.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FmiConfig {
    /// How this site names itself.
    pub emitter: EmitterConfig,
    /// How packets are merged.
    pub aggregation: AggregationConfig,
    /// Where packets go.
    pub router: RouterConfig,
    /// What a packet must satisfy before it is decoded.
    pub limits: PacketLimits,
}

/// How this site names itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmitterConfig {
    /// Name of this site.
    pub domain_id: String,
    /// Windows between signal packs.
    pub interval_windows: u32,
}

/// How packets are merged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AggregationConfig {
    /// Share trimmed from each end, rounded up to a whole number of sites; with fewer than 10 sites the median is
    /// taken. The specification rounds down, which trims nothing below 10 sites.
    pub metrics_trim_alpha: f64,
    /// Sites a setting must come from at least.
    pub vote_min_sites: u32,
    /// `trimmed_mean` or `median`.
    pub metrics_aggregation: String,
    /// Standard deviation of added noise where `dp_epsilon` is 0; such noise promises no privacy and is labelled so.
    pub dp_noise_sigma: f64,
    /// Privacy budget ε; above 0 the noise follows from it and `dp_noise_sigma` is not used. 0 = off.
    pub dp_epsilon: f64,
    /// Failure probability δ of the privacy promise.
    pub dp_delta: f64,
    /// Norm to which a contribution is clipped, hence how far one can move the sum.
    pub dp_sensitivity: f64,
}

/// Where packets go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RouterConfig {
    /// Packets that may wait per destination; the oldest is dropped and counted.
    pub queue_packets: usize,
}

/// What a packet must satisfy before it is decoded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PacketLimits {
    /// Size of a packet at most.
    pub max_bytes: usize,
    /// Relations in a causal summary at most.
    pub max_pairs: usize,
}

impl Default for EmitterConfig {
    fn default() -> Self {
        Self { domain_id: "local".to_owned(), interval_windows: 10 }
    }
}

impl Default for AggregationConfig {
    fn default() -> Self {
        Self {
            metrics_trim_alpha: 0.1,
            vote_min_sites: 3,
            metrics_aggregation: "trimmed_mean".to_owned(),
            dp_noise_sigma: 0.0,
            dp_epsilon: 0.0,
            dp_delta: 0.0,
            dp_sensitivity: 1.0,
        }
    }
}

impl Default for RouterConfig {
    fn default() -> Self {
        Self { queue_packets: 1024 }
    }
}

impl Default for PacketLimits {
    fn default() -> Self {
        Self { max_bytes: 1 << 20, max_pairs: 10_000 }
    }
}

impl FmiConfig {
    /// Adds a sentence per setting out of range.
    pub fn check(&self, faults: &mut Vec<String>) {
        let a = &self.aggregation;
        let mut need = |ok: bool, text: &str| {
            if !ok {
                faults.push(text.to_owned());
            }
        };
        need(!self.emitter.domain_id.is_empty(), "`fmi.emitter.domain_id` must not be empty");
        need(self.emitter.interval_windows >= 1, "`fmi.emitter.interval_windows` must be at least 1");
        need((0.0..0.5).contains(&a.metrics_trim_alpha), "`fmi.aggregation.metrics_trim_alpha` must lie in 0 … 0.5");
        need(a.vote_min_sites >= 1, "`fmi.aggregation.vote_min_sites` must be at least 1");
        need(
            ["trimmed_mean", "median"].contains(&a.metrics_aggregation.as_str()),
            "`fmi.aggregation.metrics_aggregation` must be trimmed_mean or median",
        );
        need(a.dp_noise_sigma >= 0.0, "`fmi.aggregation.dp_noise_sigma` must not be negative");
        need(a.dp_epsilon >= 0.0, "`fmi.aggregation.dp_epsilon` must not be negative");
        need(
            a.dp_epsilon == 0.0 || (a.dp_delta > 0.0 && a.dp_delta < 1.0),
            "`fmi.aggregation.dp_delta` must lie between 0 and 1 when `dp_epsilon` is set",
        );
        need(a.dp_sensitivity > 0.0, "`fmi.aggregation.dp_sensitivity` must be positive");
        need(self.router.queue_packets >= 1, "`fmi.router.queue_packets` must be at least 1");
        need(
            self.limits.max_bytes >= 1024 && self.limits.max_pairs >= 1,
            "`fmi.limits.max_bytes` must be at least 1024 and `max_pairs` at least 1",
        );
    }
}
