//! In: snapshots, pins. Out: positions that follow them step by step, keep what has not changed where it is, and stop.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use super::config::SimulationConfig;
use super::scale::{Calibration, Scale};
use super::seeding::{self, NodeId};
use super::springs::{Change, Springs};
use crate::compute::layout::LayoutDevice;
use crate::error::Result;
use crate::types::{Frame, SimulationState, Snapshot};

/// An even ball's rim lies at 1.29 times its root mean square radius.
pub(super) const EVEN_BALL: f32 = 1.29;

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
    /// Laid out in the plane `z = 0`, and whether some nodes are still above or below it.
    pub(super) planar: bool,
    pub(super) sinking: bool,
    /// A plain graph, which fills no given radius: distances count, and nothing presses it into a ball.
    pub(super) plain: bool,
    /// Radius of the connected part, taken as an evenly filled ball; and of all nodes.
    pub(super) rim: f32,
    pub(super) extent: f32,
    /// Which state of the graph this is, among those of all layouts; a device that holds another one is given this one.
    pub(super) version: u64,
    /// The device has gone on since positions were fetched.
    pub(super) stale: bool,
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
            planar: false,
            sinking: false,
            plain: false,
            rim: 0.0,
            extent: 0.0,
            version: 0,
            stale: false,
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
        self.renew();
    }

    /// Runs up to `count` steps; returns how many it ran: fewer once it rests, none while it is held. On a processor the
    /// positions are here afterwards, from a GPU [`Layout::fetch`] brings them.
    ///
    /// # Errors
    /// Those of the device.
    pub fn step(&mut self, device: &mut dyn LayoutDevice, count: u32) -> Result<u32> {
        let mut done = 0;
        while done < count && !self.settled && !self.frozen {
            let steps = device.patience().clamp(1, count - done);
            self.advance(device, steps)?;
            done += steps;
        }
        if device.patience() == 1 {
            self.fetch(device)?;
        }
        Ok(done)
    }

    /// Brings positions, forces and mobilities here from the device that moved them. Call it before anything but
    /// [`Layout::step`]: a change starts from what is here.
    ///
    /// # Errors
    /// Those of the device.
    pub fn fetch(&mut self, device: &mut dyn LayoutDevice) -> Result<()> {
        if self.stale && device.holding() == self.version {
            device.fetch(&mut self.nodes, &mut self.forces, &mut self.mobility)?;
            self.stale = false;
        }
        Ok(())
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

    /// The same without positions, for whoever draws the device's own buffer.
    pub fn frame_without_positions(&mut self) -> Frame {
        self.frame_id += 1;
        Frame {
            frame_id: self.frame_id,
            window: self.window,
            positions: Vec::new(),
            radius: self.extent,
            movement: self.movement,
            settled: self.settled,
        }
    }

    /// Nodes: variables, then junctions of hyperedges.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no graph yet.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
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
            *here = [x, y, if self.planar { 0.0 } else { z }, here[3]];
        }
        self.pinned[node] = position.is_some();
        let change = Change { nodes: BTreeMap::from([(self.ids[node], f32::MAX)]), share: 0.0 };
        let index = self.ids.iter().zip(0..).map(|(id, node)| (*id, node)).collect();
        self.spread(&change, &index);
        self.wake(0.3);
        self.renew();
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
        self.renew();
    }

    /// Something but the device has changed the graph or its positions.
    pub(super) fn renew(&mut self) {
        static VERSIONS: AtomicU64 = AtomicU64::new(1);
        self.version = VERSIONS.fetch_add(1, Ordering::Relaxed);
        self.stale = false;
        let square = |[x, y, z, _]: &[f32; 4]| x * x + y * y + z * z;
        let radius = |sum: f32, count: usize| if count == 0 { 0.0 } else { EVEN_BALL * (sum / count as f32).sqrt() };
        let connected = || self.nodes.iter().zip(&self.lonely).filter(|(_, lonely)| !**lonely);
        self.rim = radius(connected().map(|(node, _)| square(node)).sum(), connected().count());
        self.extent = radius(self.nodes.iter().map(square).sum(), self.nodes.len());
    }
}
