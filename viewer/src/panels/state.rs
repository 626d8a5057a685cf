//! In: nothing. Out: what panels remember between frames that nobody else needs to know.

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
}
