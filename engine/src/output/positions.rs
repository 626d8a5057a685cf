//! In: nodes and where they are. Out: a table, one row each, as CSV or Parquet.

use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float32Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;

use crate::error::Result;

use super::{AtomicFile, EdgeFormat};

/// Writes `node`, `x`, `y`, `z` in the format of the extension.
///
/// # Errors
/// [`crate::Error::Output`] when the file cannot be written.
pub fn write_positions(path: &Path, names: &[String], positions: &[[f32; 3]]) -> Result<()> {
    let parquet = EdgeFormat::of(path) == Some(EdgeFormat::Parquet);
    AtomicFile::write(path, |out| if parquet { table(out, names, positions) } else { text(out, names, positions) })
}

fn text(out: &mut dyn Write, names: &[String], positions: &[[f32; 3]]) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(["node", "x", "y", "z"])?;
    for (name, at) in names.iter().zip(positions) {
        csv.write_field(name)?;
        csv.write_record(at.map(|v| format!("{v:?}")))?;
    }
    csv.flush()
}

fn table(out: &mut dyn Write, names: &[String], positions: &[[f32; 3]]) -> io::Result<()> {
    let mut columns: Vec<(&str, ArrayRef)> = vec![("node", Arc::new(StringArray::from_iter_values(names)))];
    for (axis, name) in ["x", "y", "z"].into_iter().enumerate() {
        columns.push((name, Arc::new(Float32Array::from_iter_values(positions.iter().map(|at| at[axis])))));
    }
    let batch = RecordBatch::try_from_iter(columns).map_err(io::Error::other)?;
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties))?;
    writer.write(&batch)?;
    writer.close()?;
    out.write_all(&bytes)
}
