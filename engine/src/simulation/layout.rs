//! In: snapshots, pins. Out: positions that follow them step by step, keep what has not changed where it is, and stop.

use std::collections::BTreeMap;

use super::config::SimulationConfig;
use super::scale::{Load, Scale};
use super::seeding::{self, NodeId};
use super::springs::{Change, Springs};
use crate::compute::{Compute, LayoutStep};
use crate::types::{Frame, SimulationState, Snapshot};

/// Mass of a hyperedge's junction: light, it finds its place between the variables and does not push them.
const JUNCTION_MASS: f32 = 0.5;
/// Change, relative to all strength, below which a resting layout goes on resting.
const IGNORED_CHANGE: f32 = 1e-3;
/// Mobility reaches this many springs away from a change, halved with each.
const HOPS: usize = 2;
/// Steps after which a layout that does not come to rest by itself is cooled.
const COOL_AFTER: u32 = 600;

/// The layout of one graph.
#[derive(Debug)]
pub struct Layout {
    config: SimulationConfig,
    ids: Vec<NodeId>,
    variables: usize,
    nodes: Vec<[f32; 4]>,
    forces: Vec<[f32; 3]>,
    mobility: Vec<f32>,
    pinned: Vec<bool>,
    /// A node without springs, which is held on the sphere around the others.
    lonely: Vec<bool>,
    shell: Vec<f32>,
    springs: Springs,
    offsets: Vec<u32>,
    neighbours: Vec<(u32, f32)>,
    scale: Scale,
    shell_radius: f32,
    alpha: f32,
    speed: f32,
    /// The layout has come to rest at least once; from then on it moves only where something changes.
    formed: bool,
    window: u64,
    frame_id: u64,
    steps: u64,
    steps_since_change: u32,
    calm_steps: u32,
    movement: f32,
    settled: bool,
    frozen: bool,
}

impl Layout {
    /// A layout without nodes, at rest.
    pub fn new(config: &SimulationConfig) -> Self {
        Self {
            config: config.clone(),
            ids: Vec::new(),
            variables: 0,
            nodes: Vec::new(),
            forces: Vec::new(),
            mobility: Vec::new(),
            pinned: Vec::new(),
            lonely: Vec::new(),
            shell: Vec::new(),
            springs: Springs::default(),
            offsets: vec![0],
            neighbours: Vec::new(),
            scale: Scale::default(),
            shell_radius: 0.0,
            alpha: 0.0,
            speed: 1.0,
            formed: false,
            window: 0,
            frame_id: 0,
            steps: 0,
            steps_since_change: 0,
            calm_steps: 0,
            movement: 0.0,
            settled: true,
            frozen: false,
        }
    }

    /// Takes over a snapshot: survivors stay where they are, new nodes start beside their neighbours, springs follow
    /// the links, and what is near a change becomes mobile.
    pub fn update(&mut self, snapshot: &Snapshot) {
        let fresh = self.nodes.is_empty();
        self.window = snapshot.window;
        let ids: Vec<NodeId> = snapshot
            .names
            .iter()
            .map(|name| seeding::variable(name))
            .chain(snapshot.hyperedges.iter().map(seeding::junction))
            .collect();
        let newcomers = self.carry(ids, snapshot.names.len());
        let index: BTreeMap<NodeId, u32> = self.ids.iter().zip(0..).map(|(id, node)| (*id, node)).collect();
        self.springs.keep(|id| index.contains_key(&id));
        let change = self.springs.follow(snapshot, &self.ids[..self.variables], &self.config, fresh);
        self.connect(&index);
        let rescaled = self.rescale();
        self.seed(&newcomers, fresh);
        self.stir(&change, &index, &newcomers, rescaled);
    }

    /// Runs up to `count` steps; returns how many it ran: fewer once it rests, none while it is held.
    pub fn step(&mut self, compute: &mut dyn Compute, count: u32) -> u32 {
        let mut done = 0;
        while done < count && !self.settled && !self.frozen {
            self.step_once(compute);
            done += 1;
        }
        done
    }

    /// The present positions as a frame with a number of its own.
    pub fn frame(&mut self) -> Frame {
        self.frame_id += 1;
        Frame {
            frame_id: self.frame_id,
            window: self.window,
            positions: self.nodes.iter().map(|[x, y, z, _]| [*x, *y, *z]).collect(),
            radius: self.radius(),
            movement: self.movement,
            settled: self.settled,
        }
    }

