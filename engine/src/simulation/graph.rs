//! In: names and weighted edges. Out: a layout of them, without anything that discovery would know.

use super::config::SimulationConfig;
use super::layout::Layout;
use super::pivots;
use super::seeding;
use super::stress;

/// A plain graph; directions do not matter to a layout.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PlainGraph {
    /// Name of each node.
    pub names: Vec<String>,
    /// Both ends and a weight, of which the absolute value counts.
    pub edges: Vec<(u32, u32, f32)>,
}

impl PlainGraph {
    /// Springs of every node: neighbours and strengths. Parallel edges count once, with their weights added up; loops do
    /// not count.
    fn rows(&self) -> Vec<Vec<(u32, f32)>> {
        let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); self.names.len()];
        for &(a, b, weight) in self.edges.iter().filter(|(a, b, _)| a != b) {
            let weight = if weight.is_finite() { weight.abs() } else { 0.0 };
            rows[a as usize].push((b, weight));
            rows[b as usize].push((a, weight));
        }
        for row in &mut rows {
            row.sort_by_key(|(other, _)| *other);
            row.dedup_by(|later, first| {
                let same = later.0 == first.0;
                first.1 += if same { later.1 } else { 0.0 };
                same
            });
        }
        let weights = || rows.iter().flatten().map(|(_, weight)| f64::from(*weight));
        let mean = (weights().sum::<f64>() / weights().count().max(1) as f64) as f32;
        for (_, weight) in rows.iter_mut().flatten() {
            // A weak link must still hold its ends together, and a strong one must not pull them into each other.
            *weight = if mean > 0.0 { 0.3 + 0.7 * libm::tanhf(*weight / mean) } else { 0.3 };
        }
        rows
    }
}

impl Layout {
    /// Nodes of a plain graph up to which distances follow those between pairs; the time for it grows with the square of
    /// the number.
    pub const DESCENT_NODES: usize = 120_000;

    /// The layout of a plain graph. It starts from distances to a few nodes (PivotMDS), follows those between random pairs,
    /// and steps go on from there; the seed turns ties another way. Steps gather neighbours, at the cost of distances.
    pub fn of(graph: &PlainGraph, config: &SimulationConfig, seed: u64) -> Self {
        let mut layout = Self::new(config);
        let count = graph.names.len();
        layout.ids = graph
            .names
            .iter()
            .enumerate()
            .map(|(node, name)| seeding::variable(name) ^ (node as u64 ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15))
            .collect();
        layout.variables = count;
        layout.plain = true;
        layout.nodes = vec![[0.0, 0.0, 0.0, 1.0]; count];
        layout.forces = vec![[0.0; 3]; count];
        layout.mobility = vec![1.0; count];
        layout.pinned = vec![false; count];
        layout.attach(&graph.rows());
        layout.rescale();
        let all: Vec<usize> = (0..count).collect();
        layout.seed(&all, true);
        let connected: Vec<u32> = (0..count as u32).filter(|node| !layout.lonely[*node as usize]).collect();
        let mut places = pivots::places(&layout.offsets, &layout.neighbours, &connected);
        if connected.len() <= Self::DESCENT_NODES {
            let (offsets, neighbours) = layout.among(&connected);
            places.iter_mut().zip(0..).for_each(|(place, node)| {
                // Nodes with the same neighbours have the same place, which no descent could part.
                let aside = seeding::in_ball(layout.ids[connected[node] as usize]);
                (0..3).for_each(|axis| place[axis] += 0.01 * aside[axis]);
            });
            let threads = std::thread::available_parallelism().map_or(1, usize::from);
            stress::descend(&mut places, &offsets, &neighbours, threads);
        }
        // As wide as the ball it is to fill, with the random places as jitter: nodes with the same neighbours have the same
        // place otherwise.
        let square: f32 = places.iter().flatten().map(|v| v * v).sum();
        let scale = layout.scale.core / (1.29 * (square / places.len().max(1) as f32).sqrt()).max(f32::MIN_POSITIVE);
        for (node, place) in connected.iter().zip(&places) {
            let here = &mut layout.nodes[*node as usize];
            for axis in 0..3 {
                here[axis] = scale * place[axis] + 0.02 * here[axis];
            }
        }
        if count > 0 {
            layout.wake(1.0);
        }
        layout.renew();
        layout
    }

    /// Neighbours of these nodes among themselves, in rows, by place in the list.
    fn among(&self, nodes: &[u32]) -> (Vec<u32>, Vec<u32>) {
        let mut place = vec![u32::MAX; self.nodes.len()];
        (0..).zip(nodes).for_each(|(at, node)| place[*node as usize] = at);
        let (mut offsets, mut neighbours) = (vec![0], Vec::new());
        for node in nodes {
            let row = &self.neighbours[self.row(*node as usize)];
            neighbours.extend(row.iter().map(|(other, _)| place[*other as usize]).filter(|at| *at != u32::MAX));
            offsets.push(neighbours.len() as u32);
        }
        (offsets, neighbours)
    }

    /// Positions, `[nodes]`.
    pub fn positions(&self) -> impl Iterator<Item = [f32; 3]> {
        self.nodes.iter().map(|[x, y, z, _]| [*x, *y, *z])
    }
}
