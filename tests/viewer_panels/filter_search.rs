//! Search and filters: what they ask for, and that nothing is hidden silently.

use egui::accesskit::Role;
use egui::{Key, Modifiers, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use scarcity_viewer::model::{Command, Filter, Selection};
use scarcity_viewer::panels::search_hits;

use super::{App, all_text, click_button, edge, key, press, running, settle, shows, window};

fn drag(harness: &mut Harness<'_, App>, from: egui::Pos2, to: egui::Pos2) -> Vec<Command> {
    harness.hover_at(from);
    harness.drag_at(from);
    harness.hover_at(to);
    harness.drop_at(to);
    settle(harness)
}

fn slider(harness: &Harness<'_, App>, name: &str) -> Rect {
    harness.get_by_role_and_label(Role::Slider, name).rect()
}

fn last_filter(commands: &[Command]) -> Filter {
    let mut filters = commands.iter().filter_map(|command| match command {
        Command::SetFilter(filter) => Some(*filter),
        _ => None,
    });
    filters.next_back().unwrap_or_else(|| panic!("no filter in {commands:?}"))
}

#[test]
fn sliders_set_the_filter_and_say_what_they_hide() {
    let mut harness = window(running());
    assert!(shows(&harness, "showing all 5 links"), "{}", all_text(&harness));
    let rail = slider(&harness, "Weight at least");
    let commands = drag(&mut harness, rail.left_center() + egui::vec2(6.0, 0.0), rail.center());
    let filter = last_filter(&commands);
    assert!((0.4..0.55).contains(&filter.min_weight), "the middle of 0…1 is {}", filter.min_weight);
    // Three of five links weigh less than half a standard deviation.
    assert!(shows(&harness, "hides 3"), "{}", all_text(&harness));
    assert!(shows(&harness, "showing 2 of 5 links"), "{}", all_text(&harness));
    assert_eq!(click_button(&mut harness, "Reset filters"), [Command::SetFilter(Filter::default())]);
    assert!(shows(&harness, "showing all 5 links"));
}

#[test]
fn every_slider_moves_its_own_limit() {
    for (name, changed) in [
        ("Interval at most", (|filter| filter.max_ci_ratio < Filter::ANY_CI_RATIO) as fn(&Filter) -> bool),
        ("Stability at least", |filter| filter.min_stability > 0.0),
        ("Lag at least", |filter| filter.min_lag > 0),
        ("Lag at most", |filter| filter.max_lag < 3),
    ] {
        let mut harness = window(running());
        harness.get_by_role_and_label(Role::Slider, name).scroll_to_me();
        settle(&mut harness);
        let rail = slider(&harness, name);
        let commands = drag(&mut harness, rail.center(), rail.center() + egui::vec2(2.0, 0.0));
        let filter = last_filter(&commands);
        assert!(changed(&filter), "{name}: {filter:?}");
    }
}

#[test]
fn a_limit_at_its_end_hides_nothing() {
    let filter = Filter::default();
    let mut wide = edge(key(0, 1, 99), 1e-9, 0.1);
    wide.link.ci_lo = -1.0;
    wide.link.ci_hi = 1.0;
    assert!(filter.shows(&wide), "the default filter hides nothing");
    wide.link.effect = 0.0;
    assert!(filter.shows(&wide));
    assert!(!Filter { max_ci_ratio: 3.9, ..filter }.shows(&wide));
    assert!(!Filter { max_lag: 63, ..filter }.shows(&wide));
    assert!(!Filter { min_stability: 0.94, ..filter }.shows(&wide));
    assert!(!Filter { min_weight: 0.11, ..filter }.shows(&wide));
}

#[test]
fn hits_that_start_with_the_text_come_first() {
    let names = ["oil temperature", "Temperature", "pressure"].map(String::from);
    assert_eq!(search_hits(&names, "temp"), [1, 0]);
    assert_eq!(search_hits(&names, ""), [0, 1, 2]);
    assert!(search_hits(&names, "zzz").is_empty());
}

#[test]
fn slash_searches_arrows_walk_and_enter_selects() {
    let mut harness = window(running());
    // The window delivers a key and its text in one frame.
    harness.input_mut().events.extend([
        egui::Event::Key {
            key: Key::Slash,
            physical_key: None,
            pressed: true,
            repeat: false,
            modifiers: Modifiers::NONE,
        },
        egui::Event::Text("/".into()),
    ]);
    settle(&mut harness);
    assert!(harness.get_by_role_and_label(Role::TextInput, "Search variables").is_focused());
    harness.event(egui::Event::Text("th".into()));
    let commands = settle(&mut harness);
    assert_eq!(commands, [Command::SetSearch("th".into())]);
    assert!(shows(&harness, "1 of 6 variables"), "{}", all_text(&harness));

    harness.get_by_role_and_label(Role::TextInput, "Search variables").focus();
    for key in [Key::Backspace, Key::Backspace] {
        press(&mut harness, key);
    }
    harness.event(egui::Event::Text("v".into()));
    settle(&mut harness);
    // "valve" and "vibration" start with v; no other name contains one.
    assert!(shows(&harness, "2 of 6 variables"), "{}", all_text(&harness));
    press(&mut harness, Key::ArrowDown);
    let commands = press(&mut harness, Key::Enter);
    assert_eq!(commands, [Command::Select(Selection::Node(4)), Command::FocusSelection]);
}

#[test]
fn keys_typed_into_the_search_are_no_shortcuts() {
    let mut harness = window(running());
    harness.get_by_role_and_label(Role::TextInput, "Search variables").focus();
    settle(&mut harness);
    for key in [Key::Num1, Key::F, Key::N, Key::Space] {
        assert_eq!(press(&mut harness, key), [], "{key:?}");
    }
}

#[test]
fn a_click_in_the_list_selects() {
    let mut harness = window(running());
    assert_eq!(click_button(&mut harness, "flow"), [Command::Select(Selection::Node(2))]);
}
