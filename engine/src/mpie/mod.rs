//! In: windows. Out: the causal graph after each of them. [`Pipeline::step`] is the whole algorithm; one file per step.

mod assess;
mod bootstrap;
mod bridge;
mod calibrate;
mod changes;
mod columns;
mod config;
mod contemporaneous;
mod controller;
mod correlation;
mod drift;
mod encoder;
mod encoding;
mod evaluator;
mod exporter;
mod graph;
mod history;
mod hyper;
mod linalg;
pub mod operators;
mod pipeline;
mod projector;
mod regimes;
mod reward;
mod selection;
mod store;
pub mod tails;
mod verdict;
mod watch;

pub use config::{
    ControllerConfig, EncoderConfig, EvaluatorConfig, ExporterConfig, MpieConfig, RewardWeights, StoreConfig,
};
pub use controller::Controller;
pub use history::History;
pub use pipeline::{Pipeline, Step};
pub use store::Store;
