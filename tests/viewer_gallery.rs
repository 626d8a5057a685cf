//! The pictures in `assets/screenshots`: every part of the window on half a year of weather, in the dark and in the light.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bevy::ecs::entity::Entity;
use bevy::ecs::query::With;
use bevy::math::UVec2;
use bevy_egui::PrimaryEguiContext;
use bevy_egui::input::EguiInputEvent;
use scarcity_engine::types::{Edge, RunState};
use scarcity_viewer::app::{Options, Outbox, Panels, Start, Surface};
use scarcity_viewer::bench::made_up;
use scarcity_viewer::camera::OrbitCamera;
use scarcity_viewer::capture::{Studio, save};
use scarcity_viewer::link::LatestFrame;
use scarcity_viewer::model::{Command, DragHover, Filter, KnobValue, Selection, Settings, ThemeChoice, ViewModel};
use scarcity_viewer::panels::{Pane, Workspace};
use scarcity_viewer::scene::SceneView;

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
        Command::UnpinAll,
        Command::UnhideAll,
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
        ("pinned", vec![select("wind_speed"), Act("pin"), select("pressure"), Act("pin"), select("rain"), Act("hide")]),
        ("palette", vec![Act("palette")]),
        ("keys", vec![Act("help")]),
        ("export", vec![Act("export")]),
    ];
    for (name, steps) in scenes {
        reset(&mut studio);
        perform(&mut studio, steps);
        take(&mut studio, name);
    }

    // What is under the pointer, and what a button says of itself.
    for (name, over) in [("tooltip", None), ("button", Some(egui::pos2(367.0, 62.0)))] {
        reset(&mut studio);
        let place = studio.graph().places[at("temperature") as usize];
        let area = studio.world().resource::<SceneView>().viewport_px;
        let view = studio.world().resource::<OrbitCamera>().view(area.size().as_vec2());
        let seen = view.project(place, 1.0).unwrap().at + area.min.as_vec2();
        point(&mut studio, over.unwrap_or(egui::pos2(seen.x, seen.y)));
        (0..30).for_each(|_| studio.frame());
        take(&mut studio, name);
        point(&mut studio, egui::pos2(640.0, 590.0));
    }
    reset(&mut studio);
    studio.model_mut().drag = Some(DragHover { files: vec![weather.clone()], refusal: None });
    take(&mut studio, "hover");
    reset(&mut studio);
    studio.command(Command::Open(vec![weather]));
    until(&mut studio, "the import sheet", |model| model.import.is_some());
    take(&mut studio, "import");
}

/// Moves the pointer there.
fn point(studio: &mut Studio, at: egui::Pos2) {
    let world = studio.world_mut();
    let context = world.query_filtered::<Entity, With<PrimaryEguiContext>>().single(world).unwrap();
    world.write_message(EguiInputEvent { context, event: egui::Event::PointerMoved(at) });
    (0..3).for_each(|_| studio.frame());
}

#[test]
#[ignore = "writes assets/screenshots; to be run when the window has changed"]
fn pictures_of_a_joint_cause_and_of_a_response() {
    let data =
        |name: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/data").join(name).canonicalize().unwrap();
    let finished = |model: &ViewModel| model.progress.state == RunState::Finished && model.snapshot.is_some();
    let mut joint = studio(Start::Accept(vec![data("snowfall.csv")]), Vec::new());
    until(&mut joint, "discovery", finished);
    perform(&mut joint, vec![Do(Command::Select(Selection::Hyper(0))), Act("names"), Act("names")]);
    take(&mut joint, "joint");
    drop(joint);

    let mut planted = studio(Start::Accept(vec![data("planted.csv")]), Vec::new());
    until(&mut planted, "discovery", finished);
    let at = planted.model().snapshot.as_ref().unwrap().names.iter().position(|name| name == "x7").unwrap() as u32;
    perform(&mut planted, vec![Do(Command::Select(Selection::Node(at))), Act("what_if")]);
    until(&mut planted, "an answer", |model| model.what_if.answer.is_some());
    perform(&mut planted, vec![Do(Command::ShowResponse(Some(3.0)))]);
    take(&mut planted, "what-if");
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
