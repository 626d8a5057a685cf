//! In: keys. Out: actions. Keys belong to a text field or an open dialog first, and to the window only then.

use egui::{Context, Event, Key, Modifiers};

use super::actions::{ACTIONS, Action, keys_of, parse_keys, perform};
use super::workspace::Workspace;
use crate::model::{Command, ViewModel};

/// Reads the window's keys. Does nothing while a dialog, a menu or a text field has the keyboard.
pub(super) fn shortcuts(ctx: &Context, workspace: &mut Workspace, vm: &ViewModel, out: &mut Vec<Command>) {
    if vm.import.is_some() || workspace.state.palette.is_some() || egui::Popup::is_any_open(ctx) {
        return;
    }
    let typing = ctx.text_edit_focused();
    let focused = ctx.memory(|memory| memory.focused()).is_some();
    let mut bound: Vec<(&Action, Modifiers, Key)> = ACTIONS
        .iter()
        .filter_map(|action| parse_keys(keys_of(action, &vm.settings.bindings)).map(|(m, key)| (action, m, key)))
        .collect();
    // A key with Shift also answers to the key without: the more particular is asked first.
    let count = |m: &Modifiers| u8::from(m.shift) + u8::from(m.alt) + u8::from(m.command || m.ctrl);
    bound.sort_by_key(|(_, modifiers, _)| std::cmp::Reverse(count(modifiers)));
    for (action, modifiers, key) in bound {
        // Plain keys are text while a field is being edited; so are the editing keys with Ctrl.
        let edits = matches!(key, Key::Z | Key::A | Key::C | Key::V | Key::X | Key::ArrowUp | Key::ArrowDown);
        if typing && (!modifiers.command || edits) {
            continue;
        }
        // Space and the arrows belong to the control that has the keyboard.
        let steers = matches!(key, Key::Space | Key::ArrowLeft | Key::ArrowRight | Key::ArrowUp | Key::ArrowDown);
        if focused && steers && !modifiers.command {
            continue;
        }
        if ctx.input_mut(|input| input.consume_key(modifiers, key)) {
            if action.id == "clear" && workspace.state.close_top() {
                continue;
            }
            perform(action.id, workspace, vm, out);
            if matches!(action.id, "search" | "palette") {
                // The same press also arrives as text, which must not land in the field it opens.
                ctx.input_mut(|input| input.events.retain(|event| !matches!(event, Event::Text(_))));
            }
        }
    }
}
