//! What is drawn, what is under the cursor and what is labelled, on every GPU against plain loops over all nodes.

use scarcity_engine::compute::gpu::layout::{Cull, Eye, Labelled, Picked, Scene, SceneEdge, Shared};

use super::devices::Fresh;
use super::graphs::{Visit, each_machine};

/// An eye at z = 30 that looks at the origin, 90° high.
const EYE: Eye = Eye {
    clip_from_world: [[0.75, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.0, -1.0], [0.0, 0.0, 0.1, 30.0]],
    viewport_px: [800.0, 600.0],
    pixels_per_unit: 300.0,
    least_radius_px: 0.5,
    pixels_per_width: 2.0,
};

/// Pixels, and pixels per unit, 0 behind the eye.
fn seen(at: [f32; 4]) -> [f64; 3] {
    let clip: Vec<f64> = (0..4)
        .map(|row| {
            let column = |c: usize| f64::from(EYE.clip_from_world[c][row]);
            (0..3).map(|c| column(c) * f64::from(at[c])).sum::<f64>() + column(3)
        })
        .collect();
    if clip[3] <= 1e-6 {
        return [0.0; 3];
    }
    [(clip[0] / clip[3] * 0.5 + 0.5) * 800.0, (clip[1] / clip[3] * -0.5 + 0.5) * 600.0, 300.0 / clip[3]]
}

struct Picture {
    nodes: Vec<[f32; 4]>,
    radii: Vec<f32>,
    priorities: Vec<u32>,
    edges: Vec<SceneEdge>,
}

fn picture(fresh: &mut Fresh, count: usize) -> Picture {
    let mut number = |scale: f64| (scale * fresh.number()) as f32;
    let nodes = (0..count).map(|_| [number(40.0), number(30.0), number(45.0), 1.0]).collect();
    let radii = (0..count).map(|_| number(0.6).max(0.0)).collect();
    let priorities = (0..count).map(|_| (fresh.word() % 6) as u32).collect();
    let edges = (0..2 * count)
        .map(|_| {
            let end = |word: u64| (word % count as u64) as u32;
            let ends = [end(fresh.word()), end(fresh.word())];
            let bend = [0.0, 0.0, 0.125, 0.5][(fresh.word() % 4) as usize];
            let kind = (fresh.word() % 3) as u32;
            SceneEdge { ends, hidden: fresh.word().is_multiple_of(5), kind, bend, half_width: 0.25 }
        })
        .collect();
    Picture { nodes, radii, priorities, edges }
}

/// Runs `check` for pictures of many sizes on every GPU; each scene is used again for the next, smaller and larger.
fn every(check: impl FnMut(&Picture, &mut dyn Ask, &str)) {
    struct Every<F>(F);
    impl<F: FnMut(&Picture, &mut dyn Ask, &str)> Visit for Every<F> {
        fn on<M: Shared>(&mut self, name: &str, mut m: M) {
            let mut scene = Scene::<M>::default();
            for count in [4097, 1, 3, 127, 128, 129, 1000] {
                let mut fresh = Fresh::new();
                let picture = picture(&mut fresh, count);
                let mut positions = m.alloc(4 * count + 8).unwrap();
                m.write(&mut positions, bytemuck::cast_slice(&picture.nodes)).unwrap();
                scene.set(&mut m, &picture.radii, &picture.priorities, &picture.edges).unwrap();
                scene.look(&mut m, &EYE).unwrap();
                let name = format!("{name}, {count} nodes, seed {}", fresh.seed);
                (self.0)(&picture, &mut Asked { m: &mut m, scene: &mut scene, positions: &positions }, &name);
            }
        }
    }
    each_machine(&mut Every(check));
}

/// A scene on any machine. Lists come back as nodes drawn in full, discs, edges of each kind.
trait Ask {
    fn cull(&mut self, cull: &Cull) -> [Vec<u32>; 5];
    fn pick(&mut self, at: [f32; 2]) -> Option<Picked>;
    fn labels(&mut self, grid: [u32; 2]) -> Vec<Option<Labelled>>;
}

struct Asked<'a, M: Shared> {
    m: &'a mut M,
    scene: &'a mut Scene<M>,
    positions: &'a M::Buffer,
}

