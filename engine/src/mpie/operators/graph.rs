//! In: links as (source, target, lag). Out: the graph types the operators share.

use std::collections::BTreeMap;

use crate::types::LinkKey;

/// A variable `lag` rows before the present row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Node {
    /// Variable.
    pub var: u32,
    /// Rows back; 0 = the present row.
    pub lag: u32,
}

impl Node {
    /// Variable `var`, `lag` rows back.
    pub fn new(var: u32, lag: u32) -> Self {
        Self { var, lag }
    }
}

/// What is known about a link's direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mark {
    /// Source acts on target.
    Directed,
    /// One acts on the other at lag 0; the data do not say which.
    Undirected,
    /// Lag 0, with evidence for both directions.
    Conflicting,
}

/// A link with its mark. Where it is not directed, `key.source < key.target`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LaggedLink {
    /// Ends and lag.
    pub key: LinkKey,
    /// Direction.
    pub mark: Mark,
}

impl LaggedLink {
    /// `source`, `lag` rows ago, acts on `target`.
    pub fn directed(source: u32, target: u32, lag: u32) -> Self {
        Self { key: LinkKey { source, target, lag }, mark: Mark::Directed }
    }

    /// A lag-0 link of unknown direction.
    pub fn undirected(a: u32, b: u32) -> Self {
        Self { key: LinkKey { source: a.min(b), target: a.max(b), lag: 0 }, mark: Mark::Undirected }
    }
}

/// A stationary graph over lagged variables: every link holds at all times.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LaggedGraph {
    /// Number of variables.
    pub vars: usize,
    /// Links, sorted, each once.
    pub links: Vec<LaggedLink>,
}

impl LaggedGraph {
    /// Sorts the links and drops repetitions.
    pub fn new(vars: usize, mut links: Vec<LaggedLink>) -> Self {
        links.sort_unstable();
        links.dedup();
        Self { vars, links }
    }

    /// Largest lag of a link.
    pub fn max_lag(&self) -> u32 {
        self.links.iter().map(|link| link.key.lag).max().unwrap_or(0)
    }
}

/// A directed link between two variables with a weight; several between the same two add up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WeightedEdge {
    /// Source variable.
    pub source: u32,
    /// Target variable.
    pub target: u32,
    /// Weight; operators use its magnitude.
    pub weight: f64,
}

impl WeightedEdge {
    /// `source` acts on `target` with `weight`.
    pub fn new(source: u32, target: u32, weight: f64) -> Self {
        Self { source, target, weight }
    }
}

/// Total magnitude per ordered pair of different variables below `vars`. Links to itself, of no or of no finite weight,
/// and to variables that do not exist are left out.
pub(super) fn collapse(vars: usize, edges: &[WeightedEdge]) -> BTreeMap<(usize, usize), f64> {
    let mut pairs = BTreeMap::new();
    for edge in edges {
        let (source, target, weight) = (edge.source as usize, edge.target as usize, edge.weight.abs());
        if source != target && source.max(target) < vars && weight > 0.0 && weight.is_finite() {
            *pairs.entry((source, target)).or_insert(0.0) += weight;
        }
    }
    pairs
}
