//! In: lagged data, graphs or sums of products. Out: one answer per operator; each stands alone, takes plain slices
//! and knows nothing of the pipeline.
//!
//! | Operator | Question it answers |
//! |---|---|
//! | [`partial_correlation`] | Do two columns move together, linearly, once others are held fixed? |
//! | [`mutual_information`] | Likewise for dependence of any shape, in nats |
//! | [`permutation`] | How often would chance alone reach a statistic, in data with memory or given other columns? |
//! | [`skeleton`] | Which lagged variables are adjacent (PC-stable)? |
//! | [`orientation`] | Which same-time links have a direction the data identify (colliders, Meek's rules)? |
//! | [`separation`] | Which independences does a known graph imply (d-separation)? |
//! | [`summary`] | Who drives whom over all lags, and what does the graph look like unrolled in time? |
//! | [`interventional`] | What follows, row by row, from setting a variable? |
//! | [`centrality`] | Which variables matter most to the network? |
//! | [`communities`] | Which variables belong together (Leiden)? |
//! | [`motifs`] | Which three-variable patterns are over-represented? |
//! | [`model_selection`] | How many lags, and how much shrinkage, predict best? |
//! | [`cross_validation`] | Which rows to train and test on without leaking across time? |
//! | [`metrics`] | How good is a found graph, a ranking or a probability against the truth? |
//!
//! [`graph`] and [`lagged`] hold what several of them take.

pub mod centrality;
pub mod communities;
pub mod cross_validation;
pub mod graph;
pub mod interventional;
pub mod lagged;
pub mod metrics;
pub mod model_selection;
pub mod motifs;
pub mod mutual_information;
mod neighbours;
mod network;
pub mod orientation;
pub mod partial_correlation;
pub mod permutation;
pub mod separation;
pub mod skeleton;
mod subsets;
pub mod summary;
