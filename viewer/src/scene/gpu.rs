//! In: the graph's flat arrays, the layout's buffer and one view. Out: indirect draws inside Bevy's 3D pass, vertices pulled
//! from buffers; what is drawn is decided on the graphics card.

use bevy::asset::Assets;
use bevy::core_pipeline::core_3d::{main_opaque_pass_3d, main_transparent_pass_3d};
use bevy::core_pipeline::{Core3d, Core3dSystems};
use bevy::ecs::prelude::*;
use bevy::math::{URect, UVec2};
use bevy::prelude::{App, Plugin};
use bevy::render::render_resource::{
    Buffer, LoadOp, Operations, Origin3d, PipelineCache, RenderPassColorAttachment, RenderPassDepthStencilAttachment,
    RenderPassDescriptor, StoreOp, TexelCopyTextureInfo,
};
use bevy::render::renderer::{RenderAdapterInfo, RenderContext, RenderDevice, RenderQueue, ViewQuery};
use bevy::render::view::{ExtractedView, ViewTarget};
use bevy::render::{Extract, ExtractSchedule, Render, RenderApp, RenderSystems};
use bevy::shader::Shader;

use super::canvas::{Buffers, Canvas, Draws, Pipelines, Shaders, extent};
use super::graph::{EdgeStyle, Graph, HIDDEN, NodeStyle};
use super::lines::KIND_SHIFT;
use super::probe::Probe;
use super::regroup::Regroup;
use crate::clusters::Clusters;
use crate::link::{Cull, DrawLists, Eye, Picked, Places, SceneEdge, Surveyor};
use crate::model::Selection;

/// Lines of the floor in each direction; `grid.wgsl` has the same number.
const GRID_LINES: u32 = 21;
/// Vertices per link of each kind ([`super::lines::KIND_SHIFT`]): one strip, or four or twelve and a head, two triangles each.
const STRIP_VERTICES: [u32; 3] = [6, 5 * 6, 13 * 6];
/// Nodes with a smaller radius, in pixels, are points.
const FULL_PX: f32 = 3.0;
/// Bytes between the arguments of two draws.
const DRAW_BYTES: u64 = 20;

macro_rules! view_shader {
    ($name:literal) => {
        concat!(include_str!("../../../shaders/view/view.wgsl"), include_str!(concat!("../../../shaders/view/", $name)))
    };
}

/// `struct View` of `view.wgsl`.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct ViewUniform {
    /// World to clip space.
    pub clip_from_world: [[f32; 4]; 4],
    /// Background and strength of the fade by distance.
    pub background: [f32; 4],
    /// Highlight colour and seconds since the start.
    pub highlight: [f32; 4],
    /// Floor colour and height.
    pub grid: [f32; 4],
    /// Size of the pane.
    pub viewport_px: [f32; 2],
    /// Pixels per unit of radius at distance 1.
    pub focal_px: f32,
    /// Pixels per point of text.
    pub pixels_per_point: f32,
    /// Fade begins.
    pub fog_near: f32,
    /// Fade ends.
    pub fog_far: f32,
    /// Spacing of the floor lines; 0 = no floor.
    pub grid_step: f32,
    /// 1 = nothing moves by itself.
    pub reduced_motion: f32,
    /// Least radius of a node in pixels.
    pub least_px: f32,
    /// Unused.
    pub rest: [f32; 3],
}

/// Where and how the scene is drawn this frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Resource)]
pub struct SceneView {
    /// The pane in pixels of the target; empty = nothing is drawn.
    pub viewport_px: URect,
    /// What the shaders see.
    pub uniform: ViewUniform,
    /// Pixels drawn per pixel of the pane along each side; 0 counts as 1.
    pub resolution: f32,
    /// Where the graph is seen from, in pixels of the pane.
    pub eye: Option<Eye>,
    /// Links drawn at most.
    pub max_edges: u32,
}

