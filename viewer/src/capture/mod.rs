//! In: the wish for a picture. Out: a PNG of panels and scene, from the window or without one.

mod studio;

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, bail};
use bevy::ecs::prelude::*;
use bevy::image::Image;
use bevy::prelude::{App, Last, Plugin};
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::time::{Real, Time};
use crossbeam_channel::{Receiver, Sender, bounded};
use scarcity_engine::types::RunState;

use crate::app::{Model, Options, Outbox, Panels, PictureTarget, Start, Surface};
use crate::args::{Args, Moment, find_selection};
use crate::link::Link;
use crate::model::{Command, DragHover, Settings, ToastKind};
use crate::notes::Notes;
use crate::panels::Pane;
pub use studio::Studio;

/// Discovery has so long to reach the asked-for window.
const PATIENCE: Duration = Duration::from_secs(300);

/// Pictures of the window that somebody asked for.
#[derive(Debug, Resource)]
pub struct PictureRequest {
    wanted: bool,
    send: Sender<Image>,
    taken: Receiver<Image>,
}

impl Default for PictureRequest {
    fn default() -> Self {
        // Asked for once a frame at most and saved in the next: more than two never wait.
        let (send, taken) = bounded(2);
        Self { wanted: false, send, taken }
    }
}

impl PictureRequest {
    /// Take one of the window after this frame.
    pub fn of_window(&mut self) {
        self.wanted = true;
    }
}

/// Saves pictures of the window into the current folder.
#[derive(Debug, Default)]
pub struct CapturePlugin;

impl Plugin for CapturePlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Last, picture_of_window);
    }
}

fn picture_of_window(
    mut commands: Commands,
    mut request: ResMut<PictureRequest>,
    mut model: ResMut<Model>,
    mut notes: ResMut<Notes>,
    time: Res<Time<Real>>,
    target: Option<Res<PictureTarget>>,
) {
    if target.is_some() {
        return;
    }
    if std::mem::take(&mut request.wanted) {
        let send = request.send.clone();
        commands.spawn(Screenshot::primary_window()).observe(move |shot: On<ScreenshotCaptured>| {
            // The app may be closing; then there is nobody left to save it.
            let _ = send.try_send(shot.image.clone());
        });
    }
    while let Ok(image) = request.taken.try_recv() {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        let path = PathBuf::from(format!("scarcity-{seconds}.png"));
        let (kind, text) = match save(image, &path) {
            Ok(()) => {
                let place = std::env::current_dir().unwrap_or_default().join(&path);
                (ToastKind::Info, format!("Picture saved as {}", place.display()))
            }
            Err(error) => (ToastKind::Error, format!("{error:#}; start the viewer in a folder you may write to")),
        };
        notes.tell(&mut model.0, kind, text, time.elapsed_secs());
    }
}

/// Writes a picture; the format follows from the name.
///
/// # Errors
/// When the file cannot be written.
pub fn save(image: Image, path: &Path) -> anyhow::Result<()> {
    let picture = image.try_into_dynamic().context("the picture's format is not understood")?;
    // Written beside and renamed over, so that nobody ever opens half a picture.
    let name = path.file_name().context("a picture needs a name")?.to_string_lossy();
    let part = path.with_file_name(format!(".{name}"));
    let saved = picture.to_rgb8().save(&part).map_err(anyhow::Error::from);
    saved.and_then(|()| Ok(std::fs::rename(&part, path)?)).with_context(|| format!("cannot save {}", path.display()))
}

/// Takes the picture the command line asks for, without a window.
///
/// # Errors
/// When the data cannot be read, the selection is not there, or the picture cannot be written.
pub fn run(args: &Args, path: &Path) -> anyhow::Result<()> {
    let mut studio = Studio::new(Options {
        surface: Surface::Enlarged(args.size.0, args.scale),
        start: match (args.show, args.files.is_empty()) {
            _ if args.session.is_some() => {
                let path = args.session.clone().unwrap_or_default();
                Start::Session(Box::new(crate::session_file::SessionFile::load(&path)?), false)
            }
            (Moment::Import, true) => bail!("the import sheet needs a file: add its path"),
            (Moment::Live, false) => Start::Accept(args.files.clone()),
            _ => Start::Demo,
        },
        settings: Settings {
            theme: args.theme.map(Into::into).unwrap_or_default(),
            max_lag: args.max_lag.map_or(Settings::default().max_lag, |lag| lag as usize),
            show_truth: args.truth,
            ..Settings::default()
        },
        remember: false,
        state_file: args.state_file.clone(),
        knobs: args.knobs.clone(),
    })?;
    if args.show != Moment::Welcome {
        studio.world_mut().resource_mut::<Panels>().0.hide_welcome();
    }
    if args.session.is_some() {
        // Its graph is there at once, where it stood.
        for _ in 0..5 {
            studio.frame();
        }
        save(studio.picture()?, path)?;
        return Ok(());
    }
    let windows = if args.show == Moment::Welcome { args.after_windows.min(4) } else { args.after_windows };
    studio.until(PATIENCE, "discovery", |world| {
        let link_busy = world.resource::<Link>().is_busy();
        let model = &world.resource::<Model>().0;
        let seen = model.snapshot.as_ref().map_or(0, |s| s.window + 1);
        let over = !link_busy && !matches!(model.progress.state, RunState::Running | RunState::Waiting);
        seen >= windows || over || model.toasts.iter().any(|t| t.kind == ToastKind::Error)
    })?;
    if let Some(error) = studio.model().toasts.iter().find(|t| t.kind == ToastKind::Error) {
        bail!("{}", error.text);
    }
    if args.show == Moment::Live {
        let snapshot = studio.model().snapshot.clone().context("not even one window was complete: too few rows")?;
        if let Some(text) = &args.select {
            let selection = find_selection(text, &snapshot).map_err(anyhow::Error::msg)?;
            studio.command(Command::Select(selection));
        }
    }
    studio.frame();
    studio.frame();
    let mut panels = std::mem::take(&mut studio.world_mut().resource_mut::<Panels>().0);
    let mut commands = Vec::new();
    for title in &args.panel {
        let pane = Pane::ALL.into_iter().find(|pane| pane.title().eq_ignore_ascii_case(title));
        panels.show(pane.with_context(|| format!("there is no panel \"{title}\""))?);
    }
    for id in &args.act {
        panels.perform(id, studio.model(), &mut commands);
        studio.world_mut().resource_mut::<Outbox>().0.append(&mut commands);
        studio.frame();
        studio.frame();
    }
    studio.world_mut().resource_mut::<Panels>().0 = panels;
    studio.settle();
    let busy = |world: &World| world.resource::<crate::analysis::Analyst>().is_busy();
    studio.until(PATIENCE, "analysis", |world| !busy(world))?;
    match args.show {
        Moment::Hover => {
            let files = if args.files.is_empty() { vec!["measurements.csv".into()] } else { args.files.clone() };
            let refusal = crate::drop::refusal(&files);
            studio.model_mut().drag = Some(DragHover { files, refusal });
        }
        Moment::Import => {
            studio.command(Command::Open(args.files.clone()));
            studio.until(PATIENCE, "inspection", |world| world.resource::<Model>().0.import.is_some())?;
        }
        Moment::Welcome | Moment::Live => {}
    }
    save(studio.picture()?, path)?;
    let mut out = std::io::stdout().lock();
    std::io::Write::write_fmt(&mut out, format_args!("{}\n", path.display()))?;
    Ok(())
}
