//! In: a number of nodes and links. Out: milliseconds per frame of a made-up graph of that size, drawn without a window.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bevy::render::renderer::RenderDevice;
use scarcity_engine::types::{Edge, Frame, LinkKey, LinkScore, NodeStats, Snapshot};

use crate::app::{Options, Start, Surface};
use crate::args::Size;
use crate::camera::OrbitCamera;
use crate::capture::Studio;
use crate::link::LatestFrame;
use crate::model::Settings;

const WARM_UP_FRAMES: u32 = 20;
const FRAMES: u32 = 100;
/// Detail that has not changed for so long is taken for found.
const STEADY: Duration = Duration::from_secs(2);
/// It is waited for no longer than this.
const PATIENCE: Duration = Duration::from_secs(20);

/// Draws the graph from all sides and prints the times.
///
/// # Errors
/// When the app cannot be built.
pub fn run(graph: Size, size: Size, picture: Option<&Path>) -> anyhow::Result<()> {
    let (nodes, links) = (graph.0.x, graph.0.y);
    let mut studio = Studio::new(Options {
        surface: Surface::Picture(size.0),
        start: Start::Nothing,
        settings: Settings::default(),
        remember: false,
        state_file: None,
        knobs: Vec::new(),
    })?;
    let (snapshot, frame) = made_up(nodes, links);
    studio.model_mut().snapshot = Some(Arc::new(snapshot));
    studio.world_mut().resource_mut::<LatestFrame>().0 = Some(Arc::new(frame));
    // The level of detail takes a few seconds to find what this machine can do.
    let (begin, mut steady, mut lod) = (Instant::now(), Instant::now(), studio.model().lod);
    while steady.elapsed() < STEADY && begin.elapsed() < PATIENCE {
        studio.world_mut().resource_mut::<OrbitCamera>().drift(1.0);
        studio.frame();
        if std::mem::replace(&mut lod, studio.model().lod) != studio.model().lod {
            steady = Instant::now();
        }
    }
    let mut times_ms = Vec::new();
    for index in 0..WARM_UP_FRAMES + FRAMES {
        studio.world_mut().resource_mut::<OrbitCamera>().drift(1.0);
        let start = Instant::now();
        studio.frame();
        // Counts the drawing itself, not only the handing over of commands.
        studio.world_mut().resource::<RenderDevice>().poll(wgpu::PollType::wait_indefinitely())?;
        if index >= WARM_UP_FRAMES {
            times_ms.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    if let Some(path) = picture {
        crate::capture::save(studio.picture()?, path)?;
    }
    times_ms.sort_by(f64::total_cmp);
    let at = |share: f64| times_ms[((times_ms.len() - 1) as f64 * share) as usize];
    writeln!(
        std::io::stdout(),
        "{nodes} nodes, {links} links ({} drawn, {:.0} % of the pixels), {}x{} px, {}: median {:.1} ms, 95 % {:.1} ms ({:.0} frames/s)",
        studio.model().drawn_edges,
        100.0 * studio.model().lod.resolution.powi(2),
        size.0.x,
        size.0.y,
        studio.model().adapter,
        at(0.5),
        at(0.95),
        1e3 / at(0.5)
    )?;
    Ok(())
}

/// A graph without meaning: places on a golden spiral, links between places that are near in the list.
pub fn made_up(nodes: u32, links: u32) -> (Snapshot, Frame) {
    let positions = (0..nodes)
        .map(|i| {
            let share = (i as f32 + 0.5) / nodes as f32;
            let angle = i as f32 * 2.399_963;
            let up = 1.0 - 2.0 * share;
            let flat = (1.0 - up * up).sqrt();
            let reach = 0.4 + 0.6 * (i as f32 * 0.618).fract();
            [flat * angle.cos() * reach, up * reach, flat * angle.sin() * reach]
        })
        .collect();
    let edges = (0..links)
        .map(|i| {
            let source = (u64::from(i) * 7919 % u64::from(nodes)) as u32;
            let target = (source + 1 + i / nodes * 3 + i % 5) % nodes;
            let weight = (0.15 + 0.8 * (f64::from(i) * 0.731).fract()) * if i % 3 == 0 { -1.0 } else { 1.0 };
            made_up_edge(LinkKey { source, target, lag: i % 4 }, weight)
        })
        .filter(|e| e.link.key.source != e.link.key.target)
        .collect();
    let snapshot = Snapshot {
        window: 40,
        rows: 5000,
        window_rows: 4872..5000,
        max_lag: 3,
        names: (0..nodes).map(|i| format!("x{i}")).collect(),
        nodes: (0..nodes)
            .map(|i| NodeStats { autoregression_r2: (f64::from(i) * 0.37).fract(), ..NodeStats::default() })
            .collect(),
        edges,
        ..Snapshot::default()
    };
    (snapshot, Frame { frame_id: 1, window: 40, positions, radius: 1.0, movement: 0.0, settled: true })
}

/// A link that was found with this weight.
pub fn made_up_edge(key: LinkKey, weight: f64) -> Edge {
    Edge {
        link: LinkScore {
            key,
            score: 9.0,
            effect: weight,
            ci_lo: weight - 0.08,
            ci_hi: weight + 0.08,
            stability: 0.9,
            p_value: 1e-9,
            q_value: 1e-8,
            gain: 0.2,
            accepted: true,
            directed: true,
        },
        weight,
        var: 0.01,
        regime: 0,
        hits: 30,
        first_window: 3,
        last_window: 40,
    }
}
