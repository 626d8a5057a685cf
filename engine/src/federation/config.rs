//! In: `[federation]` of the configuration. Out: settings of learning across sites.

use serde::{Deserialize, Serialize};

/// Settings of the federation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FederationConfig {
    /// Take part.
    pub enabled: bool,
    /// Who is connected to whom.
    pub topology: Topology,
    /// How contributions are merged.
    pub aggregator: AggregatorConfig,
    /// Differential privacy.
    pub privacy: PrivacyConfig,
    /// How far a site is believed.
    pub trust: TrustConfig,
    /// How packets travel.
    pub transport: TransportConfig,
}

/// Who is connected to whom.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topology {
    /// Everyone with everyone.
    #[default]
    FullMesh,
    /// Each with the next; agreement takes about 34 rounds for 10 sites, where a mesh takes 1.
    Ring,
    /// All with one coordinator.
    Star,
}

/// How contributions are merged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Coordinate-wise trimmed mean after clipping; the median below `median_below` sites. The specification's
    /// averages have no defence against one wrong site, so this is the default instead of `fed_avg`.
    #[default]
    TrimmedMean,
    /// Coordinate-wise median.
    Median,
    /// By number of rows.
    FedAvg,
    /// By rows × confidence × trust. The specification gives the same formula for this and `fed_avg`.
    Weighted,
    /// By loss on the receiver's own held-out rows; a sender's own claim could take all the weight.
    Adaptive,
}

/// How contributions are merged.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AggregatorConfig {
    /// The rule.
    pub strategy: Strategy,
    /// Share trimmed from each end, rounded up to a whole number of sites.
    pub trim_alpha: f64,
    /// With fewer sites the median is taken.
    pub median_below: u32,
    /// Norm a contribution is clipped to, as a multiple of the median norm.
    pub clip_factor: f64,
    /// Largest weight of one site, as a multiple of an equal share.
    pub max_share: f64,
    /// Share of the sites that must have answered before a round is closed.
    pub quorum: f64,
    /// Longest time a round stays open, in seconds.
    pub round_timeout_s: f64,
}

/// Differential privacy. Noise is calibrated by the analytic Gaussian mechanism: the specification's formula wastes
/// noise at ε = 1 and breaks its promise from about ε = 8 on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PrivacyConfig {
    /// Add noise before anything leaves this site.
    pub enabled: bool,
    /// Privacy budget ε of a whole epoch, not of a round: spending it per round adds up without bound.
    pub epsilon: f64,
    /// Failure probability δ.
    pub delta: f64,
    /// Norm a row is clipped to before it is summed, in standard deviations; without a clip no noise suffices.
    pub clip_norm: f64,
    /// Releases the epoch's budget is divided over.
    pub releases_per_epoch: u32,
}

/// How far a site is believed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TrustConfig {
    /// Trust of a site seen for the first time.
    pub initial: f64,
    /// Share by which trust rises towards 1 per good round.
    pub rise: f64,
    /// Share by which trust falls towards 0 per bad round.
    pub fall: f64,
    /// Sites below are listened to but not counted.
    pub floor: f64,
}

/// How packets travel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransportKind {
    /// Within this process, for tests and simulations.
    #[default]
    InProcess,
    /// Between machines.
    Network,
}

/// How packets travel.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TransportConfig {
    /// Which.
    pub kind: TransportKind,
    /// Addresses this site listens on.
    pub listen: Vec<String>,
    /// Addresses of the other sites. Named, never found by multicast.
    pub connect: Vec<String>,
    /// Seconds before an unanswered request is sent again.
    pub request_timeout_s: f64,
    /// Times a request is sent before the site counts as gone.
    pub attempts: u32,
}

impl Default for AggregatorConfig {
    fn default() -> Self {
        Self {
            strategy: Strategy::TrimmedMean,
            trim_alpha: 0.1,
            median_below: 10,
            clip_factor: 2.0,
            max_share: 2.0,
            quorum: 0.67,
            round_timeout_s: 30.0,
        }
    }
}

impl Default for PrivacyConfig {
    fn default() -> Self {
        Self { enabled: false, epsilon: 1.0, delta: 1e-5, clip_norm: 6.0, releases_per_epoch: 1 }
    }
}

impl Default for TrustConfig {
    fn default() -> Self {
        Self { initial: 0.5, rise: 0.05, fall: 0.3, floor: 0.1 }
    }
}

impl Default for TransportConfig {
    fn default() -> Self {
        Self {
            kind: TransportKind::InProcess,
            listen: Vec::new(),
            connect: Vec::new(),
            request_timeout_s: 2.0,
            attempts: 3,
        }
    }
}

impl FederationConfig {
    /// Adds a sentence per setting out of range.
    pub fn check(&self, faults: &mut Vec<String>) {
        let (a, p, t) = (&self.aggregator, &self.privacy, &self.trust);
        let mut need = |ok: bool, text: &str| {
            if !ok {
                faults.push(text.to_owned());
            }
        };
        need((0.0..0.5).contains(&a.trim_alpha), "`federation.aggregator.trim_alpha` must lie in 0 … 0.5");
        need(
            a.clip_factor >= 1.0 && a.max_share >= 1.0,
            "`federation.aggregator.clip_factor` and `max_share` must be at least 1",
        );
        need(a.quorum > 0.0 && a.quorum <= 1.0, "`federation.aggregator.quorum` must lie in 0 … 1");
        need(a.round_timeout_s > 0.0, "`federation.aggregator.round_timeout_s` must be positive");
        need(p.epsilon > 0.0, "`federation.privacy.epsilon` must be positive; `enabled = false` switches noise off");
        need(p.delta > 0.0 && p.delta < 1.0, "`federation.privacy.delta` must lie between 0 and 1");
        need(p.clip_norm > 0.0, "`federation.privacy.clip_norm` must be positive");
        need(p.releases_per_epoch >= 1, "`federation.privacy.releases_per_epoch` must be at least 1");
        for (name, value) in [("initial", t.initial), ("rise", t.rise), ("fall", t.fall), ("floor", t.floor)] {
            need((0.0..=1.0).contains(&value), &format!("`federation.trust.{name}` must lie in 0 … 1"));
        }
        need(
            self.transport.request_timeout_s > 0.0 && self.transport.attempts >= 1,
            "`federation.transport.request_timeout_s` and `attempts` must be positive",
        );
        need(
            !self.enabled
                || self.transport.kind == TransportKind::InProcess
                || !(self.transport.listen.is_empty() && self.transport.connect.is_empty()),
            "`federation.transport` needs an address in `listen` or `connect` when the kind is network",
        );
    }
}
