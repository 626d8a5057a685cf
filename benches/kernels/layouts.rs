//! In: a GPU. Out: the time of all-pairs repulsion and of whole layout steps by the device's own clock, beside what its
//! arithmetic and its memory allow.

use scarcity_engine::Result;
use scarcity_engine::compute::gpu::GpuLayout;
use scarcity_engine::compute::gpu::kernel::{LEAVES, REPEL};
use scarcity_engine::compute::gpu::layout::{Shared, slices};
use scarcity_engine::compute::layout::{LayoutDevice, LayoutForces, LayoutGraph, OwnedGraph};

use super::device::clocked;
use super::table::Table;

/// Floating-point operations of a pair: three differences, a square, a division, four sums.
const PAIR_FLOPS: f64 = 20.0;
/// Steps timed together, and how often.
const STEPS: u32 = 4;
const RUNS: usize = 9;

fn mixed(x: u32) -> u32 {
    let x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    let x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// Places and edges at random.
fn scene(count: usize, edges: usize) -> OwnedGraph {
    let unit = |x: u32| (f64::from(mixed(x)) / f64::from(u32::MAX) * 20.0 - 10.0) as f32;
    let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); count];
    for edge in 0..edges as u32 {
        let [a, b] = [2 * edge, 2 * edge + 1].map(|x| mixed(x) % count as u32);
        rows[a as usize].push((b, 0.5));
        rows[b as usize].push((a, 0.5));
    }
    let mut offsets = vec![0];
    rows.iter().for_each(|row| offsets.push(offsets[offsets.len() - 1] + row.len() as u32));
    OwnedGraph {
        nodes: (0..count as u32).map(|n| [unit(!(3 * n)), unit(!(3 * n + 1)), unit(!(3 * n + 2)), 11.0]).collect(),
        forces: vec![[0.0; 3]; count],
        mobility: vec![1.0; count],
        lonely: vec![false; count],
        offsets,
        neighbours: rows.concat(),
        speed: 1.0,
    }
}

/// All of them; `peak` is the measured rate of multiplying and adding, in GFLOP/s. The machine comes back.
pub fn all<M: Shared>(device: &str, machine: M, peak: f64, table: &mut Table) -> M {
    let mut layout = GpuLayout::new(machine);
    if let Err(error) = timed(device, &mut layout, peak, table) {
        println!("{device}: {error}");
    }
    layout.machine
}

fn timed<M: Shared>(device: &str, layout: &mut GpuLayout<M>, peak: f64, table: &mut Table) -> Result<()> {
    // Software devices take the same path with less work.
    let small = device.contains("software");
    let m = &mut layout.machine;

    let count = if small { 1024 } else { 16_384 };
    let graph = scene(count, 0);
    let mut nodes = m.alloc(4 * count)?;
    m.write(&mut nodes, bytemuck::cast_slice(&graph.nodes))?;
    let (slice, number) = slices(count);
    let push = m.alloc(4 * count * number)?;
    let parameters = [count as u32, slice as u32, LayoutGraph::SOFTENING.to_bits()];
    let grid = [count.div_ceil(1024) as u32, number as u32, 1];
    let ms = clocked(m, |m| m.launch(&REPEL, grid, &parameters, &[&nodes, &push]))?;
    let rate = PAIR_FLOPS * (count * count) as f64 / ms * 1e-6;
    table.add("all-pairs repulsion", &format!("{count} nodes"), device, ms, (rate, peak), "GFLOP/s");

    // What memory does: 16 bytes read where they lie, 4 of order, 16 written.
    let count = if small { 1 << 14 } else { 1 << 23 };
    let (from, to) = (m.alloc(4 * count)?, m.alloc(4 * count)?);
    let mut order = m.alloc(count)?;
    m.write(&mut order, &(0..count as u32).collect::<Vec<_>>())?;
    let groups = [count.div_ceil(256) as u32, 1, 1];
    let ms = clocked(m, |m| m.launch(&LEAVES, groups, &[count as u32], &[&from, &order, &to]))?;
    let bandwidth = 36.0 * count as f64 / ms * 1e-6;
    table.add("copy in order", &format!("{count} nodes"), device, ms, (bandwidth, 0.0), "GB/s");

    let sizes: &[(usize, usize)] = if small {
        &[(1000, 10_000)]
    } else {
        &[(1000, 10_000), (10_000, 100_000), (100_000, 1_000_000), (1_000_000, 5_000_000)]
    };
    for &(count, edges) in sizes {
        layout.load(&scene(count, edges).lend(), 1)?;
        let mut times = Vec::new();
        for run in 0..RUNS + 2 {
            layout.machine.start_clock()?;
            layout.step(&LayoutForces::MEASURED, STEPS)?;
            let ms = layout.machine.stop_clock()? / f64::from(STEPS);
            if run >= 2 {
                times.push(ms);
            }
        }
        times.sort_by(f64::total_cmp);
        let ms = times[times.len() / 2];
        // Both ends of every edge with their neighbour's place, and a node's state read and written once: no step does less.
        let least = (2 * edges * (8 + 16) + count * 2 * (16 + 16 + 8)) as f64;
        let rate = least / ms * 1e-6;
        table.add("layout step", &format!("{count} nodes, {edges} edges"), device, ms, (rate, bandwidth), "GB/s");
    }
    Ok(())
}
