//! The table of links, the new filters, the plots of the inspector and the notes on the data.

use std::sync::Arc;

use egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;
use scarcity_engine::types::{Note, NoteKind};
use scarcity_engine::whatif::{Adjustment, LagPoint, LinkExplanation, Term, VariableSeries};
use scarcity_viewer::model::{Command, Filter, Selection, ViewModel};
use scarcity_viewer::panels::Pane;

use super::{all_text, click, click_button, key, running, selected, settle, shows, window, window_of};

fn table(vm: ViewModel) -> egui_kittest::Harness<'static, super::App> {
    let mut harness = window_of(vm, 1600.0, 1000.0);
    harness.state_mut().workspace.show(Pane::Table);
    settle(&mut harness);
    harness
}

/// Names of the lines in the order they stand in.
fn lines(harness: &egui_kittest::Harness<'_, super::App>) -> Vec<String> {
    let mut rows: Vec<(f32, String)> = harness
        .query_all_by_label_contains("link ")
        .filter_map(|node| {
            let name = node.accesskit_node().label()?;
            name.starts_with("link ").then(|| (node.rect().top(), name))
        })
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    rows.into_iter().map(|(_, name)| name).collect()
}

use egui_kittest::kittest::NodeT as _;

#[test]
fn the_table_sorts_by_a_click_and_back_by_another() {
    let mut harness = table(running());
    let by_weight = lines(&harness);
    assert_eq!(by_weight.len(), 5, "{by_weight:?}");
    assert_eq!(by_weight[0], "link pressure → flow", "the heaviest first");
    click_button(&mut harness, "Sort by Source");
    assert_eq!(lines(&harness)[0], "link pressure → temperature", "from A on; equals in the order of their targets");
    click_button(&mut harness, "Sort by Source");
    assert_eq!(lines(&harness)[0], "link vibration – thermostat", "from the end of the alphabet");
    click_button(&mut harness, "Sort by Stability");
    assert_eq!(lines(&harness).last().unwrap(), "link valve → flow", "the least stable last");
}

#[test]
fn a_line_of_the_table_and_the_graph_select_alike() {
    let mut harness = table(running());
    let commands = click(&mut harness, Role::Button, "link temperature → pressure");
    assert!(commands.contains(&Command::Select(Selection::Edge(key(0, 1, 2)))), "{commands:?}");
    harness.state_mut().vm.selection = Selection::Edge(key(1, 2, 1));
    settle(&mut harness);
    let node = harness.get_by_role_and_label(Role::Button, "link pressure → flow");
    assert_eq!(node.accesskit_node().toggled(), Some(egui::accesskit::Toggled::True));
}

#[test]
fn the_table_holds_what_the_filters_leave_and_says_so() {
    let mut vm = running();
    vm.filter = Filter { min_weight: 0.5, ..Filter::default() };
    super::count_visible(&mut vm);
    let mut harness = table(vm);
    assert_eq!(lines(&harness).len(), 2);
    assert!(shows(&harness, "2 of 5 links; filters and focus leave out the rest"));
    let commands = click_button(&mut harness, "Copy the table");
    let [Command::Copy(text)] = &commands[..] else { panic!("{commands:?}") };
    assert_eq!(text.lines().count(), 3, "a head and two lines: {text}");
    assert!(text.lines().nth(1).unwrap().starts_with("pressure\t1\tflow\ttrue\t-0.7\t-1.23"), "{text}");
    let commands = click_button(&mut harness, "Save the table as CSV");
    assert_eq!(commands, [Command::ExportLinks(vec![key(1, 2, 1), key(0, 1, 2)])]);
}

#[test]
fn signs_and_regimes_filter() {
    let mut vm = running();
    let mut snapshot = super::snapshot();
    snapshot.edges[0].regime = 0;
    vm.snapshot = Some(Arc::new(snapshot));
    let mut harness = window_of(vm, 1280.0, 1300.0);
    for name in ["Show negative links", "Show links of regime 0"] {
        harness.get_by_role_and_label(Role::CheckBox, name).scroll_to_me();
        settle(&mut harness);
    }
    click(&mut harness, Role::CheckBox, "Show negative links");
    assert!(shows(&harness, "showing 3 of 5 links"), "{}", all_text(&harness));
    click(&mut harness, Role::CheckBox, "Show links of regime 0");
    assert!(harness.state().vm.filter.hides_regime(0));
    assert!(shows(&harness, "showing 2 of 5 links"), "{}", all_text(&harness));
    assert!(shows(&harness, "hides 2"), "the sign says what it hides");
}