    /// What the layout is doing, for `simulation.state`.
    pub fn state(&self) -> SimulationState {
        SimulationState {
            frame_id: self.frame_id,
            nodes: self.nodes.len() as u64,
            springs: self.neighbours.len() as u64 / 2,
            steps: self.steps,
            settled: self.settled,
            frozen: self.frozen,
        }
    }

    /// Force per node in the last step, `[nodes]`, in units of spring strength × world units.
    pub fn forces(&self) -> &[[f32; 3]] {
        &self.forces
    }

    /// Whether it has come to rest.
    pub fn is_settled(&self) -> bool {
        self.settled
    }

    /// Holds or releases the layout. Snapshots are still taken over while it is held.
    pub fn set_frozen(&mut self, frozen: bool) {
        self.frozen = frozen;
    }

    /// Puts a node somewhere and keeps it there; `None` lets it go. Indices as in [`Frame::positions`]; one that does
    /// not exist (any more) is ignored.
    pub fn pin(&mut self, node: usize, position: Option<[f32; 3]>) {
        let Some(here) = self.nodes.get_mut(node) else { return };
        if let Some([x, y, z]) = position {
            if ![x, y, z].iter().all(|v| v.is_finite()) {
                return;
            }
            *here = [x, y, z, here[3]];
        }
        self.pinned[node] = position.is_some();
        let change = Change { nodes: BTreeMap::from([(self.ids[node], f32::MAX)]), share: 0.0 };
        let index = self.ids.iter().zip(0..).map(|(id, node)| (*id, node)).collect();
        self.spread(&change, &index);
        self.wake(0.3);
    }

    /// Forgets all positions and pins and lays the graph out afresh.
    pub fn reset(&mut self) {
        self.pinned.fill(false);
        self.formed = false;
        self.speed = 1.0;
        self.forces.fill([0.0; 3]);
        let all: Vec<usize> = (0..self.nodes.len()).collect();
        self.seed(&all, true);
        self.mobility.fill(1.0);
        if !self.nodes.is_empty() {
            self.wake(1.0);
        }
    }

