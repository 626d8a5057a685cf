//! In: the links of each snapshot. Out: springs whose strength follows them smoothly, and how much has changed.

use std::collections::BTreeMap;

use super::config::SimulationConfig;
use super::seeding::{self, NodeId};
use crate::types::Snapshot;

/// Strength of the springs that hold a hyperedge's junction, before the spring's own average.
const JUNCTION_STRENGTH: f32 = 0.6;

/// The springs between nodes. Ordered, so that every run adds them up in the same order.
#[derive(Debug, Default)]
pub(super) struct Springs {
    springs: BTreeMap<(NodeId, NodeId), Spring>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Spring {
    /// Moving average of the strength.
    strength: f32,
    /// Whether it pulls. It lets go at a lower strength than it took hold at, so that a link near the limit does not
    /// shake the picture.
    on: bool,
    wanted: f32,
}

impl Spring {
    fn pull(self) -> f32 {
        if self.on { self.strength } else { 0.0 }
    }
}

/// What has changed since the layout last followed a change.
#[derive(Debug, Default)]
pub(super) struct Change {
    /// Changed strength per node.
    pub nodes: BTreeMap<NodeId, f32>,
    /// Changed strength in all, relative to all strength.
    pub share: f32,
}

impl Change {
    /// Adds a later change: many small ones are a large one.
    pub fn add(&mut self, later: Self) {
        for (node, by) in later.nodes {
            *self.nodes.entry(node).or_default() += by;
        }
        self.share += later.share;
    }
}

impl Springs {
    /// Follows a snapshot. `fresh` takes its strengths as they are: there is no picture yet that could jump.
    pub fn follow(&mut self, snapshot: &Snapshot, ids: &[NodeId], config: &SimulationConfig, fresh: bool) -> Change {
        for spring in self.springs.values_mut() {
            spring.wanted = 0.0;
        }
        for (key, wanted) in wanted(snapshot, ids) {
            self.springs.entry(key).or_default().wanted = wanted;
        }
        let weight = if fresh { 1.0 } else { config.spring_ema as f32 };
        let mut change = Change::default();
        let mut total = 0.0;
        for ((a, b), spring) in &mut self.springs {
            let before = spring.pull();
            spring.strength += weight * (spring.wanted - spring.strength);
            let limit = if spring.on { config.spring_off } else { config.spring_on };
            spring.on = spring.strength >= limit as f32;
            let by = (spring.pull() - before).abs();
            total += spring.pull().max(before);
            if by > 0.0 {
                change.share += by;
                *change.nodes.entry(*a).or_default() += by;
                *change.nodes.entry(*b).or_default() += by;
            }
        }
        change.share = if total > 0.0 { change.share / total } else { 0.0 };
        self.springs.retain(|_, spring| spring.on || spring.wanted > 0.0);
        change
    }

    /// Forgets the springs of nodes that are gone.
    pub fn keep(&mut self, alive: impl Fn(NodeId) -> bool) {
        self.springs.retain(|(a, b), _| alive(*a) && alive(*b));
    }

    /// The springs that pull.
    pub fn pulling(&self) -> impl Iterator<Item = (NodeId, NodeId, f32)> {
        self.springs.iter().filter(|(_, spring)| spring.on).map(|((a, b), spring)| (*a, *b, spring.strength))
    }
}

/// Strength of each pair in this snapshot, between 0.3 and 1: a weak link must still hold its ends together, and a
/// strong one must not pull them into each other.
fn wanted(snapshot: &Snapshot, ids: &[NodeId]) -> BTreeMap<(NodeId, NodeId), f32> {
    let mut weights: BTreeMap<(NodeId, NodeId), f32> = BTreeMap::new();
    for edge in &snapshot.edges {
        let key = edge.link.key;
        let (Some(a), Some(b)) = (ids.get(key.source as usize), ids.get(key.target as usize)) else { continue };
        if a != b {
            let weight = (edge.weight.abs() * edge.link.stability) as f32;
            *weights.entry(ordered(*a, *b)).or_default() += if weight.is_finite() { weight } else { 0.0 };
        }
    }
    let mut wanted: BTreeMap<_, _> =
        weights.into_iter().map(|(key, weight)| (key, 0.3 + 0.7 * libm::tanhf(1.5 * weight))).collect();
    for hyper in &snapshot.hyperedges {
        let junction = seeding::junction(hyper);
        for end in hyper.sources.iter().map(|(source, _)| *source).chain([hyper.target]) {
            if let Some(id) = ids.get(end as usize) {
                wanted.insert(ordered(junction, *id), JUNCTION_STRENGTH);
            }
        }
    }
    wanted
}

fn ordered(a: NodeId, b: NodeId) -> (NodeId, NodeId) {
    if a <= b { (a, b) } else { (b, a) }
}
