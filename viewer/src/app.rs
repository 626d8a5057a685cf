//! In: options. Out: the Bevy app: receive → update → draw, each step a plugin or a system with one job.

use std::path::PathBuf;

use bevy::asset::AssetPlugin;
use bevy::camera::{CameraMainTextureUsages, ImageRenderTarget, RenderTarget};
use bevy::core_pipeline::tonemapping::{DebandDither, Tonemapping};
use bevy::ecs::prelude::*;
use bevy::image::Image;
use bevy::log::LogPlugin;
use bevy::math::UVec2;
use bevy::prelude::{
    App, Assets, Camera, Camera3d, ClearColorConfig, Color, Last, Msaa, PluginGroup, PreUpdate, Startup, Update,
    Window, WindowPlugin, default,
};
use bevy::render::RenderPlugin;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_resource::{TextureFormat, TextureUsages};
use bevy::render::renderer::{RenderAdapterInfo, RenderDevice, RenderQueue};
use bevy::render::settings::{RenderCreation, WgpuSettings};
use bevy::shader::Shader;
use bevy::time::{Real, Time};
use bevy::window::{ExitCondition, PresentMode};
use bevy::winit::WinitPlugin;
use bevy_egui::render::EGUI_SHADER_HANDLE;
use bevy_egui::{EguiGlobalSettings, EguiPlugin, EguiPreUpdateSet, EguiPrimaryContextPass, PrimaryEguiContext};

use crate::analysis::AnalysisPlugin;
use crate::args::Args;
use crate::camera::OrbitCamera;
use crate::capture::{CapturePlugin, PictureRequest};
use crate::clock::ClockPlugin;
use crate::clusters::Clusters;
use crate::dialog::{Answer, Dialog, Purpose};
use crate::drop::DropPlugin;
use crate::film::FilmPlugin;
use crate::knobs::Knobs;
use crate::link::{LatestFrame, LatestPlaces, Lent, Link};
use crate::model::{Command, KnobValue, Lod, ToastKind, ViewModel, lines_of};
use crate::notes::Notes;
use crate::obey::{Clipboard, FilesPlugin, Reach, UndoStack, obey_commands, remember_workspace, restore_session};
use crate::pace::{keep_changed_modifiers, set_pace};
use crate::pane::{PaneState, pane_system};
use crate::panels::{self, Workspace};
use crate::readings::ReadingsPlugin;
use crate::scene::{Graph, ScenePlugin};
use crate::session_file::{self, SessionFile};
use crate::state_file::StateFilePlugin;
use crate::theme::Theme;
use crate::{machine, settings};

/// Steps of one frame, in the order data flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, SystemSet)]
pub enum ViewerSystems {
    /// Engine, window system and dialogs → view model.
    Receive,
    /// Commands of the last frame → engine, view model, camera.
    Update,
    /// View model → flat arrays of the scene. Panels follow in egui's own schedule.
    Draw,
}

/// The view model, as a resource.
#[derive(Debug, Default, Resource)]
pub struct Model(pub ViewModel);

/// What the panels asked for and nobody has done yet.
#[derive(Debug, Default, Resource)]
pub struct Outbox(pub Vec<Command>);

/// The arrangement of panels, as a resource.
#[derive(Resource)]
pub struct Panels(pub Workspace);

/// Where the picture goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// A window.
    Window,
    /// An image of this size in pixels; needs no display.
    Picture(UVec2),
    /// An image of this size in points and so many pixels per point.
    Enlarged(UVec2, u32),
}

/// What to show at the start.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// The demo stream.
    Demo,
    /// The import sheet for these files, with the demo behind it.
    Files(Vec<PathBuf>),
    /// These files at once, no questions asked.
    Accept(Vec<PathBuf>),
    /// A saved session; `false` = only its graph, without running the data again.
    Session(Box<SessionFile>, bool),
    /// Nothing: whoever built the app fills the model.
    Nothing,
}

