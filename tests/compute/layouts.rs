//! Layouts on every device: forces, motion and live rules against plain references, and the same bits on every run.

use scarcity_engine::compute::cpu::CpuLayout;
use scarcity_engine::compute::gpu::kernel::Extras;
use scarcity_engine::compute::gpu::{GpuLayout, layout};
use scarcity_engine::compute::layout::{LayoutDevice, LayoutForces, LayoutGraph, Repulsion};
use scarcity_engine::compute::{cuda, wgpu};

use super::devices::{Fresh, required};

/// What a test does on a GPU of any kind.
pub trait Visit {
    fn on<M: layout::Shared>(&mut self, name: &str, machine: M);
}

/// Every GPU machine of this computer, wgpu in every variant the adapter allows.
pub fn each_machine(visit: &mut impl Visit) {
    let adapters = wgpu::adapters();
    assert!(!adapters.is_empty() || !required("wgpu"), "SCARCITY_REQUIRE asks for wgpu and there is no adapter");
    for adapter in &adapters {
        let offered = wgpu::extras(adapter.features());
        for extras in Extras::ALL {
            if (offered.half || !extras.half) && (offered.subgroups || !extras.subgroups) {
                let name = format!("wgpu {} {extras:?}", adapter.get_info().name);
                visit.on(&name, wgpu::open_adapter(adapter, extras).unwrap());
            }
        }
    }
    match cuda::open() {
        Ok(machine) => visit.on("cuda", machine),
        Err(error) => assert!(!required("cuda"), "SCARCITY_REQUIRE asks for cuda: {error}"),
    }
}

/// Layout devices to test; the portable and the full variant of wgpu are enough here.
fn devices() -> Vec<(String, Box<dyn LayoutDevice>)> {
    struct Collect(Vec<(String, Box<dyn LayoutDevice>)>);
    impl Visit for Collect {
        fn on<M: layout::Shared>(&mut self, _: &str, _: M) {}
    }
    let mut found = Collect(vec![("cpu".to_owned(), Box::new(CpuLayout::new(2).unwrap()))]);
    each_machine(&mut found);
    for adapter in &wgpu::adapters() {
        let offered = wgpu::extras(adapter.features());
        for extras in [Extras::default(), offered] {
            let name = format!("wgpu {} {extras:?}", adapter.get_info().name);
            found.0.push((name, Box::new(GpuLayout::new(wgpu::open_adapter(adapter, extras).unwrap()))));
        }
    }
    if let Ok(machine) = cuda::open() {
        found.0.push(("cuda".to_owned(), Box::new(GpuLayout::new(machine))));
    }
    found.0
}

/// A graph of its own.
#[derive(Debug, Clone)]
pub struct Owned {
    pub nodes: Vec<[f32; 4]>,
    pub forces: Vec<[f32; 3]>,
    pub mobility: Vec<f32>,
    pub lonely: Vec<bool>,
    pub offsets: Vec<u32>,
    pub neighbours: Vec<(u32, f32)>,
}

impl Owned {
    /// Clusters of many sizes, a hub with many springs, some nodes without any.
    pub fn random(fresh: &mut Fresh, count: usize) -> Self {
        let clusters: Vec<[f64; 4]> = (0..12)
            .map(|k| [9.0 * fresh.number(), 9.0 * fresh.number(), 9.0 * fresh.number(), 2.5 / f64::from(k + 1)])
            .collect();
        let mut nodes = Vec::new();
        for node in 0..count {
            let [x, y, z, spread] = clusters[(fresh.word() % 12) as usize];
            let mut near = |centre: f64| (centre + spread * (fresh.number() + fresh.number() + fresh.number())) as f32;
            nodes.push([near(x), near(y), near(z), 1.0 + (node % 7) as f32]);
        }
        let lonely: Vec<bool> = (0..count).map(|node| node % 10 == 9).collect();
        let mut rows: Vec<Vec<(u32, f32)>> = vec![Vec::new(); count];
        for spring in 0..2 * count {
            let a = if spring % 5 == 0 { 0 } else { fresh.word() as usize % count };
            let b = fresh.word() as usize % count;
            if a != b && !lonely[a] && !lonely[b] {
                let strength = 0.6 + 0.3 * fresh.number() as f32;
                rows[a].push((b as u32, strength));
                rows[b].push((a as u32, strength));
            }
        }
        let mut offsets = vec![0];
        for row in &rows {
            offsets.push(offsets[offsets.len() - 1] + row.len() as u32);
        }
        Self {
            forces: (0..count).map(|_| [fresh.number() as f32, fresh.number() as f32, 0.1]).collect(),
            mobility: (0..count).map(|node| if node % 13 == 12 { 0.0 } else { 0.5 }).collect(),
            nodes,
            lonely,
            offsets,
            neighbours: rows.concat(),
        }
    }

