//! In: an input and a position in it. Out: errors that name both.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// The input a message is about; no path means standard input.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub path: Option<PathBuf>,
}

impl Place {
    pub fn file(path: &Path) -> Self {
        Self { path: Some(path.to_owned()) }
    }

    pub fn error(&self, message: impl Into<String>) -> Error {
        Error::input(self.path.clone(), message)
    }

    pub fn at_row(&self, row: u64, message: impl Into<String>) -> Error {
        Error::Input { path: self.path.clone(), row: Some(row), column: None, message: message.into() }
    }

    pub fn at_cell(&self, row: u64, column: &str, message: impl Into<String>) -> Error {
        Error::Input {
            path: self.path.clone(),
            row: Some(row),
            column: Some(column.to_owned()),
            message: message.into(),
        }
    }

    pub fn io(&self, error: &std::io::Error) -> Error {
        self.error(match error.kind() {
            ErrorKind::NotFound => "there is no such file".to_owned(),
            ErrorKind::PermissionDenied => "no permission to read it".to_owned(),
            // What the readers of this module raise already is a sentence.
            ErrorKind::Other | ErrorKind::InvalidData => error.to_string(),
            _ => format!("cannot be read: {error}"),
        })
    }
}

/// A cell as it may appear in a message: short, on one line, without control characters.
pub(super) fn quoted(cell: &[u8]) -> String {
    const LONGEST: usize = 24;
    let text = String::from_utf8_lossy(cell);
    let mut short: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push('…');
    }
    format!("\"{short}\"")
}
