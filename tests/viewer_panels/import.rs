//! Import sheet: what it shows, what its keys and controls ask for, and what an unreadable file looks like.

use std::path::PathBuf;
use std::sync::Arc;

use egui::Key;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use scarcity_engine::types::ImportReport;
use scarcity_viewer::model::{Command, ImportChoice, KnobGroup, KnobValue, KnobView};
use scarcity_viewer::panels::{facts_text, refusal};

use super::{all_text, click, click_button, importing, press, report, settle, sheet, shows, window, window_of};

/// The last edited choice among the commands.
fn edited(commands: &[Command]) -> &ImportChoice {
    let mut edits = commands.iter().filter_map(|command| match command {
        Command::EditImport(choice) => Some(choice),
        _ => None,
    });
    edits.next_back().unwrap_or_else(|| panic!("no edit in {commands:?}"))
}

#[test]
fn sheet_shows_what_was_detected_and_what_it_will_cost() {
    for (width, height) in [(1280.0, 800.0), (1024.0, 640.0)] {
        let harness = window_of(importing(sheet()), width, height);
        for text in [
            "Open plant.csv",
            "CSV, separated by semicolons, names in the first line",
            "12.3 MB",
            "about 1,204,000 rows",
            "left out",
            "3 of 7 columns used",
            "not a number",
            "constant",
            "no values",
            "3.4 %",
            "2 min 10 s",
            "45 MB",
        ] {
            assert!(shows(&harness, text), "{width}×{height} lacks {text:?}: {}", all_text(&harness));
        }
    }
}

#[test]
fn sheet_fits_a_small_window() {
    let harness = window_of(importing(sheet()), 1024.0, 640.0);
    let window = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1024.0, 640.0));
    for name in ["Start  (Enter)", "Cancel  (Esc)"] {
        let rect = harness.get_by_role_and_label(Role::Button, name).rect();
        assert!(window.contains_rect(rect), "{name} at {rect:?} lies outside the window");
    }
}

#[test]
fn enter_accepts_and_escape_cancels() {
    let mut harness = window(importing(sheet()));
    assert_eq!(press(&mut harness, Key::Enter), [Command::AcceptImport]);
    assert_eq!(press(&mut harness, Key::Escape), [Command::CancelImport]);
}

#[test]
fn enter_accepts_without_flipping_the_focused_check_box() {
    let mut harness = window(importing(sheet()));
    harness.get_by_role_and_label(Role::CheckBox, "Use valve").focus();
    settle(&mut harness);
    assert!(harness.get_by_role_and_label(Role::CheckBox, "Use valve").is_focused());
    assert_eq!(press(&mut harness, Key::Enter), [Command::AcceptImport]);
}

#[test]
fn enter_belongs_to_the_field_being_edited() {
    let mut harness = window(importing(sheet()));
    let mut commands = click(&mut harness, Role::SpinButton, "Largest lag");
    harness.event(egui::Event::Text("7".into()));
    commands.extend(settle(&mut harness));
    commands.extend(press(&mut harness, Key::Enter));
    assert!(!commands.contains(&Command::AcceptImport), "{commands:?}");
    assert!(edited(&commands).max_lag.to_string().contains('7'), "{commands:?}");
    assert_eq!(press(&mut harness, Key::Enter), [Command::AcceptImport]);
}

#[test]
fn enter_on_the_focused_cancel_cancels() {
    let mut harness = window(importing(sheet()));
    harness.get_by_role_and_label(Role::Button, "Cancel  (Esc)").focus();
    settle(&mut harness);
    assert_eq!(press(&mut harness, Key::Enter), [Command::CancelImport]);
}

#[test]
fn buttons_accept_and_cancel() {
    let mut harness = window(importing(sheet()));
    assert_eq!(click_button(&mut harness, "Start  (Enter)"), [Command::AcceptImport]);
    assert_eq!(click_button(&mut harness, "Cancel  (Esc)"), [Command::CancelImport]);
}

#[test]
fn check_boxes_choose_columns_in_file_order() {
    let mut harness = window(importing(sheet()));
    let commands = click(&mut harness, Role::CheckBox, "Use temperature");
    assert_eq!(edited(&commands).columns, ["pressure", "valve"]);
    let commands = click(&mut harness, Role::CheckBox, "Use temperature");
    assert_eq!(edited(&commands).columns, ["temperature", "pressure", "valve"]);
}

#[test]
fn columns_without_numbers_cannot_be_used() {
    let mut harness = window(importing(sheet()));
    for name in ["Use time", "Use operator", "Use site", "Use spare"] {
        assert!(harness.get_by_role_and_label(Role::CheckBox, name).accesskit_node().is_disabled(), "{name}");
        assert_eq!(click(&mut harness, Role::CheckBox, name), [], "{name}");
    }
}

#[test]
fn all_and_none_choose_columns_at_once() {
    let mut harness = window(importing(sheet()));
    let commands = click_button(&mut harness, "Use no column");
    assert!(edited(&commands).columns.is_empty());
    let commands = click_button(&mut harness, "Use all columns");
    assert_eq!(edited(&commands).columns, ["temperature", "pressure", "valve"]);
}

#[test]
fn fewer_than_two_columns_are_refused() {
    let mut few = sheet();
    few.choice.columns.truncate(1);
    assert!(refusal(&few.choice).is_some());
    let mut harness = window(importing(few));
    assert!(shows(&harness, "a link needs a cause and an effect"), "{}", all_text(&harness));
    assert_eq!(press(&mut harness, Key::Enter), []);
    assert_eq!(click_button(&mut harness, "Start  (Enter)"), []);
}

