//! In: everything that can go wrong. Out: one error type whose message is a sentence with file, row and column.

use std::path::PathBuf;

/// What went wrong, by cause. Panics are bugs; a bad sample is a counted metric, not an error.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An input cannot be read. `row` counts data rows from 1 (the header is not a row).
    #[error("{}{}{}: {message}", place(path), row.map(|r| format!(", data row {r}")).unwrap_or_default(), column.as_ref().map(|c| format!(", column \"{c}\"")).unwrap_or_default())]
    Input {
        /// File, or `None` for standard input.
        path: Option<PathBuf>,
        /// Data row, from 1.
        row: Option<u64>,
        /// Column name.
        column: Option<String>,
        /// The sentence.
        message: String,
    },
    /// A setting is unknown or out of range.
    #[error("configuration{}: {message}", key.as_ref().map(|k| format!(" `{k}`")).unwrap_or_default())]
    Config {
        /// The setting, as `a.b`.
        key: Option<String>,
        /// The sentence.
        message: String,
    },
    /// A device was asked for that is not there.
    #[error("device \"{device}\" is not available: {message}")]
    Device {
        /// `cpu`, `wgpu` or `cuda`.
        device: String,
        /// Why, and what to do.
        message: String,
    },
    /// A result cannot be written.
    #[error("cannot write {}: {message}", path.display())]
    Output {
        /// Where to.
        path: PathBuf,
        /// The sentence.
        message: String,
    },
    /// A thread of the engine ended without an answer. Always a bug worth reporting.
    #[error("internal error: {0}")]
    Internal(String),
}

/// Result of the engine's fallible calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

fn place(path: &Option<PathBuf>) -> String {
    path.as_ref().map_or_else(|| "standard input".to_owned(), |p| p.display().to_string())
}

impl Error {
    /// An input error without a position.
    pub fn input(path: impl Into<Option<PathBuf>>, message: impl Into<String>) -> Self {
        Self::Input { path: path.into(), row: None, column: None, message: message.into() }
    }

    /// A configuration error.
    pub fn config(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Config { key: Some(key.into()), message: message.into() }
    }
}
