//! In: graphs. Out: where their nodes go, whether they stay there, and whether the layout comes to rest.

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

#[test]
fn connected_nodes_settle_at_the_distance_asked_for() {
    for k in [1.5, 4.0] {
        let mut layout = Layout::new(&SimulationConfig { k, ..SimulationConfig::default() });
        layout.update(&snapshot(2, vec![edge(0, 1, 0.5)], Vec::new()));
        settle(&mut layout);
        let p = layout.frame().positions;
        let d = f64::from(distance(p[0], p[1]));
        assert!((d / k - 1.0).abs() < 0.2, "{d} instead of {k}");
        assert!(norm([p[0][0] + p[1][0], p[0][1] + p[1][1], p[0][2] + p[1][2]]) < 0.1 * d as f32, "not centred");
    }
}

#[test]
fn clusters_come_apart() {
    let mut next = random(5);
    let mut edges = Vec::new();
    for cluster in 0..3 {
        for a in 0..12 {
            edges.extend((0..a).filter(|_| next(10) < 4).map(|b| edge(cluster * 12 + a, cluster * 12 + b, 0.4)));
        }
    }
    edges.extend([edge(0, 12, 0.2), edge(13, 24, 0.2), edge(25, 1, 0.2)]);
    let mut layout = Layout::new(&SimulationConfig::default());
    layout.update(&snapshot(36, edges, Vec::new()));
    settle(&mut layout);
    let p = layout.frame().positions;
    let pairs = |same: bool| {
        let p = &p;
        (0..36).flat_map(move |a| (0..a).filter(move |b| (a / 12 == b / 12) == same).map(move |b| distance(p[a], p[b])))
    };
    let (within, between) = (mean(pairs(true)), mean(pairs(false)));
    assert!(between > 1.7 * within, "within {within}, between {between}");
    // Silhouette: nearly every node is nearer to its own cluster than to any other.
    let to = |node: usize, cluster: usize| {
        mean((cluster * 12..cluster * 12 + 12).filter(|o| *o != node).map(|o| distance(p[node], p[o])))
    };
    let home = (0..36).filter(|n| (0..3).all(|c| c == n / 12 || to(*n, c) > to(*n, n / 12))).count();
    assert!(home >= 35, "{home} of 36 nodes lie in their own cluster");
}

#[test]
fn small_graphs_fill_the_picture_without_overlap() {
    for (variables, edges) in [(5, 2), (5, 6), (8, 8), (12, 6), (20, 10), (20, 30), (50, 20), (50, 75), (50, 200)] {
        for seed in 1..4 {
            let mut layout = Layout::new(&SimulationConfig::default());
            layout.update(&random_graph(variables, edges, seed));
            let steps = settle(&mut layout);
            let frame = layout.frame();
            let closest = nearest(&frame.positions).into_iter().fold(f32::MAX, f32::min);
            let case = format!("{variables} variables, {edges} edges, seed {seed}: closest {closest}, {steps} steps");
            assert!((5.5..=13.0).contains(&frame.radius), "{case}: radius {}", frame.radius);
            assert!(frame.positions.iter().all(|p| norm(*p) < 15.0), "{case}: a node flies away");
            assert!(closest > 0.5, "{case}: nodes overlap");
            assert!(steps < 800, "{case}: takes too long to come to rest");
        }
    }
}

#[test]
fn nodes_without_edges_surround_the_others_evenly() {
    let mut layout = Layout::new(&SimulationConfig::default());
    layout.update(&snapshot(30, vec![edge(0, 1, 0.5), edge(1, 2, 0.5), edge(2, 3, 0.3), edge(4, 5, 0.5)], Vec::new()));
    settle(&mut layout);
    let p = layout.frame().positions;
    let rim = p[..6].iter().map(|p| norm(*p)).fold(0.0, f32::max);
    let loners: Vec<f32> = p[6..].iter().map(|p| norm(*p)).collect();
    assert!(loners.iter().all(|r| *r > rim), "rim {rim}, loners {loners:?}");
    let (low, high) = (loners.iter().copied().fold(f32::MAX, f32::min), loners.iter().copied().fold(0.0, f32::max));
    assert!(high < 1.1 * low && high < 15.0, "on one sphere: {low} … {high}");
    // 24 points on a sphere of this radius are at best 0.73 radii apart.
    let gaps = nearest(&p[6..]);
    assert!(gaps.iter().all(|gap| *gap > 0.35 * low), "{gaps:?}");

    // Without any edge all of them share the sphere.
    let mut empty = Layout::new(&SimulationConfig::default());
    empty.update(&snapshot(12, Vec::new(), Vec::new()));
    settle(&mut empty);
    let p = empty.frame().positions;
    assert!(p.iter().all(|p| (8.0..13.0).contains(&norm(*p))) && nearest(&p).iter().all(|gap| *gap > 3.0), "{p:?}");
}

