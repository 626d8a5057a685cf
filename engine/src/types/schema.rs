//! In: what a file declares or shows in its first rows. Out: the columns, their types and the role each will play.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// File formats the stream can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DataFormat {
    /// Separated text; the separator is detected.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC, file or stream.
    Arrow,
    /// One JSON object per line.
    Jsonl,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnKind {
    /// Real numbers.
    Float,
    /// Whole numbers.
    Integer,
    /// True or false (used as 1 and 0).
    Boolean,
    /// Dates or timestamps.
    Time,
    /// Text.
    Text,
    /// No value in any inspected row.
    Empty,
}

/// What a column is used for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnRole {
    /// Takes part in discovery.
    Variable,
    /// Orders the rows; its gaps break lags.
    Time,
    /// Separates trajectories; its changes break lags.
    Series,
    /// Left out, and why.
    Skipped(String),
}

/// One column of the input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Name from the header.
    pub name: String,
    /// What it holds.
    pub kind: ColumnKind,
    /// What it is used for.
    pub role: ColumnRole,
    /// Missing cells among the inspected rows.
    pub missing: u64,
    /// Whether the inspected rows hold one value only.
    pub constant: bool,
}

/// The columns of a stream, in file order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// Grows by one with every merge that widens a column.
    pub version: u32,
    /// The columns.
    pub columns: Vec<Column>,
}

impl Schema {
    /// Names of the variables, in file order.
    pub fn variables(&self) -> Vec<String> {
        self.columns.iter().filter(|c| c.role == ColumnRole::Variable).map(|c| c.name.clone()).collect()
    }
}

/// What the first rows of an input show, before any compute: the import sheet's content.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ImportReport {
    /// The inspected files.
    pub files: Vec<PathBuf>,
    /// Detected (or given) format.
    pub format: DataFormat,
    /// Separator of separated text.
    pub separator: Option<char>,
    /// Whether the first line holds names.
    pub header: bool,
    /// Columns and roles.
    pub schema: Schema,
    /// First rows as text, `[rows][columns]`.
    pub preview: Vec<Vec<String>>,
    /// Rows inspected to get here.
    pub inspected_rows: u64,
    /// Size of all files.
    pub total_bytes: u64,
    /// Rows in all files: exact where the format says so, else estimated from bytes per row.
    pub estimated_rows: u64,
    /// Whether `estimated_rows` is exact.
    pub rows_exact: bool,
    /// Remarks a user should see before accepting (skipped columns, wrong extension, unsorted time, few rows …).
    pub warnings: Vec<String>,
}