/// How to build the app.
#[derive(Debug, Clone, PartialEq)]
pub struct Options {
    /// Where the picture goes.
    pub surface: Surface,
    /// What to show.
    pub start: Start,
    /// Remembered settings.
    pub settings: crate::model::Settings,
    /// Whether changed settings are remembered.
    pub remember: bool,
    /// Where to describe the window's state.
    pub state_file: Option<PathBuf>,
    /// Knobs turned before the start.
    pub knobs: Vec<(String, KnobValue)>,
}

impl Options {
    /// A window, as the command line asks.
    ///
    /// # Errors
    /// Never so far; opening files reports its errors in the window.
    pub fn from_args(args: &Args) -> anyhow::Result<Self> {
        let mut settings = settings::load();
        if let Some(theme) = args.theme {
            settings.theme = theme.into();
        }
        if let Some(lag) = args.max_lag {
            settings.max_lag = lag as usize;
        }
        settings.show_truth |= args.truth;
        let start = match &args.session {
            Some(path) => Start::Session(Box::new(SessionFile::load(path)?), true),
            None if !args.files.is_empty() => Start::Files(args.files.clone()),
            None if args.demo => Start::Demo,
            // Where the last session was, as far as its data are still there.
            None => last_session().map_or(Start::Demo, |session| Start::Session(Box::new(session), true)),
        };
        let surface = Surface::Window;
        let (state_file, knobs) = (args.state_file.clone(), args.knobs.clone());
        Ok(Self { surface, start, settings, remember: true, state_file, knobs })
    }
}

/// The session before the last end, if it can be gone back to.
fn last_session() -> Option<SessionFile> {
    let session = SessionFile::load(&session_file::last_path().filter(|path| path.exists())?);
    let session = session.inspect_err(|error| tracing::warn!("{error:#}")).ok()?;
    (session.choice.is_some() && session.missing_file().is_none()).then_some(session)
}

/// What is to be done once everything stands.
#[derive(Debug, Default, Resource)]
struct Pending(Option<(SessionFile, bool)>);

fn restore_pending(mut pending: ResMut<Pending>, mut reach: Reach<'_>, mut frame: ResMut<LatestFrame>) {
    let Some((session, run)) = pending.0.take() else { return };
    let places: Vec<(String, [f32; 3])> = session.places.clone();
    if let Err(error) = restore_session(&mut reach, session, run) {
        reach.tell(ToastKind::Error, format!("The last session could not be restored: {error:#}"));
        if run {
            let model = &mut reach.model.0;
            reach.link.start_demo(model);
        }
    }
    // Without a layout the graph stands where it stood.
    if let Some(snapshot) = reach.model.0.snapshot.clone().filter(|_| !run) {
        let place = |name: &String| places.iter().find(|(n, _)| n == name).map_or([f32::NAN; 3], |(_, place)| *place);
        let positions: Vec<[f32; 3]> = snapshot.names.iter().map(place).collect();
        let far =
            positions.iter().map(|[x, y, z]| x.hypot(*y).hypot(*z)).filter(|r| r.is_finite()).fold(1e-3, f32::max);
        let window = snapshot.window;
        frame.0 = Some(std::sync::Arc::new(scarcity_engine::types::Frame {
            frame_id: 1,
            window,
            positions,
            radius: far,
            movement: 0.0,
            settled: true,
        }));
        reach.model.0.layout_settled = true;
    }
}

/// The image a windowless app draws to.
#[derive(Debug, Resource)]
pub struct PictureTarget(pub bevy::asset::Handle<Image>);

/// Whether changed settings are remembered.
#[derive(Debug, Resource)]
pub struct Remember(pub bool);

