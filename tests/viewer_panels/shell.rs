//! Bars, menus, toolbar and tiles: what they ask for, and that the 3D pane keeps its place.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use scarcity_engine::types::RunState;
use scarcity_viewer::model::{Command, Selection, ThemeChoice, ViewModel};
use scarcity_viewer::panels::{Pane, Workspace};

use super::{
    all_text, click, click_button, demo, importing, key, press, running, selected, settle, sheet, shows, window,
    window_of,
};

#[test]
fn the_badge_says_what_is_going_on() {
    let state = |state| {
        let mut vm = running();
        vm.progress.state = state;
        vm
    };
    for (vm, word) in [
        (running(), "LIVE"),
        (ViewModel { paused: true, ..running() }, "PAUSED"),
        (state(RunState::Paused), "PAUSED"),
        (state(RunState::Finished), "FINISHED"),
        (state(RunState::Cancelled), "CANCELLED"),
        (state(RunState::Failed), "FAILED"),
        (ViewModel { paused: true, ..state(RunState::Failed) }, "FAILED"),
    ] {
        let harness = window(vm);
        assert!(harness.query_by_label(word).is_some(), "not {word}: {}", all_text(&harness));
        assert!(shows(&harness, "58 windows"));
        assert!(shows(&harness, "58 fps"));
    }
    assert!(shows(&window(running()), "12.4k rows/s"));
}

#[test]
fn the_toolbar_asks_for_what_its_buttons_say() {
    let mut harness = window(running());
    assert_eq!(click_button(&mut harness, "Show the whole graph"), [Command::Fit]);
    assert_eq!(click_button(&mut harness, "Freeze the layout"), [Command::SetFrozen(true)]);
    assert_eq!(click_button(&mut harness, "Release the layout"), [Command::SetFrozen(false)]);
    assert_eq!(click_button(&mut harness, "Pause discovery"), [Command::SetPaused(true)]);
    assert_eq!(click_button(&mut harness, "Resume discovery"), [Command::SetPaused(false)]);
    assert_eq!(click_button(&mut harness, "Save a picture"), [Command::Screenshot]);
    let commands = click_button(&mut harness, "Hide names");
    assert!(matches!(&commands[..], [Command::SetSettings(settings)] if !settings.labels), "{commands:?}");
    let commands = click_button(&mut harness, "Light theme");
    assert!(
        matches!(&commands[..], [Command::SetSettings(settings)] if settings.theme == ThemeChoice::Light),
        "{commands:?}"
    );
    assert!(harness.query_by_role_and_label(Role::Button, "Dark theme").is_some(), "and back");
    assert!(harness.query_by_role_and_label(Role::Button, "Show truth").is_none(), "a file has no known truth");
    let commands = click_button(&mut window(demo()), "Show truth");
    assert!(matches!(&commands[..], [Command::SetSettings(settings)] if settings.show_truth), "{commands:?}");
}

#[test]
fn a_click_on_what_floats_does_not_reach_the_graph() {
    let mut harness = window(running());
    click_button(&mut harness, "Show the whole graph");
    click_button(&mut harness, "Fold the legend");
    assert!(!harness.state().scene_clicked);
    let middle = harness.state().scene.center();
    harness.hover_at(middle);
    harness.drag_at(middle);
    harness.drop_at(middle);
    settle(&mut harness);
    assert!(harness.state().scene_clicked, "the pane itself is clickable");
}

#[test]
fn what_lies_under_the_pointer_is_named_beside_it() {
    for (hovered, title, line) in [
        (
            Selection::Edge(key(0, 1, 2)),
            "temperature → pressure",
            "lag 2 rows  ·  0.42 [0.35, 0.49]  ·  stability 93 %",
        ),
        (Selection::Node(1), "pressure", "drives 2, driven by 1"),
        (Selection::Hyper(0), "temperature + valve → vibration", "joint gain 19 % beyond the parts  ·  stability 88 %"),
    ] {
        let mut harness = window(ViewModel { hovered, ..running() });
        assert!(!shows(&harness, line), "the pointer is not over the graph");
        harness.hover_at(harness.state().scene.center());
        settle(&mut harness);
        assert!(shows(&harness, line), "lacks {line:?}: {}", all_text(&harness));
        assert!(shows(&harness, title));
        harness.hover_at(egui::pos2(4.0, 4.0));
        settle(&mut harness);
        assert!(!shows(&harness, line), "gone with the pointer");
    }
}

#[test]
fn the_legend_matches_the_encoding() {
    let mut harness = window(running());
    for text in [
        "positive effect",
        "negative effect",
        "same row, undirected",
        "width: |weight|",
        "opacity: confidence",
        "hyperedge",
    ] {
        assert!(shows(&harness, text), "lacks {text:?}");
    }
    assert!(!shows(&harness, "planted link"), "nothing planted is drawn");
    click_button(&mut harness, "Fold the legend");
    assert!(!shows(&harness, "positive effect"));
}

#[test]
fn shortcuts_ask_for_what_the_menus_say() {
    let mut harness = window(selected(Selection::Edge(key(0, 1, 2))));
    for (key, command) in [
        (Key::Space, Command::SetFrozen(true)),
        (Key::Home, Command::Fit),
        (Key::G, Command::FocusSelection),
        (Key::Num1, Command::LookFrom(0)),
        (Key::Num3, Command::LookFrom(1)),
        (Key::Num7, Command::LookFrom(2)),
        (Key::F12, Command::Screenshot),
        (Key::Escape, Command::Select(Selection::None)),
    ] {
        assert_eq!(press(&mut harness, key), [command], "{key:?}");
    }
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Space);
    assert_eq!(settle(&mut harness), [Command::SetPaused(true)]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::O);
    assert_eq!(settle(&mut harness), [Command::PickFiles]);
}

