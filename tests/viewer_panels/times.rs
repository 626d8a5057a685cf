//! The timeline, the comparison of two moments, and the recording behind them.

use std::sync::Arc;

use egui::Key;
use egui_kittest::kittest::Queryable as _;
use scarcity_engine::types::{Insight, Snapshot};
use scarcity_viewer::model::{ChangeKind, Command, Comparison, Recording, Selection, ViewModel};
use scarcity_viewer::panels::Pane;

use super::{all_text, click_button, edge, key, press, running, settle, shows, snapshot, window};

fn at(window: u64) -> Snapshot {
    Snapshot { window, ..snapshot() }
}

/// A run whose windows are all recorded.
fn recorded() -> ViewModel {
    let mut vm = running();
    for window in 0..58 {
        vm.recording.push(Arc::new(at(window)));
    }
    vm.newest = vm.recording.iter().next_back().cloned();
    vm.snapshot = vm.newest.clone();
    vm
}

#[test]
fn buttons_and_keys_move_through_time() {
    let mut harness = window(recorded());
    assert_eq!(click_button(&mut harness, "One window back"), [Command::StepWindow(-1)]);
    assert_eq!(click_button(&mut harness, "One window on"), [Command::StepWindow(1)]);
    assert_eq!(click_button(&mut harness, "Play the past"), [Command::SetPlaying(true)]);
    assert_eq!(click_button(&mut harness, "First window"), [Command::ShowWindow(Some(0))]);
    assert!(shows(&harness, "The past: window 1 of 58"), "{}", all_text(&harness));
    assert_eq!(click_button(&mut harness, "Back to the newest window"), [Command::ShowWindow(None)]);
    assert!(!shows(&harness, "The past"));
    harness.key_press(Key::ArrowLeft);
    // The button that was clicked has the keyboard; without it the arrows are the timeline's.
    harness.ctx.memory_mut(|memory| memory.stop_text_input());
    settle(&mut harness);
    for (key, command) in [(Key::K, Command::SetPlaying(true)), (Key::A, Command::SetMark(false, Some(57)))] {
        assert_eq!(press(&mut harness, key), [command], "{key:?}");
    }
}

#[test]
fn a_click_on_the_strip_goes_there() {
    let mut harness = window(recorded());
    let strip = harness.get_by_label_contains("Timeline: click or drag").rect();
    let place = strip.left_center() + egui::vec2(strip.width() * 0.5, 0.0);
    harness.hover_at(place);
    harness.drag_at(place);
    harness.drop_at(place);
    let commands = settle(&mut harness);
    let shown = commands.iter().find_map(|c| if let Command::ShowWindow(at) = c { *at } else { None });
    assert!(shown.is_some_and(|window| (20..38).contains(&window)), "{commands:?}");
}

#[test]
fn the_chip_counts_what_came_and_went_since_one_looked() {
    let mut vm = recorded();
    vm.time.seen = Some(30);
    let unseen = vm.unseen_changes();
    assert!(unseen > 1);
    let mut harness = window(vm);
    assert!(shows(&harness, &format!("{unseen} changes since you looked")), "{}", all_text(&harness));
    assert_eq!(click_button(&mut harness, &format!("{unseen} changes since you looked")), [Command::MarkSeen]);
}

#[test]
fn two_moments_are_compared_in_a_table() {
    let mut vm = recorded();
    let mut first = at(3);
    first.edges.remove(0);
    first.edges.push(edge(key(5, 0, 1), 0.9, 0.9));
    first.edges[0].link.effect = 0.11;
    first.edges[0].weight = 0.2;
    vm.recording = Recording::default();
    vm.recording.push(Arc::new(first));
    vm.recording.push(Arc::new(at(57)));
    (vm.time.mark_a, vm.time.mark_b) = (Some(3), Some(57));
    vm.choose_snapshot();
    let comparison = vm.comparison.clone().unwrap();
    assert_eq!(comparison.kind_of(key(0, 1, 2)), Some(ChangeKind::Added));
    assert_eq!(comparison.kind_of(key(5, 0, 1)), Some(ChangeKind::Removed));
    assert_eq!(comparison.kind_of(key(1, 0, 1)), Some(ChangeKind::Reversed));
    assert_eq!(comparison.count(ChangeKind::Same), 3);
    assert_eq!(comparison.union.edges.len(), 6);
    let mut harness = window(vm);
    harness.state_mut().workspace.show(Pane::Changes);
    settle(&mut harness);
    assert!(shows(&harness, "1 added") && shows(&harness, "1 removed"), "{}", all_text(&harness));
    let commands = click_button(&mut harness, "thermostat → temperature, lag 1, removed");
    assert_eq!(commands, [Command::Select(Selection::Edge(key(5, 0, 1)))]);
    let name = "Show the changes in the graph";
    assert_eq!(click_button(&mut harness, name), [Command::SetComparing(true)]);
    harness.state_mut().vm.time.comparing = true;
    settle(&mut harness);
    assert!(shows(&harness, "What changed from window 4 to window 58"));
    assert!(shows(&harness, "added from A to B"), "the legend follows the encoding");
}

#[test]
fn small_differences_are_no_change() {
    let (a, mut b) = (at(1), at(2));
    b.edges[0].link.effect += 0.03;
    let comparison = Comparison::between(&a, &b);
    assert_eq!(comparison.count(ChangeKind::Same), 5);
    b.edges[0].link.effect += 1.0;
    b.edges[0].link.ci_lo += 1.0;
    b.edges[0].link.ci_hi += 1.0;
    assert_eq!(Comparison::between(&a, &b).count(ChangeKind::Stronger), 1);
    assert_eq!(Comparison::between(&b, &a).count(ChangeKind::Weaker), 1);
}

#[test]
fn the_recording_is_bounded_keeps_its_ends_and_grows_coarser_in_the_past() {
    let mut recording = Recording::default();
    for window in 0..5_000 {
        recording.push_within(Arc::new(at(window)), 200_000);
        assert!(recording.bytes() <= 200_000);
    }
    let windows: Vec<u64> = recording.iter().map(|s| s.window).collect();
    assert_eq!((windows[0], *windows.last().unwrap()), (0, 4_999));
    let steps: Vec<u64> = windows.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(*steps.last().unwrap(), 1, "the newest are all there");
    assert!(steps[0] > 16, "the oldest are few: {steps:?}");
    assert_eq!(recording.at(4_999).unwrap().window, 4_999);
    assert_eq!(recording.step(4_999, -1), Some(4_998));
    assert_eq!(recording.step(0, -1), Some(0));
}

#[test]
fn events_are_told_newest_first_and_lead_to_what_they_are_about() {
    let mut vm = recorded();
    vm.events = vec![
        Insight::NewEdge { link: key(0, 1, 2), effect: 0.42, window: 3 },
        Insight::RegimeChange { regime: 1, start_row: 1200, targets: vec![1, 2], window: 18 },
    ];
    let mut harness = window(vm);
    harness.state_mut().workspace.show(Pane::Events);
    settle(&mut harness);
    assert!(shows(&harness, "Regime 1 began at row 1,200: pressure, flow changed"), "{}", all_text(&harness));
    let name = "window 4: New link temperature → pressure (lag 2), effect 0.42";
    assert_eq!(click_button(&mut harness, name), [Command::Select(Selection::Edge(key(0, 1, 2)))]);
}