/// Builds the app; run it, or finish and update it by hand.
///
/// # Errors
/// When the file dialog or the engine's threads cannot be set up.
pub fn build(options: Options) -> anyhow::Result<App> {
    let mut app = App::new();
    add_bevy(&mut app, options.surface);
    app.add_plugins(EguiPlugin { bindless_mode_array_size: None });
    app.world_mut().resource_mut::<EguiGlobalSettings>().auto_create_primary_context = false;

    let workspace = if options.remember { settings::load_workspace() } else { Workspace::default() };
    let mut model = ViewModel { settings: options.settings, no_drops: machine::uses_wayland(), ..default() };
    let mut link = Link::default();
    let mut outbox = Outbox::default();
    let mut pending = Pending::default();
    let mut knobs = Knobs::default();
    for (path, value) in options.knobs {
        knobs.set(&path, value, "the command line", "given at the start")?;
    }
    knobs.started();
    link.set_config(knobs.config()?);
    model.knobs = knobs.views();
    model.policies = lines_of(&knobs.config()?.governor.policies);
    model.last_session = session_file::last_path().filter(|path| path.exists()).map(|path| path.display().to_string());
    let faults = panels::binding_faults(&model.settings.bindings);
    match options.start {
        Start::Demo => link.start_demo(&mut model),
        Start::Files(files) => {
            link.start_demo(&mut model);
            outbox.0.push(Command::Open(files));
        }
        Start::Accept(files) => link.start_files(&mut model, files),
        Start::Session(session, run) => pending.0 = Some((*session, run)),
        Start::Nothing => {}
    }
    let mut notes = Notes::default();
    for fault in faults {
        notes.tell(&mut model, ToastKind::Warning, fault, 0.0);
    }
    app.insert_resource(Model(model))
        .insert_resource(link)
        .insert_resource(outbox)
        .insert_resource(Panels(workspace))
        .insert_resource(Remember(options.remember))
        .init_resource::<LatestFrame>()
        .init_resource::<LatestPlaces>()
        .init_resource::<Dialog>()
        .insert_resource(notes)
        .insert_resource(knobs)
        .insert_resource(pending)
        .init_resource::<UndoStack>()
        .init_resource::<Clipboard>()
        .init_resource::<OrbitCamera>()
        .init_resource::<PaneState>()
        .init_resource::<Clusters>()
        .init_resource::<PictureRequest>()
        .configure_sets(Update, (ViewerSystems::Receive, ViewerSystems::Update, ViewerSystems::Draw).chain())
        .add_plugins((DropPlugin, ScenePlugin, CapturePlugin))
        .add_plugins((AnalysisPlugin, ClockPlugin, FilmPlugin, FilesPlugin, ReadingsPlugin))
        .add_systems(Startup, replace_panel_shader)
        .add_systems(Startup, (spawn_camera(options.surface), name_adapter, lend_device))
        .add_systems(Update, (restore_pending, receive_engine, receive_dialog).chain().in_set(ViewerSystems::Receive))
        .add_systems(Update, obey_commands.in_set(ViewerSystems::Update))
        .add_systems(Update, (set_detail, draw_graph).chain().in_set(ViewerSystems::Draw))
        .add_systems(
            PreUpdate,
            keep_changed_modifiers.after(EguiPreUpdateSet::ProcessInput).before(EguiPreUpdateSet::BeginPass),
        )
        .add_systems(EguiPrimaryContextPass, pane_system)
        .add_systems(Last, (set_pace, remember_workspace));
    if let Some(path) = options.state_file {
        app.add_plugins(StateFilePlugin(path));
    }
    Ok(app)
}

fn add_bevy(app: &mut App, surface: Surface) {
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
}

fn spawn_camera(surface: Surface) -> impl Fn(Commands<'_, '_>, ResMut<'_, Assets<Image>>) {
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
fn replace_panel_shader(mut shaders: ResMut<Assets<Shader>>) -> Result {
    let shader = Shader::from_wgsl(include_str!("../../shaders/panels/egui.wgsl"), "shaders/panels/egui.wgsl");
    shaders.insert(&EGUI_SHADER_HANDLE, shader)?;
    Ok(())
}

fn name_adapter(mut model: ResMut<Model>, adapter: Option<Res<RenderAdapterInfo>>) {
    if let Some(adapter) = adapter {
        model.0.adapter = adapter.name.clone();
        if adapter.device_type == wgpu::DeviceType::Cpu {
            // Drawing shares the processor with discovery there: 20 frames per second are fluent enough.
            model.0.lod.target_ms = 50.0;
            model.0.lod.max_edges = Lod::SOFTWARE_EDGES;
        }
    }
}

/// The layout runs on the device that draws it.
fn lend_device(
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
            software: adapter.device_type == wgpu::DeviceType::Cpu,
        });
    }
}

