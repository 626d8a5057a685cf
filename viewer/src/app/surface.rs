//! In: where the picture goes. Out: Bevy with what is needed of it, the camera, and the graphics device made known.

use bevy::asset::AssetPlugin;
use bevy::camera::{CameraMainTextureUsages, ImageRenderTarget, RenderTarget};
use bevy::core_pipeline::Core3d;
use bevy::core_pipeline::tonemapping::{DebandDither, Tonemapping};
use bevy::ecs::prelude::*;
use bevy::ecs::schedule::{ScheduleLabel as _, SingleThreadedExecutor};
use bevy::image::Image;
use bevy::log::LogPlugin;
use bevy::prelude::{
    App, Assets, Camera, Camera3d, ClearColorConfig, Color, First, Last, Msaa, PluginGroup, PostUpdate, PreUpdate,
    Update, Window, WindowPlugin, default,
};
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_resource::{TextureFormat, TextureUsages};
use bevy::render::renderer::{RenderAdapterInfo, RenderDevice, RenderGraph, RenderQueue};
use bevy::render::settings::{RenderCreation, WgpuSettings};
use bevy::render::{Render, RenderApp, RenderPlugin};
use bevy::shader::Shader;
use bevy::window::{ExitCondition, PresentMode};
use bevy::winit::WinitPlugin;
use bevy_egui::PrimaryEguiContext;
use bevy_egui::render::EGUI_SHADER_HANDLE;

use super::{Model, PictureTarget, Surface};
use crate::link::{Lent, Link};
use crate::machine;
use crate::model::Lod;

pub(super) fn add_bevy(app: &mut App, surface: Surface) {
    let windowed = surface == Surface::Window;
    let render = RenderPlugin {
        render_creation: RenderCreation::Automatic(Box::new(WgpuSettings {
            backends: Some(machine::backends()),
            ..default()
        })),
        // A picture taken before the shaders are ready would lack the graph.
        synchronous_pipeline_compilation: !windowed,
        ..default()
    };
    let window = windowed.then(|| Window {
        title: "SCARCITY".into(),
        name: Some("scarcity-viewer".into()),
        resolution: (1280, 800).into(),
        present_mode: PresentMode::AutoVsync,
        resize_constraints: bevy::window::WindowResizeConstraints { min_width: 640.0, min_height: 400.0, ..default() },
        ..default()
    });
    let exit_condition = if windowed { ExitCondition::OnPrimaryClosed } else { ExitCondition::DontExit };
    let mut plugins = bevy::prelude::DefaultPlugins
        .build()
        .set(render)
        .set(WindowPlugin { primary_window: window, exit_condition, ..default() })
        // Nothing is read from disk: shaders are inside the program.
        .set(AssetPlugin { watch_for_changes_override: Some(false), ..default() })
        .set(LogPlugin {
            filter: "warn,wgpu_core=error,wgpu_hal=off,naga=error,bevy_render=error,winit=error".into(),
            ..default()
        });
    if !windowed {
        plugins = plugins.disable::<WinitPlugin>().disable::<PipelinedRenderingPlugin>().disable::<LogPlugin>();
    }
    app.add_plugins(plugins);
    run_in_turn(app);
}

/// The steps of a frame are short and mostly wait for each other: handing them from thread to thread takes longer than they
/// do, above all where the renderer has the processor's cores.
fn run_in_turn(app: &mut App) {
    let in_turn = |schedule: &mut Schedule| {
        schedule.set_executor(SingleThreadedExecutor::new());
    };
    for label in [First.intern(), PreUpdate.intern(), Update.intern(), PostUpdate.intern(), Last.intern()] {
        app.edit_schedule(label, in_turn);
    }
    if let Some(render_app) = app.get_sub_app_mut(RenderApp) {
        for label in [Render.intern(), RenderGraph.intern(), Core3d.intern()] {
            render_app.edit_schedule(label, in_turn);
        }
    }
}

pub(super) fn spawn_camera(surface: Surface) -> impl Fn(Commands<'_, '_>, ResMut<'_, Assets<Image>>) {
    move |mut commands, mut images| {
        let camera = (
            PrimaryEguiContext,
            Camera3d::default(),
            Camera { clear_color: ClearColorConfig::Custom(Color::BLACK), ..default() },
            // Lines and spheres smooth their own edges, at a fraction of the cost.
            Msaa::Off,
            // The scene is copied into the picture.
            CameraMainTextureUsages::default().with(TextureUsages::COPY_DST),
            Tonemapping::None,
            DebandDither::Disabled,
        );
        let (size, scale) = match surface {
            Surface::Window => {
                commands.spawn(camera);
                return;
            }
            Surface::Picture(size) => (size, 1),
            Surface::Enlarged(size, scale) => (size * scale, scale),
        };
        let mut image = Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8UnormSrgb, None);
        image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
        let handle = images.add(image);
        commands.insert_resource(PictureTarget(handle.clone()));
        let target = ImageRenderTarget { handle, scale_factor: scale as f32 };
        commands.spawn((camera, RenderTarget::Image(target)));
    }
}

/// See the shader for why bevy_egui's own does not do.
pub(super) fn replace_panel_shader(mut shaders: ResMut<Assets<Shader>>) -> Result {
    let shader = Shader::from_wgsl(include_str!("../../../shaders/panels/egui.wgsl"), "shaders/panels/egui.wgsl");
    shaders.insert(&EGUI_SHADER_HANDLE, shader)?;
    Ok(())
}

pub(super) fn name_adapter(mut model: ResMut<Model>, adapter: Option<Res<RenderAdapterInfo>>) {
    if let Some(adapter) = adapter {
        model.0.adapter = adapter.name.clone();
        if adapter.device_type == wgpu::DeviceType::Cpu {
            // Drawing shares the processor with discovery there: 20 frames per second are fluent enough, and the controller
            // keeps within 15 % of what it is told.
            model.0.lod.target_ms = 42.0;
            model.0.lod.max_edges = Lod::SOFTWARE_EDGES;
        }
    }
}

/// The layout runs on the device that draws it.
pub(super) fn lend_device(
    mut link: ResMut<Link>,
    device: Option<Res<RenderDevice>>,
    queue: Option<Res<RenderQueue>>,
    adapter: Option<Res<RenderAdapterInfo>>,
) {
    if let (Some(device), Some(queue), Some(adapter)) = (device, queue, adapter) {
        link.lend(Lent {
            device: device.wgpu_device().clone(),
            queue: (**queue.0).clone(),
            name: adapter.name.clone(),
        });
    }
}