    pub fn graph(&self) -> LayoutGraph<'_> {
        LayoutGraph {
            nodes: &self.nodes,
            forces: &self.forces,
            mobility: &self.mobility,
            lonely: &self.lonely,
            offsets: &self.offsets,
            neighbours: &self.neighbours,
            speed: 1.0,
        }
    }

    fn fetch(&mut self, device: &mut dyn LayoutDevice) {
        device.fetch(&mut self.nodes, &mut self.forces, &mut self.mobility).unwrap();
    }

    /// The force law of [`LayoutGraph`] in plain 64-bit arithmetic: force and stiffness.
    fn force(&self, forces: &LayoutForces, node: usize) -> ([f64; 3], f64) {
        let at = |n: usize| [0, 1, 2].map(|axis| f64::from(self.nodes[n][axis]));
        let (here, mass) = (at(node), f64::from(self.nodes[node][3]));
        let (mut force, mut stiffness) = ([0.0; 3], 0.0);
        for other in (0..self.nodes.len()).filter(|other| *other != node) {
            let apart = [0, 1, 2].map(|axis| here[axis] - at(other)[axis]);
            let squared: f64 = apart.iter().map(|v| v * v).sum();
            let scale = f64::from(forces.repulsion) * mass * f64::from(self.nodes[other][3])
                / (squared + f64::from(LayoutGraph::SOFTENING));
            (0..3).for_each(|axis| force[axis] += scale * apart[axis]);
            stiffness += scale;
        }
        for (other, strength) in &self.neighbours[self.offsets[node] as usize..self.offsets[node + 1] as usize] {
            (0..3).for_each(|axis| force[axis] += f64::from(*strength) * (at(*other as usize)[axis] - here[axis]));
            stiffness += f64::from(*strength);
        }
        let radius = here.iter().map(|v| v * v).sum::<f64>().sqrt();
        let gravity = f64::from(forces.gravity) * mass;
        let (pull, stiff) = if self.lonely[node] {
            let hold = f64::from(LayoutGraph::SHELL_STIFFNESS) * gravity;
            (hold * (radius - f64::from(forces.shell_radius)) / radius, hold)
        } else {
            let pull = gravity * (f64::from(forces.reach) / radius).min(1.0);
            (pull, pull)
        };
        (0..3).for_each(|axis| force[axis] -= pull * here[axis]);
        (force, stiffness + stiff)
    }
}

const STEP: LayoutForces = LayoutForces {
    repulsion: 0.037,
    gravity: 0.11,
    reach: 8.0,
    shell_radius: 12.0,
    alpha: 0.7,
    mobility_floor: 0.05,
    mobility_decay: 0.9,
    theta: LayoutForces::THETA,
    method: Repulsion::Exact,
};

/// Fills the memory a device keeps between graphs with the largest numbers there are.
fn poison(device: &mut dyn LayoutDevice, count: usize) {
    let mut graph = Owned::random(&mut Fresh::new(), count + count / 8 + 70);
    graph.nodes.iter_mut().for_each(|node| *node = [f32::MAX, -f32::MAX, f32::NAN, f32::MAX]);
    device.load(&graph.graph(), 1).unwrap();
    for method in [Repulsion::Exact, Repulsion::BarnesHut] {
        device.step(&LayoutForces { method, ..STEP }, 1).unwrap();
    }
    device.motion().unwrap();
}

fn norm(v: [f64; 3]) -> f64 {
    v.iter().map(|v| v * v).sum::<f64>().sqrt()
}

fn off(a: [f32; 3], b: [f64; 3]) -> f64 {
    norm([0, 1, 2].map(|axis| f64::from(a[axis]) - b[axis]))
}

