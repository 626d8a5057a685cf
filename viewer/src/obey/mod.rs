//! In: commands of panels, keys and drops. Out: what they ask for, done to engine, camera and view model.

mod files;
mod view;

use bevy::ecs::prelude::*;
use bevy::prelude::AppExit;
use bevy::time::{Real, Time};

use crate::app::{Model, Outbox, Panels, Remember};
use crate::camera::OrbitCamera;
use crate::capture::PictureRequest;
use crate::dialog::Dialog;
use crate::film::Filming;
use crate::knobs::{self, Knobs};
use crate::link::Link;
use crate::model::{Command, ToastKind, Undo, ViewState};
use crate::notes::Notes;
use crate::pane::PaneState;
use crate::scene::Graph;
use crate::{drop, settings};

pub use files::{FilesPlugin, restore_session};

/// What commands act on.
#[derive(bevy::ecs::system::SystemParam)]
pub struct Reach<'w> {
    pub(crate) model: ResMut<'w, Model>,
    pub(crate) link: ResMut<'w, Link>,
    pub(crate) dialog: ResMut<'w, Dialog>,
    pub(crate) camera: ResMut<'w, OrbitCamera>,
    pub(crate) graph: Res<'w, Graph>,
    pub(crate) pane: Res<'w, PaneState>,
    pub(crate) notes: ResMut<'w, Notes>,
    pub(crate) picture: ResMut<'w, PictureRequest>,
    pub(crate) remember: Res<'w, Remember>,
    pub(crate) time: Res<'w, Time<Real>>,
    pub(crate) undo: ResMut<'w, UndoStack>,
    pub(crate) knobs: ResMut<'w, Knobs>,
    pub(crate) filming: ResMut<'w, Filming>,
    pub(crate) clipboard: ResMut<'w, Clipboard>,
}

/// The way back, as a resource.
#[derive(Debug, Default, Resource)]
pub struct UndoStack(pub Undo);

/// Text on its way to the clipboard.
#[derive(Debug, Default, Resource)]
pub struct Clipboard(pub Option<String>);

impl Reach<'_> {
    /// How the graph is looked at now.
    pub(crate) fn view_state(&self) -> ViewState {
        self.knobs.view_state(&self.model.0, self.camera.goal())
    }

    pub(crate) fn tell(&mut self, kind: ToastKind, text: impl Into<String>) {
        let now_s = self.time.elapsed_secs();
        self.notes.tell(&mut self.model.0, kind, text, now_s);
    }
}

/// Does what was asked for in the last frame, in order; what cannot be done becomes a note that says why.
pub fn obey_commands(
    mut outbox: ResMut<Outbox>,
    mut reach: Reach<'_>,
    mut exit: MessageWriter<AppExit>,
    mut steps: Local<u32>,
) {
    for command in std::mem::take(&mut outbox.0) {
        if command == Command::Quit {
            files::save_last(&mut reach);
            reach.link.cancel();
            exit.write(AppExit::Success);
        }
        if let Some(kind) = undoable(&command) {
            let (state, now_s) = (reach.view_state(), reach.time.elapsed_secs());
            reach.undo.0.before(kind, &state, now_s);
        }
        if let Err(error) = obey(command, &mut reach) {
            reach.tell(ToastKind::Error, format!("{error:#}"));
        }
    }
    reach.model.0.can_undo = reach.undo.0.can();
    // The layout hears of its new pace once.
    let wanted = reach.model.0.lod.layout_steps;
    if *steps != wanted {
        *steps = wanted;
        reach.link.set_layout_steps(wanted);
    }
}

/// Commands that undo takes back, by the kind of gesture they belong to.
fn undoable(command: &Command) -> Option<&'static str> {
    Some(match command {
        Command::SetFilter(_) | Command::FilterWeaker(_) => "filter",
        Command::SetFocus(_) | Command::SetIsolated(_) => "focus",
        Command::SetHidden(..) | Command::UnhideAll => "hide",
        Command::SetPinned(..) | Command::UnpinAll => "pin",
        Command::Drag(..) => "drag",
        Command::SetKnob(..) | Command::Preset(_) => "knob",
        Command::Fit | Command::FocusSelection | Command::LookFrom(_) | Command::LastView => "camera",
        _ => return None,
    })
}