fn receive_engine(
    mut link: ResMut<Link>,
    mut model: ResMut<Model>,
    (mut frame, mut places): (ResMut<LatestFrame>, ResMut<LatestPlaces>),
    mut notes: ResMut<Notes>,
    (pane, camera): (Res<PaneState>, Res<OrbitCamera>),
    time: Res<Time<Real>>,
    mut moved: Local<bool>,
) {
    let model = &mut model.0;
    for (kind, text) in link.poll(model, &mut frame, &mut places) {
        notes.tell(model, kind, text, time.elapsed_secs());
    }
    notes.expire(model, time.elapsed_secs());
    let seconds = time.delta_secs();
    // A window at rest is drawn when something happens: the time between two frames then says nothing.
    let moves = !pane.still && (pane.moving || pane.animates || camera.is_moving());
    if std::mem::replace(&mut *moved, moves) && moves && seconds > 0.0 {
        // Half of the weight on the last few frames: readable, yet quick to show a stall.
        let now = 1.0 / seconds;
        // One stall, while a shader is made or a file is opened, is no reason to draw less for seconds.
        let ms = (seconds * 1e3).min(3.0 * model.frame_ms.max(16.0));
        model.frame_ms = if model.frame_ms == 0.0 { ms } else { model.frame_ms + 0.08 * (ms - model.frame_ms) };
        model.fps = if model.fps == 0.0 { now } else { model.fps + 0.08 * (now - model.fps) };
    }
}

fn receive_dialog(
    mut dialog: ResMut<Dialog>,
    mut outbox: ResMut<Outbox>,
    mut notes: ResMut<Notes>,
    mut model: ResMut<Model>,
    time: Res<Time<Real>>,
) {
    match dialog.poll() {
        Some(Answer::Picked(files)) if !files.is_empty() => outbox.0.push(Command::Open(files)),
        Some(Answer::Save(Purpose::Export(format), path)) => outbox.0.push(Command::Export(format, Some(path))),
        Some(Answer::Save(Purpose::Session, path)) => outbox.0.push(Command::SaveSession(Some(path))),
        Some(Answer::Unavailable) => notes.tell(
            &mut model.0,
            ToastKind::Warning,
            "This desktop shows no file dialog (it needs a desktop portal or zenity). Drop the file or paste its path.",
            time.elapsed_secs(),
        ),
        _ => {}
    }
}

/// Adapts the level of detail to how long frames take.
fn set_detail(
    mut model: ResMut<Model>,
    link: Res<Link>,
    pane: Res<PaneState>,
    camera: Res<OrbitCamera>,
    time: Res<Time<Real>>,
    mut since_s: Local<f32>,
) {
    // Only while frames follow each other is the time between them what a frame takes.
    if pane.still || !(pane.moving || camera.is_moving()) {
        return;
    }
    *since_s += time.delta_secs();
    if *since_s > 0.25 {
        *since_s = 0.0;
        let model = &mut model.0;
        link.report_fps(model.fps);
        model.lod = model.lod.after(model.frame_ms, model.visible_edges as u32);
    }
}

fn draw_graph(
    mut model: ResMut<Model>,
    (frame, places): (Res<LatestFrame>, Res<LatestPlaces>),
    mut graph: ResMut<Graph>,
    mut camera: ResMut<OrbitCamera>,
    mut pane: ResMut<PaneState>,
    mut cameras: Query<&mut Camera>,
    time: Res<Time<Real>>,
) {
    let model = &mut model.0;
    let seconds = if pane.still { 0.0 } else { time.delta_secs() };
    let restyled = graph.restyle(model, time.elapsed_secs());
    model.visible_edges = graph.visible_links;
    model.drawn_edges = graph.visible_links.min(model.lod.max_edges as usize);
    let moved = graph.follow(frame.0.as_deref(), seconds) | graph.draw_from(places.0.as_ref());
    if !camera.user_moved && (moved || restyled || pane.resized) {
        camera.frame(&graph.places, pane.room);
    }
    pane.moving = moved || restyled;
    let [r, g, b, _] = Theme::of(model.settings.theme).scene.to_array();
    for mut camera in &mut cameras {
        camera.clear_color = ClearColorConfig::Custom(Color::srgb_u8(r, g, b));
    }
}
