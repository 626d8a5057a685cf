//! In: the settings file. Out: what the viewer remembers between runs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::KnownSchema;

/// Dark or light.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ThemeChoice {
    /// Light marks on near-black.
    #[default]
    Dark,
    /// Dark marks on near-white.
    Light,
}

/// What the viewer remembers between runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Theme.
    pub theme: ThemeChoice,
    /// Scale of all text and widgets, 0.75 … 2.
    pub ui_scale: f32,
    /// No flashes, no camera flights.
    pub reduced_motion: bool,
    /// Draw names.
    pub labels: bool,
    /// Look at the graph as a flat drawing.
    pub flat: bool,
    /// Draw the planted truth where there is one.
    pub show_truth: bool,
    /// Draw the interval of each effect as a sleeve around its line.
    pub sleeves: bool,
    /// Largest lag for the next import.
    pub max_lag: usize,
    /// Files opened before, newest first.
    pub recent: Vec<PathBuf>,
    /// Keys other than the usual ones: name of the action, then the keys as in `Ctrl+Shift+Z`; empty = no key.
    pub bindings: BTreeMap<String, String>,
    /// What was chosen on the import sheet, by the columns of the files; newest first.
    pub schemas: Vec<KnownSchema>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::Dark,
            ui_scale: 1.0,
            reduced_motion: false,
            labels: true,
            flat: false,
            show_truth: false,
            sleeves: true,
            max_lag: 3,
            recent: Vec::new(),
            bindings: BTreeMap::new(),
            schemas: Vec::new(),
        }
    }
}