fn explained() -> ViewModel {
    let key = key(0, 1, 2);
    let point =
        |lag: u32, given: f64| LagPoint { lag, alone: [0.3, 0.2, 0.4], given: [given, given - 0.05, given + 0.05] };
    let explanation = LinkExplanation {
        key,
        rows: (1000, 3776),
        rows_used: 2700.0,
        pairs: (0..40).map(|i| [f64::from(i), f64::from(i) * 0.4]).collect(),
        adjusted_pairs: (0..40).map(|i| [f64::from(i) - 20.0, f64::from(i) * 0.4 - 8.0]).collect(),
        slope: [0.42, 0.35, 0.49],
        lags: (0..4).map(|lag| point(lag, if lag == 2 { 0.55 } else { 0.01 })).collect(),
        effect_alone: 0.7,
        effect_given: 0.55,
        adjustments: vec![Adjustment { term: Term { var: 3, lag: 1 }, effect: 0.6 }],
        r2_without: 0.2,
        r2_with: 0.4,
    };
    ViewModel { explanation: Some(Arc::new(explanation)), ..selected(Selection::Edge(key)) }
}

#[test]
fn the_inspector_plots_a_link_and_says_what_conditioning_removed() {
    let mut harness = window_of(explained(), 1280.0, 1800.0);
    for text in [
        "pressure against temperature, 2 rows before",
        "At every lag, in standard deviations",
        "What holding others fixed took away",
        "Alone 0.70 sd; with everything held fixed 0.55 sd.",
    ] {
        assert!(shows(&harness, text), "lacks {text:?}: {}", all_text(&harness));
    }
    let commands = click_button(&mut harness, "valve, 1 row before");
    assert_eq!(commands, [Command::Select(Selection::Node(3))]);
    let mut harness = window_of(explained(), 1280.0, 1800.0);
    click(&mut harness, Role::Button, "Scatter others held fixed");
    assert!(shows(&harness, "Slope with the others held fixed: 0.42 [0.35, 0.49]"), "{}", all_text(&harness));
}

#[test]
fn a_link_shows_how_it_fared() {
    let mut vm = explained();
    for window in 0..6 {
        let mut snapshot = super::snapshot();
        snapshot.window = window;
        vm.recording.push(Arc::new(snapshot));
    }
    let harness = window_of(vm, 1280.0, 2200.0);
    assert!(shows(&harness, "Effect over windows") && shows(&harness, "Stability over windows"));
}

#[test]
fn a_variable_shows_its_rows_its_past_and_its_notes() {
    let note = |variables: Vec<u32>, text: &str| Note { kind: NoteKind::Trend, variables, text: text.into() };
    let series = VariableSeries {
        var: 1,
        values: (0..50).map(|i| [f64::from(i), 0.0, 1.0]).collect(),
        autocorrelation: vec![[1.0, 0.6], [2.0, 0.3]],
        chance: 0.05,
    };
    let vm = ViewModel {
        series: Some(Arc::new(series)),
        notes: vec![note(vec![1], "pressure rises along a line"), note(vec![2], "flow rises too")],
        ..selected(Selection::Node(1))
    };
    let mut harness = window_of(vm, 1280.0, 1400.0);
    for text in
        ["Newest rows", "Correlation with its own past", "pressure rises along a line.", "Notes on this variable (1)"]
    {
        assert!(shows(&harness, text), "lacks {text:?}: {}", all_text(&harness));
    }
    assert_eq!(click_button(&mut harness, "Hold the variable in place"), [Command::SetPinned(1, true)]);
    assert_eq!(click_button(&mut harness, "Hide the variable"), [Command::SetHidden(1, true)]);
    harness.state_mut().vm.selection = Selection::None;
    settle(&mut harness);
    assert!(shows(&harness, "Notes on the data (2)"), "all of them where nothing is selected");
}

#[test]
fn windows_are_counted_from_one_everywhere() {
    let harness = window(running());
    assert!(shows(&harness, "58 windows"));
    assert!(shows(&harness, "window 58"), "not 57: {}", all_text(&harness));
}
