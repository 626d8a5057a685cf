//! In: what engine and dialogs have to say. Out: the view model brought up to date, and the scene as it follows from it.

use bevy::ecs::prelude::*;
use bevy::prelude::{Camera, ClearColorConfig, Color};
use bevy::time::{Real, Time};

use super::{Model, Outbox};
use crate::camera::OrbitCamera;
use crate::dialog::{Answer, Dialog, Purpose};
use crate::link::{LatestFrame, LatestPlaces, Link};
use crate::model::{Command, ToastKind};
use crate::notes::Notes;
use crate::obey::{Reach, restore_session};
use crate::pane::PaneState;
use crate::repaint::Repaint;
use crate::scene::Graph;
use crate::session_file::SessionFile;
use crate::theme::Theme;

/// What is to be done once everything stands.
#[derive(Debug, Default, Resource)]
pub(super) struct Pending(pub Option<(SessionFile, bool)>);

pub(super) fn restore_pending(mut pending: ResMut<Pending>, mut reach: Reach<'_>, mut frame: ResMut<LatestFrame>) {
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

pub(super) fn receive_engine(
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

pub(super) fn receive_dialog(
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
pub(super) fn set_detail(
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

pub(super) fn draw_graph(
    mut model: ResMut<Model>,
    (frame, places): (Res<LatestFrame>, Res<LatestPlaces>),
    mut graph: ResMut<Graph>,
    mut camera: ResMut<OrbitCamera>,
    mut pane: ResMut<PaneState>,
    mut cameras: Query<&mut Camera>,
    (repaint, time): (Res<Repaint>, Res<Time<Real>>),
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
    let ground = ClearColorConfig::Custom(Color::srgb_u8(r, g, b));
    for mut camera in &mut cameras {
        camera.clear_color = if repaint.keeps() { ClearColorConfig::None } else { ground };
    }
}
