//! In: graphs. Out: where their nodes go, whether they stay there, and whether the layout comes to rest.

mod changes;
mod rest;
mod shapes;

use std::sync::Arc;
use std::time::{Duration, Instant};

use scarcity_engine::compute::cpu::CpuLayout;
use scarcity_engine::runtime::{Bus, EngineSnapshot, Queue, SimulationFrame, SimulationStateTopic};
use scarcity_engine::simulation::{Layout, SimulationConfig, spawn};
use scarcity_engine::types::{Edge, HyperEdge, LinkKey, LinkScore, NodeStats, Snapshot};

/// Steps within which every graph of these tests must come to rest.
const MANY: u32 = 3000;

fn edge(source: u32, target: u32, weight: f64) -> Edge {
    let link = LinkScore {
        key: LinkKey { source, target, lag: 1 },
        score: 10.0,
        effect: weight,
        ci_lo: weight - 0.1,
        ci_hi: weight + 0.1,
        stability: 1.0,
        p_value: 1e-10,
        q_value: 1e-9,
        gain: 0.1,
        accepted: true,
        directed: true,
    };
    Edge { link, weight, var: 0.0, regime: 0, hits: 1, first_window: 0, last_window: 0 }
}

fn hyper(sources: &[u32], target: u32) -> HyperEdge {
    HyperEdge {
        sources: sources.iter().map(|s| (*s, 1)).collect(),
        target,
        gain_joint: 0.3,
        gain_parts: 0.1,
        ci_lo: 0.1,
        ci_hi: 0.3,
        stability: 1.0,
        hits: 1,
        first_window: 0,
        last_window: 0,
    }
}

fn snapshot(variables: usize, edges: Vec<Edge>, hyperedges: Vec<HyperEdge>) -> Snapshot {
    let names: Vec<String> = (0..variables).map(|v| format!("v{v}")).collect();
    named(names, edges, hyperedges)
}

fn named(names: Vec<String>, edges: Vec<Edge>, hyperedges: Vec<HyperEdge>) -> Snapshot {
    Snapshot {
        max_lag: 3,
        nodes: vec![NodeStats::default(); names.len()],
        names: Arc::from(names),
        edges,
        hyperedges,
        ..Snapshot::default()
    }
}

/// A sequence of numbers that look random and are the same everywhere.
fn random(seed: u64) -> impl FnMut(u32) -> u32 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move |below| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % u64::from(below)) as u32
    }
}

/// A graph of its own for each seed.
pub fn random_graph(variables: u32, edges: usize, seed: u64) -> Snapshot {
    let mut next = random(seed);
    let mut list = Vec::new();
    while list.len() < edges {
        let (a, b) = (next(variables), next(variables));
        if a != b {
            list.push(edge(a, b, 0.1 + 0.01 * f64::from(next(60))));
        }
    }
    snapshot(variables as usize, list, Vec::new())
}

/// Two variables that have links, but none with each other.
fn strangers(graph: &Snapshot) -> (usize, usize) {
    let pairs: Vec<_> = graph.edges.iter().map(|e| (e.link.key.source, e.link.key.target)).collect();
    let linked = |v: u32| pairs.iter().any(|(a, b)| *a == v || *b == v);
    let (a, b) = (0..graph.names.len() as u32)
        .flat_map(|a| (0..a).map(move |b| (a, b)))
        .find(|(a, b)| linked(*a) && linked(*b) && !pairs.contains(&(*a, *b)) && !pairs.contains(&(*b, *a)))
        .unwrap();
    (a as usize, b as usize)
}

fn compute() -> CpuLayout {
    CpuLayout::new(2).unwrap()
}

fn settle(layout: &mut Layout) -> u32 {
    let steps = layout.step(&mut compute(), MANY).unwrap();
    assert!(layout.is_settled(), "still moving after {steps} steps, {:?}", layout.frame().movement);
    steps
}

fn distance(a: [f32; 3], b: [f32; 3]) -> f32 {
    norm([a[0] - b[0], a[1] - b[1], a[2] - b[2]])
}

fn norm(a: [f32; 3]) -> f32 {
    a.iter().map(|v| v * v).sum::<f32>().sqrt()
}

fn mean(values: impl Iterator<Item = f32>) -> f32 {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), v| (sum + v, count + 1));
    sum / count as f32
}

/// Distance of each node to the nearest other.
fn nearest(positions: &[[f32; 3]]) -> Vec<f32> {
    let others = |i: usize| (0..positions.len()).filter(move |j| *j != i);
    (0..positions.len())
        .map(|i| others(i).map(|j| distance(positions[i], positions[j])).fold(f32::MAX, f32::min))
        .collect()
}

fn rms_radius(positions: &[[f32; 3]]) -> f32 {
    mean(positions.iter().map(|p| norm(*p).powi(2))).sqrt()
}

fn median_move(before: &[[f32; 3]], after: &[[f32; 3]]) -> f32 {
    let mut moved: Vec<f32> = before.iter().zip(after).map(|(a, b)| distance(*a, *b)).collect();
    moved.sort_by(f32::total_cmp);
    moved[moved.len() / 2]
}
