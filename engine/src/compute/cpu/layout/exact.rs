//! In: nodes. Out: what they do to a place, all of them, exactly.

use crate::compute::layout::LayoutGraph;

/// Terms added up side by side; eight 32-bit lanes fill the widest common vector registers.
const LANES: usize = 8;
/// Terms summed in 32 bits before they are handed to a 64-bit sum, which keeps the relative error below 1e-5.
const TILE: usize = 32 * LANES;

/// Positions and masses, one column each, so that a vector register holds eight nodes.
#[derive(Debug, Default)]
pub(super) struct Columns {
    x: Vec<f32>,
    y: Vec<f32>,
    z: Vec<f32>,
    mass: Vec<f32>,
}

impl Columns {
    pub(super) fn load(&mut self, nodes: &[[f32; 4]]) {
        let padded = nodes.len().next_multiple_of(LANES);
        let columns = [&mut self.x, &mut self.y, &mut self.z, &mut self.mass];
        for (axis, column) in columns.into_iter().enumerate() {
            column.clear();
            column.extend(nodes.iter().map(|node| node[axis]));
            // Padding without mass exerts no force.
            column.resize(padded, 0.0);
        }
    }

    pub(super) fn clear(&mut self) {
        [&mut self.x, &mut self.y, &mut self.z, &mut self.mass].into_iter().for_each(Vec::clear);
    }

    pub(super) fn push(&mut self, [x, y, z]: [f32; 3], mass: f32) {
        self.x.push(x);
        self.y.push(y);
        self.z.push(z);
        self.mass.push(mass);
    }

    /// Fills the last vector register up with nodes without mass.
    pub(super) fn pad(&mut self) {
        let padded = self.x.len().next_multiple_of(LANES);
        [&mut self.x, &mut self.y, &mut self.z, &mut self.mass].into_iter().for_each(|c| c.resize(padded, 0.0));
    }

    /// `Σ_j m_j (x - x_j) / d²` and `Σ_j m_j / d²`. The order of the sum is fixed by the data alone.
    pub(super) fn repel(&self, at: [f32; 3]) -> [f64; 4] {
        let mut total = [0.0_f64; 4];
        let tiles = self.x.chunks(TILE).zip(self.y.chunks(TILE)).zip(self.z.chunks(TILE)).zip(self.mass.chunks(TILE));
        for (((x, y), z), mass) in tiles {
            let mut sum = [[0.0_f32; LANES]; 4];
            let lanes = x
                .chunks_exact(LANES)
                .zip(y.chunks_exact(LANES))
                .zip(z.chunks_exact(LANES))
                .zip(mass.chunks_exact(LANES));
            for (((x, y), z), mass) in lanes {
                for lane in 0..LANES {
                    let (dx, dy, dz) = (at[0] - x[lane], at[1] - y[lane], at[2] - z[lane]);
                    let squared = dx * dx + dy * dy + dz * dz;
                    // The node itself (and whatever sits exactly on it) has no direction to push in.
                    let pull = if squared > 0.0 { mass[lane] / (squared + LayoutGraph::SOFTENING) } else { 0.0 };
                    sum[0][lane] += dx * pull;
                    sum[1][lane] += dy * pull;
                    sum[2][lane] += dz * pull;
                    sum[3][lane] += pull;
                }
            }
            for (total, sum) in total.iter_mut().zip(sum) {
                *total += sum.iter().map(|v| f64::from(*v)).sum::<f64>();
            }
        }
        total
    }
}
