//! In: nothing. Out: every action of the window that a key, a menu or the palette can give, with its name and usual key.

use std::collections::{BTreeMap, BTreeSet};

use egui::{Key, Modifiers};

use super::state::UiState;
use super::workspace::{Pane, Workspace};
use crate::model::{Command, ExportFormat, Focus, Reach, Selection, ThemeChoice, ViewModel};

/// Something the window can be told to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Action {
    /// Name in the settings file.
    pub id: &'static str,
    /// What it does, for menus, help and the palette.
    pub title: &'static str,
    /// Usual keys as in `Ctrl+Shift+Z`; empty = none.
    pub keys: &'static str,
    /// Section of the help.
    pub section: &'static str,
}

const fn action(section: &'static str, id: &'static str, keys: &'static str, title: &'static str) -> Action {
    Action { id, title, keys, section }
}

/// Every action.
pub const ACTIONS: [Action; 50] = [
    action("Find", "palette", "Ctrl+K", "Command palette"),
    action("Find", "search", "/", "Search a variable"),
    action("Find", "help", "?", "Keys"),
    action("Look", "fit", "Home", "Show the whole graph"),
    action("Look", "last_view", "Backspace", "Back to the view before"),
    action("Look", "front", "1", "Look from the front"),
    action("Look", "right", "3", "Look from the right"),
    action("Look", "top", "7", "Look from the top"),
    action("Look", "flat", "5", "Flat or in space"),
    action("Look", "names", "N", "Show or hide names"),
    action("Look", "freeze", "Space", "Freeze or release the layout"),
    action("Look", "theme", "", "Dark or light theme"),
    action("Look", "truth", "", "Show or hide the planted truth"),
    action("Focus", "neighbours", "F", "Neighbourhood of the selection"),
    action("Focus", "fewer", "[", "One link nearer"),
    action("Focus", "more", "]", "One link farther"),
    action("Focus", "ancestors", "Ctrl+Up", "What acts on the selection"),
    action("Focus", "descendants", "Ctrl+Down", "What the selection acts on"),
    action("Focus", "paths", "Shift+F", "Paths between the last two selected variables"),
    action("Focus", "isolate", "I", "Show and lay out the focus alone"),
    action("Focus", "go_to", "G", "Go to the selection"),
    action("Focus", "clear", "Escape", "Clear the selection, then the focus"),
    action("Arrange", "pin", "P", "Hold the selected variable in place, or let go"),
    action("Arrange", "unpin_all", "Shift+P", "Let go of all variables"),
    action("Arrange", "hide", "H", "Hide the selected variable"),
    action("Arrange", "unhide", "Shift+H", "Show all variables"),
    action("Arrange", "undo", "Ctrl+Z", "Undo"),
    action("Arrange", "redo", "Ctrl+Shift+Z", "Redo"),
    action("Time", "pause", "Shift+Space", "Pause or resume discovery"),
    action("Time", "live", "L", "Back to the newest window"),
    action("Time", "step_back", "Left", "One window back"),
    action("Time", "step_on", "Right", "One window on"),
    action("Time", "play", "K", "Play the past, or stop"),
    action("Time", "mark_a", "A", "Put mark A here"),
    action("Time", "mark_b", "B", "Put mark B here"),
    action("Time", "compare", "D", "Show what changed from A to B"),
    action("Time", "seen", "", "I have seen what changed"),
    action("File", "open", "Ctrl+O", "Open files"),
    action("File", "save", "Ctrl+S", "Save the session"),
    action("File", "export", "Ctrl+E", "Export…"),
    action("File", "picture", "F12", "Save a picture"),
    action("File", "film", "F10", "Save the replay as a film"),
    action("File", "demo", "", "Back to the demo"),
    action("File", "restore", "", "Go back to the last session"),
    action("File", "restart", "", "Start the run again with the settings in force"),
    action("File", "quit", "Ctrl+Q", "Quit"),
    action("Panels", "what_if", "W", "What if"),
    action("Panels", "table", "T", "Table of links"),
    action("Panels", "notes", "", "Notes on the data"),
    action("Panels", "reset_panels", "", "Put every panel back"),
];

/// The action of that name.
pub fn action_of(id: &str) -> Option<&'static Action> {
    ACTIONS.iter().find(|action| action.id == id)
}

/// The keys of an action: the user's own, else the usual ones.
pub fn keys_of<'a>(action: &'a Action, bindings: &'a BTreeMap<String, String>) -> &'a str {
    bindings.get(action.id).map_or(action.keys, String::as_str)
}

