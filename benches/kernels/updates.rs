//! In: two edge lists, of a graph and of what becomes of it. Out: how far its nodes move as the live layout follows, and
//! how far forces through the tree are from exact ones where they have come to.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use scarcity_engine::Result;
use scarcity_engine::compute::layout::{LayoutDevice, LayoutForces, OwnedGraph, Repulsion, open};
use scarcity_engine::compute::{ComputeConfig, DeviceKind};
use scarcity_engine::simulation::{Layout, PlainGraph, SimulationConfig, read_graph};
use scarcity_engine::types::{Edge, LinkKey, LinkScore, NodeStats, Snapshot};

/// The graph as discovery would report it, every link equally strong.
fn snapshot(graph: &PlainGraph, names: &Arc<[String]>) -> Snapshot {
    let index: BTreeMap<&str, u32> = names.iter().map(String::as_str).zip(0..).collect();
    let at = |node: u32| index[graph.names[node as usize].as_str()];
    let edge = |&(a, b, _): &(u32, u32, f32)| {
        let link = LinkScore {
            key: LinkKey { source: at(a), target: at(b), lag: 1 },
            score: 10.0,
            effect: 0.3,
            ci_lo: 0.2,
            ci_hi: 0.4,
            stability: 1.0,
            p_value: 1e-10,
            q_value: 1e-9,
            gain: 0.1,
            accepted: true,
            directed: true,
        };
        Edge { link, weight: 0.3, var: 0.0, regime: 0, hits: 1, first_window: 0, last_window: 0 }
    };
    Snapshot {
        max_lag: 1,
        nodes: vec![NodeStats::default(); names.len()],
        names: Arc::clone(names),
        edges: graph.edges.iter().map(edge).collect(),
        ..Snapshot::default()
    }
}

fn length(v: [f32; 3]) -> f64 {
    v.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt()
}

fn between(a: [f32; 3], b: [f32; 3]) -> f64 {
    length([a[0] - b[0], a[1] - b[1], a[2] - b[2]])
}

fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get((values.len() as f64 * share) as usize).copied().unwrap_or(0.0)
}

/// Prints a line.
pub fn report(before: &Path, after: &Path, steps: u32) {
    let kind = std::env::var("SCARCITY_DEVICE").ok();
    let device = match kind.as_deref() {
        Some("cuda") => DeviceKind::Cuda,
        Some("wgpu") => DeviceKind::Wgpu,
        _ => DeviceKind::Cpu,
    };
    let told = open(&ComputeConfig { device, threads: 0 })
        .and_then(|mut device| follow(&read_graph(before)?, &read_graph(after)?, steps, device.as_mut()));
    match told {
        Ok(line) => println!("{line}"),
        Err(error) => println!("not run: {error}"),
    }
}

fn follow(before: &PlainGraph, after: &PlainGraph, steps: u32, device: &mut dyn LayoutDevice) -> Result<String> {
    let names: Arc<[String]> = before.names.iter().cloned().collect();
    let mut layout = Layout::new(&SimulationConfig::default());
    layout.update(&snapshot(before, &names));
    let formed = layout.step(device, steps)?;
    layout.fetch(device)?;
    let old = layout.frame().positions;
    let start = Instant::now();
    layout.update(&snapshot(after, &names));
    let followed = layout.step(device, steps)?;
    layout.fetch(device)?;
    let seconds = start.elapsed().as_secs_f64();
    let new = layout.frame().positions;
    let radius = (old.iter().map(|p| length(*p).powi(2)).sum::<f64>() / old.len().max(1) as f64).sqrt();
    let mut moved: Vec<f64> = old.iter().zip(&new).map(|(a, b)| between(*a, *b) / radius).collect();
    let mut errors = force_errors(after, &new, &names, device)?;
    Ok(format!(
        "{}: {formed} steps until {}, {followed} after the change in {seconds:.2} s; nodes moved by {:.3} % of the \
         root mean square radius in the median, {:.3} % at 95 %; forces off by {:.2} % in the median, {:.2} % at 99 %",
        device.name(),
        if layout.is_settled() { "at rest" } else { "stopped" },
        100.0 * quantile(&mut moved, 0.5),
        100.0 * quantile(&mut moved, 0.95),
        100.0 * quantile(&mut errors, 0.5),
        100.0 * quantile(&mut errors, 0.99),
    ))
}

/// Relative errors of repulsion through the tree, with masses of one and the number of neighbours.
fn force_errors(
    graph: &PlainGraph,
    places: &[[f32; 3]],
    names: &[String],
    device: &mut dyn LayoutDevice,
) -> Result<Vec<f64>> {
    let index: BTreeMap<&str, usize> = names.iter().map(String::as_str).zip(0..).collect();
    let mut owned = OwnedGraph {
        nodes: places.iter().map(|[x, y, z]| [*x, *y, *z, 1.0]).collect(),
        forces: vec![[0.0; 3]; places.len()],
        mobility: vec![0.0; places.len()],
        lonely: vec![false; places.len()],
        offsets: vec![0; places.len() + 1],
        ..OwnedGraph::default()
    };
    for end in graph.edges.iter().flat_map(|&(a, b, _)| [a, b]) {
        owned.nodes[index[graph.names[end as usize].as_str()]][3] += 1.0;
    }
    let mut forces = |method: Repulsion| -> Result<Vec<[f32; 3]>> {
        let forces = LayoutForces {
            repulsion: 1.0,
            gravity: 0.0,
            reach: 1.0,
            shell_radius: 1.0,
            alpha: 0.0,
            mobility_floor: 0.0,
            mobility_decay: 1.0,
            theta: LayoutForces::THETA,
            method,
        };
        let mut own = owned.clone();
        device.load(&owned.lend(), u64::MAX)?;
        device.step(&forces, 1)?;
        device.fetch(&mut own.nodes, &mut own.forces, &mut own.mobility)?;
        Ok(own.forces)
    };
    let (exact, tree) = (forces(Repulsion::Exact)?, forces(Repulsion::BarnesHut)?);
    Ok(exact.iter().zip(&tree).map(|(exact, tree)| between(*exact, *tree) / length(*exact).max(1e-30)).collect())
}
