//! In: windows. Out: the causal graph after each of them. [`Pipeline::step`] is the whole algorithm; one file per step.
//!
#![doc = include_str!("method.md")]

mod ages;
mod assess;
mod baseline;
mod blend;
mod bootstrap;
mod bridge;
mod cache;
mod calibrate;
mod changes;
mod columns;
mod config;
mod contemporaneous;
mod controller;
mod correlation;
mod directions;
mod doubts;
mod drafts;
mod drift;
mod elimination;
mod encoder;
mod encoding;
mod evaluator;
mod evidence;
mod exporter;
mod graph;
mod history;
mod hyper;
mod innovations;
mod kept;
mod lagged;
mod levels;
mod limits;
mod linalg;
pub mod operators;
mod pipeline;
mod products;
mod projector;
mod quantiles;
mod regimes;
mod reward;
mod same_time;
mod scores;
mod screening;
mod selection;
mod shocks;
mod shortlist;
mod sketch;
mod starts;
mod store;
mod structure;
pub mod tails;
mod triples;
mod units;
mod verdict;
mod view;
mod views;
mod watch;
mod wide;
mod wide_products;
mod wide_rest;
mod wide_squares;

pub use ages::Ages;
pub use config::{
    ControllerConfig, EncoderConfig, EvaluatorConfig, ExporterConfig, MpieConfig, RewardWeights, StoreConfig,
};
pub use controller::Controller;
pub use history::History;
pub use limits::{Limits, Sizes};
pub use pipeline::{Pipeline, Step};
pub use quantiles::QuantileSketch;
pub use store::Store;
pub use wide::{Wide, is_wide};
