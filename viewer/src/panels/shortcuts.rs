//! In: keys. Out: commands. Keys belong to a text field or an open dialog first, and to the window only then.

use egui::{Context, Key, Modifiers};

use super::workspace::{Pane, Workspace};
use crate::model::{Command, Selection, ViewModel};

/// A key and what it does, for menus, tooltips and help.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortcut {
    /// Modifiers.
    pub modifiers: Modifiers,
    /// Key.
    pub key: Key,
    /// As written on the keyboard.
    pub keys: &'static str,
    /// What it does.
    pub action: &'static str,
}

const fn plain(key: Key, keys: &'static str, action: &'static str) -> Shortcut {
    Shortcut { modifiers: Modifiers::NONE, key, keys, action }
}

const fn ctrl(key: Key, keys: &'static str, action: &'static str) -> Shortcut {
    Shortcut { modifiers: Modifiers::COMMAND, key, keys, action }
}

/// Every shortcut of the window.
pub const SHORTCUTS: [Shortcut; 13] = [
    ctrl(Key::O, "Ctrl+O", "Open files"),
    ctrl(Key::Q, "Ctrl+Q", "Quit"),
    plain(Key::Slash, "/", "Search a variable"),
    plain(Key::Space, "Space", "Freeze or release the layout"),
    Shortcut { modifiers: Modifiers::SHIFT, key: Key::Space, keys: "Shift+Space", action: "Pause or resume discovery" },
    plain(Key::Home, "Home", "Show the whole graph"),
    plain(Key::F, "F", "Go to the selection"),
    plain(Key::Num1, "1", "Look from the front"),
    plain(Key::Num3, "3", "Look from the right"),
    plain(Key::Num7, "7", "Look from the top"),
    plain(Key::N, "N", "Show or hide names"),
    plain(Key::F12, "F12", "Save a picture"),
    plain(Key::Escape, "Esc", "Clear the selection"),
];

/// Reads the window's shortcuts. Does nothing while a dialog, a menu or a text field has the keyboard.
pub(super) fn shortcuts(ctx: &Context, workspace: &mut Workspace, vm: &ViewModel, out: &mut Vec<Command>) {
    if vm.import.is_some() || egui::Popup::is_any_open(ctx) {
        return;
    }
    let pressed = |modifiers, key| ctx.input_mut(|input| input.consume_key(modifiers, key));
    if pressed(Modifiers::COMMAND, Key::O) {
        out.push(Command::PickFiles);
    }
    if pressed(Modifiers::COMMAND, Key::Q) {
        out.push(Command::Quit);
    }
    if ctx.text_edit_focused() {
        return;
    }
    // Space presses the button that has the keyboard, and only otherwise freezes.
    if ctx.memory(|memory| memory.focused()).is_none() {
        if pressed(Modifiers::SHIFT, Key::Space) {
            out.push(Command::SetPaused(!vm.paused));
        } else if pressed(Modifiers::NONE, Key::Space) {
            out.push(Command::SetFrozen(!vm.layout_frozen));
        }
    }
    if pressed(Modifiers::NONE, Key::Slash) {
        workspace.set_open(Pane::Variables, true);
        workspace.state.focus_search = true;
        // The same key press also arrives as text, which must not land in the field it opens.
        ctx.input_mut(|input| input.events.retain(|event| !matches!(event, egui::Event::Text(text) if text == "/")));
    }
    let plain: [(Key, Command); 6] = [
        (Key::Home, Command::Fit),
        (Key::F, Command::FocusSelection),
        (Key::Num1, Command::LookFrom(0)),
        (Key::Num3, Command::LookFrom(1)),
        (Key::Num7, Command::LookFrom(2)),
        (Key::F12, Command::Screenshot),
    ];
    for (key, command) in plain {
        if pressed(Modifiers::NONE, key) {
            out.push(command);
        }
    }
    if pressed(Modifiers::NONE, Key::N) {
        let mut settings = vm.settings.clone();
        settings.labels = !settings.labels;
        out.push(Command::SetSettings(settings));
    }
    if vm.selection != Selection::None && pressed(Modifiers::NONE, Key::Escape) {
        out.push(Command::Select(Selection::None));
    }
}
