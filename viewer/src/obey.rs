//! In: commands of panels, keys and drops. Out: what they ask for, done to engine, camera and view model.

use bevy::ecs::prelude::*;
use bevy::prelude::AppExit;
use bevy::time::{Real, Time};

use crate::app::{Model, Outbox, Panels, Remember};
use crate::camera::OrbitCamera;
use crate::capture::PictureRequest;
use crate::dialog::Dialog;
use crate::link::Link;
use crate::model::{Command, Selection, ToastKind};
use crate::notes::Notes;
use crate::pane::PaneState;
use crate::scene::Graph;
use crate::{drop, settings};

/// What commands act on.
#[derive(bevy::ecs::system::SystemParam)]
pub struct Reach<'w> {
    model: ResMut<'w, Model>,
    link: ResMut<'w, Link>,
    dialog: ResMut<'w, Dialog>,
    camera: ResMut<'w, OrbitCamera>,
    graph: Res<'w, Graph>,
    pane: Res<'w, PaneState>,
    notes: ResMut<'w, Notes>,
    picture: ResMut<'w, PictureRequest>,
    remember: Res<'w, Remember>,
    time: Res<'w, Time<Real>>,
}

/// Does what was asked for in the last frame, in order; what cannot be done becomes a note that says why.
pub fn obey_commands(mut outbox: ResMut<Outbox>, mut reach: Reach<'_>, mut exit: MessageWriter<AppExit>) {
    for command in std::mem::take(&mut outbox.0) {
        if command == Command::Quit {
            reach.link.cancel();
            exit.write(AppExit::Success);
        }
        if let Err(error) = obey(command, &mut reach) {
            let now_s = reach.time.elapsed_secs();
            reach.notes.tell(&mut reach.model.0, ToastKind::Error, format!("{error:#}"), now_s);
        }
    }
}

fn obey(command: Command, reach: &mut Reach<'_>) -> anyhow::Result<()> {
    let model = &mut reach.model.0;
    match command {
        Command::PickFiles => reach.dialog.open()?,
        Command::Open(files) => match drop::refusal(&files) {
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
                model.settings.max_lag = sheet.choice.max_lag;
                reach.camera.user_moved = false;
                reach.link.start_choice(model, sheet.choice);
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
        Command::StartDemo => {
            reach.camera.user_moved = false;
            reach.link.start_demo(model);
        }
        Command::SetPaused(paused) => {
            model.paused = paused;
            reach.link.set_paused(paused);
        }
        Command::SetFrozen(frozen) => {
            model.layout_frozen = frozen;
            reach.link.set_frozen(frozen);
        }
        Command::Select(selection) => model.selection = selection,
        Command::Fit => {
            reach.camera.user_moved = false;
            reach.camera.frame(&reach.graph.places, reach.pane.room);
        }
        Command::FocusSelection => {
            let places = places_of(&reach.graph, model.selection);
            if !places.is_empty() {
                reach.camera.user_moved = true;
                reach.camera.frame(&places, reach.pane.room);
            }
        }
        Command::LookFrom(axis) => {
            reach.camera.look_from(axis);
            if !reach.camera.user_moved {
                reach.camera.frame(&reach.graph.places, reach.pane.room);
            }
        }
        Command::SetFilter(filter) => model.filter = filter,
        Command::SetSearch(text) => model.search = text,
        Command::SetSettings(changed) => {
            model.settings = changed;
            if reach.remember.0 {
                settings::save(&model.settings)?;
            }
        }
        Command::Screenshot => reach.picture.of_window(),
        Command::DismissToast(id) => model.toasts.retain(|t| t.id != id),
        Command::Quit => {}
    }
    Ok(())
}

/// The selected things with what they touch.
fn places_of(graph: &Graph, selection: Selection) -> Vec<[f32; 4]> {
    let with_neighbours =
        || graph.places.iter().zip(&graph.neighbours).filter(|(_, near)| **near).map(|(place, _)| *place).collect();
    if selection == Selection::None { Vec::new() } else { with_neighbours() }
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
