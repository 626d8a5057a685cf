//! In: metrics and policy packs. Out: better starting values for the settings of discovery, with a way back.
//!
//! So far its settings only: nothing runs, and nothing listens to the governor. Whatever will takes
//! [`Registry::meta`](crate::governor::Registry::meta) of its session's
//! [`Extras`](crate::session::Extras::registry), and makes [`kept`](crate::types::MetaLimits::kept) of the updates that
//! are due.

mod config;
mod integrative;

pub use config::{
    CrossMetaConfig, DomainMetaConfig, MetaLearningConfig, MetaOptimizerConfig, MetaSchedulerConfig, MetaStorageConfig,
    MetaValidatorConfig,
};
pub use integrative::{
    ControllerPolicy, DrgPolicy, EvaluatorPolicy, IntegrativeMetaConfig, MetaScore, Safety, ScorePenalties,
    ScoreWeights,
};