    /// Brings positions into the order of `ids`; returns the nodes that had none.
    fn carry(&mut self, ids: Vec<NodeId>, variables: usize) -> Vec<usize> {
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
    fn connect(&mut self, index: &BTreeMap<NodeId, u32>) {
        let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); self.nodes.len()];
        for (a, b, strength) in self.springs.pulling() {
            if let (Some(a), Some(b)) = (index.get(&a), index.get(&b)) {
                rows[*a as usize].push((*b, strength));
                rows[*b as usize].push((*a, strength));
            }
        }
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
    fn rescale(&mut self) -> bool {
        let connected = self.lonely.iter().filter(|lonely| !**lonely).count();
        let scale = Scale::new(
            &self.config,
            Load {
                connected,
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
    fn seed(&mut self, newcomers: &[usize], fresh: bool) {
        let mut placed = vec![true; self.nodes.len()];
        for node in newcomers {
            placed[*node] = false;
        }
        for &node in newcomers {
            let jitter = seeding::in_ball(self.ids[node]);
            let (mut sum, mut weight) = ([0.0_f32; 3], 0.0);
            for (other, strength) in &self.neighbours[self.row(node)] {
                if placed[*other as usize] {
                    for axis in 0..3 {
                        sum[axis] += strength * self.nodes[*other as usize][axis];
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
            // In a fresh graph everyone starts at once: neighbours of the first would all start in one heap.
            placed[node] = !fresh;
        }
    }

    /// Sets in motion what a change concerns.
    fn stir(&mut self, change: &Change, index: &BTreeMap<NodeId, u32>, newcomers: &[usize], rescaled: bool) {
        if self.nodes.is_empty() {
            self.settled = true;
            return;
        }
        if !self.formed {
            self.mobility.fill(1.0);
            if change.share > IGNORED_CHANGE || !newcomers.is_empty() {
                self.wake(1.0);
            }
            return;
        }
        self.spread(change, index);
        for &node in newcomers {
            self.mobility[node] = 1.0;
        }
        let mut heat = self.config.change_gain as f32 * change.share;
        if rescaled {
            heat = heat.max(0.5);
        }
        if !newcomers.is_empty() {
            heat = heat.max(0.3);
        }
        let heat = heat.min(1.0);
        // A change of the whole graph concerns every node.
        for mobility in &mut self.mobility {
            *mobility = mobility.max(heat * heat);
        }
        if change.share > IGNORED_CHANGE || rescaled || !newcomers.is_empty() {
            self.wake(heat.max(0.05));
        }
    }

    /// Mobility of 1 where all of a node's strength has changed, less with less, halved with each spring in between.
    fn spread(&mut self, change: &Change, index: &BTreeMap<NodeId, u32>) {
        let mut reached = vec![0.0_f32; self.nodes.len()];
        for (id, by) in &change.nodes {
            if let Some(&node) = index.get(id) {
                let own: f32 = self.neighbours[self.row(node as usize)].iter().map(|(_, strength)| strength).sum();
                reached[node as usize] = (4.0 * by / own.max(*by)).min(1.0);
            }
        }
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

    fn wake(&mut self, alpha: f32) {
        self.alpha = self.alpha.max(alpha);
        self.settled = false;
        self.calm_steps = 0;
        self.steps_since_change = 0;
    }

    fn step_once(&mut self, compute: &mut dyn Compute) {
        self.hold_loners();
        let mobility: Vec<f32> =
            self.mobility.iter().zip(&self.pinned).map(|(m, pinned)| if *pinned { 0.0 } else { *m }).collect();
        let mut step = LayoutStep {
            nodes: &mut self.nodes,
            forces: &mut self.forces,
            mobility: &mobility,
            shell: &self.shell,
            offsets: &self.offsets,
            neighbours: &self.neighbours,
            repulsion: self.scale.repulsion,
            gravity: self.scale.gravity,
            reach: self.config.radius as f32,
            alpha: self.alpha * (self.config.damping * self.config.dt) as f32,
            speed: self.speed,
            moved: 0.0,
        };
        compute.layout_step(&mut step);
        self.speed = step.speed;
        let moved = step.moved;
        self.movement = moved / self.radius().max(f32::MIN_POSITIVE);
        self.steps += 1;
        self.cool();
    }

    /// Ages mobility and heat, and decides about rest.
    fn cool(&mut self) {
        self.steps_since_change = self.steps_since_change.saturating_add(1);
        let floor = self.config.mobility_floor as f32;
        if self.formed {
            for mobility in &mut self.mobility {
                *mobility = floor + self.config.mobility_decay as f32 * (*mobility - floor).max(0.0);
            }
        }
        if self.steps_since_change > COOL_AFTER {
            self.alpha *= 0.99;
        }
        self.calm_steps = if f64::from(self.movement) < self.config.settle_movement { self.calm_steps + 1 } else { 0 };
        if self.calm_steps >= self.config.settle_steps {
            self.settled = true;
            self.formed = true;
            self.alpha = 0.0;
            self.mobility.fill(floor);
        }
    }

    /// Nodes without springs surround the others at a distance that follows the others' size.
    fn hold_loners(&mut self) {
        let loners = self.lonely.iter().filter(|lonely| **lonely).count();
        let connected = self.lonely.len() - loners;
        // So many on a sphere keep the distance of neighbours from each other.
        let room = self.scale.neighbour * (loners as f32 / (4.0 * std::f32::consts::PI)).sqrt();
        let wanted = if connected == 0 {
            (self.config.radius as f32).max(room)
        } else {
            let square: f32 = self
                .nodes
                .iter()
                .zip(&self.lonely)
                .filter(|(_, lonely)| !**lonely)
                .map(|([x, y, z, _], _)| x * x + y * y + z * z)
                .sum();
            // An even ball's rim lies at 1.29 times its root mean square radius.
            let rim = 1.35 * (square / connected as f32).sqrt();
            (rim + 0.4 * self.scale.neighbour).max(room).max(0.5 * self.config.radius as f32)
        };
        self.shell_radius += 0.1 * (wanted - self.shell_radius);
        self.shell = self.lonely.iter().map(|lonely| if *lonely { self.shell_radius } else { 0.0 }).collect();
    }

    fn row(&self, node: usize) -> std::ops::Range<usize> {
        self.offsets[node] as usize..self.offsets[node + 1] as usize
    }

    /// Radius that holds 95 % of the nodes.
    fn radius(&self) -> f32 {
        let mut radii: Vec<f32> = self.nodes.iter().map(|[x, y, z, _]| (x * x + y * y + z * z).sqrt()).collect();
        if radii.is_empty() {
            return 0.0;
        }
        let last = (radii.len() * 95).div_ceil(100) - 1;
        let (_, radius, _) = radii.select_nth_unstable_by(last, f32::total_cmp);
        *radius
    }
}
