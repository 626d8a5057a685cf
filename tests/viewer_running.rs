//! The panels before a running engine: clicks and typed numbers go all the way to discovery and governor, and what these do
//! about them comes back into the panels.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use bevy::math::UVec2;
use egui::Key;
use egui::accesskit::Role;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use scarcity_engine::types::{DecisionOrigin, DecisionOutcome, RunState};
use scarcity_viewer::app::{Options, Start, Surface};
use scarcity_viewer::capture::Studio;
use scarcity_viewer::model::{ImportChoice, KnobValue, Settings, ViewModel, action_word};
use scarcity_viewer::panels::{Pane, Workspace, shell_ui};

use crate::skip_without_adapter;
use crate::viewer_window::write_chain;

/// A busy machine is slow; nothing here waits longer than it must.
const PATIENCE: Duration = Duration::from_secs(90);

/// The window's app, with its panels drawn a second time where clicks are made by name.
struct Live {
    studio: Studio,
    workspace: Workspace,
}

fn live(start: Start, knobs: Vec<(String, KnobValue)>, pane: Pane) -> Harness<'static, Live> {
    let studio = Studio::new(Options {
        surface: Surface::Picture(UVec2::new(640, 400)),
        start,
        settings: Settings { reduced_motion: true, ..Settings::default() },
        remember: false,
        state_file: None,
        knobs,
    })
    .unwrap();
    let mut workspace = Workspace::default();
    workspace.hide_welcome();
    workspace.show(pane);
    Harness::builder().with_size(egui::vec2(1280.0, 1400.0)).build_ui_state(
        |ui, live: &mut Live| {
            let mut commands = Vec::new();
            shell_ui(ui.ctx(), &mut live.workspace, live.studio.model(), &mut commands);
            commands.into_iter().for_each(|command| live.studio.command(command));
        },
        Live { studio, workspace },
    )
}

/// Lets the app go on until something is so, and shows it in the panels.
fn until(harness: &mut Harness<'_, Live>, what: &str, done: impl Fn(&ViewModel) -> bool) {
    let start = Instant::now();
    loop {
        harness.state_mut().studio.frame();
        let model = harness.state().studio.model();
        if done(model) {
            break;
        }
        let (progress, notes) = (&model.progress, &model.toasts);
        let found = links(model);
        assert!(start.elapsed() < PATIENCE, "{what}: not after {PATIENCE:?}; {progress:?}, {found} links, {notes:?}");
    }
    harness.run_steps(4);
}

fn click(harness: &mut Harness<'_, Live>, role: Role, name: &str) {
    harness.get_by_role_and_label(role, name).click();
    harness.run_steps(4);
    harness.state_mut().studio.frame();
}

/// Types a number where another stands.
fn put(harness: &mut Harness<'_, Live>, name: &str, number: &str) {
    click(harness, Role::SpinButton, name);
    harness.event(egui::Event::Text(number.to_owned()));
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(4);
    harness.state_mut().studio.frame();
}

fn shows(harness: &Harness<'_, Live>, text: &str) -> bool {
    harness.query_all_by_label_contains(text).next().is_some()
}

fn links(model: &ViewModel) -> usize {
    model.snapshot.as_ref().map_or(0, |snapshot| snapshot.edges.len())
}

#[test]
fn a_knob_turned_in_the_window_changes_what_is_found_and_says_who_turned_it() {
    if skip_without_adapter("a_knob_turned_in_the_window_changes_what_is_found_and_says_who_turned_it") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let data: PathBuf = folder.path().join("chain.csv");
    write_chain(&data);
    let mut harness = live(Start::Nothing, Vec::new(), Pane::Knobs);
    // A file that may grow: the run goes on after its end, and knobs act on it.
    let choice = ImportChoice { files: vec![data], max_lag: 3, follow: true, ..ImportChoice::default() };
    {
        let world = harness.state_mut().studio.world_mut();
        world.resource_scope(|world, mut link: bevy::prelude::Mut<'_, scarcity_viewer::link::Link>| {
            let mut model = world.resource_mut::<scarcity_viewer::app::Model>();
            link.start_choice(&mut model.0, choice);
        });
    }
    let waits = |model: &ViewModel| model.progress.state == RunState::Waiting && model.progress.rows >= 2900;
    until(&mut harness, "all rows are read", |model| waits(model) && links(model) >= 5);
    let before = links(harness.state().studio.model());
    assert!(!shows(&harness, "changed by you"));

    // Only what explains half of its target's variance beyond its own past.
    put(&mut harness, "gain_min", "0.5");
    until(&mut harness, "fewer links are accepted", |model| links(model) < before);
    assert!(shows(&harness, "changed by you (by hand)"), "the panel says who turned it");
    click(&mut harness, Role::Button, "Reset gain_min");
    until(&mut harness, "they are back", |model| links(model) >= before);
    assert!(!shows(&harness, "changed by you"));
}

