//! What a settled layout looks like.

use super::*;

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
fn a_flat_layout_lies_in_the_plane_and_rises_from_it_again() {
    let tall = |layout: &mut Layout| {
        let frame = layout.frame();
        frame.positions.iter().map(|p| p[2].abs()).fold(0.0, f32::max) / frame.radius
    };
    for (variables, edges) in [(12, 12), (50, 75), (120, 300)] {
        let mut layout = Layout::new(&SimulationConfig::default());
        layout.update(&random_graph(variables, edges, 2));
        settle(&mut layout);
        let case = format!("{variables} variables, {edges} edges");
        assert!(tall(&mut layout) > 0.3, "{case}: flat from the start");
        layout.set_planar(true);
        layout.step(&mut CpuLayout::new(2).unwrap(), 1).unwrap();
        assert!(tall(&mut layout) > 0.1, "{case}: it sinks step by step");
        settle(&mut layout);
        let frame = layout.frame();
        assert!(frame.positions.iter().all(|p| p[2] == 0.0), "{case}: something is left above the plane");
        let closest = nearest(&frame.positions).into_iter().fold(f32::MAX, f32::min);
        assert!(closest > 0.3, "{case}: nodes overlap, closest {closest}");
        assert!((4.0..=14.0).contains(&frame.radius), "{case}: radius {}", frame.radius);
        // Newcomers and nodes put somewhere by hand lie in it too.
        layout.update(&random_graph(variables + 3, edges + 5, 2));
        layout.pin(0, Some([1.0, 2.0, 3.0]));
        settle(&mut layout);
        assert!(layout.frame().positions.iter().all(|p| p[2] == 0.0), "{case}");
        layout.pin(0, None);
        layout.set_planar(false);
        settle(&mut layout);
        assert!(tall(&mut layout) > 0.3, "{case}: it stays flat");
    }
}
