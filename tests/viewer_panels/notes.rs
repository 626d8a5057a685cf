//! Welcome card, hover frame, notes and progress: what they say and ask for, and when they go away.

use std::path::PathBuf;

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use scarcity_engine::types::{Note, NoteKind, RunState};
use scarcity_viewer::model::{Command, DragHover, KnobValue, Toast, ToastKind, ViewModel};
use scarcity_viewer::panels::Pane;

use super::{all_text, click, click_button, demo, press, running, settle, shows, window, window_of};

fn note(id: u64, kind: ToastKind, text: &str) -> Toast {
    Toast { id, kind, text: text.into() }
}

#[test]
fn the_demo_greets_and_says_that_it_is_one() {
    for (width, height) in [(1280.0, 800.0), (1024.0, 640.0)] {
        let harness = window_of(demo(), width, height);
        for text in ["Drop CSV, Parquet, Arrow or JSON lines here", "a demo on planted data"] {
            assert!(shows(&harness, text), "{width}×{height} lacks {text:?}: {}", all_text(&harness));
        }
    }
    assert!(!shows(&window(running()), "Drop CSV, Parquet, Arrow or JSON lines here"), "only the demo greets");
}

#[test]
fn the_welcome_card_opens_data_in_every_way() {
    let mut vm = demo();
    vm.settings.recent = vec![PathBuf::from("/data/old.parquet")];
    let mut harness = window(vm);
    let open = harness.get_by_role_and_label(Role::Button, "Open…  Ctrl+O").rect();
    assert!(harness.state().scene.contains_rect(open), "the card's button lies over the 3D pane");
    assert_eq!(click_button(&mut harness, "Open…  Ctrl+O"), [Command::PickFiles]);
    let old = vec![PathBuf::from("/data/old.parquet")];
    assert_eq!(click(&mut harness, Role::Link, "old.parquet"), [Command::Open(old)]);
    harness.get_by_role_and_label(Role::TextInput, "Path of a file").focus();
    settle(&mut harness);
    harness.event(egui::Event::Text("file:///data/new.csv".into()));
    settle(&mut harness);
    assert_eq!(press(&mut harness, Key::Enter), [Command::Open(vec![PathBuf::from("/data/new.csv")])]);
}

#[test]
fn the_welcome_card_offers_the_truth_and_can_be_put_away() {
    let mut harness = window(demo());
    let commands = click(&mut harness, Role::CheckBox, "show truth");
    assert!(matches!(&commands[..], [Command::SetSettings(settings)] if settings.show_truth), "{commands:?}");
    assert!(shows(&harness, "planted link, found"), "the legend follows");
    click_button(&mut harness, "Hide this card");
    assert!(!shows(&harness, "Drop CSV, Parquet, Arrow or JSON lines here"));
}

#[test]
fn wayland_users_are_told_the_other_ways() {
    let harness = window(ViewModel { no_drops: true, ..demo() });
    assert!(shows(&harness, "Wayland delivers no dropped files"), "{}", all_text(&harness));
    assert!(!shows(&harness, "Drop CSV, Parquet, Arrow or JSON lines here"));
}

#[test]
fn files_over_the_window_are_named() {
    let files = ["/a/one.csv", "/a/two.csv"].map(PathBuf::from).to_vec();
    let harness = window(ViewModel { drag: Some(DragHover { files, refusal: None }), ..demo() });
    for text in ["Drop to open one.csv and two.csv", "read as one stream"] {
        assert!(shows(&harness, text), "lacks {text:?}: {}", all_text(&harness));
    }
}

#[test]
fn files_that_cannot_be_opened_say_why() {
    let refusal = Some("“.docx” is a text document.".to_owned());
    let files = vec![PathBuf::from("/a/letter.docx")];
    let harness = window(ViewModel { drag: Some(DragHover { files, refusal }), ..demo() });
    for text in ["letter.docx cannot be opened", "is a text document"] {
        assert!(shows(&harness, text), "lacks {text:?}: {}", all_text(&harness));
    }
    assert!(!shows(&harness, "Drop to open"));
}

