//! What-if, knobs, governor: what they ask for and what they say.

use std::sync::Arc;

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use scarcity_engine::governor::{Direction, LeverKey, Policies, PolicyRule};
use scarcity_engine::types::{Action, Decision, DecisionOrigin, DecisionOutcome, GovernorState, LeverState};
use scarcity_engine::whatif::{Answer, Change, Hold, Question};
use scarcity_viewer::model::{
    Command, GovernorAsk, KnobGroup, KnobValue, KnobView, Lod, PolicyView, Reading, Selection, ViewModel,
    WhatIfQuestion, lines_of,
};
use scarcity_viewer::panels::Pane;

use super::{all_text, click, click_button, press, running, selected, settle, shows, window, window_of};

fn shown(vm: ViewModel, pane: Pane) -> egui_kittest::Harness<'static, super::App> {
    let mut harness = window_of(vm, 1280.0, 1400.0);
    harness.state_mut().workspace.show(pane);
    settle(&mut harness);
    harness
}

const QUESTION: WhatIfQuestion =
    WhatIfQuestion { variable: 0, change: Change::Shift(2.25), hold: Hold::Pulse, horizon: 12 };

#[test]
fn what_if_starts_from_the_selected_variable() {
    let mut harness = window(selected(Selection::Node(0)));
    assert_eq!(press(&mut harness, Key::W), [Command::AskWhatIf(Some(QUESTION))], "moved by its standard deviation");
    assert!(harness.state().workspace.is_in_front(Pane::WhatIf));
    assert!(shows(&harness, "Refitting on resampled rows"), "{}", all_text(&harness));
    let commands = click(&mut harness, Role::Button, "From then on");
    let sustained = WhatIfQuestion { hold: Hold::Sustained, ..QUESTION };
    assert_eq!(commands, [Command::AskWhatIf(Some(sustained))]);
    let commands = click(&mut harness, Role::Button, "Set to");
    assert!(
        matches!(&commands[..], [Command::AskWhatIf(Some(q))] if q.change == Change::Set(23.75)),
        "its mean and one standard deviation: {commands:?}"
    );
}

fn answered() -> ViewModel {
    let mut vm = running();
    let question =
        Question { variable: 0, change: Change::Shift(2.25), hold: Hold::Pulse, horizon: 3, replicates: 100, seed: 0 };
    let mut response = vec![0.0; 4 * 6];
    (response[0], response[6 + 1], response[12 + 1]) = (2.25, 0.9, 0.4);
    let [low, high] = [-0.1, 0.1].map(|by| response.iter().map(|v| v + by).collect::<Vec<f64>>());
    let answer = Answer {
        question,
        size: 2.25,
        response,
        low,
        high,
        sd: vec![2.25; 6],
        reached: vec![0, 1],
        replicates: 100,
        cautions: vec!["The model is linear".into()],
    };
    vm.what_if.question = Some(QUESTION);
    vm.what_if.answer = Some(Ok(Arc::new(answer)));
    vm
}

#[test]
fn an_answer_is_plotted_with_its_interval_and_can_be_animated() {
    let mut harness = shown(answered(), Pane::WhatIf);
    for text in ["0.9 [0.8, 1] after 1", "The model is linear.", "from 100 refits", "colour: predicted response"] {
        assert!(shows(&harness, text), "lacks {text:?}: {}", all_text(&harness));
    }
    assert_eq!(click_button(&mut harness, "Animate in the graph"), [Command::ShowResponse(None)]);
    assert_eq!(click_button(&mut harness, "Select pressure"), [Command::Select(Selection::Node(1))]);
    let vm = answered();
    assert_eq!(vm.what_if.response_sd(1), Some(0.0), "row 0");
    let mut later = answered().what_if;
    later.row = 1.5;
    assert!((later.response_sd(1).unwrap() - 0.65 / 2.25).abs() < 1e-6, "between rows in proportion");
}

