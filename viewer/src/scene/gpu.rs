//! In: the graph's flat arrays and one view. Out: four draw calls inside Bevy's 3D pass, vertices pulled from buffers.

use bevy::asset::{Assets, Handle};
use bevy::core_pipeline::core_3d::{CORE_3D_DEPTH_FORMAT, main_opaque_pass_3d, main_transparent_pass_3d};
use bevy::core_pipeline::{Core3d, Core3dSystems};
use bevy::ecs::prelude::*;
use bevy::math::URect;
use bevy::prelude::{App, Plugin, default};
use bevy::render::render_resource::binding_types::{storage_buffer_read_only_sized, uniform_buffer_sized};
use bevy::render::render_resource::{
    BindGroup, BindGroupEntries, BindGroupLayoutDescriptor, BindGroupLayoutEntries, BlendState, Buffer,
    BufferDescriptor, BufferUsages, CachedRenderPipelineId, ColorTargetState, ColorWrites, CompareFunction,
    DepthBiasState, DepthStencilState, FragmentState, MultisampleState, PipelineCache, PrimitiveState,
    RenderPassDescriptor, RenderPipelineDescriptor, ShaderStages, StencilState, StoreOp, TextureFormat, VertexState,
};
use bevy::render::renderer::{RenderContext, RenderDevice, RenderQueue, ViewQuery};
use bevy::render::view::{ExtractedView, Msaa, ViewDepthTexture, ViewTarget};
use bevy::render::{Extract, ExtractSchedule, Render, RenderApp, RenderSystems};
use bevy::shader::Shader;

use super::graph::{EdgeStyle, Graph, NodeStyle};

/// Lines of the floor in each direction; `grid.wgsl` has the same number.
const GRID_LINES: u32 = 21;
/// Vertices of a bent link: twelve strips and the head, two triangles each.
const CURVED_VERTICES: u32 = 13 * 6;
/// Vertices of a straight link: one strip and the head.
const STRAIGHT_VERTICES: u32 = 2 * 6;

macro_rules! view_shader {
    ($name:literal) => {
        concat!(
            include_str!("../../../shaders/view/view.wgsl"),
            include_str!(concat!("../../../shaders/view/", $name))
        )
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
    /// Pixels per world unit at distance 1.
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
}

/// Where and how the scene is drawn this frame.
#[derive(Debug, Clone, Copy, Default, PartialEq, Resource)]
pub struct SceneView {
    /// The pane in pixels of the target; empty = nothing is drawn.
    pub viewport_px: URect,
    /// What the shaders see.
    pub uniform: ViewUniform,
}

/// Draws [`Graph`] through [`SceneView`] into every 3D camera (there is one).
#[derive(Debug, Default)]
pub struct ScenePlugin;

impl Plugin for ScenePlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Graph>().init_resource::<SceneView>();
        let mut shaders = app.world_mut().resource_mut::<Assets<Shader>>();
        let handles = Shaders {
            node: shaders.add(Shader::from_wgsl(view_shader!("node.wgsl"), "shaders/view/node.wgsl")),
            edge: shaders.add(Shader::from_wgsl(view_shader!("edge.wgsl"), "shaders/view/edge.wgsl")),
            grid: shaders.add(Shader::from_wgsl(view_shader!("grid.wgsl"), "shaders/view/grid.wgsl")),
        };
        if let Some(render_app) = app.get_sub_app_mut(RenderApp) {
            render_app
                .insert_resource(handles)
                .init_resource::<Scene>()
                .add_systems(ExtractSchedule, upload)
                .add_systems(Render, prepare_pipelines.in_set(RenderSystems::Prepare))
                .add_systems(
                    Core3d,
                    draw
                        .after(main_opaque_pass_3d)
                        .before(main_transparent_pass_3d)
                        .in_set(Core3dSystems::MainPass),
                );
        }
    }
}

#[derive(Resource)]
struct Shaders {
    node: Handle<Shader>,
    edge: Handle<Shader>,
    grid: Handle<Shader>,
}

/// The scene on the graphics card.
#[derive(Default, Resource)]
struct Scene {
    view: SceneView,
    buffers: Option<Buffers>,
    places_revision: Option<u64>,
    style_revision: Option<u64>,
    nodes: u32,
    straight: u32,
    edges: u32,
    pipelines: Option<Pipelines>,
}

