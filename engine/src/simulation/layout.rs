//! In: snapshots, pins. Out: positions that follow them step by step, keep what has not changed where it is, and stop.

use std::collections::BTreeMap;

use super::config::SimulationConfig;
use super::scale::{Calibration, Scale};
use super::seeding::{self, NodeId};
use super::springs::{Change, Springs};
use crate::compute::Compute;
use crate::types::{Frame, SimulationState, Snapshot};

/// The layout of one graph.
#[derive(Debug)]
pub struct Layout {
    pub(super) config: SimulationConfig,
    pub(super) ids: Vec<NodeId>,
    pub(super) variables: usize,
    pub(super) nodes: Vec<[f32; 4]>,
    pub(super) forces: Vec<[f32; 3]>,
    pub(super) mobility: Vec<f32>,
    pub(super) pinned: Vec<bool>,
    /// A node without springs, which is held on the sphere around the others.
    pub(super) lonely: Vec<bool>,
    pub(super) shell: Vec<f32>,
    pub(super) springs: Springs,
    /// Changes not followed yet.
    pub(super) pending: Change,
    pub(super) offsets: Vec<u32>,
    pub(super) neighbours: Vec<(u32, f32)>,
    pub(super) scale: Scale,
    pub(super) calibration: Calibration,
    /// Constants in force; they follow `scale` and `calibration`.
    pub(super) repulsion: f32,
    pub(super) gravity: f32,
    pub(super) shell_radius: f32,
    pub(super) alpha: f32,
    pub(super) speed: f32,
    /// The layout has come to rest at least once; from then on it moves only where something changes.
    pub(super) formed: bool,
    pub(super) window: u64,
    pub(super) frame_id: u64,
    pub(super) steps: u64,
    pub(super) steps_since_change: u32,
    pub(super) calm_steps: u32,
    pub(super) movement: f32,
    pub(super) settled: bool,
    pub(super) frozen: bool,
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
            pending: Change::default(),
            offsets: vec![0],
            neighbours: Vec::new(),
            scale: Scale::default(),
            calibration: Calibration::default(),
            repulsion: 0.0,
            gravity: 0.0,
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
        self.pending.add(change);
        self.stir(&index, &newcomers, rescaled);
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
        self.calibration = Calibration::default();
        self.speed = 1.0;
        self.forces.fill([0.0; 3]);
        let all: Vec<usize> = (0..self.nodes.len()).collect();
        self.seed(&all, true);
        self.mobility.fill(1.0);
        if !self.nodes.is_empty() {
            self.wake(1.0);
        }
    }
}