#[test]
fn the_file_menu_opens_and_quits() {
    for (item, command) in [("Quit", Command::Quit), ("Back to the demo", Command::StartDemo)] {
        let mut harness = window(running());
        click_button(&mut harness, "File");
        harness.get_all_by_label_contains(item).next().unwrap().click();
        assert_eq!(settle(&mut harness), [command]);
    }
}

#[test]
fn panels_close_and_open_again() {
    let mut harness = window(running());
    let before = harness.state().scene;
    click_button(&mut harness, "Close Inspector");
    assert!(!shows(&harness, "Strongest links"));
    assert_eq!(harness.state().scene, before, "the tabs beside it are still there");
    for pane in ["What if", "Knobs", "Governor"] {
        harness.state_mut().workspace.show(Pane::ALL.into_iter().find(|p| p.title() == pane).unwrap());
        settle(&mut harness);
        click_button(&mut harness, &format!("Close {pane}"));
    }
    let without = harness.state().scene;
    assert!(without.width() > before.width() + 200.0, "the graph takes the room: {before:?} {without:?}");
    assert_eq!(without.left(), before.left(), "the left column keeps its width");
    click_button(&mut harness, "View");
    click(&mut harness, Role::CheckBox, "Inspector");
    press(&mut harness, Key::Escape);
    assert!(shows(&harness, "Strongest links"));
    assert_eq!(harness.state().scene, before);
}

#[test]
fn reset_brings_every_panel_back() {
    let mut harness = window(running());
    for pane in Pane::ALL.into_iter().filter(|pane| *pane != Pane::Scene) {
        harness.state_mut().workspace.show(pane);
        settle(&mut harness);
        click_button(&mut harness, &format!("Close {}", pane.title()));
    }
    let alone = harness.state().scene;
    assert_eq!(alone.width(), 1280.0, "with every panel closed the graph is as wide as the window");
    click_button(&mut harness, "View");
    click_button(&mut harness, "Reset arrangement");
    assert_eq!(harness.state().workspace, Workspace::default().clone_fitted(&harness));
    for pane in Pane::ALL {
        assert!(harness.state().workspace.is_open(pane), "{}", pane.title());
    }
}

/// Arrangements are compared after they were fitted to the same window.
trait Fitted {
    fn clone_fitted(&self, like: &egui_kittest::Harness<'_, super::App>) -> Workspace;
}

impl Fitted for Workspace {
    fn clone_fitted(&self, like: &egui_kittest::Harness<'_, super::App>) -> Workspace {
        let size = like.ctx.content_rect().size();
        let mut fresh = window_of(running(), size.x, size.y);
        std::mem::take(&mut fresh.state_mut().workspace)
    }
}

#[test]
fn no_panel_covers_the_graph_and_side_panels_keep_their_width() {
    let small = window_of(running(), 1024.0, 640.0).state().scene;
    let large = window_of(running(), 1920.0, 1080.0).state().scene;
    assert!(small.width() > 440.0 && small.height() > 380.0, "{small:?}");
    assert_eq!(small.left(), large.left(), "the left column is as wide in both");
    assert!((1024.0 - small.right() - (1920.0 - large.right())).abs() < 0.5, "so is the right one");
    assert_eq!(640.0 - small.bottom(), 1080.0 - large.bottom(), "and the strip is as high");
    let mut harness = window_of(running(), 1024.0, 640.0);
    harness.set_size(egui::vec2(1920.0, 1080.0));
    settle(&mut harness);
    assert_eq!(harness.state().scene, large, "growing a window is like opening a large one");
}

#[test]
fn a_tiny_window_gives_back_what_it_took_when_it_grows() {
    let usual = window(running()).state().scene;
    let mut harness = window_of(running(), 320.0, 240.0);
    harness.set_size(egui::vec2(40.0, 30.0));
    settle(&mut harness);
    harness.set_size(egui::vec2(1280.0, 800.0));
    settle(&mut harness);
    assert_eq!(harness.state().scene, usual);
}

#[test]
fn a_dragged_border_stays_where_it_was_put() {
    let mut harness = window(running());
    let before = harness.state().scene;
    let border = egui::pos2(before.right() + 0.5, before.center().y);
    harness.hover_at(border);
    harness.drag_at(border);
    harness.hover_at(border - egui::vec2(80.0, 0.0));
    harness.drop_at(border - egui::vec2(80.0, 0.0));
    settle(&mut harness);
    let dragged = harness.state().scene;
    assert!((before.right() - dragged.right() - 80.0).abs() < 3.0, "{before:?} {dragged:?}");
    harness.set_size(egui::vec2(1600.0, 800.0));
    settle(&mut harness);
    let wider = harness.state().scene;
    assert!((1600.0 - wider.right() - (1280.0 - dragged.right())).abs() < 1.0, "the inspector keeps its new width");
    assert_eq!(wider.left(), dragged.left());
}

#[test]
fn every_control_has_a_name() {
    let mut views = vec![running(), demo(), importing(sheet())];
    views.extend([Selection::Node(1), Selection::Edge(key(0, 1, 2)), Selection::Hyper(0)].map(selected));
    for vm in views {
        let harness = window(vm);
        for node in harness.query_all_by(|_| true) {
            let node = node.accesskit_node();
            let control = matches!(
                node.role(),
                Role::Button
                    | Role::CheckBox
                    | Role::Slider
                    | Role::TextInput
                    | Role::ComboBox
                    | Role::Link
                    | Role::RadioButton
            );
            let name = node.label().unwrap_or_default();
            assert!(!control || !name.trim().is_empty(), "{:?} at {:?} has no name", node.role(), node.bounding_box());
        }
    }
}
