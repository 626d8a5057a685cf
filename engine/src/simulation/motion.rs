//! In: forces. Out: one step of motion, less heat and mobility after it, and the decision to rest.

use super::layout::Layout;
use crate::compute::{Compute, LayoutStep};

/// A first layout is measured every so many steps, and its repulsion corrected until it fills its radius.
const CALIBRATE_EVERY: u32 = 40;
/// Share of a correction that is taken over per step.
const EASE: f32 = 0.1;
/// Steps after which a layout that does not come to rest by itself is cooled.
const COOL_AFTER: u32 = 600;

impl Layout {
    pub(super) fn step_once(&mut self, compute: &mut dyn Compute) {
        self.hold_loners();
        let mobility: Vec<f32> =
            self.mobility.iter().zip(&self.pinned).map(|(m, pinned)| if *pinned { 0.0 } else { *m }).collect();
        self.ease();
        let mut step = LayoutStep {
            nodes: &mut self.nodes,
            forces: &mut self.forces,
            mobility: &mobility,
            shell: &self.shell,
            offsets: &self.offsets,
            neighbours: &self.neighbours,
            repulsion: self.repulsion,
            gravity: self.gravity,
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

    /// Brings the constants in force nearer to those wanted, so that a correction is a drift and not a jolt.
    fn ease(&mut self) {
        let repulsion = self.calibration.repulsion * self.scale.repulsion;
        let gravity = self.calibration.repulsion * self.calibration.gravity * self.scale.gravity;
        let share = if self.repulsion > 0.0 { EASE } else { 1.0 };
        self.repulsion += share * (repulsion - self.repulsion);
        self.gravity += share * (gravity - self.gravity);
    }

    /// Radius of the connected part, taken as an evenly filled ball.
    fn rim(&self) -> f32 {
        let connected = self.nodes.iter().zip(&self.lonely).filter(|(_, lonely)| !**lonely);
        let (square, count) = connected
            .fold((0.0_f32, 0), |(square, count), ([x, y, z, _], _)| (square + x * x + y * y + z * z, count + 1));
        // An even ball's rim lies at 1.29 times its root mean square radius.
        if count == 0 { 0.0 } else { 1.29 * (square / count as f32).sqrt() }
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
        let calm = self.calm_steps >= self.config.settle_steps;
        let forming = !self.formed && self.steps_since_change <= COOL_AFTER;
        if forming && (calm || self.steps_since_change.is_multiple_of(CALIBRATE_EVERY)) {
            let (rim, edge) = (self.rim(), self.mean_edge());
            if self.calibration.correct(&self.scale, rim, edge) {
                self.calm_steps = 0;
                return;
            }
        }
        if calm {
            self.settled = true;
            self.formed = true;
            self.alpha = 0.0;
            self.mobility.fill(floor);
        }
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
            (self.rim() + 0.5 * self.scale.neighbour).max(room).max(0.5 * self.scale.core)
        };
        self.shell_radius += 0.1 * (wanted - self.shell_radius);
        self.shell = self.lonely.iter().map(|lonely| if *lonely { self.shell_radius } else { 0.0 }).collect();
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
