//! In: nothing. Out: what panels remember between frames that nobody else needs to know.

use std::collections::BTreeMap;

use super::derived::Derived;

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
}
