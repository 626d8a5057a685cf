//! In: `[federation]` of the configuration. Out: its settings.

use serde::{Deserialize, Serialize};

/// Settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FederationConfig {}

impl FederationConfig {
    /// Adds a sentence per setting out of range.
    pub fn check(&self, _faults: &mut Vec<String>) {}
}