impl SceneView {
    /// Size that is drawn before it is stretched to the pane.
    pub fn drawn(&self) -> UVec2 {
        let size = self.viewport_px.size();
        if self.resolution <= 0.0 || self.resolution >= 0.99 {
            return size;
        }
        (size.as_vec2() * self.resolution).round().as_uvec2().max(UVec2::ONE)
    }
}

/// Draws [`Graph`] through [`SceneView`] into every 3D camera (there is one).
#[derive(Debug, Default)]
pub struct ScenePlugin;

impl Plugin for ScenePlugin {
    fn build(&self, app: &mut App) {
        let probe = Probe::default();
        app.init_resource::<Graph>().init_resource::<SceneView>().insert_resource(probe.clone());
        let mut shaders = app.world_mut().resource_mut::<Assets<Shader>>();
        let handles = Shaders {
            node: shaders.add(Shader::from_wgsl(view_shader!("node.wgsl"), "shaders/view/node.wgsl")),
            edge: shaders.add(Shader::from_wgsl(view_shader!("edge.wgsl"), "shaders/view/edge.wgsl")),
            grid: shaders.add(Shader::from_wgsl(view_shader!("grid.wgsl"), "shaders/view/grid.wgsl")),
        };
        if let Some(render_app) = app.get_sub_app_mut(RenderApp) {
            render_app
                .insert_resource(handles)
                .insert_resource(probe)
                .init_resource::<Scene>()
                .add_systems(ExtractSchedule, upload)
                .add_systems(Render, (prepare, survey).chain().in_set(RenderSystems::Prepare))
                .add_systems(
                    Core3d,
                    draw.after(main_opaque_pass_3d).before(main_transparent_pass_3d).in_set(Core3dSystems::MainPass),
                );
        }
    }
}

