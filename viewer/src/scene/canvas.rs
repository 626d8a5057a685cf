//! In: the device and sizes. Out: what the scene is drawn with: buffers, the canvas in the size of the pane, pipelines.

use bevy::asset::Handle;
use bevy::math::UVec2;
use bevy::prelude::{Resource, default};
use bevy::render::render_resource::binding_types::{storage_buffer_read_only_sized, uniform_buffer_sized};
use bevy::render::render_resource::{
    BindGroup, BindGroupEntries, BindGroupLayoutDescriptor, BindGroupLayoutEntries, BlendState, Buffer,
    BufferDescriptor, BufferUsages, CachedRenderPipelineId, ColorTargetState, ColorWrites, CompareFunction,
    DepthBiasState, DepthStencilState, Extent3d, FragmentState, MultisampleState, PipelineCache, PrimitiveState,
    RenderPipelineDescriptor, ShaderStages, StencilState, Texture, TextureDescriptor, TextureDimension, TextureFormat,
    TextureUsages, TextureView, TextureViewDescriptor, VertexState,
};
use bevy::render::renderer::RenderDevice;
use bevy::shader::Shader;
use wgpu::util::{TextureBlitter, TextureBlitterBuilder};

use super::gpu::ViewUniform;
use super::graph::{EdgeStyle, NodeStyle};
use crate::link::DrawLists;

/// Depth of the scene; reversed, so 32-bit floats are even over all distances.
const DEPTH_FORMAT: TextureFormat = TextureFormat::Depth32Float;

#[derive(Resource)]
pub(super) struct Shaders {
    pub node: Handle<Shader>,
    pub edge: Handle<Shader>,
    pub grid: Handle<Shader>,
}

pub(super) struct Buffers {
    pub view: Buffer,
    pub places: Buffer,
    pub nodes: Buffer,
    pub edges: Buffer,
}

/// What is drawn this frame: bind groups and the arguments of the draws.
pub(super) struct Draws {
    pub nodes: BindGroup,
    pub edges: BindGroup,
    pub node_draws: Buffer,
    pub edge_draws: Buffer,
}

/// What the scene is drawn to before it is copied into the window's picture, in the size of the pane.
pub(super) struct Canvas {
    /// Size of the pane.
    pub size: UVec2,
    /// Size that is drawn; smaller where drawing would take too long.
    pub drawn: UVec2,
    pub format: TextureFormat,
    pub color: Texture,
    pub color_view: TextureView,
    pub depth_view: TextureView,
    /// Stretches what was drawn to the size of the pane, where they differ.
    pub stretched: Option<Stretched>,
}

pub(super) struct Stretched {
    pub color: Texture,
    pub view: TextureView,
    pub blitter: TextureBlitter,
}

pub(super) struct Pipelines {
    pub format: TextureFormat,
    /// Drawn in full, and as discs.
    pub nodes: [CachedRenderPipelineId; 2],
    pub strips: [CachedRenderPipelineId; 3],
    pub grid: CachedRenderPipelineId,
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
                storage_buffer_read_only_sized(false, None),
                storage_buffer_read_only_sized(false, None),
                storage_buffer_read_only_sized(false, None),
            ),
        ),
    )
}

pub(super) fn extent(size: UVec2) -> Extent3d {
    Extent3d { width: size.x, height: size.y, depth_or_array_layers: 1 }
}

impl Canvas {
    pub fn new(device: &RenderDevice, size: UVec2, drawn: UVec2, format: TextureFormat) -> Self {
        let texture = |label, size, format, usage| {
            device.create_texture(&TextureDescriptor {
                label: Some(label),
                size: extent(size),
                mip_level_count: 1,
                sample_count: 1,
                dimension: TextureDimension::D2,
                format,
                usage: usage | TextureUsages::RENDER_ATTACHMENT,
                view_formats: &[],
            })
        };
        let usage = TextureUsages::COPY_SRC | TextureUsages::TEXTURE_BINDING;
        let color = texture("scene_color", drawn, format, usage);
        let depth = texture("scene_depth", drawn, DEPTH_FORMAT, TextureUsages::empty());
        let stretched = (drawn != size).then(|| {
            let color = texture("scene_stretched", size, format, TextureUsages::COPY_SRC);
            let view = color.create_view(&TextureViewDescriptor::default());
            let blitter =
                TextureBlitterBuilder::new(device.wgpu_device(), format).sample_type(wgpu::FilterMode::Linear).build();
            Stretched { color, view, blitter }
        });
        let color_view = color.create_view(&TextureViewDescriptor::default());
        let depth_view = depth.create_view(&TextureViewDescriptor::default());
        Self { size, drawn, format, color, color_view, depth_view, stretched }
    }
}

impl Buffers {
    /// Room for half as much again, so that a growing graph does not mean a new buffer each window.
    pub fn new(device: &RenderDevice, nodes: usize, edges: usize) -> Self {
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
        Self { view, places, nodes: node_styles, edges: edge_styles }
    }
}

impl Draws {
    /// Draws of these lists, with nodes at these positions.
    pub fn new(
        device: &RenderDevice,
        cache: &PipelineCache,
        buffers: &Buffers,
        positions: &wgpu::Buffer,
        lists: &DrawLists,
    ) -> Self {
        let group = |label, list: &wgpu::Buffer, draws: &wgpu::Buffer| {
            device.create_bind_group(
                label,
                &cache.get_bind_group_layout(&layout()),
                &BindGroupEntries::sequential((
                    buffers.view.as_entire_binding(),
                    positions.as_entire_binding(),
                    buffers.nodes.as_entire_binding(),
                    buffers.edges.as_entire_binding(),
                    list.as_entire_binding(),
                    draws.as_entire_binding(),
                )),
            )
        };
        Self {
            nodes: group("scene_nodes", &lists.nodes, &lists.node_draws),
            edges: group("scene_edges", &lists.edges, &lists.edge_draws),
            node_draws: Buffer::from(lists.node_draws.clone()),
            edge_draws: Buffer::from(lists.edge_draws.clone()),
        }
    }
}

impl Pipelines {
    pub fn new(cache: &PipelineCache, shaders: &Shaders, format: TextureFormat) -> Self {
        let make =
            |label: &'static str, shader: &Handle<Shader>, vertex: &'static str, fragment: &'static str, solid| {
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
                        format: DEPTH_FORMAT,
                        // Lines are blended in the order given; only spheres hide what is behind them.
                        depth_write_enabled: Some(solid),
                        depth_compare: Some(CompareFunction::GreaterEqual),
                        stencil: StencilState::default(),
                        bias: DepthBiasState::default(),
                    }),
                    multisample: MultisampleState::default(),
                    ..default()
                })
            };
        Self {
            format,
            nodes: [
                make("scene_nodes", &shaders.node, "node_vertex", "node_fragment", true),
                make("scene_discs", &shaders.node, "disc_vertex", "disc_fragment", true),
            ],
            strips: [
                make("scene_straight", &shaders.edge, "straight_vertex", "plain_fragment", false),
                make("scene_bent", &shaders.edge, "bent_vertex", "plain_fragment", false),
                make("scene_smooth", &shaders.edge, "smooth_vertex", "rich_fragment", false),
            ],
            grid: make("scene_grid", &shaders.grid, "grid_vertex", "grid_fragment", false),
        }
    }
}
