//! The pictures in `assets/screenshots`: every part of the window on half a year of weather, in the dark and in the light.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bevy::math::UVec2;
use scarcity_engine::types::{Edge, RunState};
use scarcity_viewer::app::{Options, Outbox, Panels, Start, Surface};
use scarcity_viewer::bench::made_up;
use scarcity_viewer::capture::{Studio, save};
use scarcity_viewer::link::LatestFrame;
use scarcity_viewer::model::{
    Command, DragHover, Filter, KnobValue, Selection, Settings, ThemeChoice, ViewModel, WhatIfQuestion,
};
use scarcity_viewer::panels::{Pane, Workspace};

const PATIENCE: Duration = Duration::from_secs(300);
const SIZE: UVec2 = UVec2::new(1280, 800);

/// What is done before a picture is taken.
enum Step {
    Show(Pane),
    Act(&'static str),
    Do(Command),
}

use Step::{Act, Do, Show};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/screenshots")
}

fn studio(start: Start, knobs: Vec<(String, KnobValue)>) -> Studio {
    let settings = Settings::default();
    let surface = Surface::Picture(SIZE);
    let mut studio =
        Studio::new(Options { surface, start, settings, remember: false, state_file: None, knobs }).unwrap();
    studio.world_mut().resource_mut::<Panels>().0.hide_welcome();
    studio
}

fn until(studio: &mut Studio, what: &str, done: impl Fn(&ViewModel) -> bool) {
    studio.until(PATIENCE, what, |world| done(&world.resource::<scarcity_viewer::app::Model>().0)).unwrap();
    let busy = |world: &bevy::prelude::World| world.resource::<scarcity_viewer::analysis::Analyst>().is_busy();
    studio.until(PATIENCE, what, |world| !busy(world)).unwrap();
}

/// Both pictures of what the window shows now.
fn take(studio: &mut Studio, name: &str) {
    for (theme, ending) in [(ThemeChoice::Dark, ""), (ThemeChoice::Light, "-light")] {
        studio.model_mut().settings.theme = theme;
        let picture = studio.picture().unwrap();
        save(picture, &folder().join(format!("{name}{ending}.png"))).unwrap();
    }
    studio.model_mut().settings.theme = ThemeChoice::Dark;
}

fn perform(studio: &mut Studio, steps: Vec<Step>) {
    for step in steps {
        let mut panels = std::mem::take(&mut studio.world_mut().resource_mut::<Panels>().0);
        let mut commands = Vec::new();
        match step {
            Show(pane) => panels.show(pane),
            Act(id) => panels.perform(id, studio.model(), &mut commands),
            Do(command) => commands.push(command),
        }
        studio.world_mut().resource_mut::<Panels>().0 = panels;
        studio.world_mut().resource_mut::<Outbox>().0.append(&mut commands);
        (0..3).for_each(|_| studio.frame());
    }
    until(studio, "the layout rests", |model| model.layout_settled);
}

/// Back to the whole graph at the newest window, every panel in its place.
fn reset(studio: &mut Studio) {
    let mut workspace = Workspace::default();
    workspace.hide_welcome();
    studio.world_mut().resource_mut::<Panels>().0 = workspace;
    let model = studio.model_mut();
    (model.drag, model.settings.flat) = (None, false);
    model.toasts.clear();
    let commands = [
        Command::SetComparing(false),
        Command::SetMark(false, None),
        Command::SetMark(true, None),
        Command::ShowWindow(None),
        Command::AskWhatIf(None),
        Command::SetFilter(Filter::default()),
        Command::SetSearch(String::new()),
        Command::SetIsolated(false),
        Command::SetFocus(None),
        Command::Select(Selection::None),
        Command::CancelImport,
        Command::Fit,
    ];
    perform(studio, commands.into_iter().map(Do).collect());
}