struct Buffers {
    view: Buffer,
    places: Buffer,
    nodes: Buffer,
    edges: Buffer,
    node_group: BindGroup,
    edge_group: BindGroup,
}

struct Pipelines {
    format: TextureFormat,
    samples: u32,
    node: CachedRenderPipelineId,
    straight: CachedRenderPipelineId,
    curved: CachedRenderPipelineId,
    grid: CachedRenderPipelineId,
}

fn layout() -> BindGroupLayoutDescriptor {
    let stages = ShaderStages::VERTEX_FRAGMENT;
    BindGroupLayoutDescriptor::new(
        "scarcity_scene",
        &BindGroupLayoutEntries::sequential(
            stages,
            (
                uniform_buffer_sized(false, None),
                storage_buffer_read_only_sized(false, None),
                storage_buffer_read_only_sized(false, None),
            ),
        ),
    )
}

/// Copies what changed; the arrays are written straight from the main world, without a copy in between.
fn upload(
    mut scene: ResMut<Scene>,
    graph: Extract<Res<Graph>>,
    view: Extract<Res<SceneView>>,
    device: Res<RenderDevice>,
    queue: Res<RenderQueue>,
    cache: Res<PipelineCache>,
) {
    scene.view = **view;
    let (nodes, edges) = (graph.nodes.len(), graph.edges.len());
    let fits = |buffer: &Buffer, bytes: usize| buffer.size() >= bytes as u64;
    let enough = scene.buffers.as_ref().is_some_and(|b| {
        fits(&b.places, size_of_val(graph.places.as_slice()))
            && fits(&b.nodes, nodes * size_of::<NodeStyle>())
            && fits(&b.edges, edges * size_of::<EdgeStyle>())
    });
    if !enough {
        scene.buffers = Some(Buffers::new(&device, &cache, nodes.max(graph.places.len()), edges));
        scene.places_revision = None;
        scene.style_revision = None;
    }
    let styled = scene.style_revision != Some(graph.style_revision);
    let moved = scene.places_revision != Some(graph.places_revision);
    if let Some(buffers) = &scene.buffers {
        queue.write_buffer(&buffers.view, 0, bytemuck::bytes_of(&view.uniform));
        if moved && !graph.places.is_empty() {
            queue.write_buffer(&buffers.places, 0, bytemuck::cast_slice(&graph.places));
        }
        if styled {
            queue.write_buffer(&buffers.nodes, 0, bytemuck::cast_slice(&graph.nodes));
            queue.write_buffer(&buffers.edges, 0, bytemuck::cast_slice(&graph.edges));
        }
    }
    scene.places_revision = Some(graph.places_revision);
    scene.style_revision = Some(graph.style_revision);
    // Before the layout's first frame there are styles but no places.
    let placed = graph.places.len() >= nodes;
    scene.nodes = if placed { nodes as u32 } else { 0 };
    scene.edges = if placed { edges as u32 } else { 0 };
    scene.straight = (graph.straight as u32).min(scene.edges);
}