#[test]
fn junctions_of_hyperedges_sit_among_what_they_join() {
    let graph =
        snapshot(8, vec![edge(0, 1, 0.4), edge(2, 3, 0.4), edge(4, 5, 0.4)], vec![hyper(&[0, 2], 4), hyper(&[6], 7)]);
    let mut layout = Layout::new(&SimulationConfig::default());
    layout.update(&graph);
    settle(&mut layout);
    let p = layout.frame().positions;
    assert_eq!(p.len(), 10, "variables first, then one junction per hyperedge");
    let spread = mean([(0, 2), (0, 4), (2, 4)].iter().map(|(a, b)| distance(p[*a], p[*b])));
    for end in [0, 2, 4] {
        assert!(distance(p[8], p[end]) < spread, "junction {:?} far from {end}", p[8]);
    }
    assert!(norm(p[6]) < 13.0 && distance(p[9], p[6]) < distance(p[9], p[0]));

    // A hyperedge that goes takes its junction along and leaves everybody else in place.
    layout.update(&Snapshot { hyperedges: vec![hyper(&[6], 7)], ..graph });
    let after = layout.frame().positions;
    assert_eq!((after.len(), after[8], &after[..8]), (9, p[9], &p[..8]));
}

#[test]
fn a_small_change_moves_little() {
    let graph = random_graph(60, 150, 9);
    let mut layout = Layout::new(&SimulationConfig::default());
    layout.update(&graph);
    settle(&mut layout);
    let before = layout.frame().positions;

    // One of 150 edges becomes half as strong, over several windows, each followed at once.
    let mut weaker = graph.clone();
    weaker.edges[40].weight *= 0.5;
    for _ in 0..10 {
        layout.update(&weaker);
        layout.step(&mut compute(), 5).unwrap();
    }
    settle(&mut layout);
    let after = layout.frame().positions;
    let share = median_move(&before, &after) / rms_radius(&before);
    assert!(share < 0.01, "the median node moved by {share} radii");
    assert!(before != after, "but something did follow the change");

    // One edge more.
    let mut more = weaker.clone();
    let (a, b) = strangers(&graph);
    more.edges.push(edge(a as u32, b as u32, 0.3));
    for _ in 0..10 {
        layout.update(&more);
        layout.step(&mut compute(), 5).unwrap();
    }
    settle(&mut layout);
    let last = layout.frame().positions;
    let share = median_move(&after, &last) / rms_radius(&after);
    assert!(share < 0.01, "the median node moved by {share} radii");
    assert!(distance(last[a], last[b]) < distance(after[a], after[b]), "the new edge pulls its ends together");
}

#[test]
fn a_graph_that_grows_edge_by_edge_looks_as_good_as_one_laid_out_at_once() {
    let whole = random_graph(40, 70, 31);
    let (mut grown, mut at_once) =
        (Layout::new(&SimulationConfig::default()), Layout::new(&SimulationConfig::default()));
    for count in (2..=70).chain([70; 10]) {
        let mut part = whole.clone();
        part.edges.truncate(count);
        grown.update(&part);
        grown.step(&mut compute(), 60).unwrap();
    }
    settle(&mut grown);
    at_once.update(&whole);
    settle(&mut at_once);
    let quality = |layout: &mut Layout| {
        let frame = layout.frame();
        let p = frame.positions;
        let length =
            mean(whole.edges.iter().map(|e| distance(p[e.link.key.source as usize], p[e.link.key.target as usize])));
        // How long edges are, in a picture of this size.
        (length / rms_radius(&p), nearest(&p).into_iter().fold(f32::MAX, f32::min), frame.radius)
    };
    let ((grown, closest, radius), (at_once, ..)) = (quality(&mut grown), quality(&mut at_once));
    assert!(grown < 1.25 * at_once, "edges {grown} instead of {at_once} radii long");
    assert!(closest > 0.5 && (5.5..=13.0).contains(&radius), "closest {closest}, radius {radius}");
}