impl<M: Shared> Ask for Asked<'_, M> {
    fn cull(&mut self, cull: &Cull) -> [Vec<u32>; 5] {
        let lists = self.scene.cull(self.m, self.positions, cull).unwrap();
        let mut draws = [[0; 15]; 2];
        self.m.read(lists.node_draws, &mut draws[0]).unwrap();
        self.m.read(lists.edge_draws, &mut draws[1]).unwrap();
        let mut part = |list: &M::Buffer, draw: &[u32], vertices: u32| {
            assert_eq!((draw[0], draw[2], draw[3]), (vertices, 0, 0));
            let mut words = vec![0; (draw[4] + draw[1]) as usize];
            self.m.read(list, &mut words).unwrap();
            words.split_off(draw[4] as usize)
        };
        assert_eq!(draws[0][11], 0, "the third draw of nodes is empty");
        let [straight, bent, careful] = cull.edge_vertices;
        [
            part(lists.nodes, &draws[0][..5], cull.node_vertices),
            part(lists.nodes, &draws[0][5..10], cull.node_vertices),
            part(lists.edges, &draws[1][..5], straight),
            part(lists.edges, &draws[1][5..10], bent),
            part(lists.edges, &draws[1][10..], careful),
        ]
    }

    fn pick(&mut self, at: [f32; 2]) -> Option<Picked> {
        self.scene.pick(self.m, self.positions, at, 3.0).unwrap()
    }

    fn labels(&mut self, grid: [u32; 2]) -> Vec<Option<Labelled>> {
        self.scene.labels(self.m, self.positions, grid).unwrap()
    }
}

#[test]
fn what_can_be_seen_is_drawn_and_nothing_else() {
    every(|picture, ask, name| {
        let edge_budget = picture.nodes.len() as u32;
        let cull = Cull { full_px: 4.0, least_px: 1.0, edge_budget, node_vertices: 6, edge_vertices: [12, 30, 78] };
        let found = ask.cull(&cull);
        let mut expected: [Vec<u32>; 5] = Default::default();
        // Too near to a limit to tell in single precision.
        let mut unsure = [Vec::new(), Vec::new()];
        for (node, (at, radius)) in (0..).zip(picture.nodes.iter().zip(&picture.radii)) {
            let [x, y, scale] = seen(*at);
            let radius = f64::from(*radius) * scale;
            let limits = [x + radius, y + radius, 800.0 - x + radius, 600.0 - y + radius];
            let visible = radius >= 1.0 && limits.iter().all(|limit| *limit >= 0.0);
            let near =
                limits.iter().any(|l| l.abs() < 0.01) || (radius - 1.0).abs() < 1e-3 || (radius - 4.0).abs() < 1e-3;
            if near {
                unsure[0].push(node);
            } else if visible {
                expected[usize::from(radius < 4.0)].push(node);
            }
        }
        let first = picture.edges.len() as u32 - edge_budget;
        for (number, edge) in (0..).zip(&picture.edges) {
            let clip = |node: &u32| {
                let [x, y, z, _] = picture.nodes[*node as usize].map(f64::from);
                [0.75 * x, y, 30.0 - z]
            };
            let [a, b] = edge.ends.map(|end| clip(&end));
            let sides: Vec<[f64; 2]> =
                (0..2).flat_map(|k| [[a[k] - a[2], b[k] - b[2]], [-a[k] - a[2], -b[k] - b[2]]]).collect();
            let beside = edge.bend == 0.0 && sides.iter().any(|side| side.iter().all(|v| *v > 0.0));
            let hidden = beside || (a[2] <= 1e-6 && b[2] <= 1e-6);
            if sides.iter().flatten().chain([&a[2], &b[2]]).any(|v| v.abs() < 1e-3) {
                unsure[1].push(number);
            } else if !hidden && !edge.hidden && number >= first {
                expected[2 + edge.kind as usize].push(number);
            }
        }
        for (kind, (mut found, expected)) in found.into_iter().zip(expected).enumerate() {
            found.retain(|item| !unsure[usize::from(kind >= 2)].contains(item));
            assert_eq!(found, expected, "{name}: list {kind}");
        }
    });
}

