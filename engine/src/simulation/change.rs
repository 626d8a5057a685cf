//! In: a snapshot against the layout so far. Out: who stays, who starts where, which springs pull, and how mobile each
//! node is until the change has been followed.

use std::collections::BTreeMap;

use super::layout::Layout;
use super::scale::{Calibration, Load, Scale};
use super::seeding::{self, NodeId};
use super::springs::Change;

/// Mass of a hyperedge's junction: light, it finds its place between the variables and does not push them.
const JUNCTION_MASS: f32 = 0.5;
/// Change of a node's springs, relative to their strength, below which a resting layout goes on resting. Ignored changes
/// add up until they count.
const IGNORED_CHANGE: f32 = 0.01;
/// Mobility reaches this many springs away from a change, halved with each.
const HOPS: usize = 2;

impl Layout {
    /// Brings positions into the order of `ids`; returns the nodes that had none.
    pub(super) fn carry(&mut self, ids: Vec<NodeId>, variables: usize) -> Vec<usize> {
        if ids == self.ids && variables == self.variables {
            return Vec::new();
        }
        let old: BTreeMap<NodeId, usize> = self.ids.iter().enumerate().map(|(node, id)| (*id, node)).collect();
        let from: Vec<Option<usize>> = ids.iter().map(|id| old.get(id).copied()).collect();
        self.nodes = from.iter().map(|old| old.map_or([0.0, 0.0, 0.0, 1.0], |node| self.nodes[node])).collect();
        self.forces = from.iter().map(|old| old.map_or([0.0; 3], |node| self.forces[node])).collect();
        self.mobility = from.iter().map(|old| old.map_or(1.0, |node| self.mobility[node])).collect();
        self.pinned = from.iter().map(|old| old.is_some_and(|node| self.pinned[node])).collect();
        self.ids = ids;
        self.variables = variables;
        from.iter().enumerate().filter(|(_, old)| old.is_none()).map(|(node, _)| node).collect()
    }

