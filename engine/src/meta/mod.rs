//! In: metrics and policy packs. Out: better starting values for the settings of discovery, with a way back.

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
