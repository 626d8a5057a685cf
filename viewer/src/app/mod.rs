//! In: options. Out: the Bevy app: receive → update → draw, each step a plugin or a system with one job.

mod steps;
mod surface;

use std::path::PathBuf;

use bevy::ecs::prelude::*;
use bevy::image::Image;
use bevy::math::UVec2;
use bevy::prelude::{App, Last, PreUpdate, Startup, Update, default};
use bevy_egui::{EguiGlobalSettings, EguiPlugin, EguiPreUpdateSet, EguiPrimaryContextPass};

use crate::analysis::AnalysisPlugin;
use crate::args::Args;
use crate::camera::OrbitCamera;
use crate::capture::{CapturePlugin, PictureRequest};
use crate::clock::ClockPlugin;
use crate::clusters::Clusters;
use crate::dialog::Dialog;
use crate::drop::DropPlugin;
use crate::film::FilmPlugin;
use crate::knobs::Knobs;
use crate::link::{LatestFrame, LatestPlaces, Link};
use crate::model::{Command, KnobValue, ToastKind, ViewModel, lines_of};
use crate::notes::Notes;
use crate::obey::{Clipboard, FilesPlugin, UndoStack, obey_commands, remember_workspace};
use crate::pace::{keep_changed_modifiers, set_pace};
use crate::pane::{PaneState, pane_system};
use crate::panels::{self, Workspace};
use crate::readings::ReadingsPlugin;
use crate::repaint::RepaintPlugin;
use crate::scene::ScenePlugin;
use crate::session_file::{self, SessionFile};
use crate::state_file::StateFilePlugin;
use crate::{machine, settings};
use steps::{Pending, draw_graph, receive_dialog, receive_engine, restore_pending, set_detail};
use surface::{add_bevy, lend_device, name_adapter, replace_panel_shader, spawn_camera};

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
        .add_plugins((AnalysisPlugin, ClockPlugin, FilmPlugin, FilesPlugin, ReadingsPlugin, RepaintPlugin))
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
