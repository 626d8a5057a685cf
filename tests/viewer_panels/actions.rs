//! Keys, the palette, the list of keys and the export sheet.

use std::collections::{BTreeMap, BTreeSet};

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use scarcity_viewer::model::{Command, ExportFormat, Selection, ViewModel};
use scarcity_viewer::panels::{ACTIONS, binding_faults, fit, parse_keys};

use super::{all_text, click_button, press, running, selected, settle, shows, window};

#[test]
fn every_usual_key_is_understood_and_given_once() {
    for action in ACTIONS.iter().filter(|action| !action.keys.is_empty()) {
        assert!(parse_keys(action.keys).is_some(), "{}: {}", action.id, action.keys);
    }
    assert_eq!(binding_faults(&BTreeMap::new()), Vec::<String>::new());
    let ids: BTreeSet<&str> = ACTIONS.iter().map(|action| action.id).collect();
    assert_eq!(ids.len(), ACTIONS.len(), "names are unique");
    assert_eq!(parse_keys("Ctrl+Shift+Z"), Some((Modifiers::COMMAND | Modifiers::SHIFT, Key::Z)));
    assert_eq!(parse_keys("Ctrl+"), None);
    assert_eq!(parse_keys("Hyper+Q"), None);
}

#[test]
fn keys_follow_the_settings_file() {
    let mut vm = selected(Selection::Node(1));
    vm.settings.bindings = [("hide".to_owned(), "X".to_owned()), ("pin".to_owned(), String::new())].into();
    let mut harness = window(vm);
    assert!(press(&mut harness, Key::H).is_empty(), "the usual key is free");
    assert_eq!(press(&mut harness, Key::X), [Command::SetHidden(1, true)]);
    assert!(press(&mut harness, Key::P).is_empty(), "an empty text means no key");
    let faults = binding_faults(&[("nowhere".to_owned(), "X".to_owned()), ("fit".to_owned(), "F12".to_owned())].into());
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].contains("no action “nowhere”") && faults[1].contains("F12 is given to"), "{faults:?}");
}

#[test]
fn the_palette_finds_actions_and_variables_by_a_few_letters() {
    let mut harness = window(running());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    settle(&mut harness);
    let field = harness.get_by_role_and_label(egui::accesskit::Role::TextInput, "Command palette");
    field.type_text("undo");
    settle(&mut harness);
    assert_eq!(press(&mut harness, Key::Enter), [Command::Undo]);
    assert!(harness.query_by_label("Command palette").is_none(), "it closes");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    settle(&mut harness);
    harness.get_by_role_and_label(egui::accesskit::Role::TextInput, "Command palette").type_text("vibr");
    settle(&mut harness);
    assert_eq!(
        press(&mut harness, Key::Enter),
        [Command::Select(Selection::Node(4)), Command::FocusSelection],
        "{}",
        all_text(&harness)
    );
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    settle(&mut harness);
    assert!(press(&mut harness, Key::Escape).is_empty(), "Esc closes it and does nothing else");
    assert!(harness.query_by_label("Command palette").is_none());
}

#[test]
fn letters_in_order_fit_and_beginnings_of_words_fit_best() {
    assert!(fit("Show the whole graph", "swg").is_some());
    assert!(fit("Show the whole graph", "gws").is_none());
    assert!(fit("Look from the top", "top").unwrap() < fit("Stop that operation", "top").unwrap());
}

#[test]
fn the_list_of_keys_opens_and_closes() {
    let mut harness = window(running());
    press(&mut harness, Key::Questionmark);
    for text in ["Show and lay out the focus alone", "Ctrl+Shift+Z", "Come nearer, where the pointer is", "[bindings]"]
    {
        assert!(shows(&harness, text), "lacks {text:?}: {}", all_text(&harness));
    }
    assert!(press(&mut harness, Key::Escape).is_empty());
    assert!(!shows(&harness, "Show and lay out the focus alone"));
}

#[test]
fn every_format_is_one_click_away() {
    let mut harness = window(running());
    for format in ExportFormat::ALL {
        harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
        settle(&mut harness);
        let commands = click_button(&mut harness, &format!("Export {}", format.title()));
        assert_eq!(commands, [Command::Export(format, None)]);
    }
    let mut harness = window(ViewModel { snapshot: None, ..running() });
    harness.key_press_modifiers(Modifiers::COMMAND, Key::E);
    settle(&mut harness);
    assert!(shows(&harness, "nothing to export before the first window"));
}

#[test]
fn undo_and_redo_have_their_usual_keys() {
    let mut harness = window(running());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    assert_eq!(settle(&mut harness), [Command::Undo]);
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(settle(&mut harness), [Command::Redo]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    assert_eq!(settle(&mut harness), [Command::SaveSession(None)]);
}
