//! How a layout follows a graph that changes.

use super::*;

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
