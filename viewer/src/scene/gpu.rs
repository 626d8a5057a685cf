//! In: the graph's flat arrays and one view. Out: five draw calls inside Bevy's 3D pass, vertices pulled from buffers.

use std::ops::Range;

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
use bevy::render::renderer::{RenderContext, RenderDevice, RenderQueue, ViewQuery};
use bevy::render::view::{ExtractedView, ViewTarget};
use bevy::render::{Extract, ExtractSchedule, Render, RenderApp, RenderSystems};
use bevy::shader::Shader;

use super::canvas::{Buffers, Canvas, Pipelines, Shaders, extent};
use super::graph::{EdgeStyle, Graph, NodeStyle};

/// Lines of the floor in each direction; `grid.wgsl` has the same number.
const GRID_LINES: u32 = 21;
/// Vertices per link of each kind of [`super::graph::Graph::kinds`]: one, four or twelve strips and the head, two triangles each.
const STRIP_VERTICES: [u32; 3] = [2 * 6, 5 * 6, 13 * 6];

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
    /// Pixels drawn per pixel of the pane along each side; 0 counts as 1.
    pub resolution: f32,
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
                .add_systems(Render, prepare.in_set(RenderSystems::Prepare))
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
    nodes: u32,
    edges: [Range<u32>; 3],
    canvas: Option<Canvas>,
    pipelines: Option<Pipelines>,
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
    let [straight, bent] = if placed { graph.kinds.map(|end| (end as u32).min(edges as u32)) } else { [0; 2] };
    scene.edges = [0..straight, straight..bent, bent..if placed { edges as u32 } else { 0 }];
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
    let (Some(buffers), Some(ids), Some(canvas)) = (&scene.buffers, &scene.pipelines, &scene.canvas) else { return };
    let inside = area.max.cmple(UVec2::new(target.main_texture().width(), target.main_texture().height())).all();
    if area.size() != canvas.size || !inside || scene.nodes == 0 {
        return;
    }
    draw_canvas(&scene, buffers, ids, canvas, &cache, &mut ctx);
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
    buffers: &Buffers,
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
    for ((id, vertices), range) in ids.strips.into_iter().zip(STRIP_VERTICES).zip(scene.edges.clone()) {
        if let Some(pipeline) = cache.get_render_pipeline(id).filter(|_| !range.is_empty()) {
            pass.set_render_pipeline(pipeline);
            pass.set_bind_group(0, &buffers.edge_group, &[]);
            pass.draw(0..vertices, range);
        }
    }
}
