//! In: nothing. Out: what panels remember between frames that nobody else needs to know.

use std::collections::BTreeMap;

use super::derived::Derived;
use super::link_history::LinkHistory;
use super::palette::Palette;
use super::table::TableState;
use crate::model::{Selection, ViewModel};

/// What panels remember while the window is open.
#[derive(Debug, Clone, Default)]
pub(super) struct UiState {
    /// Text in the search field while it is being edited.
    pub search: String,
    /// Path being typed or pasted.
    pub path: String,
    /// Line of the search result that Enter selects.
    pub search_cursor: usize,
    /// The search field wants the keyboard.
    pub focus_search: bool,
    /// The welcome card was put away.
    pub welcome_hidden: bool,
    /// The legend was folded or unfolded by hand.
    pub legend_open: Option<bool>,
    /// The import sheet's Cancel button, which keeps Enter to itself.
    pub import_cancel: Option<egui::Id>,
    /// When each note was first seen, in egui's seconds.
    pub toast_since: BTreeMap<u64, f64>,
    /// What was computed from the latest snapshot.
    pub derived: Derived,
    /// The palette, while it is open.
    pub palette: Option<Palette>,
    /// The list of keys is open.
    pub help_open: bool,
    /// The export sheet is open.
    pub export_open: bool,
    /// Variables selected one after the other, the latest last.
    pub visited: Vec<u32>,
    /// What the menu of the 3D pane is about.
    pub menu_about: Selection,
    /// Somebody wants to read the notes.
    pub wants_notes: bool,
    /// Notes there were when they were last read.
    pub notes_read: usize,
    /// The table of links.
    pub table: TableState,
    /// How the selected link fared.
    pub link_history: LinkHistory,
    /// The scatter plot shows values with the other causes taken out.
    pub scatter_adjusted: bool,
    /// Text in the field above the settings of the engine.
    pub knob_search: String,
    /// Only settings that differ from their defaults are listed.
    pub knobs_changed_only: bool,
}

impl UiState {
    /// Closes what floats on top; whether there was something.
    pub fn close_top(&mut self) -> bool {
        let open = self.help_open || self.export_open;
        (self.help_open, self.export_open) = (false, false);
        open
    }

    /// Remembers which variables were selected, for paths between them.
    pub fn follow(&mut self, vm: &ViewModel) {
        if let Selection::Node(node) = vm.selection
            && self.visited.last() != Some(&node)
        {
            self.visited.push(node);
            let surplus = self.visited.len().saturating_sub(2);
            self.visited.drain(..surplus);
        }
    }
}
