//! In: random graphs. Out: the time of one layout step, exact and through the tree, on the processor and on any GPU.

use divan::Bencher;
use scarcity_engine::compute::DeviceKind;
use scarcity_engine::compute::cpu::CpuLayout;
use scarcity_engine::compute::layout::{LayoutDevice, LayoutForces, LayoutGraph, Repulsion, open_kind};

/// Nodes and springs.
const SMALL: [(usize, usize); 3] = [(50, 100), (1_000, 10_000), (10_000, 100_000)];
const LARGE: [(usize, usize); 3] = [(1_000, 10_000), (10_000, 100_000), (100_000, 1_000_000)];

fn lowbias32(mut x: u32) -> u32 {
    x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

#[divan::bench(args = SMALL)]
fn exact_one_thread(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    cpu(bencher, size, 1, Repulsion::Exact);
}

#[divan::bench(args = SMALL)]
fn exact_all_cores(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    cpu(bencher, size, 0, Repulsion::Exact);
}

#[divan::bench(args = LARGE)]
fn tree_one_thread(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    cpu(bencher, size, 1, Repulsion::BarnesHut);
}

#[divan::bench(args = LARGE)]
fn tree_all_cores(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    cpu(bencher, size, 0, Repulsion::BarnesHut);
}

#[divan::bench(args = LARGE)]
fn wgpu(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    if let Ok(mut device) = open_kind(DeviceKind::Wgpu, 0) {
        step(bencher, size, device.as_mut(), Repulsion::Auto);
    }
}

#[divan::bench(args = LARGE)]
fn cuda(bencher: Bencher<'_, '_>, size: (usize, usize)) {
    if let Ok(mut device) = open_kind(DeviceKind::Cuda, 0) {
        step(bencher, size, device.as_mut(), Repulsion::Auto);
    }
}

fn cpu(bencher: Bencher<'_, '_>, size: (usize, usize), threads: usize, method: Repulsion) {
    if let Ok(mut device) = CpuLayout::new(threads) {
        step(bencher, size, &mut device, method);
    }
}

fn step(bencher: Bencher<'_, '_>, (count, springs): (usize, usize), device: &mut dyn LayoutDevice, method: Repulsion) {
    let unit = |x: u32| lowbias32(x) as f32 / u32::MAX as f32;
    let nodes: Vec<[f32; 4]> = (0..count as u32)
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
    let graph = LayoutGraph {
        nodes: &nodes,
        forces: &vec![[0.0; 3]; count],
        mobility: &vec![1.0; count],
        lonely: &vec![false; count],
        offsets: &offsets,
        neighbours: &rows.concat(),
        speed: 1.0,
    };
    let forces = LayoutForces {
        repulsion: 0.05,
        gravity: 0.5,
        reach: 10.0,
        shell_radius: 10.0,
        alpha: 0.9,
        mobility_floor: 1.0,
        mobility_decay: 1.0,
        theta: LayoutForces::THETA,
        method,
    };
    if let Err(error) = device.load(&graph, 1) {
        eprintln!("not run: {error}");
        return;
    }
    bencher.bench_local(|| {
        // Asking how it went makes sure that it is done.
        device.step(&forces, 1).and_then(|()| device.motion()).map(|motion| motion.moved)
    });
}
