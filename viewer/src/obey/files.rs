//! In: the wish to write or read a file of the viewer. Out: exports, sessions, and the session kept for after a crash.

use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::thread;

use anyhow::Context as _;
use bevy::ecs::prelude::*;
use bevy::prelude::{App, AppExit, Last, Plugin};
use crossbeam_channel::{Receiver, Sender, bounded};

use super::view::apply;
use super::{Reach, refresh_knobs};
use crate::app::ViewerSystems;
use crate::dialog::Purpose;
use crate::export::{self, Shown};
use crate::model::{Command, ExportFormat, ToastKind, Undo, ViewState};
use crate::session_file::{self, SessionFile};

/// Seconds between automatic saves.
const AUTOSAVE_S: f32 = 20.0;

/// Keeps the automatic session and tells what became of pictures made elsewhere.
#[derive(Debug, Default)]
pub struct FilesPlugin;

impl Plugin for FilesPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Errands>()
            .add_systems(bevy::prelude::Update, tell_errands.after(ViewerSystems::Update))
            .add_systems(Last, autosave);
    }
}

/// News that may wait to be told; whoever has more waits.
const MOST_NEWS: usize = 16;

/// News of work done elsewhere.
#[derive(Debug, Resource)]
pub struct Errands {
    news: Receiver<(ToastKind, String)>,
}

/// The way back for whoever works elsewhere. One per program: there is one window.
static REPORT: std::sync::OnceLock<Sender<(ToastKind, String)>> = std::sync::OnceLock::new();

impl Default for Errands {
    fn default() -> Self {
        let (send, news) = bounded(MOST_NEWS);
        // A second window of the same program (in tests) has no errands of its own.
        let _ = REPORT.set(send);
        Self { news }
    }
}

fn tell_errands(errands: Res<Errands>, mut reach: Reach<'_>) {
    while let Ok((kind, text)) = errands.news.try_recv() {
        reach.tell(kind, text);
    }
}

fn autosave(mut reach: Reach<'_>, mut exits: MessageReader<AppExit>, mut last_s: Local<f32>) {
    let now_s = reach.time.elapsed_secs();
    let ends = exits.read().next().is_some();
    if ends || now_s - *last_s > AUTOSAVE_S {
        *last_s = now_s;
        save_last(&mut reach);
    }
}

fn session(reach: &Reach<'_>) -> SessionFile {
    SessionFile::of(&reach.model.0, reach.view_state(), reach.link.choice(), &reach.graph.places)
}

/// Keeps the session for the next start. The demo is not worth keeping.
pub(super) fn save_last(reach: &mut Reach<'_>) {
    if !reach.remember.0 || reach.link.choice().is_none() || reach.model.0.snapshot.is_none() {
        return;
    }
    if let Some(path) = session_file::last_path()
        && let Err(error) = session(reach).save(&path)
    {
        tracing::warn!("the session cannot be kept: {error:#}");
    }
}

pub(super) fn obey(command: Command, reach: &mut Reach<'_>) -> anyhow::Result<()> {
    match command {
        Command::Export(format, None) => {
            anyhow::ensure!(reach.model.0.snapshot.is_some(), "there is no graph yet: wait for the first window");
            let name = export::suggestion(&reach.model.0, format.extension());
            let place = beside_data(reach, name);
            reach.dialog.save(Purpose::Export(format), place)?;
        }
        Command::Export(format, Some(path)) => write(reach, format, &path)?,
        Command::ExportLinks(keys) => {
            let path = beside_data(reach, export::suggestion(&reach.model.0, "csv"));
            export::write_links(&path, &reach.model.0, &keys)?;
            reach.tell(ToastKind::Info, format!("{} links saved as {}", keys.len(), path.display()));
        }
        Command::SaveSession(None) => {
            let name = export::suggestion(&reach.model.0, "scarcity.json");
            let place = beside_data(reach, name);
            reach.dialog.save(Purpose::Session, place)?;
        }
        Command::SaveSession(Some(path)) => {
            session(reach).save(&path)?;
            reach.tell(ToastKind::Info, format!("Session saved as {}", path.display()));
        }
        Command::OpenSession(path) => open_session(reach, &path)?,
        Command::RestoreLast => {
            let path = session_file::last_path().context("this system names no folder for sessions")?;
            open_session(reach, &path)?;
        }
        _ => {}
    }
    Ok(())
}

/// The folder of the data, where people look for what belongs to it; else the current one.
fn beside_data(reach: &Reach<'_>, name: PathBuf) -> PathBuf {
    let folder = reach.link.choice().and_then(|choice| choice.files.first()).and_then(|file| file.parent());
    folder.filter(|folder| !folder.as_os_str().is_empty()).map_or(name.clone(), |folder| folder.join(name))
}

