//! In: random graphs. Out: the time of one exact layout step.

use divan::Bencher;
use scarcity_engine::compute::cpu::CpuCompute;
use scarcity_engine::compute::{Compute, LayoutStep};

/// Nodes and springs.
const SIZES: [(usize, usize); 3] = [(50, 100), (1_000, 10_000), (10_000, 100_000)];

fn lowbias32(mut x: u32) -> u32 {
    x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

#[divan::bench(args = SIZES)]
fn step_one_thread(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    step(bencher, size, 1);
}

#[divan::bench(args = SIZES)]
fn step_all_cores(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    step(bencher, size, 0);
}

fn step(bencher: Bencher<'_, '_>, (count, springs): (usize, usize), threads: usize) {
    let Ok(mut compute) = CpuCompute::new(threads) else { return };
    let unit = |x: u32| lowbias32(x) as f32 / u32::MAX as f32;
    let mut nodes: Vec<[f32; 4]> = (0..count as u32)
        .map(|n| [20.0 * unit(3 * n) - 10.0, 20.0 * unit(3 * n + 1) - 10.0, 20.0 * unit(3 * n + 2) - 10.0, 2.0])
        .collect();
    let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); count];
    for spring in 0..springs as u32 {
        let (a, b) = (lowbias32(spring) % count as u32, lowbias32(!spring) % count as u32);
        rows[a as usize].push((b, 0.5));
        rows[b as usize].push((a, 0.5));
    }
    let mut offsets = vec![0];
    for row in &rows {
        offsets.push(offsets[offsets.len() - 1] + row.len() as u32);
    }
    let neighbours = rows.concat();
    let mut forces = vec![[0.0; 3]; count];
    let (mobility, shell) = (vec![1.0; count], vec![0.0; count]);
    bencher.bench_local(|| {
        let mut step = LayoutStep {
            nodes: &mut nodes,
            forces: &mut forces,
            mobility: &mobility,
            shell: &shell,
            offsets: &offsets,
            neighbours: &neighbours,
            repulsion: 0.05,
            gravity: 0.5,
            reach: 10.0,
            alpha: 0.9,
            speed: 1.0,
            moved: 0.0,
        };
        compute.layout_step(&mut step);
        step.moved
    });
}