fn obey(command: Command, reach: &mut Reach<'_>) -> anyhow::Result<()> {
    let model = &mut reach.model.0;
    match command {
        Command::PickFiles => reach.dialog.open()?,
        Command::Open(files) => match drop::refusal(&files) {
            _ if files.len() == 1 && files[0].extension().is_some_and(|e| e == "json") => {
                files::open_session(reach, &files[0])?;
            }
            Some(sentence) => anyhow::bail!(sentence),
            None => reach.link.inspect(model, files)?,
        },
        Command::EditImport(choice) => reach.link.edit_import(model, choice)?,
        Command::AcceptImport => {
            if let Some(sheet) = model.import.take() {
                // What went wrong before no longer matters.
                model.toasts.retain(|t| t.kind != ToastKind::Error);
                for file in sheet.choice.files.iter().rev() {
                    settings::remember_recent(&mut model.settings, file);
                }
                if let Ok(report) = &sheet.report {
                    let names = report.schema.columns.iter().map(|column| column.name.clone()).collect();
                    settings::remember_schema(&mut model.settings, names, &sheet.choice);
                }
                model.settings.max_lag = sheet.choice.max_lag;
                reach.camera.user_moved = false;
                reach.link.start_choice(model, sheet.choice);
                reach.knobs.started();
                model.knobs = reach.knobs.views();
                reach.undo.0 = Undo::default();
                if reach.remember.0 {
                    settings::save(&model.settings)?;
                }
            }
        }
        Command::CancelImport => {
            reach.link.forget_inspection();
            model.import = None;
        }
        Command::CancelRun => reach.link.cancel(),
        Command::Restart => {
            reach.knobs.started();
            reach.link.restart(model);
            refresh_knobs(reach);
        }
        Command::StartDemo => {
            reach.camera.user_moved = false;
            reach.link.start_demo(model);
            reach.undo.0 = Undo::default();
        }
        Command::SetPaused(paused) => {
            model.paused = paused;
            reach.link.set_paused(paused);
        }
        Command::SetFrozen(frozen) => {
            model.layout_frozen = frozen;
            reach.link.set_frozen(frozen);
        }
        Command::SetSearch(text) => model.search = text,
        Command::SetSettings(changed) => {
            model.settings = changed;
            if reach.remember.0 {
                settings::save(&model.settings)?;
            }
        }
        Command::SetKnob(path, value) => {
            reach.knobs.set(&path, value, "you", "by hand")?;
            take_over_knobs(reach)?;
        }
        Command::Preset(name) => {
            reach.knobs.replace(knobs::preset(name), "you", &format!("preset {name}"))?;
            take_over_knobs(reach)?;
        }
        Command::SetPolicies(policies) => reach.link.set_policies(model, policies)?,
        Command::AskGovernor(ask) => reach.link.ask_governor(model, ask)?,
        Command::SetLod(lod) => model.lod = lod,
        Command::Copy(text) => {
            let lines = text.lines().count().saturating_sub(1);
            reach.clipboard.0 = Some(text);
            reach.tell(ToastKind::Info, format!("{lines} lines copied"));
        }
        Command::Screenshot => reach.picture.of_window(),
        Command::DismissToast(id) => model.toasts.retain(|t| t.id != id),
        Command::Quit => {}
        Command::Export(..)
        | Command::ExportLinks(_)
        | Command::SaveSession(_)
        | Command::OpenSession(_)
        | Command::RestoreLast => files::obey(command, reach)?,
        other => view::obey(other, reach),
    }
    Ok(())
}

/// The next run starts with the knobs as they are, and the one under way takes over what it can.
pub(crate) fn take_over_knobs(reach: &mut Reach<'_>) -> anyhow::Result<()> {
    let config = reach.knobs.config()?;
    if reach.link.retune(&config)? {
        reach.knobs.retuned();
    }
    reach.link.set_config(config);
    refresh_knobs(reach);
    Ok(())
}

/// Shows the knobs as they are now.
pub(crate) fn refresh_knobs(reach: &mut Reach<'_>) {
    reach.model.0.knobs = reach.knobs.views();
}

/// The arrangement is remembered when the window closes.
pub fn remember_workspace(mut exits: MessageReader<AppExit>, panels: Res<Panels>, remember: Res<Remember>) {
    if exits.read().next().is_some()
        && remember.0
        && let Err(error) = settings::save_workspace(&panels.0)
    {
        tracing::warn!("{error:#}");
    }
}
