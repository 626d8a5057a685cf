//! In: the view model. Out: a small JSON file that says what the window shows, rewritten when that changes.

use std::fs;
use std::path::PathBuf;

use bevy::ecs::prelude::*;
use bevy::prelude::{App, Last, Plugin};
use serde::Serialize;
use tracing::warn;

use crate::app::Model;
use crate::model::ViewModel;
use crate::scene::Graph;

/// Keeps the file at this path current; for scripts and tests that watch the window.
#[derive(Debug)]
pub struct StateFilePlugin(pub PathBuf);

impl Plugin for StateFilePlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(StateFile { path: self.0.clone(), written: None }).add_systems(Last, write_state);
    }
}

#[derive(Debug, Resource)]
struct StateFile {
    path: PathBuf,
    written: Option<State>,
}

/// What the window shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct State {
    phase: &'static str,
    source_name: String,
    windows: u64,
    nodes: usize,
    edges: usize,
    drawn_edges: usize,
    drawn_nodes: usize,
    window_shown: Option<u64>,
    live: bool,
    playing: bool,
    marks: [Option<u64>; 2],
    comparing: bool,
    pins: usize,
    selection: crate::model::Selection,
    filtered_edges: usize,
    answered: bool,
    settled: bool,
    filming: bool,
    restored: bool,
    hovering: bool,
    hovered_files: Vec<PathBuf>,
    refusal: Option<String>,
    import_files: Vec<PathBuf>,
    import_error: Option<String>,
    notes: Vec<String>,
}

impl State {
    fn of(model: &ViewModel, graph: &Graph) -> Self {
        use scarcity_engine::types::RunState as Run;
        let phase = match (&model.import, &model.snapshot, model.progress.state) {
            (Some(_), ..) => "import",
            (None, None, Run::Running | Run::Waiting) => "starting",
            (_, _, Run::Running | Run::Waiting) => "running",
            (_, _, Run::Paused) => "paused",
            (_, _, Run::Finished) => "finished",
            (_, _, Run::Cancelled) => "cancelled",
            (_, _, Run::Failed) => "failed",
        };
        let snapshot = model.snapshot.as_ref();
        let drag = model.drag.clone().unwrap_or_default();
        let import = model.import.as_ref();
        Self {
            phase,
            source_name: model.source_name.clone(),
            windows: snapshot.map_or(0, |s| s.window + 1),
            nodes: snapshot.map_or(0, |s| s.names.len()),
            edges: snapshot.map_or(0, |s| s.edges.len()),
            drawn_edges: graph.visible_links,
            drawn_nodes: graph.places.len(),
            window_shown: model.time.at,
            live: model.time.at.is_none(),
            playing: model.time.playing,
            marks: [model.time.mark_a, model.time.mark_b],
            comparing: model.time.comparing,
            pins: model.pins.len(),
            selection: model.selection,
            filtered_edges: model.visible_edges,
            settled: model.layout_settled,
            filming: model.filming.is_some(),
            answered: matches!(model.what_if.answer, Some(Ok(_))),
            restored: model.knobs.iter().any(|knob| knob.changed_by == "the session"),
            hovering: model.drag.is_some(),
            hovered_files: drag.files,
            refusal: drag.refusal,
            import_files: import.map(|i| i.choice.files.clone()).unwrap_or_default(),
            import_error: import.and_then(|i| i.report.as_ref().err().cloned()),
            notes: model.toasts.iter().map(|t| t.text.clone()).collect(),
        }
    }
}

fn write_state(mut file: ResMut<StateFile>, model: Res<Model>, graph: Res<Graph>) {
    let state = State::of(&model.0, &graph);
    if file.written.as_ref() == Some(&state) {
        return;
    }
    // Written beside and renamed over, so that a reader never sees half a file.
    let part = file.path.with_extension("part");
    let done = serde_json::to_vec_pretty(&state)
        .map_err(std::io::Error::from)
        .and_then(|text| fs::write(&part, text))
        .and_then(|()| fs::rename(&part, &file.path));
    if let Err(error) = done {
        warn!("{} cannot be written: {error}", file.path.display());
    }
    file.written = Some(state);
}