#[test]
fn the_time_column_is_never_a_variable() {
    let mut harness = window(importing(sheet()));
    click(&mut harness, Role::ComboBox, "Time column");
    // The variables panel behind the sheet has a line of that name, too.
    harness.get_all_by_role_and_label(Role::Button, "valve").last().unwrap().click();
    let commands = settle(&mut harness);
    let choice = edited(&commands);
    assert_eq!(choice.time_column.as_deref(), Some("valve"));
    assert_eq!(choice.columns, ["temperature", "pressure"]);
    assert!(shows(&harness, "orders the rows"));
}

#[test]
fn an_open_list_keeps_enter_and_escape() {
    let mut harness = window(importing(sheet()));
    click(&mut harness, Role::ComboBox, "Series column");
    assert_eq!(press(&mut harness, Key::Escape), [], "Esc closes the list, not the sheet");
    assert_eq!(press(&mut harness, Key::Escape), [Command::CancelImport]);
}

#[test]
fn follow_is_chosen() {
    let mut harness = window(importing(sheet()));
    let commands = click(&mut harness, Role::CheckBox, "Follow");
    assert!(edited(&commands).follow);
}

#[test]
fn nothing_behind_the_sheet_reacts() {
    let mut harness = window(importing(sheet()));
    assert_eq!(press(&mut harness, Key::Space), [], "Space would freeze the layout");
    let fit = harness.get_by_role_and_label(Role::Button, "Show the whole graph").rect();
    harness.get_by_role_and_label(Role::Button, "Show the whole graph").click();
    assert_eq!(settle(&mut harness), [], "the toolbar at {fit:?} is behind the backdrop");
}

#[test]
fn several_files_are_named_as_one_stream() {
    let mut report = report();
    report.files = ["a.csv", "b.csv", "c.csv"].map(PathBuf::from).to_vec();
    report.rows_exact = true;
    assert_eq!(
        facts_text(&report),
        "3 files read as one stream  ·  CSV, separated by semicolons, names in the first line  ·  12.3 MB  ·  \
         1,204,000 rows"
    );
}

#[test]
fn an_unreadable_file_says_why_and_what_else_can_be_done() {
    let mut broken = sheet();
    broken.report = Err("plant.csv: row 17 has 5 cells where the header has 7.".into());
    let mut harness = window(importing(broken.clone()));
    assert!(shows(&harness, "plant.csv cannot be opened"));
    assert!(shows(&harness, "row 17 has 5 cells where the header has 7"));
    assert_eq!(press(&mut harness, Key::Enter), [], "there is nothing to accept");
    assert_eq!(click_button(&mut harness, "Open another file…"), [Command::PickFiles]);
    harness.get_by_role_and_label(Role::TextInput, "Path of another file").focus();
    settle(&mut harness);
    harness.event(egui::Event::Text("'/data/other.csv'".into()));
    settle(&mut harness);
    assert_eq!(press(&mut harness, Key::Enter), [Command::Open(vec![PathBuf::from("/data/other.csv")])]);
    assert_eq!(press(&mut harness, Key::Escape), [Command::CancelImport]);

    let mut harness = window(importing(broken));
    assert_eq!(click_button(&mut harness, "Back to the demo  (Esc)"), [Command::CancelImport]);
}

fn preparing(path: &str, words: Vec<&'static str>) -> KnobView {
    KnobView {
        group: KnobGroup::Operators,
        path: path.into(),
        about: "what is done first".into(),
        value: KnobValue::Word(words[0].into()),
        default: KnobValue::Word(words[0].into()),
        range: None,
        words,
        changed_by: "default".into(),
        why: String::new(),
        live: false,
        pending: false,
    }
}

#[test]
fn a_season_can_be_taken_off_before_anything_is_computed() {
    let mut vm = importing(sheet());
    vm.knobs = vec![preparing("stream.prepare.season", vec!["off", "auto", "24"])];
    let mut harness = window(vm);
    click(&mut harness, Role::ComboBox, "Season");
    assert_eq!(
        click_button(&mut harness, "24 rows"),
        [Command::SetKnob("stream.prepare.season".into(), KnobValue::Word("24".into()))]
    );
}

#[test]
fn what_becomes_of_missing_cells_is_chosen_first() {
    let path = "stream.prepare.missing";
    let mut vm = importing(sheet());
    vm.knobs = vec![preparing(path, vec!["bridge", "hold", "drop"])];
    let mut harness = window(vm.clone());
    assert!(shows(&harness, "Gaps of up to 8 rows are bridged by a line"), "{}", all_text(&harness));
    click(&mut harness, Role::ComboBox, "Missing cells");
    let chosen = click_button(&mut harness, "leave rows out");
    assert_eq!(chosen, [Command::SetKnob(path.into(), KnobValue::Word("drop".into()))]);
    vm.knobs[0].value = KnobValue::Word("drop".into());
    assert!(shows(&window(vm.clone()), "A row with a missing cell is left out"), "it says what was chosen");

    let sheet = vm.import.as_mut().unwrap();
    let mut whole = ImportReport::clone(sheet.report.as_ref().unwrap());
    whole.schema.columns.iter_mut().for_each(|column| column.missing = 0);
    sheet.report = Ok(Arc::new(whole));
    let harness = window(vm);
    assert!(!shows(&harness, "A row with a missing cell is left out"), "nothing is missing so far");
    assert!(harness.query_by_role_and_label(Role::ComboBox, "Missing cells").is_some(), "later rows may have holes");
}
