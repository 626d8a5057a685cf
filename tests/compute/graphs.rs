//! Random graphs, their forces in plain 64-bit arithmetic, and the devices that lay them out.

use scarcity_engine::compute::cpu::CpuLayout;
use scarcity_engine::compute::gpu::kernel::Extras;
use scarcity_engine::compute::gpu::{GpuLayout, layout};
use scarcity_engine::compute::layout::{LayoutDevice, LayoutForces, LayoutGraph, OwnedGraph, Repulsion};
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
pub fn layout_devices() -> Vec<(String, Box<dyn LayoutDevice>)> {
    let adapters = wgpu::adapters();
    assert!(!adapters.is_empty() || !required("wgpu"), "SCARCITY_REQUIRE asks for wgpu and there is no adapter");
    let mut found: Vec<(String, Box<dyn LayoutDevice>)> =
        vec![("cpu".to_owned(), Box::new(CpuLayout::new(2).unwrap()))];
    for adapter in &adapters {
        let offered = wgpu::extras(adapter.features());
        for extras in [Extras::default(), offered] {
            let name = format!("wgpu {} {extras:?}", adapter.get_info().name);
            found.push((name, Box::new(GpuLayout::new(wgpu::open_adapter(adapter, extras).unwrap()))));
        }
    }
    match cuda::open() {
        Ok(machine) => found.push(("cuda".to_owned(), Box::new(GpuLayout::new(machine)))),
        Err(error) => assert!(!required("cuda"), "SCARCITY_REQUIRE asks for cuda: {error}"),
    }
    found
}

/// Clusters of many sizes, a hub with many springs, some nodes without any.
pub fn random(fresh: &mut Fresh, count: usize) -> OwnedGraph {
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
    OwnedGraph {
        forces: (0..count).map(|_| [fresh.number() as f32, fresh.number() as f32, 0.1]).collect(),
        mobility: (0..count).map(|node| if node % 13 == 12 { 0.0 } else { 0.5 }).collect(),
        nodes,
        lonely,
        offsets,
        neighbours: rows.concat(),
        speed: 1.0,
    }
}

/// Copies what has moved from the device.
pub fn fetch(graph: &mut OwnedGraph, device: &mut dyn LayoutDevice) {
    device.fetch(&mut graph.nodes, &mut graph.forces, &mut graph.mobility).unwrap();
}

/// The force law of [`LayoutGraph`] in plain 64-bit arithmetic: force and stiffness.
pub fn force(graph: &OwnedGraph, forces: &LayoutForces, node: usize) -> ([f64; 3], f64) {
    let at = |n: usize| [0, 1, 2].map(|axis| f64::from(graph.nodes[n][axis]));
    let (here, mass) = (at(node), f64::from(graph.nodes[node][3]));
    let (mut force, mut stiffness) = ([0.0; 3], 0.0);
    for other in (0..graph.nodes.len()).filter(|other| *other != node) {
        let apart = [0, 1, 2].map(|axis| here[axis] - at(other)[axis]);
        let squared: f64 = apart.iter().map(|v| v * v).sum();
        let scale = f64::from(forces.repulsion) * mass * f64::from(graph.nodes[other][3])
            / (squared + f64::from(LayoutGraph::SOFTENING));
        (0..3).for_each(|axis| force[axis] += scale * apart[axis]);
        stiffness += scale;
    }
    for (other, strength) in graph.springs(node) {
        (0..3).for_each(|axis| force[axis] += f64::from(*strength) * (at(*other as usize)[axis] - here[axis]));
        stiffness += f64::from(*strength);
    }
    let radius = here.iter().map(|v| v * v).sum::<f64>().sqrt();
    let gravity = f64::from(forces.gravity) * mass;
    let (pull, stiff) = if graph.lonely[node] {
        let hold = f64::from(LayoutGraph::SHELL_STIFFNESS) * gravity;
        (hold * (radius - f64::from(forces.shell_radius)) / radius, hold)
    } else {
        let pull = gravity * (f64::from(forces.reach) / radius).min(1.0);
        (pull, pull)
    };
    (0..3).for_each(|axis| force[axis] -= pull * here[axis]);
    (force, stiffness + stiff)
}

/// A step of all forces.
pub const STEP: LayoutForces = LayoutForces {
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
pub fn poison(device: &mut dyn LayoutDevice, count: usize) {
    let mut graph = random(&mut Fresh::new(), count + count / 8 + 70);
    graph.nodes.iter_mut().for_each(|node| *node = [f32::MAX, -f32::MAX, f32::NAN, f32::MAX]);
    device.load(&graph.lend(), 1).unwrap();
    for method in [Repulsion::Exact, Repulsion::BarnesHut] {
        device.step(&LayoutForces { method, ..STEP }, 1).unwrap();
    }
    device.motion().unwrap();
}

/// Length.
pub fn norm(v: [f64; 3]) -> f64 {
    v.iter().map(|v| v * v).sum::<f64>().sqrt()
}

/// Distance from what it should be.
pub fn off(a: [f32; 3], b: [f64; 3]) -> f64 {
    norm([0, 1, 2].map(|axis| f64::from(a[axis]) - b[axis]))
}

/// Of all bits of all positions.
pub fn hash(nodes: &[[f32; 4]]) -> u64 {
    nodes
        .iter()
        .flatten()
        .fold(0xcbf2_9ce4_8422_2325, |hash, v| (hash ^ u64::from(v.to_bits())).wrapping_mul(0x0100_0000_01b3))
}