/// `Ctrl+Shift+Z` as modifiers and a key; `None` where it is not understood.
pub fn parse_keys(text: &str) -> Option<(Modifiers, Key)> {
    let mut modifiers = Modifiers::NONE;
    let mut parts: Vec<&str> = text.split('+').map(str::trim).collect();
    let key = parts.pop().filter(|key| !key.is_empty())?;
    for part in parts {
        match part.to_ascii_lowercase().as_str() {
            "ctrl" | "cmd" | "command" => modifiers |= Modifiers::COMMAND,
            "shift" => modifiers |= Modifiers::SHIFT,
            "alt" | "option" => modifiers |= Modifiers::ALT,
            _ => return None,
        }
    }
    let key = match key {
        "Esc" => Key::Escape,
        other => Key::from_name(other)?,
    };
    Some((modifiers, key))
}

/// Bindings that cannot work: a name nobody knows, keys nobody has, or keys given twice. One sentence each.
pub fn binding_faults(bindings: &BTreeMap<String, String>) -> Vec<String> {
    let mut faults = Vec::new();
    for (id, keys) in bindings {
        if action_of(id).is_none() {
            faults.push(format!("bindings: there is no action “{id}”; see the list of keys (?) for their names"));
        } else if !keys.is_empty() && parse_keys(keys).is_none() {
            faults.push(format!("bindings: “{keys}” for “{id}” is not understood; write it as Ctrl+Shift+Z or F5"));
        }
    }
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    for action in &ACTIONS {
        let keys = keys_of(action, bindings);
        if parse_keys(keys).is_none() {
            continue;
        }
        if let Some(first) = taken.insert(keys.to_ascii_lowercase(), action.title) {
            faults.push(format!("bindings: {keys} is given to “{first}” and to “{}”", action.title));
        }
    }
    faults
}

/// Does an action: commands for the window, changes of what the panels show.
pub(super) fn perform(id: &str, workspace: &mut Workspace, vm: &ViewModel, out: &mut Vec<Command>) {
    let settings = |change: fn(&mut crate::model::Settings)| {
        let mut settings = vm.settings.clone();
        change(&mut settings);
        Command::SetSettings(settings)
    };
    match id {
        "palette" => workspace.state.palette = Some(super::palette::Palette::default()),
        "search" => {
            workspace.show(Pane::Variables);
            workspace.state.focus_search = true;
        }
        "help" => workspace.state.help_open = !workspace.state.help_open,
        "fit" => out.push(Command::Fit),
        "last_view" => out.push(Command::LastView),
        "front" => out.push(Command::LookFrom(0)),
        "right" => out.push(Command::LookFrom(1)),
        "top" => out.push(Command::LookFrom(2)),
        "names" => out.push(settings(|s| s.labels = !s.labels)),
        "flat" => out.push(settings(|s| s.flat = !s.flat)),
        "freeze" => out.push(Command::SetFrozen(!vm.layout_frozen)),
        "theme" => out.push(settings(|s| {
            s.theme = if s.theme == ThemeChoice::Dark { ThemeChoice::Light } else { ThemeChoice::Dark };
        })),
        "truth" => out.push(settings(|s| s.show_truth = !s.show_truth)),
        "neighbours" | "fewer" | "more" | "ancestors" | "descendants" | "paths" | "isolate" | "go_to" | "clear" => {
            focus(id, &workspace.state, vm, out);
        }
        "pin" | "unpin_all" | "hide" | "unhide" => arrange(id, vm, out),
        "undo" => out.push(Command::Undo),
        "redo" => out.push(Command::Redo),
        "pause" => out.push(Command::SetPaused(!vm.paused)),
        "live" => out.push(Command::ShowWindow(None)),
        "step_back" => out.push(Command::StepWindow(-1)),
        "step_on" => out.push(Command::StepWindow(1)),
        "play" => out.push(Command::SetPlaying(!vm.time.playing)),
        "mark_a" | "mark_b" => out.push(mark(vm, id == "mark_b")),
        "compare" => {
            out.push(Command::SetComparing(!vm.time.comparing));
            workspace.show(Pane::Changes);
        }
        "seen" => out.push(Command::MarkSeen),
        "open" => out.push(Command::PickFiles),
        "save" => out.push(Command::SaveSession(None)),
        "export" => workspace.state.export_open = true,
        "picture" => out.push(Command::Screenshot),
        "film" => out.push(Command::Export(ExportFormat::Film, None)),
        "demo" => out.push(Command::StartDemo),
        "restore" => out.push(Command::RestoreLast),
        "restart" => out.push(Command::Restart),
        "quit" => out.push(Command::Quit),
        "what_if" => {
            workspace.show(Pane::WhatIf);
            if let (Selection::Node(variable), None) = (vm.selection, vm.what_if.question) {
                out.push(Command::AskWhatIf(super::what_if::first_question(vm, variable)));
            }
        }
        "table" => workspace.show(Pane::Table),
        "notes" => workspace.show(Pane::Notes),
        "reset_panels" => workspace.reset(),
        _ => {}
    }
}