    /// Springs in compressed rows, masses, and who has none.
    pub(super) fn connect(&mut self, index: &BTreeMap<NodeId, u32>) {
        let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); self.nodes.len()];
        for (a, b, strength) in self.springs.pulling() {
            if let (Some(a), Some(b)) = (index.get(&a), index.get(&b)) {
                rows[*a as usize].push((*b, strength));
                rows[*b as usize].push((*a, strength));
            }
        }
        self.attach(&rows);
    }

    /// Springs of every node, masses, and who has none.
    pub(super) fn attach(&mut self, rows: &[Vec<(u32, f32)>]) {
        self.offsets = std::iter::once(0)
            .chain(rows.iter().scan(0, |end, row| {
                *end += row.len() as u32;
                Some(*end)
            }))
            .collect();
        self.lonely = rows.iter().map(Vec::is_empty).collect();
        for (node, row) in rows.iter().enumerate() {
            self.nodes[node][3] = if node < self.variables { 1.0 + row.len() as f32 } else { JUNCTION_MASS };
        }
        self.neighbours = rows.concat();
    }

    /// Constants of the force law for the graph as it is; true when they changed.
    pub(super) fn rescale(&mut self) -> bool {
        let connected = self.lonely.iter().filter(|lonely| !**lonely).count();
        let scale = Scale::new(
            &self.config,
            Load {
                connected,
                planar: self.planar,
                loners: connected < self.nodes.len(),
                mass: self.nodes.iter().zip(&self.lonely).filter(|(_, lonely)| !**lonely).map(|(n, _)| n[3]).sum(),
                strength: self.neighbours.iter().map(|(_, strength)| strength).sum::<f32>() / 2.0,
            },
        );
        let changed = scale.is_far_from(&self.scale);
        if changed {
            self.scale = scale;
        }
        if self.shell_radius == 0.0 {
            self.shell_radius = self.config.radius as f32;
        }
        changed
    }

    /// First positions: beside the neighbours that have one, else on the sphere around, else (nothing has one yet)
    /// anywhere in the ball.
    pub(super) fn seed(&mut self, newcomers: &[usize], fresh: bool) {
        let mut placed = vec![true; self.nodes.len()];
        for node in newcomers {
            placed[*node] = false;
        }
        for &node in newcomers {
            let jitter = seeding::in_ball(self.ids[node]);
            let (mut sum, mut weight) = ([0.0_f32; 3], 0.0);
            for (other, strength) in &self.neighbours[self.row(node)] {
                if placed[*other as usize] {
                    for (sum, at) in sum.iter_mut().zip(self.nodes[*other as usize]) {
                        *sum += strength * at;
                    }
                    weight += strength;
                }
            }
            let (centre, spread) = if weight > 0.0 {
                (sum.map(|v| v / weight), self.scale.neighbour)
            } else if self.lonely[node] {
                let around = seeding::on_sphere(node, self.nodes.len());
                (around.map(|v| v * self.shell_radius), 0.05 * self.scale.neighbour)
            } else {
                ([0.0; 3], self.scale.core)
            };
            for axis in 0..3 {
                self.nodes[node][axis] = centre[axis] + spread * jitter[axis];
            }
            if self.planar {
                self.nodes[node][2] = 0.0;
            }
            // In a fresh graph everyone starts at once: neighbours of the first would all start in one heap.
            placed[node] = !fresh;
        }
    }

    /// Sets in motion what the pending changes concern.
    pub(super) fn stir(&mut self, index: &BTreeMap<NodeId, u32>, newcomers: &[usize], rescaled: bool) {
        let notable = self.changed(&self.pending, index).iter().any(|by| *by > IGNORED_CHANGE);
        if self.nodes.is_empty() || !(notable || rescaled || !newcomers.is_empty()) {
            self.settled |= self.nodes.is_empty();
            return;
        }
        let change = std::mem::take(&mut self.pending);
        // A graph of another size than the one that was formed forms anew, from where its nodes are.
        if rescaled {
            self.formed = false;
            self.calibration = Calibration::default();
        }
        if !self.formed {
            self.mobility.fill(1.0);
            self.wake(1.0);
            return;
        }
        self.spread(&change, index);
        for &node in newcomers {
            self.mobility[node] = 1.0;
        }
        let mut heat = self.config.change_gain as f32 * change.share;
        if !newcomers.is_empty() {
            heat = heat.max(0.3);
        }
        let heat = heat.min(1.0);
        // A change of the whole graph concerns every node.
        for mobility in &mut self.mobility {
            *mobility = mobility.max(heat * heat);
        }
        // Few changes in a large graph are a small share of it, and still want to be seen where they are.
        self.wake(heat.max(0.2));
    }

    /// Changed strength of each node relative to the strength it has, at most 1.
    fn changed(&self, change: &Change, index: &BTreeMap<NodeId, u32>) -> Vec<f32> {
        let mut changed = vec![0.0_f32; self.nodes.len()];
        for (id, by) in &change.nodes {
            if let Some(&node) = index.get(id) {
                let own: f32 = self.neighbours[self.row(node as usize)].iter().map(|(_, strength)| strength).sum();
                changed[node as usize] = by / own.max(*by);
            }
        }
        changed
    }

    /// Mobility of 1 where a quarter of a node's strength has changed, less with less, halved with each spring in
    /// between.
    pub(super) fn spread(&mut self, change: &Change, index: &BTreeMap<NodeId, u32>) {
        let mut reached: Vec<f32> = self.changed(change, index).iter().map(|by| (4.0 * by).min(1.0)).collect();
        for _ in 0..HOPS {
            let from = reached.clone();
            for (node, reached) in reached.iter_mut().enumerate() {
                for (other, _) in &self.neighbours[self.row(node)] {
                    *reached = reached.max(0.5 * from[*other as usize]);
                }
            }
        }
        for (mobility, reached) in self.mobility.iter_mut().zip(reached) {
            *mobility = mobility.max(reached);
        }
    }

    pub(super) fn wake(&mut self, alpha: f32) {
        self.alpha = self.alpha.max(alpha);
        self.settled = false;
        self.calm_steps = 0;
        self.steps_since_change = 0;
    }
}
