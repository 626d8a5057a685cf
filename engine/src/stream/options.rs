//! In: what a user says about an input. Out: the choices the readers take instead of detecting them.

use crate::types::DataFormat;

/// How an input is to be read; what is `None` is detected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReadOptions {
    /// Format of the files.
    pub format: Option<DataFormat>,
    /// Column that orders the rows; its gaps break lags. An empty name = none, whatever could be detected.
    pub time_column: Option<String>,
    /// Column that separates trajectories; `_series` is recognised by name. An empty name = none.
    pub series_column: Option<String>,
    /// Columns to use as variables, by name; `None` = every numeric one.
    pub columns: Option<Vec<String>>,
    /// Keep waiting for rows at the end of the last file.
    pub follow: bool,
}