impl Buffers {
    /// Room for half as much again, so that a growing graph does not mean a new buffer each window.
    fn new(device: &RenderDevice, cache: &PipelineCache, nodes: usize, edges: usize) -> Self {
        let room = |count: usize| (count + count / 2).max(16);
        let buffer = |label, bytes: usize, usage| {
            device.create_buffer(&BufferDescriptor {
                label: Some(label),
                size: bytes as u64,
                usage: usage | BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        };
        let view = buffer("scene_view", size_of::<ViewUniform>(), BufferUsages::UNIFORM);
        let places = buffer("scene_places", room(nodes) * size_of::<[f32; 4]>(), BufferUsages::STORAGE);
        let node_styles = buffer("scene_nodes", room(nodes) * size_of::<NodeStyle>(), BufferUsages::STORAGE);
        let edge_styles = buffer("scene_edges", room(edges) * size_of::<EdgeStyle>(), BufferUsages::STORAGE);
        let group = |label, styles: &Buffer| {
            device.create_bind_group(
                label,
                &cache.get_bind_group_layout(&layout()),
                &BindGroupEntries::sequential((
                    view.as_entire_binding(),
                    places.as_entire_binding(),
                    styles.as_entire_binding(),
                )),
            )
        };
        let node_group = group("scene_nodes", &node_styles);
        let edge_group = group("scene_edges", &edge_styles);
        Self { view, places, nodes: node_styles, edges: edge_styles, node_group, edge_group }
    }
}

fn prepare_pipelines(
    mut scene: ResMut<Scene>,
    shaders: Res<Shaders>,
    cache: Res<PipelineCache>,
    views: Query<(&ExtractedView, &Msaa), With<ViewDepthTexture>>,
) {
    let Some((view, msaa)) = views.iter().next() else { return };
    let (format, samples) = (view.target_format, msaa.samples());
    if scene.pipelines.as_ref().is_some_and(|p| p.format == format && p.samples == samples) {
        return;
    }
    let make = |label: &'static str, shader: &Handle<Shader>, vertex: &'static str, fragment: &'static str, solid| {
        cache.queue_render_pipeline(RenderPipelineDescriptor {
            label: Some(label.into()),
            layout: vec![layout()],
            vertex: VertexState { shader: shader.clone(), entry_point: Some(vertex.into()), ..default() },
            fragment: Some(FragmentState {
                shader: shader.clone(),
                entry_point: Some(fragment.into()),
                targets: vec![Some(ColorTargetState {
                    format,
                    blend: Some(BlendState::PREMULTIPLIED_ALPHA_BLENDING),
                    write_mask: ColorWrites::ALL,
                })],
                ..default()
            }),
            primitive: PrimitiveState::default(),
            depth_stencil: Some(DepthStencilState {
                format: CORE_3D_DEPTH_FORMAT,
                // Lines are blended in the order given; only spheres hide what is behind them.
                depth_write_enabled: Some(solid),
                depth_compare: Some(CompareFunction::GreaterEqual),
                stencil: StencilState::default(),
                bias: DepthBiasState::default(),
            }),
            multisample: MultisampleState { count: samples, ..default() },
            ..default()
        })
    };
    scene.pipelines = Some(Pipelines {
        format,
        samples,
        node: make("scene_nodes", &shaders.node, "node_vertex", "node_fragment", true),
        straight: make("scene_straight", &shaders.edge, "straight_vertex", "edge_fragment", false),
        curved: make("scene_curved", &shaders.edge, "curved_vertex", "edge_fragment", false),
        grid: make("scene_grid", &shaders.grid, "grid_vertex", "grid_fragment", false),
    });
}

fn draw(
    view: ViewQuery<(&ViewTarget, &ViewDepthTexture)>,
    scene: Res<Scene>,
    cache: Res<PipelineCache>,
    mut ctx: RenderContext,
) {
    let (target, depth) = view.into_inner();
    let area = scene.view.viewport_px;
    let (Some(buffers), Some(ids)) = (&scene.buffers, &scene.pipelines) else { return };
    if area.is_empty() || scene.nodes == 0 {
        return;
    }
    let mut pass = ctx.begin_tracked_render_pass(RenderPassDescriptor {
        label: Some("scarcity_scene"),
        color_attachments: &[Some(target.get_color_attachment())],
        depth_stencil_attachment: Some(depth.get_attachment(StoreOp::Store)),
        timestamp_writes: None,
        occlusion_query_set: None,
        multiview_mask: None,
    });
    let (at, size) = (area.min.as_vec2(), area.size().as_vec2());
    pass.set_viewport(at.x, at.y, size.x, size.y, 0.0, 1.0);
    // Pipelines that are still compiling are left out for a frame or two.
    if let Some(pipeline) = cache.get_render_pipeline(ids.node) {
        pass.set_render_pipeline(pipeline);
        pass.set_bind_group(0, &buffers.node_group, &[]);
        pass.draw(0..6, 0..scene.nodes);
    }
    if scene.view.uniform.grid_step > 0.0
        && let Some(pipeline) = cache.get_render_pipeline(ids.grid)
    {
        pass.set_render_pipeline(pipeline);
        pass.set_bind_group(0, &buffers.node_group, &[]);
        pass.draw(0..6, 0..2 * GRID_LINES);
    }
    for (id, vertices, range) in [
        (ids.straight, STRAIGHT_VERTICES, 0..scene.straight),
        (ids.curved, CURVED_VERTICES, scene.straight..scene.edges),
    ] {
        if let Some(pipeline) = cache.get_render_pipeline(id).filter(|_| !range.is_empty()) {
            pass.set_render_pipeline(pipeline);
            pass.set_bind_group(0, &buffers.edge_group, &[]);
            pass.draw(0..vertices, range);
        }
    }
}
