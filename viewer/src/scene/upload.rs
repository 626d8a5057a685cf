//! In: the graph's flat arrays, the layout's buffer and the groups. Out: the same on the graphics card, in the order of the
//! places that are drawn; only what changed.

use bevy::ecs::prelude::*;
use bevy::render::Extract;
use bevy::render::render_resource::Buffer;
use bevy::render::renderer::{RenderAdapterInfo, RenderDevice, RenderQueue};

use super::canvas::Buffers;
use super::gpu::{Scene, SceneView};
use super::graph::{EdgeStyle, Graph, NodeStyle};
use super::lines::KIND_SHIFT;
use super::nodes::HIDDEN;
use crate::clusters::Clusters;
use crate::link::{Places, SceneEdge, Surveyor};
use crate::model::Selection;

/// Less than any distance: half the width of a line that is never picked.
const UNREACHABLE: f32 = -6e4;

/// Copies what changed; the arrays are written straight from the main world, without a copy in between. Positions come from
/// the processor only where there is no layout to draw from.
pub(super) fn upload(
    mut scene: ResMut<Scene>,
    graph: Extract<Res<Graph>>,
    clusters: Extract<Res<Clusters>>,
    view: Extract<Res<SceneView>>,
    (device, queue, adapter): (Res<RenderDevice>, Res<RenderQueue>, Res<RenderAdapterInfo>),
) {
    let scene = &mut *scene;
    scene.view = **view;
    let slots = graph.drawn.as_ref().map(|places| &*places.slots);
    let placed = |node: usize| slots.map_or(node as u32, |slots| slots[node]);
    let count = graph.nodes.len();
    let known = if slots.is_some() { usize::MAX } else { graph.places.len() };
    let nodes =
        (0..count.min(known)).map(placed).filter(|slot| *slot != Places::NONE).max().map_or(0, |s| s as usize + 1);
    let edges = graph.edges.len();
    let fits = |buffer: &Buffer, bytes: usize| buffer.size() >= bytes as u64;
    let enough = scene.buffers.as_ref().is_some_and(|b| {
        fits(&b.places, size_of_val(graph.places.as_slice()))
            && fits(&b.nodes, nodes * size_of::<NodeStyle>())
            && fits(&b.edges, edges * size_of::<EdgeStyle>())
    });
    if !enough {
        scene.buffers = Some(Buffers::new(&device, nodes.max(graph.places.len()), edges));
        scene.places_revision = None;
        scene.style_revision = None;
    }
    let Some(buffers) = &scene.buffers else { return };
    queue.write_buffer(&buffers.view, 0, bytemuck::bytes_of(&view.uniform));
    scene.lent = graph.drawn.as_ref().map(|places| (places.buffer.clone(), places.frame));
    if scene.lent.is_none() && scene.places_revision != Some(graph.places_revision) && !graph.places.is_empty() {
        queue.write_buffer(&buffers.places, 0, bytemuck::cast_slice(&graph.places));
    }
    scene.places_revision = Some(graph.places_revision);
    // Before the layout's first frame there are styles but no places.
    let style_revision = if nodes > 0 { Some(graph.style_revision) } else { None };
    if nodes == 0 {
        scene.order.clear();
    }
    let restyled = scene.style_revision != style_revision;
    scene.style_revision = style_revision;
    if restyled && nodes > 0 {
        restyle(scene, &graph, known, nodes, (&device, &queue));
    }
    scene.take_groups(&clusters);
    if let (true, Some(eye)) = (adapter.device_type == wgpu::DeviceType::Cpu, view.eye) {
        let budget = view.max_edges.saturating_add(scene.extra_lines);
        let own = scene.own.get_or_insert_default();
        own.update((&graph, &clusters), (&eye, budget), (device.wgpu_device(), &queue));
    }
}

/// Copies styles and links, in the order of the places that are drawn.
fn restyle(
    scene: &mut Scene,
    graph: &Graph,
    known: usize,
    nodes: usize,
    (device, queue): (&RenderDevice, &RenderQueue),
) {
    let Some(buffers) = &scene.buffers else { return };
    let slots = graph.drawn.as_ref().map(|places| &*places.slots);
    let placed = |node: usize| slots.map_or(node as u32, |slots| slots[node]);
    let (count, edges) = (graph.nodes.len(), graph.edges.len());
    scene.order = vec![Places::NONE; nodes];
    let mut styles = vec![NodeStyle::default(); nodes];
    let (mut radii, mut ranks) = (vec![0.0; nodes], vec![0; nodes]);
    for (node, style) in graph.nodes.iter().enumerate().take(known) {
        let slot = placed(node) as usize;
        if slot < nodes {
            scene.order[slot] = node as u32;
            styles[slot] = *style;
            let shown = style.state[0] < HIDDEN;
            radii[slot] = if shown { style.state[3] } else { 0.0 };
            ranks[slot] = if shown { graph.ranks.get(node).copied().unwrap_or(0) } else { 0 };
        }
    }
    let ends = |edge: &EdgeStyle| {
        [0, 1].map(|end| {
            if (edge.ends[end] as usize) < count.min(known) { placed(edge.ends[end] as usize) } else { Places::NONE }
        })
    };
    let mut lines = graph.edges.clone();
    let mut found = Vec::with_capacity(edges);
    for (line, pick) in lines.iter_mut().zip(&graph.picks) {
        let ends = ends(line);
        let there = ends.iter().all(|end| (*end as usize) < nodes);
        // What is not placed is not drawn; its numbers must still be those of something.
        line.ends[0] = if there { ends[0] } else { 0 };
        line.ends[1] = if there { ends[1] } else { 0 };
        found.push(SceneEdge {
            ends: [line.ends[0], line.ends[1]],
            hidden: !there,
            kind: line.ends[2] >> KIND_SHIFT,
            bend: line.shape[1],
            // What cannot be picked is out of reach.
            half_width: if *pick == Selection::None { UNREACHABLE } else { 0.5 * line.shape[0] },
        });
    }
    queue.write_buffer(&buffers.nodes, 0, bytemuck::cast_slice(&styles));
    queue.write_buffer(&buffers.edges, 0, bytemuck::cast_slice(&lines));
    scene.picks.clone_from(&graph.picks);
    scene.variables = graph.names.as_ref().map_or(0, |names| names.len() as u32);
    scene.extra_lines = edges.saturating_sub(graph.visible_links) as u32;
    let surveyor =
        scene.surveyor.get_or_insert_with(|| Surveyor::new(device.wgpu_device().clone(), (**queue.0).clone()));
    if let Err(error) = surveyor.set(&radii, &ranks, &found) {
        tracing::warn!("the scene cannot be prepared: {error}");
    }
}

impl Scene {
    /// Takes over the groups, in the order of the places that are drawn.
    fn take_groups(&mut self, clusters: &Clusters) {
        let wanted = (clusters.revision, self.style_revision);
        if self.grouped_for == wanted {
            return;
        }
        self.grouped_for = wanted;
        self.grouped += 1;
        self.groups.clone_from(&clusters.spots);
        self.member.clear();
        if !self.groups.is_empty() {
            let of = |node: &u32| clusters.member.get(*node as usize).copied().unwrap_or(0);
            self.member.extend(self.order.iter().map(of));
        }
    }
}