#[test]
fn survivors_are_never_seeded_again_and_newcomers_start_at_their_neighbours() {
    let graph = random_graph(30, 60, 11);
    let mut layout = Layout::new(&SimulationConfig::default());
    layout.update(&graph);
    settle(&mut layout);
    let before = layout.frame().positions;

    let mut names: Vec<String> = graph.names.to_vec();
    names.extend(["new".to_owned(), "alone".to_owned()]);
    let mut edges = graph.edges.clone();
    edges.extend([edge(30, 4, 0.9), edge(7, 30, 0.9)]);
    let grown = named(names, edges, Vec::new());
    layout.update(&grown);
    let after = layout.frame().positions;
    assert_eq!(after[..30], before[..], "the update itself moves nobody");
    let middle = [0, 1, 2].map(|axis| 0.5 * (before[4][axis] + before[7][axis]));
    assert!(distance(after[30], middle) < 4.0, "{:?} is not beside {middle:?}", after[30]);
    let rim = before.iter().map(|p| norm(*p)).fold(0.0, f32::max);
    assert!(norm(after[31]) > 0.6 * rim, "{:?} is not at the edge of the picture", after[31]);
    settle(&mut layout);

    // A variable that goes, and another order of columns: positions follow the names.
    let settled = layout.frame().positions;
    let names: Vec<String> = grown.names.iter().rev().filter(|n| *n != "v5").cloned().collect();
    let at = |name: &str| names.iter().position(|n| n == name).map(|i| i as u32);
    let edges = grown
        .edges
        .iter()
        .filter_map(|e| {
            let (source, target) = (e.link.key.source as usize, e.link.key.target as usize);
            Some(edge(at(&grown.names[source])?, at(&grown.names[target])?, e.weight))
        })
        .collect();
    layout.update(&named(names.clone(), edges, Vec::new()));
    let moved = layout.frame().positions;
    for (old, name) in grown.names.iter().enumerate().filter(|(_, n)| *n != "v5") {
        assert_eq!(moved[at(name).unwrap() as usize], settled[old], "{name}");
    }
}

#[test]
fn a_vanished_edge_lets_go_smoothly_and_its_ends_drift_apart() {
    let graph = random_graph(20, 30, 13);
    let mut layout = Layout::new(&SimulationConfig::default());
    let mut with = graph.clone();
    let (a, b) = strangers(&graph);
    with.edges.push(edge(a as u32, b as u32, 0.8));
    layout.update(&with);
    settle(&mut layout);
    let before = layout.frame().positions;
    let springs = layout.state().springs;
    layout.update(&graph);
    assert_eq!(layout.state().springs, springs, "one window without it does not cut a spring");
    for _ in 0..20 {
        layout.update(&graph);
    }
    assert_eq!(layout.state().springs, springs - 1);
    settle(&mut layout);
    let after = layout.frame().positions;
    assert!(distance(after[a], after[b]) > distance(before[a], before[b]));
}

#[test]
fn the_same_bits_for_any_number_of_threads() {
    let run =
        |threads: usize| {
            let mut compute = CpuLayout::new(threads).unwrap();
            let mut layout = Layout::new(&SimulationConfig { settle_movement: 1e-12, ..SimulationConfig::default() });
            layout.update(&random_graph(400, 900, 17));
            assert_eq!(layout.step(&mut compute, 500).unwrap(), 500);
            layout.frame().positions.iter().flatten().fold(0xcbf2_9ce4_8422_2325_u64, |hash, v| {
                (hash ^ u64::from(v.to_bits())).wrapping_mul(0x0100_0000_01b3)
            })
        };
    let one = run(1);
    assert_eq!(run(2), one);
    assert_eq!(run(7), one);
    assert_eq!(run(1), one);
}