#[test]
fn the_nearest_node_under_the_cursor_is_picked_or_else_an_edge() {
    every(|picture, ask, name| {
        for (node, at) in picture.nodes.iter().enumerate().step_by(97) {
            let [x, y, scale] = seen(*at);
            if scale == 0.0 || picture.radii[node] == 0.0 {
                continue;
            }
            let covering = picture.nodes.iter().zip(&picture.radii).enumerate().filter(|(_, (at, radius_of))| {
                let [u, v, scale] = seen(**at);
                let radius = (f64::from(**radius_of) * scale).max(0.5);
                scale > 0.0 && **radius_of > 0.0 && (u - x).hypot(v - y) < radius
            });
            let front = covering.max_by(|a, b| seen(*a.1.0)[2].total_cmp(&seen(*b.1.0)[2])).unwrap().0;
            let found = ask.pick([x as f32, y as f32]);
            assert_eq!(found, Some(Picked::Node(front as u32)), "{name}: at node {node}");
        }
        assert_eq!(ask.pick([-1e5, -1e5]), None, "{name}: there is nothing out there");
        // In the middle of an edge, unless a node is there: that edge, or one as near.
        for (number, edge) in picture.edges.iter().enumerate().step_by(53) {
            let Some(curve) = curve(picture, edge).filter(|curve| curve.iter().all(|p| p[0].abs() < 3000.0)) else {
                continue;
            };
            let middle = curve[curve.len() / 2].map(|v| v as f32);
            if edge.hidden {
                continue;
            }
            match ask.pick(middle) {
                Some(Picked::Edge(found)) => {
                    let found = &picture.edges[found as usize];
                    assert!(!found.hidden, "{name}: a hidden edge is picked");
                    let off = distance(&self::curve(picture, found).unwrap(), middle.map(f64::from));
                    assert!(off < 0.5 + 0.05, "{name}: {found:?} passes {off} px from the middle of edge {number}");
                }
                found => assert!(found.is_some(), "{name}: nothing in the middle of edge {number}"),
            }
        }
    });
}

/// An edge in pixels, as the twelve straight pieces it is drawn in; `None` where an end is behind the eye.
fn curve(picture: &Picture, edge: &SceneEdge) -> Option<Vec<[f64; 2]>> {
    let [[ax, ay, a], [bx, by, b]] = edge.ends.map(|end| seen(picture.nodes[end as usize]));
    let bend = f64::from(edge.bend);
    let middle = [(ax + bx) / 2.0 + (by - ay) * bend, (ay + by) / 2.0 - (bx - ax) * bend];
    let at = |t: f64| {
        let along = |from: f64, by: f64, to: f64| (1.0 - t) * (1.0 - t) * from + 2.0 * t * (1.0 - t) * by + t * t * to;
        [along(ax, middle[0], bx), along(ay, middle[1], by)]
    };
    (a > 0.0 && b > 0.0).then(|| (0..=12).map(|step| at(f64::from(step) / 12.0)).collect())
}

fn distance(curve: &[[f64; 2]], from: [f64; 2]) -> f64 {
    let piece = |pair: &[[f64; 2]]| {
        let along = [pair[1][0] - pair[0][0], pair[1][1] - pair[0][1]];
        let to = [from[0] - pair[0][0], from[1] - pair[0][1]];
        let square = along[0].powi(2) + along[1].powi(2);
        let share = ((to[0] * along[0] + to[1] * along[1]) / square.max(1e-12)).clamp(0.0, 1.0);
        (to[0] - share * along[0]).hypot(to[1] - share * along[1])
    };
    curve.windows(2).map(piece).fold(f64::INFINITY, f64::min)
}

#[test]
fn each_cell_labels_the_first_node_of_its_highest_priority() {
    every(|picture, ask, name| {
        let (columns, rows) = (32, 18);
        let mut cells = vec![None; 576];
        let mut unsure = vec![false; 576];
        for (node, (at, priority)) in picture.nodes.iter().zip(&picture.priorities).enumerate() {
            let [x, y, scale] = seen(*at);
            let place = [x / 800.0 * f64::from(columns), y / 600.0 * f64::from(rows)];
            if *priority == 0 || scale == 0.0 {
                continue;
            }
            let on_line = place.iter().any(|v| (v - v.round()).abs() < 1e-3);
            for (column, row) in [(place[0] - 1e-3, place[1] - 1e-3), (place[0] + 1e-3, place[1] + 1e-3)] {
                let inside = column >= 0.0 && row >= 0.0 && column < f64::from(columns) && row < f64::from(rows);
                if on_line && inside {
                    unsure[row as usize * 32 + column as usize] = true;
                }
            }
            let inside =
                place[0] >= 0.0 && place[1] >= 0.0 && place[0] < f64::from(columns) && place[1] < f64::from(rows);
            if inside {
                let cell = &mut cells[place[1] as usize * 32 + place[0] as usize];
                if cell.is_none_or(|(best, _)| *priority > best) {
                    *cell = Some((*priority, node as u32));
                }
            }
        }
        for (cell, found) in ask.labels([columns, rows]).into_iter().enumerate() {
            let expected = cells[cell].map(|(_, node)| {
                let [x, y, z, _] = picture.nodes[node as usize];
                Labelled { node, place: [x, y, z] }
            });
            assert!(unsure[cell] || found == expected, "{name}: cell {cell}");
        }
    });
}