#[test]
fn notes_are_dismissed_by_their_button() {
    let toasts = vec![note(7, ToastKind::Error, "plant.csv is gone. Open it again from its new place.")];
    let mut harness = window(ViewModel { toasts, ..running() });
    assert!(shows(&harness, "Open it again from its new place"));
    let name = "Dismiss: plant.csv is gone. Open it again from its new place.";
    assert_eq!(click_button(&mut harness, name), [Command::DismissToast(7)]);
}

#[test]
fn notes_go_by_themselves_but_errors_stay() {
    let toasts = vec![
        note(1, ToastKind::Info, "Picture saved."),
        note(2, ToastKind::Warning, "Slow."),
        note(3, ToastKind::Error, "Gone."),
    ];
    let mut harness = window(ViewModel { toasts, ..running() });
    let mut pass = |seconds: f64| {
        let time = harness.input().time.unwrap_or(0.0) + seconds;
        harness.input_mut().time = Some(time);
        let commands = settle(&mut harness);
        harness.input_mut().time = Some(time);
        commands
    };
    assert_eq!(pass(1.0), []);
    assert_eq!(pass(3.0), []);
    assert_eq!(pass(4.0), [Command::DismissToast(1)]);
    assert_eq!(pass(6.0), [Command::DismissToast(2)]);
    assert_eq!(pass(3600.0), []);
    assert!(shows(&harness, "Gone."));
}

#[test]
fn progress_is_told_and_can_be_cancelled() {
    let mut harness = window(running());
    assert!(shows(&harness, "3,776 of 12,000 rows  ·  12.4k rows/s  ·  2 min 10 s left"), "{}", all_text(&harness));
    assert_eq!(click_button(&mut harness, "Cancel the run"), [Command::CancelRun]);
}

#[test]
fn a_finished_run_says_what_it_found() {
    let mut vm = running();
    vm.progress.state = RunState::Finished;
    vm.progress.rows = 120_000;
    vm.progress.elapsed_s = 52.0;
    let harness = window(vm.clone());
    assert!(shows(&harness, "Found 5 links and 1 hyperedge in 120,000 rows (52 s)"), "{}", all_text(&harness));
    assert!(harness.query_by_role_and_label(Role::Button, "Cancel the run").is_none());
    vm.progress.state = RunState::Cancelled;
    vm.progress.bad_rows = 2;
    let text = "Cancelled: 5 links and 1 hyperedge found in the first 120,000 rows; 2 unreadable rows skipped";
    assert!(shows(&window(vm.clone()), text));
    vm.progress.state = RunState::Finished;
    vm.progress.windows = 0;
    assert!(shows(&window(vm), "fewer than one window"));
}

#[test]
fn following_a_file_says_that_it_waits() {
    let mut vm = running();
    vm.progress.state = RunState::Waiting;
    vm.progress.rows_expected = None;
    let harness = window(vm);
    assert!(shows(&harness, "3,776 rows  ·  waiting for new rows"), "{}", all_text(&harness));
    assert!(shows(&harness, "WAITING FOR ROWS"));
}

#[test]
fn what_a_note_advises_is_done_with_one_click() {
    let mut vm = running();
    let text = "season of 24 rows in 1 of 6 variables: flow (86 % of its variance); try --season 24".to_owned();
    vm.notes = vec![Note { kind: NoteKind::Season, variables: vec![0], text }];
    let mut harness = window(vm);
    harness.state_mut().workspace.show(Pane::Notes);
    settle(&mut harness);
    assert_eq!(
        click_button(&mut harness, "Take the season of 24 rows off and run again"),
        [Command::SetKnob("stream.prepare.season".into(), KnobValue::Word("24".into())), Command::Restart]
    );
}
