//! In: what domains and sites learned. Out: shared priors as plain data, the payloads of `meta_prior_update`,
//! `meta.fmi_update` and `federation.policy_pack`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::telemetry::Readings;

/// How a prior was aggregated.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AggregationMeta {
    /// Domains that took part.
    pub participants: u32,
    /// `trimmed_mean` or `median`.
    pub method: String,
    /// Share trimmed from each end; 0 for the median.
    pub trim_alpha: f64,
    /// Mean confidence of the domains, `[0, 1]`.
    pub confidence_mean: f64,
}

/// Payload of `meta_prior_update`: the global prior after an update.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PriorUpdate {
    /// Setting → value.
    pub prior: Readings,
    /// Where it comes from.
    pub meta: AggregationMeta,
}

/// Payload of `federation.policy_pack`: what one domain saw with which settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PolicyPack {
    /// The domain.
    pub domain_id: String,
    /// Its metrics (`meta_score`, `gain_p50`, `stability_avg` …).
    pub metrics: Readings,
    /// The settings in force there.
    pub parameters: Readings,
    /// Confidence in them, `[0, 1]`.
    pub confidence: f64,
    /// Seconds since the Unix epoch.
    pub timestamp: f64,
}

/// Payload of `meta.fmi_update`: priors aggregated from packets of other sites.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct MetaPriorUpdate {
    /// Revision, counting up.
    pub rev: u64,
    /// Setting → value.
    pub prior: Readings,
    /// Circumstances the prior was learned in.
    pub contexts: Vec<BTreeMap<String, String>>,
    /// Aggregate confidence, `[0, 1]`.
    pub confidence: f64,
    /// Cohorts that contributed.
    pub cohorts: Vec<String>,
}
