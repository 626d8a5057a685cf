//! Inspector: the numbers of a known link, variable and hyperedge, and where its lists lead.

use egui_kittest::kittest::Queryable as _;
use scarcity_viewer::model::{Command, Selection, ViewModel};
use scarcity_viewer::panels::inflation_sentence;

use super::{all_text, click_button, key, running, selected, shows, window, window_of};

#[test]
fn a_link_is_told_in_words_and_numbers() {
    let harness = window(selected(Selection::Edge(key(0, 1, 2))));
    for text in [
        "temperature → pressure",
        "positive, 2 rows later",
        "One unit more of temperature raises pressure by 0.42, 2 rows later, all else equal.",
        "0.42 [0.35, 0.49]",
        "0.55 sd",
        "93 %",
        "< 0.0001",
        "0.013",
        "4.2 %",
        "41 windows",
        "zero is outside the interval",
    ] {
        assert!(shows(&harness, text), "lacks {text:?}: {}", all_text(&harness));
    }
    for (name, value) in [("First window", "4"), ("Last window", "58"), ("Regime", "1")] {
        assert!(shows(&harness, name), "{name}");
        assert!(harness.query_all_by_label(value).next().is_some(), "{name} is not {value}");
    }
}

#[test]
fn the_reverse_link_is_one_click_away() {
    let mut harness = window(selected(Selection::Edge(key(0, 1, 2))));
    assert!(shows(&harness, "Reverse link"));
    let commands = click_button(&mut harness, "pressure → temperature, lag 1 row, weight −0.2");
    assert_eq!(commands, [Command::Select(Selection::Edge(key(1, 0, 1)))]);
    assert!(shows(&harness, "negative, 1 row later"), "{}", all_text(&harness));
    assert!(shows(&harness, "−0.11 [−0.18, −0.04]"), "{}", all_text(&harness));
}

#[test]
fn a_link_without_direction_claims_none() {
    let harness = window(selected(Selection::Edge(key(4, 5, 0))));
    for text in ["vibration – thermostat", "direction not identified", "which drives which is not known"] {
        assert!(shows(&harness, text), "lacks {text:?}: {}", all_text(&harness));
    }
    assert!(shows(&harness, "zero is inside the interval"));
}

#[test]
fn a_link_that_has_left_says_so() {
    let mut harness = window(selected(Selection::Edge(key(5, 0, 1))));
    assert!(shows(&harness, "This link has left the graph."));
    assert_eq!(click_button(&mut harness, "Show the summary"), [Command::Select(Selection::None)]);
}

#[test]
fn a_hidden_link_says_that_it_is_hidden() {
    let mut vm = selected(Selection::Edge(key(0, 1, 2)));
    vm.filter.min_weight = 0.9;
    let harness = window(vm);
    assert!(shows(&harness, "The filters hide this link in the graph."));
}

#[test]
fn a_variable_lists_what_it_drives_and_what_drives_it_strongest_first() {
    // Tall, because only rows in sight can be clicked.
    let mut harness = window_of(selected(Selection::Node(1)), 1280.0, 1000.0);
    for text in ["pressure", "21.5", "2.25", "61 %", "3.4 %", "since row 1,200", "Drives (2)", "Driven by (1)"] {
        assert!(shows(&harness, text), "lacks {text:?}: {}", all_text(&harness));
    }
    let strong = harness.get_by_label("pressure → flow, lag 1 row, weight −0.7").rect().top();
    let weak = harness.get_by_label("pressure → temperature, lag 1 row, weight −0.2").rect().top();
    assert!(strong < weak, "the stronger link stands above the weaker");
    let commands = click_button(&mut harness, "temperature → pressure, lag 2 rows, weight 0.55");
    assert_eq!(commands, [Command::Select(Selection::Edge(key(0, 1, 2)))]);
}

#[test]
fn a_hyperedge_shows_the_whole_against_its_parts() {
    let mut harness = window(selected(Selection::Hyper(0)));
    for text in [
        "temperature + valve → vibration",
        "explain 31 % of what vibration does beyond its own past, 19 points more than one by one.",
        "0.19 [0.11, 0.27]",
        "12 windows",
    ] {
        assert!(shows(&harness, text), "lacks {text:?}: {}", all_text(&harness));
    }
    assert_eq!(click_button(&mut harness, "Go to the selection"), [Command::FocusSelection]);
    assert_eq!(click_button(&mut harness, "Clear the selection"), [Command::Select(Selection::None)]);
}

#[test]
fn nothing_selected_sums_up_the_graph() {
    let mut harness = window(running());
    for text in ["Strongest links (5)", "Hyperedges (1)", "1 since row 1,200", "90 of 90", inflation_sentence(1.07)] {
        assert!(shows(&harness, text), "lacks {text:?}: {}", all_text(&harness));
    }
    let first = harness.get_by_label("pressure → flow, lag 1 row, weight −0.7").rect().top();
    let second = harness.get_by_label("temperature → pressure, lag 2 rows, weight 0.55").rect().top();
    assert!(first < second);
    let commands = click_button(&mut harness, "temperature → pressure, lag 2 rows, weight 0.55");
    assert_eq!(commands, [Command::Select(Selection::Edge(key(0, 1, 2)))]);
}

#[test]
fn worse_data_get_a_sterner_sentence() {
    let sentences = [1.0, 1.5, 5.0, f64::NAN].map(inflation_sentence);
    for (i, sentence) in sentences.iter().enumerate() {
        assert!(!sentences[..i].contains(sentence), "{sentence:?} twice");
    }
}

#[test]
fn before_the_first_window_every_panel_says_so() {
    let harness = window(ViewModel { snapshot: None, history: vec![], visible_edges: 0, ..running() });
    for text in
        ["The graph appears with the first window.", "No variables yet.", "no links yet", "Links over time appear"]
    {
        assert!(shows(&harness, text), "lacks {text:?}: {}", all_text(&harness));
    }
}
