//! In: what all nodes do to a node, springs, gravity. Out: forces, and the nodes one step further.

use crate::compute::layout::{LayoutForces, LayoutGraph, Motion};

use super::CpuLayout;

/// Force on one node, and how fast it falls off as the node gives way.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Row {
    force: [f32; 3],
    stiffness: f32,
}

impl CpuLayout {
    pub(super) fn force(&self, forces: &LayoutForces, node: usize, push: [f64; 4]) -> Row {
        let [x, y, z, mass] = self.graph.nodes[node];
        let at = [x, y, z];
        let m = f64::from(mass);
        let scale = f64::from(forces.repulsion) * m;
        let mut force = [push[0] * scale, push[1] * scale, push[2] * scale];
        let mut stiffness = push[3] * scale;

        for &(other, strength) in self.graph.springs(node) {
            let strength = f64::from(strength);
            for axis in 0..3 {
                force[axis] += strength * f64::from(self.graph.nodes[other as usize][axis] - at[axis]);
            }
            stiffness += strength;
        }

        let radius = at.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt();
        if radius > 0.0 {
            let gravity = f64::from(forces.gravity) * m;
            let pull = if self.graph.lonely[node] {
                let hold = f64::from(LayoutGraph::SHELL_STIFFNESS) * gravity;
                stiffness += hold;
                hold * (radius - f64::from(forces.shell_radius)) / radius
            } else {
                let pull = gravity * (f64::from(forces.reach) / radius).min(1.0);
                stiffness += pull;
                pull
            };
            for axis in 0..3 {
                force[axis] -= pull * f64::from(at[axis]);
            }
        }
        Row { force: force.map(|v| v as f32), stiffness: stiffness as f32 }
    }

    /// Moves the nodes. Sums run in node order on one thread: they are short, and their order must not change.
    pub(super) fn advance(&mut self, forces: &LayoutForces, rows: &[Row]) {
        let (mut swing_sum, mut traction_sum) = (0.0_f64, 0.0_f64);
        for (index, row) in rows.iter().enumerate() {
            let (swing, traction) = swing_traction(row.force, self.graph.forces[index]);
            // Per unit of stiffness both are lengths, so that a hub does not drown everyone else.
            let weight = f64::from(self.graph.mobility[index] / row.stiffness.max(f32::MIN_POSITIVE));
            swing_sum += weight * f64::from(swing);
            traction_sum += weight * f64::from(traction);
        }
        let fastest = *LayoutGraph::SPEED.end();
        let wanted = if swing_sum > 0.0 { (traction_sum / swing_sum) as f32 } else { fastest };
        // It may fall at once, but rises slowly: one calm step proves little.
        self.graph.speed = wanted.min(self.graph.speed * 1.2).clamp(*LayoutGraph::SPEED.start(), fastest);

        let (mut moved, mut core, mut springy, mut extent) = (0.0_f64, 0.0_f64, 0_u32, 0.0_f64);
        for (index, row) in rows.iter().enumerate() {
            let (swing, traction) = swing_traction(row.force, self.graph.forces[index]);
            self.graph.forces[index] = row.force;
            let mobility = self.graph.mobility[index];
            if row.stiffness > 0.0 && mobility > 0.0 && swing + traction > 0.0 {
                let coherence = traction / (swing + traction);
                let reach = forces.alpha * mobility * self.graph.speed * coherence / row.stiffness;
                for axis in 0..3 {
                    let by = reach * row.force[axis];
                    self.graph.nodes[index][axis] += by;
                    moved += f64::from(by) * f64::from(by);
                }
            }
            if mobility > 0.0 {
                let floor = forces.mobility_floor;
                self.graph.mobility[index] = floor + forces.mobility_decay * (mobility - floor).max(0.0);
            }
            let [x, y, z, _] = self.graph.nodes[index];
            let square = f64::from(x * x + y * y + z * z);
            extent += square;
            if !self.graph.lonely[index] {
                core += square;
                springy += 1;
            }
        }
        let mean = |sum: f64, count: usize| (sum / count.max(1) as f64).sqrt() as f32;
        self.motion = Motion {
            moved: mean(moved, rows.len()),
            core: mean(core, springy as usize),
            extent: mean(extent, rows.len()),
            speed: self.graph.speed,
        };
    }
}

/// How much a force turned since the last step, and how much of it stayed.
fn swing_traction(now: [f32; 3], before: [f32; 3]) -> (f32, f32) {
    let norm = |v: [f32; 3]| (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
    let swing = norm([now[0] - before[0], now[1] - before[1], now[2] - before[2]]);
    let traction = 0.5 * norm([now[0] + before[0], now[1] + before[1], now[2] + before[2]]);
    (swing, traction)
}
