//! In: the store after a window. Out: the graph as everyone else may read it, cheap to share.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Edge, HyperEdge, LinkKey, StageTimings};

/// Inflation above which the data strain the tests: weak links are then to be read with care.
pub const STRAINED_INFLATION: f64 = 1.5;

/// What is said where levels wander.
pub const LEVELS_WANDER: &str = "Levels wander by themselves, so that links are read from changes against moving averages \
                                 of one and three rows; their sizes and intervals, from the levels, are less sure";

/// What is known about one variable.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeStats {
    /// Mean in the regime in force.
    pub mean: f64,
    /// Standard deviation in the regime in force.
    pub sd: f64,
    /// Share of variance explained by the variable's own past.
    pub autoregression_r2: f64,
    /// Share of missing cells.
    pub missing: f64,
    /// First row of the regime in force for this variable.
    pub regime_start_row: u64,
}

/// The graph after one window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The window after which it was taken.
    pub window: u64,
    /// Rows seen so far.
    pub rows: u64,
    /// Rows the window covers.
    pub window_rows: std::ops::Range<u64>,
    /// Largest lag looked at.
    pub max_lag: u32,
    /// Variable names.
    pub names: Arc<[String]>,
    /// One entry per variable.
    pub nodes: Vec<NodeStats>,
    /// Links in the store, strongest evidence first.
    pub edges: Vec<Edge>,
    /// Hyperedges in the store.
    pub hyperedges: Vec<HyperEdge>,
    /// Links accepted now and not before.
    pub added: Vec<LinkKey>,
    /// Links dropped from the store by this window.
    pub dropped: Vec<LinkKey>,
    /// Running number of the regime in force, from 0.
    pub regime: u32,
    /// Row at which that regime began.
    pub regime_start_row: u64,
    /// Factor by which the tests' statistics exceed their null expectation (1 = well calibrated); a gauge of how far
    /// the data are from the method's assumptions.
    pub inflation: f64,
    /// Whether no link is accepted because the data are such that the tests cannot be trusted.
    pub weak: bool,
    /// Whether levels were found to wander by themselves, so that evidence is read from changes against quick moving
    /// averages.
    #[serde(default)]
    pub levels_wander: bool,
    /// Candidates asked about, and how many exist.
    pub candidates: (u64, u64),
    /// Time per stage.
    pub timings: StageTimings,
}

impl Snapshot {
    /// Bytes it holds, but for the names, which all snapshots of a run share.
    pub fn bytes(&self) -> usize {
        let sources = |hyper: &HyperEdge| size_of_val(&*hyper.sources);
        size_of::<Self>()
            + size_of_val(&*self.nodes)
            + size_of_val(&*self.edges)
            + size_of_val(&*self.hyperedges)
            + self.hyperedges.iter().map(sources).sum::<usize>()
            + size_of_val(&*self.added)
            + size_of_val(&*self.dropped)
    }
}

impl Default for Snapshot {
    /// An empty graph, of tests that are as strong as they should be.
    fn default() -> Self {
        Self {
            window: 0,
            rows: 0,
            window_rows: 0..0,
            max_lag: 0,
            names: Arc::new([]),
            nodes: Vec::new(),
            edges: Vec::new(),
            hyperedges: Vec::new(),
            added: Vec::new(),
            dropped: Vec::new(),
            regime: 0,
            regime_start_row: 0,
            inflation: 1.0,
            weak: false,
            levels_wander: false,
            candidates: (0, 0),
            timings: StageTimings::default(),
        }
    }
}
