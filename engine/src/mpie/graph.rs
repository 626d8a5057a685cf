//! In: the store after a window. Out: what it holds, as plain data for whoever exports it.

use crate::types::{Edge, HyperEdge};

/// The store's content, in the order of its keys.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Graph {
    /// Links.
    pub edges: Vec<Edge>,
    /// Hyperedges.
    pub hyperedges: Vec<HyperEdge>,
    /// Running number of the regime in force.
    pub regime: u32,
}
