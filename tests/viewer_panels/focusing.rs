//! Focus, hiding, pins: keys, banner, and which variables belong to what.

use std::collections::BTreeSet;

use egui::{Key, Modifiers};
use scarcity_viewer::model::{Command, Filter, Focus, Reach, Selection, ViewModel};

use super::{all_text, click_button, press, running, selected, settle, shows, snapshot, window};

fn members(roots: &[u32], reach: Reach) -> Vec<u32> {
    Focus { roots: roots.to_vec(), reach }.members(&snapshot(), &Filter::default()).into_iter().collect()
}

#[test]
fn a_focus_follows_the_links() {
    // 0 ⇄ 1 → 2 ← 3, 4 – 5, and 0 + 3 ◆ 4.
    assert_eq!(members(&[2], Reach::Neighbours(1)), [1, 2, 3]);
    assert_eq!(members(&[2], Reach::Neighbours(2)), [0, 1, 2, 3, 4]);
    assert_eq!(members(&[2], Reach::Ancestors), [0, 1, 2, 3]);
    assert_eq!(members(&[3], Reach::Descendants), [2, 3, 4, 5], "over the hyperedge and the open link");
    assert_eq!(members(&[0, 2], Reach::Paths), [0, 1, 2]);
    assert_eq!(members(&[2, 0], Reach::Paths), [0, 2], "no path backwards: the ends alone");
}

#[test]
fn a_focus_follows_only_links_the_filter_shows() {
    let filter = Filter { min_weight: 0.5, ..Filter::default() };
    let focus = Focus { roots: vec![2], reach: Reach::Ancestors };
    assert_eq!(focus.members(&snapshot(), &filter), BTreeSet::from([0, 1, 2]), "3 → 2 is too weak");
}

#[test]
fn keys_widen_narrow_isolate_and_clear() {
    let mut harness = window(selected(Selection::Node(1)));
    let set = |roots: &[u32], reach| Command::SetFocus(Some(Focus { roots: roots.to_vec(), reach }));
    assert_eq!(press(&mut harness, Key::F), [set(&[1], Reach::Neighbours(1)), Command::FocusSelection]);
    assert!(shows(&harness, "Focus: pressure ±1, 3 of 6 variables"), "{}", all_text(&harness));
    assert_eq!(press(&mut harness, Key::CloseBracket), [set(&[1], Reach::Neighbours(2))]);
    assert_eq!(press(&mut harness, Key::OpenBracket), [set(&[1], Reach::Neighbours(1))]);
    assert_eq!(press(&mut harness, Key::I), [Command::SetIsolated(true)]);
    assert!(shows(&harness, "pressure ±1: 3 of 6 variables"), "{}", all_text(&harness));
    assert_eq!(press(&mut harness, Key::Escape), [Command::Select(Selection::None)]);
    assert_eq!(press(&mut harness, Key::Escape), [Command::SetIsolated(false)]);
    assert_eq!(press(&mut harness, Key::Escape), [Command::SetFocus(None)]);
    assert!(press(&mut harness, Key::Escape).is_empty());
}

#[test]
fn ctrl_with_arrows_asks_for_causes_and_effects() {
    for (key, reach) in [(Key::ArrowUp, Reach::Ancestors), (Key::ArrowDown, Reach::Descendants)] {
        let mut harness = window(selected(Selection::Node(2)));
        harness.key_press_modifiers(Modifiers::COMMAND, key);
        assert_eq!(settle(&mut harness), [Command::SetFocus(Some(Focus { roots: vec![2], reach }))]);
    }
}

#[test]
fn paths_join_the_last_two_selected_variables() {
    let mut harness = window(selected(Selection::Node(0)));
    harness.state_mut().vm.selection = Selection::Node(2);
    settle(&mut harness);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::F);
    let wanted = Focus { roots: vec![0, 2], reach: Reach::Paths };
    assert_eq!(settle(&mut harness), [Command::SetFocus(Some(wanted))]);
}

#[test]
fn pins_and_hiding_have_keys_and_a_way_back() {
    let mut harness = window(selected(Selection::Node(3)));
    assert_eq!(press(&mut harness, Key::P), [Command::SetPinned(3, true)]);
    assert_eq!(press(&mut harness, Key::H), [Command::SetHidden(3, true)]);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::H);
    assert_eq!(settle(&mut harness), [Command::UnhideAll]);
    let vm = ViewModel { hidden: BTreeSet::from([3]), ..running() };
    assert!(!vm.shows_variable(3) && vm.shows_variable(2));
    let mut harness = window(vm);
    assert!(shows(&harness, "5 of 6 variables"), "{}", all_text(&harness));
    let commands = click_button(&mut harness, "Show all variables");
    assert_eq!(commands, [Command::SetIsolated(false), Command::UnhideAll]);
}