#[test]
fn a_refusal_says_why() {
    let mut vm = answered();
    vm.what_if.answer = Some(Err("The graph does not tell: a and b move together".into()));
    let harness = shown(vm, Pane::WhatIf);
    assert!(shows(&harness, "No prediction") && shows(&harness, "a and b move together"));
}

fn knob(path: &str, value: KnobValue, default: KnobValue) -> KnobView {
    KnobView {
        group: KnobGroup::Thresholds,
        path: path.into(),
        about: "false discovery rate of the decision".into(),
        value,
        default,
        range: Some((0.001, 0.5)),
        words: vec![],
        changed_by: "you".into(),
        why: "by hand".into(),
        live: false,
        pending: true,
    }
}

#[test]
fn knobs_show_who_changed_them_and_go_back() {
    let mut vm = running();
    vm.knobs = vec![
        knob("mpie.evaluator.fdr", KnobValue::Real(0.1), KnobValue::Real(0.05)),
        KnobView { pending: false, ..knob("mpie.evaluator.regimes", KnobValue::Switch(true), KnobValue::Switch(true)) },
    ];
    let mut harness = shown(vm, Pane::Knobs);
    let print = "false discovery rate of the decision (0.001 … 0.5, default 0.05) · changed by you (by hand) · acts when the \
                 run starts again";
    assert!(shows(&harness, print));
    let path = || "mpie.evaluator.fdr".to_owned();
    assert_eq!(click_button(&mut harness, "Reset fdr"), [Command::SetKnob(path(), KnobValue::Real(0.05))]);
    let commands = click(&mut harness, Role::CheckBox, "regimes");
    assert_eq!(commands, [Command::SetKnob("mpie.evaluator.regimes".into(), KnobValue::Switch(false))]);
    assert_eq!(click_button(&mut harness, "Preset Quiet"), [Command::Preset("Quiet")]);
    assert_eq!(click_button(&mut harness, "Restart the run"), [Command::Restart]);
    harness.get_by_role_and_label(Role::TextInput, "Find a knob").click();
    settle(&mut harness);
    harness.get_by_role_and_label(Role::TextInput, "Find a knob").type_text("fdr");
    settle(&mut harness);
    assert!(harness.query_by_role_and_label(Role::CheckBox, "regimes").is_none(), "the search leaves one");
}

#[test]
fn gauges_say_what_is_known_and_what_is_not() {
    let mut vm = running();
    for at in 0..5_u8 {
        vm.readings.push(Reading {
            cpu: Some(0.5),
            memory: Some(0.25),
            fps: Some(58.0),
            at_s: f32::from(at),
            ..Reading::default()
        });
    }
    let harness = shown(vm, Pane::Governor);
    for text in ["Processor: 50 %", "Memory: 25 %", "Graphics memory: not known"] {
        assert!(shows(&harness, text), "lacks {text:?}: {}", all_text(&harness));
    }
}

#[test]
fn a_hand_on_a_slider_takes_over_from_the_controller() {
    let mut harness = shown(running(), Pane::Governor);
    let rail = harness.get_by_role_and_label(Role::Slider, "Resolution").rect();
    harness.hover_at(rail.right_center() - egui::vec2(4.0, 0.0));
    harness.drag_at(rail.right_center() - egui::vec2(4.0, 0.0));
    harness.hover_at(rail.center());
    harness.drop_at(rail.center());
    let commands = settle(&mut harness);
    let last = commands.iter().rev().find_map(|c| if let Command::SetLod(lod) = c { Some(*lod) } else { None });
    let lod = last.unwrap_or_else(|| panic!("{commands:?}"));
    assert!(!lod.auto && lod.resolution < 0.95, "{lod:?}");
    assert_eq!(click_button(&mut harness, "Reset what is drawn"), [Command::SetLod(Lod::default())]);
}

