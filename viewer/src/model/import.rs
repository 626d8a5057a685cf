//! In: what the first rows of a file show. Out: what the import sheet knows and what the user decides on it.

use std::path::PathBuf;
use std::sync::Arc;

use scarcity_engine::types::ImportReport;
use serde::{Deserialize, Serialize};

/// What the import sheet decides before any compute.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportChoice {
    /// Files to read as one stream.
    pub files: Vec<PathBuf>,
    /// Time column, if any.
    pub time_column: Option<String>,
    /// Series column, if any.
    pub series_column: Option<String>,
    /// Columns used as variables.
    pub columns: Vec<String>,
    /// Largest lag.
    pub max_lag: usize,
    /// Keep waiting for new rows at the end.
    pub follow: bool,
}

/// What was chosen for files with these columns.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KnownSchema {
    /// Names of all columns, in the order of the file.
    pub names: Vec<String>,
    /// The choice, without files.
    pub choice: ImportChoice,
}

/// The import sheet while it is open.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportSheet {
    /// What the first rows show; `Err` = the sentence why the files cannot be read.
    pub report: Result<Arc<ImportReport>, String>,
    /// The choice so far.
    pub choice: ImportChoice,
    /// Estimated memory for discovery.
    pub estimated_bytes: u64,
    /// Estimated seconds for all rows.
    pub estimated_s: f64,
    /// Name of the file with the planted truth that lies beside the data.
    pub truth_file: Option<String>,
}

/// Files hovering over the window.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DragHover {
    /// Which.
    pub files: Vec<PathBuf>,
    /// Why they cannot be dropped, if so.
    pub refusal: Option<String>,
}