fn write(reach: &mut Reach<'_>, format: ExportFormat, path: &Path) -> anyhow::Result<()> {
    match format {
        ExportFormat::Film => {
            reach.filming.start(&mut reach.model.0, path.to_owned())?;
            return Ok(());
        }
        ExportFormat::Png(scale) => return picture(reach, path, scale),
        _ => {}
    }
    let shown = Shown {
        model: &reach.model.0,
        scores: reach.link.scores(),
        graph: &reach.graph,
        camera: &reach.camera,
        size_px: reach.pane.size_px,
        choice: reach.link.choice(),
        knobs: reach.knobs.changed(),
    };
    export::write(format, path, shown)?;
    reach.tell(ToastKind::Info, format!("Saved as {}", path.display()));
    Ok(())
}

/// A picture larger than the window is drawn by a second viewer without one, from a session of this moment.
fn picture(reach: &mut Reach<'_>, path: &Path, scale: u32) -> anyhow::Result<()> {
    let session = session(reach);
    let part = std::env::temp_dir().join(format!("scarcity-picture-{}.json", std::process::id()));
    session.save(&part)?;
    let viewer = std::env::current_exe().context("this program cannot be found to draw the picture")?;
    let size = reach.pane.window_px;
    let theme = format!("{:?}", reach.model.0.settings.theme).to_lowercase();
    let mut process = Process::new(viewer);
    process
        .args(["--session"])
        .arg(&part)
        .args(["--screenshot"])
        .arg(path)
        .args(["--size", &format!("{}x{}", size.x.max(320.0), size.y.max(240.0))])
        .args(["--scale", &scale.to_string(), "--theme", &theme]);
    let path = path.to_owned();
    thread::Builder::new().name("picture".into()).spawn(move || {
        let news = match process.output() {
            Ok(output) if output.status.success() => (ToastKind::Info, format!("Picture saved as {}", path.display())),
            Ok(output) => {
                let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
                (ToastKind::Error, format!("The picture could not be made: {reason}"))
            }
            Err(error) => (ToastKind::Error, format!("The picture could not be made: {error}")),
        };
        let _ = std::fs::remove_file(&part);
        if let Some(report) = REPORT.get() {
            // Only fails when the window has closed meanwhile.
            let _ = report.send(news);
        }
    })?;
    reach.tell(ToastKind::Info, format!("Drawing the picture ×{scale} …"));
    Ok(())
}

pub(super) fn open_session(reach: &mut Reach<'_>, path: &Path) -> anyhow::Result<()> {
    let session = SessionFile::load(path)?;
    restore_session(reach, session, true)
}

/// Brings a session back: at once as a picture, and by running the data again if `run` says so.
///
/// # Errors
/// When its data are gone or its settings are refused.
pub fn restore_session(reach: &mut Reach<'_>, session: SessionFile, run: bool) -> anyhow::Result<()> {
    if let Some(missing) = session.missing_file().filter(|_| run) {
        anyhow::bail!("{} is not there any more; put it back or open other data by Ctrl+O", missing.display());
    }
    if let Some(sentence) = session.changed_files().filter(|_| run) {
        reach.tell(ToastKind::Warning, sentence);
    }
    reach.knobs.replace(session.view.knobs.clone(), "the session", "restored")?;
    reach.link.set_config(reach.knobs.config()?);
    if !session.rules.is_empty() {
        reach.link.set_policies(&mut reach.model.0, session.rules)?;
    }
    let names: Vec<String> = session.snapshot.as_ref().map(|s| s.names.to_vec()).unwrap_or_default();
    let places = session
        .places
        .iter()
        .filter_map(|(name, place)| names.iter().position(|n| n == name).map(|at| (at as u32, *place)))
        .collect();
    reach.link.start_at(places);
    let model = &mut reach.model.0;
    if run {
        match session.choice.clone() {
            Some(choice) => reach.link.start_choice(model, choice),
            None => reach.link.start_demo(model),
        }
    }
    reach.knobs.started();
    model.source_name = session.source_name;
    if let Some(snapshot) = session.snapshot {
        model.newest = Some(std::sync::Arc::new(snapshot));
    }
    model.time = session.time;
    // The moment shown comes back with the recording; until then there is only the one that was saved.
    model.time.at = None;
    model.time.comparing = false;
    model.selection = session.selection;
    model.search = session.search;
    model.lod = session.lod;
    model.choose_snapshot();
    let pose_was_saved = session.view.pose != ViewState::default().pose;
    apply(reach, session.view);
    reach.camera.user_moved = pose_was_saved;
    reach.undo.0 = Undo::default();
    refresh_knobs(reach);
    Ok(())
}