/// The scene on the graphics card.
#[derive(Default, Resource)]
struct Scene {
    view: SceneView,
    buffers: Option<Buffers>,
    places_revision: Option<u64>,
    style_revision: Option<u64>,
    /// The layout's buffer, and what counts its changes; `None` = the scene's own, written from the processor.
    lent: Option<(wgpu::Buffer, u64)>,
    /// Nodes in the order of the buffer, as indices into the graph's places.
    order: Vec<u32>,
    /// Group of each node in the order of the buffer, and where the groups are.
    member: Vec<u32>,
    groups: Vec<[f32; 4]>,
    /// Frames so far, and whether the last one decided what is drawn.
    turn: u32,
    culled: bool,
    /// Changes of groups and of the order they were put into.
    grouped_for: (u64, Option<u64>),
    grouped: u64,
    regroup: Option<Regroup>,
    /// What each link stands for.
    picks: Vec<Selection>,
    /// Variables; the places behind theirs are junctions of hyperedges.
    variables: u32,
    /// Lines beyond the links themselves, which the limit on links leaves alone.
    extra_lines: u32,
    surveyor: Option<Surveyor>,
    /// What the lists were made for, and the lists.
    surveyed: Option<(Surveyed, DrawLists)>,
    draws: Option<Draws>,
    canvas: Option<Canvas>,
    pipelines: Option<Pipelines>,
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

/// What is drawn depends on this, and on nothing else.
#[derive(Debug, Clone, PartialEq)]
struct Surveyed {
    eye: Eye,
    cull: Cull,
    positions: wgpu::Buffer,
    positions_frame: u64,
    grouped: u64,
    style_revision: u64,
}

impl Surveyed {
    /// Whether only the eye has moved.
    fn differs_by_eye(&self, other: &Self) -> bool {
        *self == Self { eye: self.eye, ..other.clone() }
    }
}

/// Copies what changed; the arrays are written straight from the main world, without a copy in between. Positions come from
/// the processor only where there is no layout to draw from.
fn upload(
    mut scene: ResMut<Scene>,
    graph: Extract<Res<Graph>>,
    clusters: Extract<Res<Clusters>>,
    view: Extract<Res<SceneView>>,
    device: Res<RenderDevice>,
    queue: Res<RenderQueue>,
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

/// Less than any distance: half the width of a line that is never picked.
const UNREACHABLE: f32 = -6e4;

/// Decides on the graphics card what is drawn, and hands over what it has found for the panes.
fn survey(
    mut scene: ResMut<Scene>,
    probe: Res<Probe>,
    (device, queue, adapter): (Res<RenderDevice>, Res<RenderQueue>, Res<RenderAdapterInfo>),
    cache: Res<PipelineCache>,
) {
    let Scene {
        view,
        buffers,
        lent,
        order,
        picks,
        variables,
        extra_lines,
        surveyor,
        surveyed,
        draws,
        style_revision,
        places_revision,
        member,
        groups,
        grouped,
        regroup,
        turn,
        culled,
        ..
    } = &mut *scene;
    let (Some(buffers), Some(surveyor), Some(style_revision), Some(eye)) =
        (buffers, surveyor, *style_revision, view.eye)
    else {
        *draws = None;
        *surveyed = None;
        return;
    };
    let found = surveyor.findings();
    if let Some(under) = found.under {
        let what = under.and_then(|under| match under {
            Picked::Node(slot) => order.get(slot as usize).map(|node| match node.checked_sub(*variables) {
                Some(junction) => Selection::Hyper(junction),
                None => Selection::Node(*node),
            }),
            Picked::Edge(edge) => picks.get(edge as usize).copied(),
        });
        probe.answer(what.unwrap_or(Selection::None));
    }
    if let Some(labels) = found.labels {
        let named = labels.into_iter().filter_map(|(slot, place)| Some((*order.get(slot as usize)?, place)));
        probe.name(named.filter(|(node, _)| *node != Places::NONE).collect());
    }
    let (positions, positions_frame) = match lent {
        Some((buffer, frame)) => (buffer.clone(), *frame),
        None => ((*buffers.places).clone(), places_revision.unwrap_or(0)),
    };
    let positions = if member.is_empty() {
        positions
    } else {
        let regroup = regroup.get_or_insert_with(|| Regroup::new(device.wgpu_device()));
        let revisions = (positions_frame, *grouped);
        regroup.places((device.wgpu_device(), &queue), &positions, member, groups, revisions)
    };
    let cull = Cull {
        full_px: FULL_PX,
        least_px: 0.0,
        edge_budget: view.max_edges.saturating_add(*extra_lines),
        node_vertices: 6,
        edge_vertices: STRIP_VERTICES,
    };
    let wanted =
        Surveyed { eye, cull, positions: positions.clone(), positions_frame, grouped: *grouped, style_revision };
    // Kernels take as long as drawing where they share its cores: what is drawn is then decided in every other frame, and
    // names are given in every fourth.
    *turn = turn.wrapping_add(1);
    let shared = adapter.device_type == wgpu::DeviceType::Cpu;
    let mut due = surveyed.as_ref().is_none_or(|(known, _)| *known != wanted);
    if shared && due && surveyed.as_ref().is_some_and(|(known, _)| known.differs_by_eye(&wanted)) {
        due = !*culled;
    }
    *culled = due;
    if due {
        match surveyor.cull(&positions, &eye, &cull) {
            Ok(lists) => *surveyed = Some((wanted, lists)),
            Err(error) => tracing::warn!("what is seen cannot be found out: {error}"),
        }
    }
    *draws = surveyed.as_ref().map(|(_, lists)| Draws::new(&device, &cache, buffers, &positions, lists));
    let (pointer, slack_px) = probe.question();
    if let Err(error) = surveyor.ask(&positions, pointer, slack_px, !shared || *turn % 4 == 0) {
        tracing::warn!("what is under the pointer cannot be found out: {error}");
    }
}

/// Makes canvas and pipelines for the format of the window's picture and the size of the pane.
fn prepare(
    mut scene: ResMut<Scene>,
    shaders: Res<Shaders>,
    cache: Res<PipelineCache>,
    device: Res<RenderDevice>,
    views: Query<&ExtractedView, With<ViewTarget>>,
) {
    let Some(view) = views.iter().next() else { return };
    let format = view.target_format.remove_srgb_suffix();
    let size = scene.view.viewport_px.size();
    let drawn = scene.view.drawn();
    let fits = |c: &Canvas| c.size == size && c.drawn == drawn && c.format == format;
    if size.min_element() > 0 && !scene.canvas.as_ref().is_some_and(fits) {
        scene.canvas = Some(Canvas::new(&device, size, drawn, format));
    }
    if scene.pipelines.as_ref().is_some_and(|p| p.format == format) {
        return;
    }
    scene.pipelines = Some(Pipelines::new(&cache, &shaders, format));
}

fn draw(view: ViewQuery<&ViewTarget>, scene: Res<Scene>, cache: Res<PipelineCache>, mut ctx: RenderContext) {
    let target = view.into_inner();
    let area = scene.view.viewport_px;
    let (Some(draws), Some(ids), Some(canvas)) = (&scene.draws, &scene.pipelines, &scene.canvas) else { return };
    let inside = area.max.cmple(UVec2::new(target.main_texture().width(), target.main_texture().height())).all();
    if area.size() != canvas.size || !inside {
        return;
    }
    draw_canvas(&scene, draws, ids, canvas, &cache, &mut ctx);
    let [x, y] = area.min.to_array();
    let mut whole = &canvas.color;
    if let Some(stretched) = &canvas.stretched {
        let device = ctx.render_device().wgpu_device().clone();
        stretched.blitter.copy(&device, ctx.command_encoder(), &canvas.color_view, &stretched.view);
        whole = &stretched.color;
    }
    ctx.command_encoder().copy_texture_to_texture(
        whole.as_image_copy(),
        TexelCopyTextureInfo { origin: Origin3d { x, y, z: 0 }, ..target.main_texture().as_image_copy() },
        extent(canvas.size),
    );
}

fn draw_canvas(
    scene: &Scene,
    draws: &Draws,
    ids: &Pipelines,
    canvas: &Canvas,
    cache: &PipelineCache,
    ctx: &mut RenderContext<'_, '_>,
) {
    let [r, g, b, _] = scene.view.uniform.background.map(f64::from);
    let mut pass = ctx.begin_tracked_render_pass(RenderPassDescriptor {
        label: Some("scarcity_scene"),
        color_attachments: &[Some(RenderPassColorAttachment {
            view: &canvas.color_view,
            depth_slice: None,
            resolve_target: None,
            ops: Operations { load: LoadOp::Clear(wgpu::Color { r, g, b, a: 1.0 }), store: StoreOp::Store },
        })],
        depth_stencil_attachment: Some(RenderPassDepthStencilAttachment {
            view: &canvas.depth_view,
            depth_ops: Some(Operations { load: LoadOp::Clear(0.0), store: StoreOp::Discard }),
            stencil_ops: None,
        }),
        timestamp_writes: None,
        occlusion_query_set: None,
        multiview_mask: None,
    });
    // Pipelines that are still compiling are left out for a frame or two.
    for (id, offset) in ids.nodes.into_iter().zip((0..).step_by(DRAW_BYTES as usize)) {
        if let Some(pipeline) = cache.get_render_pipeline(id) {
            pass.set_render_pipeline(pipeline);
            pass.set_bind_group(0, &draws.nodes, &[]);
            pass.draw_indirect(&draws.node_draws, offset);
        }
    }
    if scene.view.uniform.grid_step > 0.0
        && let Some(pipeline) = cache.get_render_pipeline(ids.grid)
    {
        pass.set_render_pipeline(pipeline);
        pass.set_bind_group(0, &draws.nodes, &[]);
        pass.draw(0..6, 0..2 * GRID_LINES);
    }
    for (id, offset) in ids.strips.into_iter().zip((0..).step_by(DRAW_BYTES as usize)) {
        if let Some(pipeline) = cache.get_render_pipeline(id) {
            pass.set_render_pipeline(pipeline);
            pass.set_bind_group(0, &draws.edges, &[]);
            pass.draw_indirect(&draws.edge_draws, offset);
        }
    }
}