#[test]
fn a_running_governor_is_undone_held_and_given_other_rules_by_clicks() {
    if skip_without_adapter("a_running_governor_is_undone_held_and_given_other_rules_by_clicks") {
        return;
    }
    let always = ("governor.latency".to_owned(), KnobValue::Word("always".to_owned()));
    let mut harness = live(Start::Demo, vec![always], Pane::Governor);
    until(&mut harness, "it governs", |model| model.governor.runs && !model.governor.state.levers.is_empty());

    // A rule of one's own, with a limit that is always passed.
    click(&mut harness, Role::Button, "Rules off");
    until(&mut harness, "there are no rules", |model| model.policies.is_empty());
    // What is live above the menu may move it between looking and clicking, for a person as well: then one clicks again.
    for _ in 0..8 {
        if harness.query_by_role_and_label(Role::Button, "mpie").is_none() {
            click(&mut harness, Role::Button, "Add a rule");
        }
        if harness.query_by_role_and_label(Role::Button, "mpie").is_some() {
            click(&mut harness, Role::Button, "mpie");
        }
        (0..4).for_each(|_| harness.state_mut().studio.frame());
        if !harness.state().studio.model().policies.is_empty() {
            break;
        }
        harness.run_steps(4);
    }
    until(&mut harness, "there is a rule", |model| model.policies.len() == 1);
    let rule = action_word(harness.state().studio.model().policies[0].rule.action);
    put(&mut harness, &format!("{rule} of mpie: limit"), "-1");
    let acted = |model: &ViewModel, by: DecisionOrigin| {
        model.governor.decisions.iter().any(|d| d.origin == by && matches!(d.outcome, DecisionOutcome::Acted(_)))
    };
    until(&mut harness, "the rule acts", |model| acted(model, DecisionOrigin::Rule));
    assert_eq!(harness.state().studio.model().governor.faults, Vec::<String>::new());
    assert!(shows(&harness, "rule · cpu_util"), "with its reason");

    click(&mut harness, Role::Button, "Undo the governor's last change");
    until(&mut harness, "it is undone", |model| acted(model, DecisionOrigin::Person));
    assert!(shows(&harness, "you · "));

    let lever = |model: &ViewModel| {
        let rule = &model.policies[0].rule;
        model.governor.state.levers.iter().find(|l| l.subsystem == "mpie" && l.lever == rule.action).cloned()
    };
    let hold = harness.query_all_by_label_contains("Hold ").next().is_some();
    assert!(hold, "levers can be held");
    let words = match harness.state().studio.model().policies[0].rule.action {
        scarcity_engine::types::Action::ReduceBatch => "Hold Pairs judged at a time",
        scarcity_engine::types::Action::DropLowPriority => "Hold Joint causes",
        _ => "Hold Resamples and lags",
    };
    click(&mut harness, Role::Button, words);
    until(&mut harness, "it is held", |model| lever(model).is_some_and(|lever| lever.pinned));
    click(&mut harness, Role::Button, words);
    until(&mut harness, "it is let go", |model| lever(model).is_some_and(|lever| !lever.pinned));

    click(&mut harness, Role::CheckBox, "dry run");
    until(&mut harness, "it only says what it would do", |model| model.governor.state.dry_run);
    click(&mut harness, Role::CheckBox, &format!("{rule} of mpie: in force"));
    until(&mut harness, "the rule is not in force", |model| {
        !model.policies[0].enabled && model.governor.state.rules.is_empty()
    });
}
