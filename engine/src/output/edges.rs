//! In: the score of every directed pair and lag. Out: a table, one row each, as CSV or Parquet.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Float64Array, RecordBatch, StringArray, UInt32Array};
use arrow::datatypes::{DataType, Field, Schema};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::error::Result;
use crate::types::LinkScore;

use super::AtomicFile;

/// Scripts depend on these names and their order.
const COLUMNS: [&str; 11] =
    ["source", "target", "lag", "score", "effect", "ci_lo", "ci_hi", "stability", "p_value", "q_value", "accepted"];

/// Real-valued columns: all but the names, the lag and the decision.
const NUMBERS: usize = COLUMNS.len() - 4;

/// Formats of the edge table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeFormat {
    /// Comma-separated text.
    Csv,
    /// Apache Parquet.
    Parquet,
}

impl EdgeFormat {
    /// The format a file's extension asks for.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Self::Csv),
            "parquet" | "pq" => Some(Self::Parquet),
            _ => None,
        }
    }
}

/// Writes the table, in the order of `scores`, in the format of the extension (CSV when there is none).
///
/// # Errors
/// [`crate::Error::Output`] when the file cannot be written.
pub fn write_edges(path: &Path, scores: &[LinkScore], names: &[String]) -> Result<()> {
    match EdgeFormat::of(path).unwrap_or(EdgeFormat::Csv) {
        EdgeFormat::Csv => AtomicFile::write(path, |out| edges_csv(out, scores, names)),
        EdgeFormat::Parquet => AtomicFile::write(path, |out| edges_parquet(out, scores, names)),
    }
}

/// Writes the table as CSV: names quoted where they must be, numbers with every digit, an empty cell for a number
/// that does not exist.
///
/// # Errors
/// What the writer reports.
pub fn edges_csv(out: &mut dyn Write, scores: &[LinkScore], names: &[String]) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(COLUMNS)?;
    for score in scores {
        let key = score.key;
        let numbers = numbers(score).map(number);
        csv.write_field(name(names, key.source))?;
        csv.write_field(name(names, key.target))?;
        csv.write_field(key.lag.to_string())?;
        for text in &numbers {
            csv.write_field(text)?;
        }
        csv.write_field(if decided(score) { "true" } else { "false" })?;
        csv.write_record(None::<&[u8]>)?;
    }
    csv.flush()
}

/// Writes the table as Parquet with the same columns: text, `UInt32`, `Float64` and `Boolean`.
///
/// # Errors
/// What the writer reports.
pub fn edges_parquet(out: &mut dyn Write, scores: &[LinkScore], names: &[String]) -> io::Result<()> {
    const BATCH_ROWS: usize = 1 << 16;
    let schema = Arc::new(Schema::new(
        COLUMNS
            .iter()
            .map(|&column| {
                let kind = match column {
                    "source" | "target" => DataType::Utf8,
                    "lag" => DataType::UInt32,
                    "accepted" => DataType::Boolean,
                    _ => DataType::Float64,
                };
                Field::new(column, kind, false)
            })
            .collect::<Vec<_>>(),
    ));
    // The writer wants an owned, sendable sink; the table is built in memory and handed on.
    let mut bytes = Vec::new();
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut parquet = ArrowWriter::try_new(&mut bytes, Arc::clone(&schema), Some(properties))?;
    for part in scores.chunks(BATCH_ROWS) {
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(part.iter().map(|s| name(names, s.key.source)))),
            Arc::new(StringArray::from_iter_values(part.iter().map(|s| name(names, s.key.target)))),
            Arc::new(UInt32Array::from_iter_values(part.iter().map(|s| s.key.lag))),
        ];
        for column in 0..NUMBERS {
            columns.push(Arc::new(Float64Array::from_iter_values(part.iter().map(|s| numbers(s)[column]))));
        }
        columns.push(Arc::new(part.iter().map(|s| Some(decided(s))).collect::<BooleanArray>()));
        let batch = RecordBatch::try_new(Arc::clone(&schema), columns).map_err(io::Error::other)?;
        parquet.write(&batch)?;
    }
    parquet.close()?;
    out.write_all(&bytes)
}

fn numbers(score: &LinkScore) -> [f64; NUMBERS] {
    [score.score, score.effect, score.ci_lo, score.ci_hi, score.stability, score.p_value, score.q_value]
}

/// The shortest text that reads back as the same number, with an exponent where zeros would run on.
pub(super) fn number(value: f64) -> String {
    if value.is_finite() { format!("{value:?}") } else { String::new() }
}

pub(super) fn name(names: &[String], index: u32) -> &str {
    names.get(index as usize).map_or("?", String::as_str)
}

/// The decision of a row, which is about a direction: a same-time link that could not be oriented decides for neither.
fn decided(score: &LinkScore) -> bool {
    score.accepted && score.directed
}
