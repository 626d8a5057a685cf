//! In: nodes and springs. Out: forces of every node on every other, exactly, and the nodes one step further.

use rayon::prelude::*;

use super::LayoutStep;

/// Terms added up side by side; eight 32-bit lanes fill the widest common vector registers.
const LANES: usize = 8;
/// Terms summed in 32 bits before they are handed to a 64-bit sum, which keeps the relative error below 1e-5.
const TILE: usize = 32 * LANES;
/// Pairs below which handing rows to other threads costs more than it saves.
const PARALLEL_PAIRS: usize = 64 * 1024;

/// Positions and masses, one column each, so that a vector register holds eight nodes.
#[derive(Debug, Default)]
pub(super) struct Columns {
    x: Vec<f32>,
    y: Vec<f32>,
    z: Vec<f32>,
    mass: Vec<f32>,
    rows: Vec<Row>,
}

/// Force on one node, and how fast it falls off as the node gives way.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    force: [f32; 3],
    stiffness: f32,
}

impl Columns {
    fn load(&mut self, nodes: &[[f32; 4]]) {
        let padded = nodes.len().next_multiple_of(LANES);
        let columns = [&mut self.x, &mut self.y, &mut self.z, &mut self.mass];
        for (axis, column) in columns.into_iter().enumerate() {
            column.clear();
            column.extend(nodes.iter().map(|node| node[axis]));
            // Padding without mass exerts no force.
            column.resize(padded, 0.0);
        }
    }

    /// `Σ_j m_j (x - x_j) / d²` and `Σ_j m_j / d²`. The order of the sum is fixed by the data alone.
    fn repel(&self, at: [f32; 3]) -> [f64; 4] {
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
                    let pull = if squared > 0.0 { mass[lane] / (squared + LayoutStep::SOFTENING) } else { 0.0 };
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

pub(super) fn step(pool: &rayon::ThreadPool, columns: &mut Columns, step: &mut LayoutStep<'_>) {
    columns.load(step.nodes);
    let mut rows = std::mem::take(&mut columns.rows);
    rows.clear();
    rows.resize(step.nodes.len(), Row::default());
    let view = &*step;
    let fill = |(node, row): (usize, &mut Row)| *row = force(view, columns, node);
    if rows.len() * rows.len() < PARALLEL_PAIRS {
        rows.iter_mut().enumerate().for_each(fill);
    } else {
        pool.install(|| rows.par_iter_mut().with_min_len(16).enumerate().for_each(fill));
    }
    advance(step, &rows);
    columns.rows = rows;
}

fn force(step: &LayoutStep<'_>, columns: &Columns, node: usize) -> Row {
    let [x, y, z, mass] = step.nodes[node];
    let at = [x, y, z];
    let m = f64::from(mass);
    let push = columns.repel(at);
    let scale = f64::from(step.repulsion) * m;
    let mut force = [push[0] * scale, push[1] * scale, push[2] * scale];
    let mut stiffness = push[3] * scale;

    for &(other, strength) in &step.neighbours[step.offsets[node] as usize..step.offsets[node + 1] as usize] {
        let strength = f64::from(strength);
        for axis in 0..3 {
            force[axis] += strength * f64::from(step.nodes[other as usize][axis] - at[axis]);
        }
        stiffness += strength;
    }

    let radius = at.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>().sqrt();
    if radius > 0.0 {
        let shell = f64::from(step.shell[node]);
        let gravity = f64::from(step.gravity) * m;
        let pull = if shell > 0.0 {
            stiffness += f64::from(LayoutStep::SHELL_STIFFNESS) * gravity;
            f64::from(LayoutStep::SHELL_STIFFNESS) * gravity * (radius - shell) / radius
        } else {
            let pull = gravity * (f64::from(step.reach) / radius).min(1.0);
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
fn advance(step: &mut LayoutStep<'_>, rows: &[Row]) {
    let (mut swing_sum, mut traction_sum) = (0.0_f64, 0.0_f64);
    for (index, row) in rows.iter().enumerate() {
        let (swing, traction) = swing_traction(row.force, step.forces[index]);
        // Per unit of stiffness both are lengths, so that a hub does not drown everyone else.
        let weight = f64::from(step.mobility[index] / row.stiffness.max(f32::MIN_POSITIVE));
        swing_sum += weight * f64::from(swing);
        traction_sum += weight * f64::from(traction);
    }
    let wanted = if swing_sum > 0.0 { (traction_sum / swing_sum) as f32 } else { *LayoutStep::SPEED.end() };
    // It may fall at once, but rises slowly: one calm step proves little.
    step.speed = wanted.min(step.speed * 1.2).clamp(*LayoutStep::SPEED.start(), *LayoutStep::SPEED.end());

    let mut moved = 0.0_f64;
    for (index, row) in rows.iter().enumerate() {
        let (swing, traction) = swing_traction(row.force, step.forces[index]);
        step.forces[index] = row.force;
        if row.stiffness <= 0.0 || step.mobility[index] <= 0.0 || swing + traction <= 0.0 {
            continue;
        }
        let coherence = traction / (swing + traction);
        let reach = step.alpha * step.mobility[index] * step.speed * coherence / row.stiffness;
        for axis in 0..3 {
            let by = reach * row.force[axis];
            step.nodes[index][axis] += by;
            moved += f64::from(by) * f64::from(by);
        }
    }
    step.moved = if rows.is_empty() { 0.0 } else { (moved / rows.len() as f64).sqrt() as f32 };
}

/// How much a force turned since the last step, and how much of it stayed.
fn swing_traction(now: [f32; 3], before: [f32; 3]) -> (f32, f32) {
    let norm = |v: [f32; 3]| (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
    let swing = norm([now[0] - before[0], now[1] - before[1], now[2] - before[2]]);
    let traction = 0.5 * norm([now[0] + before[0], now[1] + before[1], now[2] + before[2]]);
    (swing, traction)
}
