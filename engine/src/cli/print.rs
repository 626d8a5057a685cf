//! In: text. Out: the same on stdout or stderr, without panicking when nobody reads it.

use std::io::{self, Write};

use anyhow::Result;
use serde::Serialize;

/// Text on stdout.
pub fn out(text: &str) -> Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()?;
    Ok(())
}

/// A document on stdout.
pub fn json(document: &impl Serialize) -> Result<()> {
    out(&format!("{}\n", serde_json::to_string_pretty(document)?))
}

/// A line on stderr. Where stderr is closed there is nobody to tell.
pub fn line_on_stderr(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Rows of cells as aligned columns, two spaces apart; `right` marks the columns of numbers.
pub fn columns(rows: &[Vec<String>], right: &[bool]) -> String {
    let count = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max();
    let widths: Vec<usize> = (0..count).map(|c| width(c).unwrap_or(0)).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let pad = " ".repeat(widths[column] - cell.chars().count());
            let cell = if right.get(column) == Some(&true) { pad + cell } else { cell.clone() + &pad };
            line.push_str(if column > 0 { "  " } else { "" });
            line.push_str(&cell);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
