//! In: the scene on the graphics card and one view. Out: indirect draws inside Bevy's 3D pass, vertices pulled from buffers;
//! what is drawn is decided on the graphics card.

use bevy::asset::Assets;
use bevy::core_pipeline::core_3d::{main_opaque_pass_3d, main_transparent_pass_3d};
use bevy::core_pipeline::{Core3d, Core3dSystems};
use bevy::ecs::prelude::*;
use bevy::math::{URect, UVec2};
use bevy::prelude::{App, Plugin};
use bevy::render::render_resource::{
    LoadOp, Operations, Origin3d, PipelineCache, RenderPassColorAttachment, RenderPassDepthStencilAttachment,
    RenderPassDescriptor, StoreOp, TexelCopyTextureInfo,
};
use bevy::render::renderer::{RenderContext, RenderDevice, ViewQuery};
use bevy::render::view::{ExtractedView, ViewTarget};
use bevy::render::{ExtractSchedule, Render, RenderApp, RenderSystems};
use bevy::shader::Shader;

use super::canvas::{Buffers, Canvas, Draws, Pipelines, Shaders, extent};
use super::graph::Graph;
use super::lists::OwnLists;
use super::probe::Probe;
use super::regroup::Regroup;
use super::survey::{Surveyed, survey};
use super::upload::upload;
use crate::link::{DrawLists, Eye, Surveyor};
use crate::model::Selection;

/// Lines of the floor in each direction; `grid.wgsl` has the same number.
const GRID_LINES: u32 = 21;
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
pub(super) struct Scene {
    pub view: SceneView,
    pub buffers: Option<Buffers>,
    pub places_revision: Option<u64>,
    pub style_revision: Option<u64>,
    /// The layout's buffer, and what counts its changes; `None` = the scene's own, written from the processor.
    pub lent: Option<(wgpu::Buffer, u64)>,
    /// Nodes in the order of the buffer, as indices into the graph's places.
    pub order: Vec<u32>,
    /// Group of each node in the order of the buffer, and where the groups are.
    pub member: Vec<u32>,
    pub groups: Vec<[f32; 4]>,
    /// What is drawn, where the processor decides it.
    pub own: Option<OwnLists>,
    /// Changes of groups and of the order they were put into.
    pub grouped_for: (u64, Option<u64>),
    pub grouped: u64,
    pub regroup: Option<Regroup>,
    /// What each link stands for.
    pub picks: Vec<Selection>,
    /// Variables; the places behind theirs are junctions of hyperedges.
    pub variables: u32,
    /// Lines beyond the links themselves, which the limit on links leaves alone.
    pub extra_lines: u32,
    pub surveyor: Option<Surveyor>,
    /// What the lists were made for, and the lists.
    pub surveyed: Option<(Surveyed, DrawLists)>,
    pub draws: Option<Draws>,
    pub canvas: Option<Canvas>,
    pub pipelines: Option<Pipelines>,
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
    let Some(canvas) = &scene.canvas else { return };
    let inside = area.max.cmple(UVec2::new(target.main_texture().width(), target.main_texture().height())).all();
    if area.size() != canvas.size || !inside {
        return;
    }
    draw_canvas(&scene, canvas, &cache, &mut ctx);
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

fn draw_canvas(scene: &Scene, canvas: &Canvas, cache: &PipelineCache, ctx: &mut RenderContext<'_, '_>) {
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
    // Without a graph the pane is bare.
    let (Some(draws), Some(ids)) = (&scene.draws, &scene.pipelines) else { return };
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
