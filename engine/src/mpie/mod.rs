//! In: windows. Out: the causal graph after each of them. One file per step of the arrow.

mod config;
pub use config::{
    ControllerConfig, EncoderConfig, EvaluatorConfig, ExporterConfig, MpieConfig, RewardWeights, StoreConfig,
};