#[test]
#[ignore = "writes assets/screenshots; to be run when the window has changed"]
fn pictures_of_every_part_of_the_window() {
    let weather = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/data/weather.csv").canonicalize().unwrap();
    let season = ("stream.prepare.season".to_owned(), KnobValue::Word("24".to_owned()));
    let finished = |model: &ViewModel| model.progress.state == RunState::Finished && model.snapshot.is_some();
    let mut changing = studio(Start::Accept(vec![weather.clone()]), vec![season.clone()]);
    until(&mut changing, "discovery", finished);
    perform(&mut changing, vec![Show(Pane::Events), Show(Pane::Timeline)]);
    take(&mut changing, "regimes");
    drop(changing);

    let one_regime = ("mpie.evaluator.regimes".to_owned(), KnobValue::Switch(false));
    let mut studio = studio(Start::Accept(vec![weather.clone()]), vec![season, one_regime]);
    until(&mut studio, "discovery", finished);
    perform(&mut studio, Vec::new());
    let names = Arc::clone(&studio.model().snapshot.as_ref().unwrap().names);
    let at = |name: &str| names.iter().position(|n| n == name).unwrap() as u32;
    let select = |name: &str| Do(Command::Select(Selection::Node(at(name))));
    let later = |edge: &&Edge| edge.link.directed && edge.link.key.lag > 0;
    let strongest = |edges: &[Edge]| {
        edges.iter().filter(later).max_by(|a, b| a.weight.abs().total_cmp(&b.weight.abs())).unwrap().link.key
    };
    let link = Selection::Edge(strongest(&studio.model().snapshot.as_ref().unwrap().edges));

    let mut compare: Vec<Step> = (0..8).map(|_| Act("step_back")).collect();
    compare.extend([Act("mark_a"), Act("live"), Act("mark_b"), Act("compare"), Show(Pane::Changes)]);
    let past = (0..24).map(|_| Act("step_back")).collect();
    let scenes: Vec<(&str, Vec<Step>)> = vec![
        ("live", vec![]),
        ("inspect", vec![Do(Command::Select(link)), Show(Pane::Table)]),
        ("variable", vec![select("temperature")]),
        ("filter", vec![Do(Command::FilterWeaker(0.1)), Show(Pane::Table)]),
        ("search", vec![Do(Command::SetSearch("sun".to_owned()))]),
        ("neighbours", vec![select("wind_speed"), Act("neighbours")]),
        ("ancestors", vec![select("wind_speed"), Act("ancestors")]),
        ("isolate", vec![select("wind_speed"), Act("neighbours"), Act("isolate")]),
        ("flat", vec![Act("flat")]),
        ("past", past),
        ("changes", compare),
        ("events", vec![Show(Pane::Events)]),
        ("notes", vec![Show(Pane::Notes)]),
        ("knobs", vec![Show(Pane::Knobs)]),
        ("governor", vec![Show(Pane::Governor)]),
        ("what-if-refused", vec![select("sunlight"), Act("what_if")]),
        ("palette", vec![Act("palette")]),
        ("keys", vec![Act("help")]),
        ("export", vec![Act("export")]),
    ];
    for (name, steps) in scenes {
        reset(&mut studio);
        perform(&mut studio, steps);
        take(&mut studio, name);
    }

    // The first variable whose effects the graph identifies, moved by its standard deviation.
    for name in names.iter() {
        reset(&mut studio);
        perform(&mut studio, vec![select(name), Act("what_if")]);
        until(&mut studio, "an answer", |model| model.what_if.answer.is_some());
        let reached = |model: &ViewModel| match &model.what_if.answer {
            Some(Ok(answer)) => answer.reached.len() > 1,
            _ => false,
        };
        if !reached(studio.model()) {
            // Few rows ahead may be told where many are not.
            let nearer = studio.model().what_if.question.map(|question| WhatIfQuestion { horizon: 3, ..question });
            perform(&mut studio, vec![Do(Command::AskWhatIf(nearer))]);
            until(&mut studio, "an answer", |model| model.what_if.answer.is_some());
        }
        if reached(studio.model()) {
            perform(&mut studio, vec![Do(Command::ShowResponse(Some(2.0)))]);
            println!("what-if: {name}");
            take(&mut studio, "what-if");
            break;
        }
    }

    reset(&mut studio);
    studio.model_mut().drag = Some(DragHover { files: vec![weather.clone()], refusal: None });
    take(&mut studio, "hover");
    reset(&mut studio);
    studio.command(Command::Open(vec![weather]));
    until(&mut studio, "the import sheet", |model| model.import.is_some());
    take(&mut studio, "import");
}

#[test]
#[ignore = "writes assets/screenshots; to be run when the window has changed"]
fn pictures_of_the_first_start_and_of_a_crowd() {
    let mut first = studio(Start::Demo, Vec::new());
    first.world_mut().resource_mut::<Panels>().0 = Workspace::default();
    until(&mut first, "the demo", |model| model.snapshot.as_ref().is_some_and(|s| s.window > 12));
    take(&mut first, "welcome");
    drop(first);

    let mut crowd = studio(Start::Nothing, Vec::new());
    let (snapshot, frame) = made_up(6_000, 18_000);
    crowd.model_mut().snapshot = Some(Arc::new(snapshot));
    crowd.model_mut().layout_settled = true;
    crowd.world_mut().resource_mut::<LatestFrame>().0 = Some(Arc::new(frame));
    (0..10).for_each(|_| crowd.frame());
    take(&mut crowd, "crowd");
}