#[test]
fn a_settled_layout_runs_no_steps_until_something_changes() {
    let graph = random_graph(20, 30, 19);
    let mut layout = Layout::new(&SimulationConfig::default());
    assert_eq!(layout.step(&mut compute(), 10).unwrap(), 0, "nothing to lay out yet");
    layout.update(&graph);
    assert!(settle(&mut layout) >= 30);
    let rest = layout.frame();
    assert!(rest.settled && rest.movement < 0.0005);
    layout.update(&graph);
    assert_eq!(layout.step(&mut compute(), 100).unwrap(), 0, "the same graph again is no change");
    assert_eq!(layout.frame().positions, rest.positions);
    let mut other = graph.clone();
    other.edges.truncate(20);
    (0..5).for_each(|_| layout.update(&other));
    assert!(layout.step(&mut compute(), 100).unwrap() > 0);
}

#[test]
fn a_pinned_node_stays_and_a_frozen_layout_rests() {
    let mut layout = Layout::new(&SimulationConfig::default());
    layout.update(&random_graph(15, 25, 23));
    settle(&mut layout);
    let before = layout.frame().positions;
    let place = [14.0, 1.0, -2.0];
    layout.pin(3, Some(place));
    assert_eq!(layout.frame().positions[3], place);
    assert!(layout.step(&mut compute(), 200).unwrap() > 0, "its neighbours follow");
    let pulled = layout.frame().positions;
    assert_eq!(pulled[3], place);
    assert!(pulled != before);
    layout.pin(3, None);
    settle(&mut layout);
    assert!(distance(layout.frame().positions[3], place) > 1.0, "let go, it returns");
    layout.pin(99, Some(place));
    layout.pin(0, Some([f32::NAN; 3]));
    assert!(layout.frame().positions.iter().flatten().all(|v| v.is_finite()));

    layout.set_frozen(true);
    layout.reset();
    assert_eq!(layout.step(&mut compute(), 10).unwrap(), 0);
    layout.set_frozen(false);
    assert!(layout.step(&mut compute(), 10).unwrap() > 0);
    settle(&mut layout);
    assert!(layout.forces().iter().flatten().all(|f| f.abs() < 1.0), "at rest forces nearly cancel");
}

const LIMIT: Duration = Duration::from_secs(30);

#[test]
fn the_layout_thread_publishes_frames_until_it_rests_and_then_none() {
    let bus = Bus::default();
    let frames = bus.subscribe::<SimulationFrame>(Queue::Fifo(4096));
    let states = bus.subscribe::<SimulationStateTopic>(Queue::Fifo(64));
    let config = SimulationConfig::default();
    let handle = spawn(&bus, &config, Box::new(compute())).unwrap();
    bus.publish::<EngineSnapshot>(Snapshot { window: 42, ..random_graph(12, 14, 29) });

    let begun = Instant::now();
    let mut last = frames.recv_timeout(LIMIT).unwrap();
    let (first, mut count) = (last.frame_id, 1_u64);
    while !last.settled {
        let next = frames.recv_timeout(LIMIT).unwrap();
        assert_eq!((next.frame_id, next.window, next.positions.len()), (last.frame_id + 1, 42, 12));
        last = next;
        count += 1;
    }
    assert_eq!(last.frame_id - first + 1, count);
    assert!(count as f64 <= 2.0 + config.max_fps * begun.elapsed().as_secs_f64(), "{count} frames");
    assert!(!states.recv_timeout(LIMIT).unwrap().settled);
    assert!(states.recv_timeout(LIMIT).unwrap().settled);

    // The state that answers `set_frozen` comes after whatever the thread published before: there was nothing.
    handle.set_frozen(true);
    let held = states.recv_timeout(LIMIT).unwrap();
    assert!(held.frozen && held.settled);
    assert!(held.frame_id <= last.frame_id + 1);
    handle.pin(0, Some([1.0, 2.0, 3.0]));
    while frames.recv_timeout(LIMIT).unwrap().positions[0] != [1.0, 2.0, 3.0] {}
    handle.set_frozen(false);
    while states.recv_timeout(LIMIT).unwrap().frozen {}

    handle.reset();
    while frames.recv_timeout(LIMIT).unwrap().settled {}
    handle.stop();
    assert_eq!(bus.topics().iter().find(|t| t.name == "engine.snapshot").unwrap().subscribers, 0);
}

#[test]
fn the_layout_thread_ends_with_the_bus() {
    let bus = Bus::default();
    let handle = spawn(&bus, &SimulationConfig::default(), Box::new(compute())).unwrap();
    assert!(bus.shutdown(LIMIT).is_empty());
    handle.set_frozen(true);
    handle.stop();
}
