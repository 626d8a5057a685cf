//! In: the recording. Out: one picture per window in a folder, and a film of them where ffmpeg is there.

use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};
use std::thread;

use anyhow::Context as _;
use bevy::ecs::prelude::*;
use bevy::image::Image;
use bevy::prelude::{App, Last, Plugin};
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::time::{Real, Time};
use crossbeam_channel::{Receiver, Sender, bounded};

use crate::app::{Model, PictureTarget};
use crate::capture::save;
use crate::model::{ToastKind, ViewModel};
use crate::notes::Notes;

/// Frames drawn after a window is shown before its picture is taken: flashes begin and places start to follow.
const FRAMES_PER_WINDOW: u32 = 4;
/// Pictures per second of the film.
const FILM_FPS: u32 = 8;

/// Takes the pictures.
#[derive(Debug, Default)]
pub struct FilmPlugin;

impl Plugin for FilmPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Filming>().add_systems(Last, film);
    }
}

/// A film being made.
#[derive(Resource)]
pub struct Filming {
    film: Option<Film>,
    send: Sender<Image>,
    taken: Receiver<Image>,
    finished: Option<Receiver<(ToastKind, String)>>,
}

impl Default for Filming {
    fn default() -> Self {
        // One picture is asked for at a time.
        let (send, taken) = bounded(1);
        Self { film: None, send, taken, finished: None }
    }
}

struct Film {
    windows: Vec<u64>,
    at: usize,
    wait: u32,
    asked: bool,
    folder: PathBuf,
    path: PathBuf,
    /// The moment shown before.
    before: Option<u64>,
}

impl Filming {
    /// Starts one. Pictures go into a folder named like the film.
    ///
    /// # Errors
    /// When there is nothing to film, or the folder cannot be made.
    pub fn start(&mut self, model: &mut ViewModel, path: PathBuf) -> anyhow::Result<()> {
        let windows: Vec<u64> = model.recording.iter().map(|snapshot| snapshot.window).collect();
        anyhow::ensure!(windows.len() > 1, "there is no past to film yet: wait for a few windows");
        anyhow::ensure!(self.film.is_none(), "a film is being made already");
        let folder = path.with_extension("frames");
        std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let before = model.time.at;
        self.film = Some(Film { windows, at: 0, wait: FRAMES_PER_WINDOW, asked: false, folder, path, before });
        Ok(())
    }

    /// Whether a film is being made.
    pub fn is_busy(&self) -> bool {
        self.film.is_some() || self.finished.is_some()
    }
}

fn film(
    mut commands: Commands,
    mut filming: ResMut<Filming>,
    mut model: ResMut<Model>,
    mut notes: ResMut<Notes>,
    time: Res<Time<Real>>,
    target: Option<Res<PictureTarget>>,
) {
    let model = &mut model.0;
    let now_s = time.elapsed_secs();
    if let Some(Ok((kind, text))) = filming.finished.as_ref().map(Receiver::try_recv) {
        notes.tell(model, kind, text, now_s);
        filming.finished = None;
    }
    let Filming { film: Some(film), send, taken, .. } = &mut *filming else { return };
    model.filming = Some((film.at + 1, film.windows.len()));
    model.time.at = film.windows.get(film.at).copied();
    if let Ok(image) = taken.try_recv() {
        let path = film.folder.join(format!("frame_{:05}.png", film.at));
        if let Err(error) = save(image, &path) {
            notes.tell(model, ToastKind::Error, format!("{error:#}"), now_s);
            film.at = film.windows.len();
        }
        film.at += 1;
        (film.asked, film.wait) = (false, FRAMES_PER_WINDOW);
    } else if film.wait > 0 {
        film.wait -= 1;
    } else if !film.asked {
        film.asked = true;
        let send = send.clone();
        let shot = match &target {
            Some(target) => Screenshot::image(target.0.clone()),
            None => Screenshot::primary_window(),
        };
        commands.spawn(shot).observe(move |shot: On<ScreenshotCaptured>| {
            // The app may be closing; then there is nobody left to save it.
            let _ = send.try_send(shot.image.clone());
        });
    }
    if film.at >= film.windows.len() {
        model.time.at = film.before;
        model.filming = None;
        let (folder, path) = (film.folder.clone(), film.path.clone());
        let (send, receive) = bounded(1);
        filming.film = None;
        filming.finished = Some(receive);
        let spawned = thread::Builder::new().name("film".into()).spawn(move || {
            // Only fails when the window has closed meanwhile.
            let _ = send.send(encode(&folder, &path));
        });
        if let Err(error) = spawned {
            notes.tell(model, ToastKind::Error, error.to_string(), now_s);
        }
    }
}

/// Makes the film, or says where the pictures are.
fn encode(folder: &Path, path: &Path) -> (ToastKind, String) {
    let frames = folder.join("frame_%05d.png");
    // Made beside and renamed over, so that nobody ever opens half a film.
    let part = path.with_file_name(format!(".{}", path.file_name().unwrap_or_default().to_string_lossy()));
    let made = Process::new("ffmpeg")
        .args(["-y", "-loglevel", "error", "-framerate", &FILM_FPS.to_string(), "-i"])
        .arg(&frames)
        // Most players want even sizes and this arrangement of colours.
        .args(["-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-pix_fmt", "yuv420p"])
        .arg(&part)
        .stdin(Stdio::null())
        .output();
    let made = made.and_then(|output| {
        if output.status.success() {
            std::fs::rename(&part, path)?;
        }
        Ok(output)
    });
    let pictures = folder.display();
    match made {
        Ok(output) if output.status.success() => {
            (ToastKind::Info, format!("Film saved as {}; its pictures are in {pictures}", path.display()))
        }
        Ok(output) => {
            let reason = String::from_utf8_lossy(&output.stderr);
            let reason = reason.lines().last().unwrap_or("no reason given").to_owned();
            (ToastKind::Warning, format!("ffmpeg could not make the film ({reason}); its pictures are in {pictures}"))
        }
        Err(_) => (
            ToastKind::Info,
            format!("The pictures of the film are in {pictures}; with ffmpeg installed they become an MP4"),
        ),
    }
}
