//! In: commands about how the graph is looked at. Out: camera, filter, focus, pins and moment as they ask.

use super::{Reach, take_over_knobs};
use crate::camera::Pose;
use crate::model::{Command, Selection, ToastKind, ViewState, WhatIf};
use crate::scene::Graph;

pub(super) fn obey(command: Command, reach: &mut Reach<'_>) {
    match command {
        Command::Select(selection) => reach.model.0.selection = selection,
        Command::Choose(chosen) => reach.model.0.chosen = chosen,
        Command::FilterWeaker(weight) => {
            // A hair below, so that the link itself stays.
            reach.model.0.filter.min_weight = weight * (1.0 - 1e-6);
            reach.model.0.refocus();
        }
        Command::Hover(selection) => reach.model.0.hovered = selection,
        Command::Fit | Command::FocusSelection | Command::LookFrom(_) | Command::LastView => look(command, reach),
        Command::SetFilter(filter) => {
            reach.model.0.filter = filter;
            reach.model.0.refocus();
        }
        Command::SetFocus(focus) => {
            let model = &mut reach.model.0;
            model.isolated &= focus.is_some();
            model.focus = focus;
            model.refocus();
            frame_shown(reach);
        }
        Command::SetIsolated(isolated) => {
            reach.model.0.isolated = isolated;
            frame_shown(reach);
        }
        Command::SetHidden(index, hidden) => {
            let model = &mut reach.model.0;
            if hidden {
                model.hidden.insert(index);
                if model.selection == Selection::Node(index) {
                    model.selection = Selection::None;
                }
            } else {
                model.hidden.remove(&index);
            }
        }
        Command::UnhideAll => reach.model.0.hidden.clear(),
        Command::SetPinned(index, true) => {
            let place = reach.graph.places.get(index as usize).filter(|place| place[3] > 0.0);
            if let Some([x, y, z, _]) = place.copied() {
                hold(reach, index, Some([x, y, z]));
            }
        }
        Command::SetPinned(index, false) => hold(reach, index, None),
        Command::Drag(index, place) => hold(reach, index, Some(place)),
        Command::UnpinAll => {
            for index in reach.model.0.pins.keys().copied().collect::<Vec<u32>>() {
                hold(reach, index, None);
            }
        }
        Command::Undo | Command::Redo => {
            let now = reach.view_state();
            let undo = &mut reach.undo.0;
            let state = if command == Command::Undo { undo.undo(&now) } else { undo.redo(&now) };
            if let Some(state) = state {
                apply(reach, state);
            }
        }
        Command::AskWhatIf(question) => {
            reach.model.0.what_if = WhatIf { question, playing: true, ..WhatIf::default() };
        }
        Command::ShowResponse(row) => {
            let what_if = &mut reach.model.0.what_if;
            what_if.playing = row.is_none();
            what_if.row = row.unwrap_or(what_if.row);
        }
        other => moment(other, reach),
    }
}

/// Commands about which moment is shown.
fn moment(command: Command, reach: &mut Reach<'_>) {
    let model = &mut reach.model.0;
    let newest = model.newest.as_ref().map(|snapshot| snapshot.window);
    match command {
        Command::ShowWindow(at) => {
            model.time.at = at.filter(|window| Some(*window) != newest);
            model.time.playing = false;
            if at.is_none() {
                model.time.comparing = false;
            }
        }
        Command::StepWindow(by) => {
            let here = model.time.at.or(newest);
            let next = here.and_then(|window| model.recording.step(window, by));
            model.time.at = next.filter(|window| Some(*window) != newest);
            model.time.playing = false;
        }
        Command::SetPlaying(playing) => {
            model.time.playing = playing;
            if playing && model.time.at.is_none() {
                model.time.at = model.recording.iter().next().map(|snapshot| snapshot.window);
            }
        }
        Command::SetSpeed(speed) => model.time.windows_per_s = speed,
        Command::SetMark(second, at) => {
            let mark = if second { &mut model.time.mark_b } else { &mut model.time.mark_a };
            *mark = at;
            model.time.comparing &= model.time.mark_a.is_some() && model.time.mark_b.is_some();
        }
        Command::SetComparing(comparing) => {
            let both = model.time.mark_a.is_some() && model.time.mark_b.is_some();
            model.time.comparing = comparing && both;
            if comparing && !both {
                reach.tell(ToastKind::Info, "Put marks A and B at two windows first (keys A and B)");
            }
        }
        Command::MarkSeen => model.time.seen = newest,
        _ => {}
    }
    reach.model.0.choose_snapshot();
}

fn look(command: Command, reach: &mut Reach<'_>) {
    let room = reach.pane.room;
    match command {
        Command::Fit => {
            reach.camera.user_moved = false;
            reach.camera.frame(&reach.graph.places, room);
        }
        Command::FocusSelection => {
            let places = places_of(&reach.graph, reach.model.0.selection);
            if !places.is_empty() {
                reach.camera.user_moved = true;
                reach.camera.frame(&places, room);
            }
        }
        Command::LookFrom(axis) => {
            reach.camera.look_from(axis);
            if !reach.camera.user_moved {
                reach.camera.frame(&reach.graph.places, room);
            }
        }
        _ => {
            if let Some(pose) = reach.undo.0.last_pose(reach.camera.goal().to_array()) {
                reach.camera.go_to(Pose::from_array(pose));
            }
        }
    }
}

/// After what is shown has become another, the camera keeps it framed again.
fn frame_shown(reach: &mut Reach<'_>) {
    if reach.model.0.isolated || reach.model.0.focus.is_none() {
        reach.camera.user_moved = false;
    }
}

fn hold(reach: &mut Reach<'_>, index: u32, place: Option<[f32; 3]>) {
    match place {
        Some(place) => reach.model.0.pins.insert(index, place),
        None => reach.model.0.pins.remove(&index),
    };
    reach.link.pin(index, place);
}

/// Looks at the graph as it was looked at then.
pub(super) fn apply(reach: &mut Reach<'_>, state: ViewState) {
    let before: Vec<u32> = reach.model.0.pins.keys().copied().collect();
    for index in before.into_iter().filter(|index| !state.pins.contains_key(index)) {
        reach.link.pin(index, None);
    }
    for (index, place) in &state.pins {
        reach.link.pin(*index, Some(*place));
    }
    if reach.camera.goal().to_array() != state.pose && state.pose != [0.0; 6] {
        reach.camera.go_to(Pose::from_array(state.pose));
    }
    if *reach.knobs.changed() != state.knobs {
        let replaced = reach.knobs.replace(state.knobs.clone(), "you", "undo");
        if let Err(error) = replaced.and_then(|()| take_over_knobs(reach)) {
            reach.tell(ToastKind::Error, format!("{error:#}"));
        }
    }
    let model = &mut reach.model.0;
    model.filter = state.filter;
    model.focus = state.focus;
    model.isolated = state.isolated;
    model.hidden = state.hidden;
    model.pins = state.pins;
    model.refocus();
}

/// The selected things with what they touch.
fn places_of(graph: &Graph, selection: Selection) -> Vec<[f32; 4]> {
    let with_neighbours =
        || graph.places.iter().zip(&graph.neighbours).filter(|(_, near)| **near).map(|(place, _)| *place).collect();
    if selection == Selection::None { Vec::new() } else { with_neighbours() }
}