#[test]
fn exact_forces_equal_a_plain_reference() {
    for (name, mut device) in devices() {
        for count in [1, 3, 127, 128, 129, 1000, 4097] {
            let mut fresh = Fresh::new();
            let mut graph = Owned::random(&mut fresh, count);
            poison(device.as_mut(), count);
            let expected: Vec<_> = (0..count).map(|node| graph.force(&STEP, node).0).collect();
            device.load(&graph.graph(), 2).unwrap();
            device.step(&STEP, 1).unwrap();
            graph.fetch(device.as_mut());
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
    for (name, mut device) in devices() {
        for count in [1, 5, 129, 4097, 20_000] {
            let mut fresh = Fresh::new();
            let mut graph = Owned::random(&mut fresh, count);
            poison(device.as_mut(), count);
            // Repulsion alone: what the tree approximates.
            graph.offsets.fill(0);
            graph.neighbours.clear();
            let forces = LayoutForces { method: Repulsion::BarnesHut, gravity: 0.0, ..STEP };
            let sample: Vec<usize> = (0..400.min(count)).map(|_| fresh.word() as usize % count).collect();
            let exact: Vec<_> = sample.iter().map(|node| graph.force(&forces, *node).0).collect();
            device.load(&graph.graph(), 3).unwrap();
            device.step(&forces, 1).unwrap();
            graph.fetch(device.as_mut());
            let mut errors: Vec<f64> = sample
                .iter()
                .zip(&exact)
                .map(|(node, exact)| off(graph.forces[*node], *exact) / norm(*exact).max(1e-30))
                .collect();
            errors.sort_by(f64::total_cmp);
            let (median, p99) = (errors[errors.len() / 2], errors[errors.len() * 99 / 100]);
            println!("{name}: {count} nodes: median {:.2} %, p99 {:.2} %", 100.0 * median, 100.0 * p99);
            // Of a handful of nodes the worst is no percentile. Up to 16,000 the default is exact; of fewer nodes than that,
            // the one in a hundred whose forces nearly cancel is off by up to a sixth on some graphs.
            let most = match count {
                0..1_000 => (0.15, 1.0),
                1_000..16_000 => (0.05, 0.25),
                _ => (0.05, 0.15),
            };
            assert!(median < most.0 && p99 < most.1, "{name}: {count} nodes: median {median}, p99 {p99}");
        }
    }
}

#[test]
fn a_step_moves_nodes_as_the_rules_say() {
    for (name, mut device) in devices() {
        for count in [1, 3, 129, 1000] {
            let mut fresh = Fresh::new();
            let before = Owned::random(&mut fresh, count);
            poison(device.as_mut(), count);
            device.load(&before.graph(), 4).unwrap();
            device.step(&STEP, 1).unwrap();
            let motion = device.motion().unwrap();
            let mut after = before.clone();
            after.fetch(device.as_mut());

            let (mut swings, mut tractions) = (0.0, 0.0);
            let rows: Vec<_> = (0..count)
                .map(|node| {
                    let (force, stiffness) = before.force(&STEP, node);
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

fn hash(nodes: &[[f32; 4]]) -> u64 {
    nodes
        .iter()
        .flatten()
        .fold(0xcbf2_9ce4_8422_2325, |hash, v| (hash ^ u64::from(v.to_bits())).wrapping_mul(0x0100_0000_01b3))
}

#[test]
fn the_same_device_and_seed_give_the_same_positions_after_500_steps() {
    for method in [Repulsion::Exact, Repulsion::BarnesHut] {
        let run = |device: &mut dyn LayoutDevice| {
            let mut graph = Owned::random(&mut Fresh::with(7), 700);
            device.load(&graph.graph(), 5).unwrap();
            device.step(&LayoutForces { method, ..STEP }, 500).unwrap();
            graph.fetch(device);
            assert!(graph.nodes.iter().flatten().all(|v| v.is_finite() && v.abs() < 1e4));
            hash(&graph.nodes)
        };
        let mut again = devices().into_iter();
        for (name, mut device) in devices() {
            let first = run(device.as_mut());
            assert_eq!(run(device.as_mut()), first, "{name}, {method:?}: a second time");
            assert_eq!(run(again.next().unwrap().1.as_mut()), first, "{name}, {method:?}: opened anew");
        }
    }
}

#[test]
fn a_layout_goes_on_where_a_device_fails() {
    use scarcity_engine::Error;
    use scarcity_engine::compute::layout::{LayoutChain, Motion};
    /// Takes a graph and then fails.
    struct Broken;
    impl LayoutDevice for Broken {
        fn name(&self) -> String {
            "broken".to_owned()
        }
        fn load(&mut self, _: &LayoutGraph<'_>, _: u64) -> Result<(), Error> {
            Ok(())
        }
        fn holding(&self) -> u64 {
            9
        }
        fn step(&mut self, _: &LayoutForces, _: u32) -> Result<(), Error> {
            Err(Error::Device { device: "broken".to_owned(), message: "it is".to_owned() })
        }
        fn motion(&mut self) -> Result<Motion, Error> {
            unreachable!("after a failed step nobody asks")
        }
        fn fetch(&mut self, _: &mut [[f32; 4]], _: &mut [[f32; 3]], _: &mut [f32]) -> Result<(), Error> {
            unreachable!("after a failed step nobody asks")
        }
        fn patience(&self) -> u32 {
            1
        }
    }
    let graph = Owned::random(&mut Fresh::with(3), 200);
    let after = |device: &mut dyn LayoutDevice| {
        let mut graph = graph.clone();
        device.load(&graph.graph(), 9).unwrap();
        device.step(&STEP, 5).unwrap();
        graph.fetch(device);
        hash(&graph.nodes)
    };
    let mut chain = LayoutChain::new(Box::new(Broken), vec![Box::new(|| Ok(Box::new(CpuLayout::new(2)?)))]);
    assert_eq!(after(&mut chain), after(&mut CpuLayout::new(1).unwrap()));
    assert!(chain.name().starts_with("cpu"));
    let mut alone = LayoutChain::new(Box::new(Broken), Vec::new());
    alone.load(&graph.graph(), 9).unwrap();
    assert!(alone.step(&STEP, 1).is_err());
}

#[test]
fn changes_stir_their_neighbourhood_and_new_nodes_start_beside_their_neighbours() {
    struct Live;
    impl Visit for Live {
        fn on<M: layout::Shared>(&mut self, name: &str, machine: M) {
            let mut device = GpuLayout::new(machine);
            for count in [1, 3, 129, 1000] {
                let mut fresh = Fresh::new();
                let before = Owned::random(&mut fresh, count);
                poison(&mut device, count);
                device.load(&before.graph(), 6).unwrap();
                let row = |node: usize| before.offsets[node] as usize..before.offsets[node + 1] as usize;

                let reached: Vec<f32> = (0..count).map(|node| if node % 50 == 1 { 1.0 } else { 0.0 }).collect();
                device.stir(&before.offsets, &reached, 2).unwrap();
                let mut expected = reached;
                for _ in 0..2 {
                    let from = expected.clone();
                    for (node, most) in expected.iter_mut().enumerate() {
                        for (other, _) in &before.neighbours[row(node)] {
                            *most = most.max(0.5 * from[*other as usize]);
                        }
                    }
                }
                let is_new: Vec<u32> =
                    (0..count as u32).map(|node| if node % 4 == 2 { node + 77 } else { 0 }).collect();
                device.seed(&before.offsets, &is_new, 0.25).unwrap();
                let mut after = before.clone();
                after.fetch(&mut device);
                for node in 0..count {
                    let own = before.mobility[node];
                    let wanted = if own > 0.0 { own.max(expected[node]) } else { 0.0 };
                    assert_eq!(after.mobility[node], wanted, "{name}: mobility of {node} of {count}");
                    let (mut centre, mut weight) = ([0.0_f64; 3], 0.0);
                    for (other, strength) in &before.neighbours[row(node)] {
                        if is_new[*other as usize] == 0 {
                            let at = before.nodes[*other as usize];
                            (0..3).for_each(|a| centre[a] += f64::from(*strength) * f64::from(at[a]));
                            weight += f64::from(*strength);
                        }
                    }
                    let [x, y, z, _] = after.nodes[node];
                    if is_new[node] == 0 || weight == 0.0 {
                        assert_eq!(after.nodes[node], before.nodes[node], "{name}: {node} stays");
                    } else {
                        let away = [x, y, z].map(f64::from);
                        let most = (0..3).map(|a| (away[a] - centre[a] / weight).abs()).fold(0.0, f64::max);
                        assert!(most < 0.2501 && most > 1e-3, "{name}: {node} starts {most} from its neighbours");
                    }
                }
            }
        }
    }
    each_machine(&mut Live);
}
