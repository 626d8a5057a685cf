//! In: forces. Out: one step of motion, less heat and mobility after it, and the decision to rest.

use super::layout::{EVEN_BALL, Layout};
use crate::compute::layout::{LayoutDevice, LayoutForces, LayoutGraph, Repulsion};
use crate::error::Result;

/// A first layout is measured every so many steps, and its repulsion corrected until it fills its radius.
const CALIBRATE_EVERY: u32 = 40;
/// Share of a correction that is taken over per step.
const EASE: f32 = 0.1;
/// Share of the gravity that fills a ball which plain graphs are laid out with.
const PLAIN_GRAVITY: f32 = 0.02;
/// Steps after which a layout that does not come to rest by itself is cooled.
const COOL_AFTER: u32 = 600;

impl Layout {
    /// Gives the device the graph, if it holds another one.
    pub(super) fn place(&self, device: &mut dyn LayoutDevice) -> Result<()> {
        if device.holding() == self.version {
            return Ok(());
        }
        let mobility: Vec<f32> =
            self.mobility.iter().zip(&self.pinned).map(|(m, pinned)| if *pinned { 0.0 } else { *m }).collect();
        let graph = LayoutGraph {
            nodes: &self.nodes,
            forces: &self.forces,
            mobility: &mobility,
            lonely: &self.lonely,
            offsets: &self.offsets,
            neighbours: &self.neighbours,
            speed: self.speed,
        };
        device.load(&graph, self.version)
    }

    pub(super) fn advance(&mut self, device: &mut dyn LayoutDevice, steps: u32) -> Result<()> {
        self.hold_loners();
        self.sink(device)?;
        self.ease();
        self.place(device)?;
        let forces = LayoutForces {
            repulsion: self.repulsion,
            gravity: self.gravity,
            reach: self.config.radius as f32,
            shell_radius: self.shell_radius,
            alpha: self.alpha * (self.config.damping * self.config.dt) as f32,
            mobility_floor: self.config.mobility_floor as f32,
            // Until the graph is formed all its nodes stay mobile.
            mobility_decay: if self.formed { self.config.mobility_decay as f32 } else { 1.0 },
            theta: self.config.theta as f32,
            method: Repulsion::Auto,
        };
        device.step(&forces, steps)?;
        let motion = device.motion()?;
        self.stale = true;
        self.speed = motion.speed;
        self.rim = EVEN_BALL * motion.core;
        self.extent = EVEN_BALL * motion.extent;
        self.movement = motion.moved / self.extent.max(f32::MIN_POSITIVE);
        self.steps += u64::from(steps);
        self.cool(device, steps)
    }

    /// Brings the constants in force nearer to those wanted, so that a correction is a drift and not a jolt.
    fn ease(&mut self) {
        let repulsion = self.calibration.repulsion * self.scale.repulsion;
        // Of a plain graph it only keeps together the parts that no spring does.
        let least = if self.plain { PLAIN_GRAVITY } else { 1.0 };
        let gravity = least * self.calibration.repulsion * self.calibration.gravity * self.scale.gravity;
        let share = if self.repulsion > 0.0 { EASE } else { 1.0 };
        self.repulsion += share * (repulsion - self.repulsion);
        self.gravity += share * (gravity - self.gravity);
    }

    /// Ages the heat after `steps` steps, and decides about rest.
    fn cool(&mut self, device: &mut dyn LayoutDevice, steps: u32) -> Result<()> {
        let before = self.steps_since_change;
        self.steps_since_change = before.saturating_add(steps);
        if self.steps_since_change > COOL_AFTER {
            self.alpha *= 0.99_f32.powi(steps as i32);
        }
        let still = f64::from(self.movement) < self.config.settle_movement;
        self.calm_steps = if still { self.calm_steps + steps } else { 0 };
        let calm = self.calm_steps >= self.config.settle_steps;
        let forming = !self.plain && !self.formed && self.steps_since_change <= COOL_AFTER;
        if forming && (calm || before / CALIBRATE_EVERY != self.steps_since_change / CALIBRATE_EVERY) {
            self.fetch(device)?;
            let edge = self.mean_edge();
            if self.calibration.correct(&self.scale, self.rim, edge) {
                self.calm_steps = 0;
                return Ok(());
            }
        }
        if calm {
            self.fetch(device)?;
            self.settled = true;
            self.formed = true;
            self.alpha = 0.0;
            self.mobility.fill(self.config.mobility_floor as f32);
            self.renew();
        }
        Ok(())
    }

    /// Mean length of the springs.
    fn mean_edge(&self) -> f32 {
        let mut sum = 0.0;
        for node in 0..self.nodes.len() {
            for (other, _) in &self.neighbours[self.row(node)] {
                let (a, b) = (self.nodes[node], self.nodes[*other as usize]);
                sum += (0..3).map(|axis| (a[axis] - b[axis]).powi(2)).sum::<f32>().sqrt();
            }
        }
        if self.neighbours.is_empty() { 0.0 } else { sum / self.neighbours.len() as f32 }
    }

    /// Nodes without springs surround the others at a distance that follows the others' size.
    fn hold_loners(&mut self) {
        let loners = self.lonely.iter().filter(|lonely| **lonely).count();
        // So many on a sphere keep the distance of neighbours from each other.
        let room = self.scale.neighbour * (loners as f32 / (4.0 * std::f32::consts::PI)).sqrt();
        let wanted = if loners == self.lonely.len() {
            (self.config.radius as f32).max(room)
        } else {
            (self.rim + 0.5 * self.scale.neighbour).max(room).max(0.5 * self.scale.core)
        };
        self.shell_radius += 0.1 * (wanted - self.shell_radius);
    }

    pub(super) fn row(&self, node: usize) -> std::ops::Range<usize> {
        self.offsets[node] as usize..self.offsets[node + 1] as usize
    }

    /// Radius that holds 95 % of the nodes.
    pub(super) fn radius(&self) -> f32 {
        let mut radii: Vec<f32> = self.nodes.iter().map(|[x, y, z, _]| (x * x + y * y + z * z).sqrt()).collect();
        if radii.is_empty() {
            return 0.0;
        }
        let last = (radii.len() * 95).div_ceil(100) - 1;
        let (_, radius, _) = radii.select_nth_unstable_by(last, f32::total_cmp);
        *radius
    }
}
