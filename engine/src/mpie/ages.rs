//! In: the graph before a change of settings. Out: how old its links are, for the graph after it: other settings are no
//! other regime, and a link that stood before them has not just been found.

use std::collections::BTreeMap;

use crate::types::{Edge, HyperEdge, LinkKey, Snapshot};

/// Sources with their lags, and target, of a hyperedge.
type Joint = (Vec<(u32, u32)>, u32);

/// First window and number of windows of what a graph holds, and its regime.
#[derive(Debug, Clone, Default)]
pub struct Ages {
    edges: BTreeMap<LinkKey, (u64, u32)>,
    hyperedges: BTreeMap<Joint, (u64, u32)>,
    /// Running number of the regime in force.
    pub regime: u32,
}

impl Ages {
    /// Of a graph.
    pub fn of(graph: &Snapshot) -> Self {
        let joint = |h: &HyperEdge| ((h.sources.clone(), h.target), (h.first_window, h.hits));
        Self {
            edges: graph.edges.iter().map(|e| (e.link.key, (e.first_window, e.hits))).collect(),
            hyperedges: graph.hyperedges.iter().map(joint).collect(),
            regime: graph.regime,
        }
    }

    /// Makes links as old as they were. `regime` is the number, in their own count, of the regime now in force.
    pub fn lend<'a>(
        &self,
        regime: u32,
        edges: impl Iterator<Item = &'a mut Edge>,
        hyperedges: impl Iterator<Item = &'a mut HyperEdge>,
    ) {
        for edge in edges {
            edge.regime = self.regime.saturating_sub(regime.saturating_sub(edge.regime));
            if let Some(&(first, hits)) = self.edges.get(&edge.link.key) {
                (edge.first_window, edge.hits) = (edge.first_window.min(first), edge.hits.max(hits));
            }
        }
        for joint in hyperedges {
            if let Some(&(first, hits)) = self.hyperedges.get(&(joint.sources.clone(), joint.target)) {
                (joint.first_window, joint.hits) = (joint.first_window.min(first), joint.hits.max(hits));
            }
        }
    }
}
