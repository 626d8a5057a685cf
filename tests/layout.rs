//! In: graphs. Out: where their nodes go, whether they stay there, and whether the layout comes to rest.

use std::sync::Arc;

use scarcity_engine::compute::cpu::CpuCompute;
use scarcity_engine::compute::{Compute, LayoutStep};
use scarcity_engine::simulation::{Layout, SimulationConfig};
use scarcity_engine::types::{Edge, HyperEdge, LinkKey, LinkScore, NodeStats, Snapshot, StageTimings};

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
        window: 0,
        rows: 0,
        window_rows: 0..0,
        max_lag: 3,
        nodes: vec![NodeStats::default(); names.len()],
        names: Arc::from(names),
        edges,
        hyperedges,
        added: Vec::new(),
        dropped: Vec::new(),
        regime: 0,
        regime_start_row: 0,
        inflation: 1.0,
        candidates: (0, 0),
        timings: StageTimings::default(),
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

fn random_graph(variables: u32, edges: usize, seed: u64) -> Snapshot {
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

fn compute() -> CpuCompute {
    CpuCompute::new(2).unwrap()
}

fn settle(layout: &mut Layout) -> u32 {
    let steps = layout.step(&mut compute(), MANY);
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

#[test]
fn explore() {
    for (n, e) in
        [(5, 3), (8, 8), (12, 6), (20, 10), (20, 30), (50, 25), (50, 75), (50, 200), (200, 400), (1000, 10000)]
    {
        let mut layout = Layout::new(&SimulationConfig::default());
        let snap = random_graph(n, e, 7);
        layout.update(&snap);
        let steps = layout.step(&mut compute(), MANY);
        let frame = layout.frame();
        let p = &frame.positions;
        let nn = mean(
            (0..p.len())
                .map(|i| (0..p.len()).filter(|j| *j != i).map(|j| distance(p[i], p[j])).fold(f32::MAX, f32::min)),
        );
        let minnn = (0..p.len())
            .map(|i| (0..p.len()).filter(|j| *j != i).map(|j| distance(p[i], p[j])).fold(f32::MAX, f32::min))
            .fold(f32::MAX, f32::min);
        let el =
            mean(snap.edges.iter().map(|e| distance(p[e.link.key.source as usize], p[e.link.key.target as usize])));
        let maxr = p.iter().map(|v| norm(*v)).fold(0.0, f32::max);
        println!(
            "n {n} e {e}: steps {steps} settled {} r95 {:.2} max {maxr:.2} mean nn {nn:.2} min nn {minnn:.2} edge {el:.2} mean r {:.2}",
            frame.settled,
            frame.radius,
            mean(p.iter().map(|v| norm(*v)))
        );
    }
}