/// Mark at the window shown; given again at the same place, it goes away.
pub(super) fn mark(vm: &ViewModel, second: bool) -> Command {
    let here =
        vm.time.at.or_else(|| vm.newest.as_ref().map(|s| s.window)).or_else(|| vm.snapshot.as_ref().map(|s| s.window));
    let known = if second { vm.time.mark_b } else { vm.time.mark_a };
    Command::SetMark(second, if known == here { None } else { here })
}

/// The variables that are selected, directly or as ends of a link.
pub(super) fn roots(vm: &ViewModel) -> Vec<u32> {
    if !vm.chosen.is_empty() {
        return vm.chosen.iter().copied().collect();
    }
    match vm.selection {
        Selection::None => Vec::new(),
        Selection::Node(node) => vec![node],
        Selection::Edge(key) => vec![key.source, key.target],
        Selection::Hyper(index) => {
            let hyper = vm.snapshot.as_ref().and_then(|s| s.hyperedges.get(index as usize));
            hyper.map_or(Vec::new(), |h| h.sources.iter().map(|(source, _)| *source).chain([h.target]).collect())
        }
    }
}

fn focus(id: &str, state: &UiState, vm: &ViewModel, out: &mut Vec<Command>) {
    let roots = roots(vm);
    let set = |reach| Command::SetFocus(Some(Focus { roots: roots.clone(), reach }));
    let hops = match &vm.focus {
        Some(Focus { reach: Reach::Neighbours(hops), .. }) => Some(*hops),
        _ => None,
    };
    match id {
        "go_to" if !roots.is_empty() => out.push(Command::FocusSelection),
        "neighbours" if !roots.is_empty() => out.extend([set(Reach::Neighbours(1)), Command::FocusSelection]),
        "ancestors" if !roots.is_empty() => out.push(set(Reach::Ancestors)),
        "descendants" if !roots.is_empty() => out.push(set(Reach::Descendants)),
        "fewer" | "more" => {
            let next = match (id, hops) {
                ("fewer", Some(hops)) => hops.saturating_sub(1).max(1),
                ("more", Some(hops)) => hops + 1,
                _ => 1,
            };
            let roots = vm.focus.as_ref().map_or(roots, |focus| focus.roots.clone());
            if !roots.is_empty() {
                out.push(Command::SetFocus(Some(Focus { roots, reach: Reach::Neighbours(next) })));
            }
        }
        "paths" => {
            if let [.., from, to] = state.visited[..] {
                out.push(Command::SetFocus(Some(Focus { roots: vec![from, to], reach: Reach::Paths })));
            }
        }
        "isolate" => {
            if vm.focus.is_none() && !roots.is_empty() {
                // What was chosen by hand is meant as it is; one thing alone would be no graph.
                out.push(set(if vm.chosen.len() > 1 { Reach::Roots } else { Reach::Neighbours(1) }));
            }
            if vm.focus.is_some() || !roots.is_empty() {
                out.push(Command::SetIsolated(!vm.isolated));
            }
        }
        "clear" if !vm.chosen.is_empty() => out.push(Command::Choose(BTreeSet::new())),
        "clear" if vm.selection != Selection::None => out.push(Command::Select(Selection::None)),
        "clear" if vm.isolated => out.push(Command::SetIsolated(false)),
        "clear" if vm.focus.is_some() => out.push(Command::SetFocus(None)),
        "clear" if vm.time.comparing => out.push(Command::SetComparing(false)),
        _ => {}
    }
}

fn arrange(id: &str, vm: &ViewModel, out: &mut Vec<Command>) {
    let chosen = vm.chosen.iter().copied();
    match (id, vm.selection) {
        ("pin", _) if !vm.chosen.is_empty() => {
            let hold = !vm.chosen.iter().all(|node| vm.pins.contains_key(node));
            out.extend(chosen.map(|node| Command::SetPinned(node, hold)));
        }
        ("hide", _) if !vm.chosen.is_empty() => {
            out.extend(chosen.map(|node| Command::SetHidden(node, true)));
            out.push(Command::Choose(BTreeSet::new()));
        }
        ("pin", Selection::Node(node)) => out.push(Command::SetPinned(node, !vm.pins.contains_key(&node))),
        ("hide", Selection::Node(node)) => out.push(Command::SetHidden(node, true)),
        ("unpin_all", _) => out.push(Command::UnpinAll),
        ("unhide", _) => out.push(Command::UnhideAll),
        _ => {}
    }
}
