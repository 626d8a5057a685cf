//! In: a subsystem and an action. Out: the name of the lever between them.

use crate::types::Action;

/// Whose lever, and the action it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeverKey {
    /// The subsystem.
    pub subsystem: String,
    /// The action.
    pub action: Action,
}

impl LeverKey {
    /// The lever of an action.
    pub fn new(subsystem: &str, action: Action) -> Self {
        Self { subsystem: subsystem.to_owned(), action }
    }
}
