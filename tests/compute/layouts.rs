//! The motion of layouts on every device against plain rules, and the same bits on every run.

use scarcity_engine::compute::layout::{LayoutDevice, LayoutForces, Repulsion};

use super::devices::Fresh;
use super::graphs::{STEP, fetch, force, hash, layout_devices, norm, off, poison, random};

#[test]
fn a_step_moves_nodes_as_the_rules_say() {
    for (name, mut device) in layout_devices() {
        for count in [1, 3, 127, 128, 129, 1000, 4097] {
            let mut fresh = Fresh::new();
            let before = random(&mut fresh, count);
            poison(device.as_mut(), count);
            device.load(&before.lend(), 4).unwrap();
            device.step(&STEP, 1).unwrap();
            let motion = device.motion().unwrap();
            let mut after = before.clone();
            fetch(&mut after, device.as_mut());

            let (mut swings, mut tractions) = (0.0, 0.0);
            let rows: Vec<_> = (0..count)
                .map(|node| {
                    let (force, stiffness) = force(&before, &STEP, node);
                    let old = before.forces[node].map(f64::from);
                    let swing = norm([0, 1, 2].map(|a| force[a] - old[a]));
                    let traction = 0.5 * norm([0, 1, 2].map(|a| force[a] + old[a]));
                    swings += f64::from(before.mobility[node]) * swing / stiffness;
                    tractions += f64::from(before.mobility[node]) * traction / stiffness;
                    (force, traction / (swing + traction) / stiffness)
                })
                .collect();
            let speed = (tractions / swings).min(1.2).clamp(0.2, 2.0);
            assert!((f64::from(motion.speed) - speed).abs() < 1e-4 * speed, "{name}: {motion:?} and {speed}");
            let (mut moved, mut extent, mut core, mut springy) = (0.0, 0.0, 0.0, 0.0);
            for (node, (force, local)) in rows.iter().enumerate() {
                let mobility = f64::from(before.mobility[node]);
                let by = force.map(|f| f64::from(STEP.alpha) * mobility * speed * local * f);
                let to = [0, 1, 2].map(|a| f64::from(before.nodes[node][a]) + by[a]);
                let [x, y, z, mass] = after.nodes[node];
                let error = off([x, y, z], to);
                assert!(error < 2e-5 * (1.0 + norm(to)), "{name}: node {node} of {count}: off by {error}");
                assert_eq!(mass, before.nodes[node][3]);
                let aged = if mobility > 0.0 { 0.05 + 0.9 * (mobility - 0.05) } else { 0.0 };
                assert!((f64::from(after.mobility[node]) - aged).abs() < 1e-6, "{name}: mobility of {node}");
                moved += norm(by).powi(2);
                extent += norm(to).powi(2);
                if !before.lonely[node] {
                    core += norm(to).powi(2);
                    springy += 1.0;
                }
            }
            let mean = |sum: f64, n: f64| (sum / n.max(1.0)).sqrt();
            for (found, expected) in [
                (motion.moved, mean(moved, count as f64)),
                (motion.extent, mean(extent, count as f64)),
                (motion.core, mean(core, springy)),
            ] {
                assert!(
                    (f64::from(found) - expected).abs() < 1e-4 * (1e-3 + expected),
                    "{name}: {motion:?}, {expected}"
                );
            }
        }
    }
}

#[test]
fn the_same_device_and_seed_give_the_same_positions_after_500_steps() {
    for method in [Repulsion::Exact, Repulsion::BarnesHut] {
        let run = |device: &mut dyn LayoutDevice| {
            let mut graph = random(&mut Fresh::with(7), 700);
            device.load(&graph.lend(), 5).unwrap();
            device.step(&LayoutForces { method, ..STEP }, 500).unwrap();
            fetch(&mut graph, device);
            assert!(graph.nodes.iter().flatten().all(|v| v.is_finite() && v.abs() < 1e4));
            hash(&graph.nodes)
        };
        let mut again = layout_devices().into_iter();
        for (name, mut device) in layout_devices() {
            let first = run(device.as_mut());
            assert_eq!(run(device.as_mut()), first, "{name}, {method:?}: a second time");
            assert_eq!(run(again.next().unwrap().1.as_mut()), first, "{name}, {method:?}: opened anew");
        }
    }
}