#[test]
fn rules_can_be_switched_and_turned() {
    let mut vm = running();
    vm.policies = vec![PolicyView {
        subsystem: "mpie".into(),
        rule: PolicyRule::new("cpu_util", Direction::Above, 0.85, Action::ReduceBatch),
        enabled: true,
    }];
    let mut harness = shown(vm, Pane::Governor);
    let commands = click(&mut harness, Role::CheckBox, "reduce_batch of mpie: in force");
    assert!(matches!(&commands[..], [Command::SetPolicies(p)] if !p[0].enabled), "{commands:?}");
    let commands = click_button(&mut harness, "reduce_batch of mpie: direction");
    assert!(
        matches!(&commands[..], [Command::SetPolicies(p)] if p[0].rule.direction == Direction::Below && p[0].rule.clear_threshold > 0.85),
        "{commands:?}"
    );
}

pub fn governed() -> ViewModel {
    let mut vm = running();
    vm.policies = lines_of(&Policies::default());
    vm.governor.runs = true;
    vm.governor.state = GovernorState {
        preset: "balanced".into(),
        dry_run: false,
        decisions: 1,
        levers: vec![LeverState {
            subsystem: "mpie".into(),
            lever: Action::ReduceBatch,
            level: 0.5,
            floor: 0.1,
            pinned: false,
            present: true,
        }],
        rules: vec![],
    };
    vm.governor.push(Decision {
        number: 1,
        t_s: 12.0,
        subsystem: "mpie".into(),
        lever: Action::ReduceBatch,
        action: Action::ReduceBatch,
        from: 1.0,
        to: 0.5,
        origin: DecisionOrigin::Rule,
        metric: "cpu_util".into(),
        value: Some(0.97),
        forecast: None,
        threshold: 0.85,
        cause: "cpu_util 0.970 (≥ 0.85): keeps 50 % of its level".into(),
        outcome: DecisionOutcome::Acted("judges 71 % of the pairs at a time, 71 % of the times".into()),
    });
    vm
}

#[test]
fn each_action_of_the_governor_shows_its_reason_and_can_be_undone_and_held() {
    let mut harness = shown(governed(), Pane::Governor);
    for text in ["One thing is limited", "100 → 50 %", "rule · cpu_util 0.970 (≥ 0.85)", "judges 71 % of the pairs"]
    {
        assert!(shows(&harness, text), "lacks {text:?}: {}", all_text(&harness));
    }
    let asked = |ask| [Command::AskGovernor(ask)];
    assert_eq!(click_button(&mut harness, "Undo the governor's last change"), asked(GovernorAsk::Undo));
    let key = LeverKey::new("mpie", Action::ReduceBatch);
    assert_eq!(click_button(&mut harness, "Hold Pairs judged at a time"), asked(GovernorAsk::Pin(key, Some(0.5))));
    assert_eq!(click(&mut harness, Role::CheckBox, "dry run"), asked(GovernorAsk::DryRun(true)));
    assert_eq!(click_button(&mut harness, "Rules memory"), asked(GovernorAsk::Preset("memory")));
}

#[test]
fn a_knob_says_what_the_governor_makes_of_it() {
    let mut vm = governed();
    let whole = KnobValue::Whole(1_000);
    vm.knobs = vec![KnobView { pending: false, ..knob("mpie.controller.budget", whole.clone(), whole) }];
    let harness = shown(vm, Pane::Knobs);
    let text = "the governor limits it: judges 71 % of the pairs at a time, 71 % of the times, because cpu_util 0.970";
    assert!(shows(&harness, text), "{}", all_text(&harness));
}

#[test]
fn rules_that_cannot_work_say_why_below_the_table() {
    let mut vm = governed();
    vm.governor.faults = vec!["`factor` must lie above 0 and not above 1".into()];
    let mut harness = shown(vm, Pane::Governor);
    assert!(shows(&harness, "Not in force: `factor` must lie above 0"));
    click_button(&mut harness, "Add a rule");
    let commands = click_button(&mut harness, "stream");
    assert!(
        matches!(&commands[..], [Command::SetPolicies(p)] if p.last().is_some_and(|line| line.subsystem == "stream")),
        "{commands:?}"
    );
}
