//! What a right click offers, what several chosen variables do together, and whether every widget has a name.

use std::collections::BTreeSet;

use egui::accesskit::Role;
use egui::{Event, Key, PointerButton};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use scarcity_viewer::model::{Command, Focus, Reach, Selection, ViewModel};
use scarcity_viewer::panels::Pane;

use super::{
    App, all_text, click_button, demo, importing, key, press, running, selected, settle, sheet, shows, window,
    window_of,
};

/// Clicks with the secondary button into the middle of the 3D pane, where `hovered` lies.
fn menu_of(hovered: Selection) -> Harness<'static, App> {
    let mut harness = window(ViewModel { hovered, ..running() });
    let at = harness.state().scene.center();
    harness.hover_at(at);
    harness.run();
    for pressed in [true, false] {
        let modifiers = egui::Modifiers::NONE;
        harness.event(Event::PointerButton { pos: at, button: PointerButton::Secondary, pressed, modifiers });
        harness.run();
    }
    settle(&mut harness);
    harness
}

#[test]
fn a_right_click_on_a_variable_offers_what_can_be_done_with_it() {
    let mut harness = menu_of(Selection::Node(1));
    assert!(shows(&harness, "What acts on it"), "{}", all_text(&harness));
    let focus = Focus { roots: vec![1], reach: Reach::Neighbours(1) };
    let commands = click_button(&mut harness, "Show its neighbourhood alone");
    assert_eq!(commands, [Command::SetFocus(Some(focus)), Command::SetIsolated(true)]);
    assert!(!shows(&harness, "What acts on it"), "the menu closes");
    let mut harness = menu_of(Selection::Node(1));
    let commands = click_button(&mut harness, "What if it were moved…");
    assert!(matches!(&commands[..], [Command::Select(Selection::Node(1)), Command::AskWhatIf(Some(_))]));
    assert!(harness.state().workspace.is_in_front(Pane::WhatIf));
    let mut harness = menu_of(Selection::Node(2));
    assert_eq!(click_button(&mut harness, "Hide it"), [Command::SetHidden(2, true)]);
}

#[test]
fn a_right_click_on_a_link_or_on_nothing_has_a_menu_of_its_own() {
    let mut harness = menu_of(Selection::Edge(key(0, 1, 2)));
    assert_eq!(click_button(&mut harness, "Hide weaker links"), [Command::FilterWeaker(0.55)]);
    let mut harness = menu_of(Selection::Edge(key(0, 1, 2)));
    assert_eq!(click_button(&mut harness, "Select the cause"), [Command::Select(Selection::Node(0))]);
    let mut harness = menu_of(Selection::None);
    let commands = click_button(&mut harness, "Flat or in space");
    assert!(matches!(&commands[..], [Command::SetSettings(settings)] if settings.flat), "{commands:?}");
}

#[test]
fn chosen_variables_are_held_hidden_and_shown_together() {
    let chosen = BTreeSet::from([0, 2, 4]);
    let with = || window(ViewModel { chosen: chosen.clone(), ..running() });
    let mut harness = with();
    assert!(shows(&harness, "3 variables chosen"), "{}", all_text(&harness));
    let held: Vec<Command> = chosen.iter().map(|node| Command::SetPinned(*node, true)).collect();
    assert_eq!(press(&mut harness, Key::P), held);
    let commands = press(&mut harness, Key::I);
    let focus = Focus { roots: vec![0, 2, 4], reach: Reach::Roots };
    assert_eq!(commands, [Command::SetFocus(Some(focus)), Command::SetIsolated(true)]);
    let commands = press(&mut with(), Key::H);
    assert_eq!(commands.len(), 4, "{commands:?}");
    assert_eq!(press(&mut with(), Key::Escape), [Command::Choose(BTreeSet::new())]);
}

/// Widgets that can be clicked, typed into or turned, and have nothing to be called by.
fn nameless(harness: &Harness<'_, App>) -> Vec<String> {
    let acts = [
        Role::Button,
        Role::CheckBox,
        Role::RadioButton,
        Role::TextInput,
        Role::Slider,
        Role::SpinButton,
        Role::ComboBox,
        Role::Link,
    ];
    let nodes = harness.query_all_by(|_| true);
    nodes
        .filter(|node| {
            let node = node.accesskit_node();
            acts.contains(&node.role()) && node.label().is_none_or(|label| label.trim().is_empty())
        })
        .map(|node| format!("{:?} at {:?}", node.accesskit_node().role(), node.rect()))
        .collect()
}

#[test]
fn every_widget_of_every_panel_has_a_name() {
    let views: [ViewModel; 6] = [
        demo(),
        importing(sheet()),
        selected(Selection::Node(0)),
        selected(Selection::Edge(key(0, 1, 2))),
        selected(Selection::Hyper(0)),
        super::steering::governed(),
    ];
    for (at, vm) in views.into_iter().enumerate() {
        let mut harness = window_of(vm, 1600.0, 1600.0);
        for pane in Pane::ALL {
            harness.state_mut().workspace.show(pane);
            settle(&mut harness);
            let nameless = nameless(&harness);
            assert!(nameless.is_empty(), "view {at}, {}: {nameless:?}", pane.title());
        }
    }
}
