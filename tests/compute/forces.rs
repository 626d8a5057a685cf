//! Forces of layouts on every device against plain sums over all pairs.

use scarcity_engine::compute::layout::{LayoutForces, Repulsion};

use super::devices::Fresh;
use super::graphs::{STEP, fetch, force, layout_devices, norm, off, poison, random};

#[test]
fn exact_forces_equal_a_plain_reference() {
    for (name, mut device) in layout_devices() {
        for count in [1, 3, 127, 128, 129, 1000, 4097] {
            let mut fresh = Fresh::new();
            let mut graph = random(&mut fresh, count);
            poison(device.as_mut(), count);
            let expected: Vec<_> = (0..count).map(|node| force(&graph, &STEP, node).0).collect();
            device.load(&graph.lend(), 2).unwrap();
            device.step(&STEP, 1).unwrap();
            fetch(&mut graph, device.as_mut());
            let (mut error, mut size) = (0.0, 0.0);
            for (found, exact) in graph.forces.iter().zip(&expected) {
                error += off(*found, *exact).powi(2);
                size += norm(*exact).powi(2);
            }
            let error = (error / size).sqrt();
            assert!(error < 1e-5, "{name}: {count} nodes, seed {}: relative error {error:e}", fresh.seed);
        }
    }
}

#[test]
fn forces_through_the_tree_are_near_the_exact_ones() {
    for (name, mut device) in layout_devices() {
        for count in [1, 5, 129, 4097, 20_000] {
            let mut fresh = Fresh::new();
            let mut graph = random(&mut fresh, count);
            poison(device.as_mut(), count);
            // Repulsion alone: what the tree approximates.
            graph.offsets.fill(0);
            graph.neighbours.clear();
            let forces = LayoutForces { method: Repulsion::BarnesHut, gravity: 0.0, ..STEP };
            let sample: Vec<usize> = (0..400.min(count)).map(|_| fresh.word() as usize % count).collect();
            let exact: Vec<_> = sample.iter().map(|node| force(&graph, &forces, *node).0).collect();
            device.load(&graph.lend(), 3).unwrap();
            device.step(&forces, 1).unwrap();
            fetch(&mut graph, device.as_mut());
            let mut errors: Vec<f64> = sample
                .iter()
                .zip(&exact)
                .map(|(node, exact)| off(graph.forces[*node], *exact) / norm(*exact).max(1e-30))
                .collect();
            errors.sort_by(f64::total_cmp);
            let (median, p99) = (errors[errors.len() / 2], errors[errors.len() * 99 / 100]);
            println!("{name}: {count} nodes: median {:.2} %, p99 {:.2} %", 100.0 * median, 100.0 * p99);
            // Of a handful of nodes the worst is no percentile.
            let most = if count < 1_000 { (0.15, 1.0) } else { (0.05, 0.15) };
            assert!(median < most.0 && p99 < most.1, "{name}: {count} nodes: median {median}, p99 {p99}");
        }
    }
}
