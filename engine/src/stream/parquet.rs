//! In: a Parquet file. Out: its head's columns; then rows of its numbers, a batch at a time.

use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use ::parquet::errors::ParquetError;
use std::fs::File;

use super::columnar;
use super::config::StreamConfig;
use super::format::Packing;
use super::inspect::{Head, PREVIEW_ROWS, Part, open};
use super::options::ReadOptions;
use super::place::Place;
use super::plan::Plan;
use super::roles::is_kept;
use super::rows::{Rows, Source};
use crate::error::{Error, Result};
use crate::types::DataFormat;

/// Columns and first rows.
pub(super) fn head(place: &Place, total_bytes: u64, options: &ReadOptions, config: &StreamConfig) -> Result<Head> {
    let builder = builder(place)?;
    let declared = builder.metadata().file_metadata().num_rows().max(0) as u64;
    if declared == 0 {
        return Err(place.error("has columns but no rows"));
    }
    let schema = builder.schema().clone();
    let limit = config.infer_rows as usize;
    let batches = builder.with_limit(limit).with_batch_size(limit).build().map_err(|e| damaged(place, &e))?;
    let mut profiles = columnar::profiles(schema.fields(), |name| is_kept(name, options));
    let (mut rows, mut preview) = (0, Vec::new());
    for batch in batches {
        let batch = batch.map_err(|e| broken_off(place, rows + 1, &e))?;
        rows += batch.num_rows() as u64;
        let failed = |e| place.error(format!("{e}"));
        columnar::profile(&batch, &mut profiles).map_err(failed)?;
        preview.extend(columnar::preview(&batch, PREVIEW_ROWS - preview.len().min(PREVIEW_ROWS)).map_err(failed)?);
    }
    let part = Part {
        place: place.clone(),
        format: DataFormat::Parquet,
        packing: Packing::File,
        dialect: None,
        names: schema.fields().iter().map(|f| f.name().clone()).collect(),
        total_bytes,
        row_bytes: total_bytes as f64 / declared as f64,
    };
    let whole = rows == declared;
    Ok(Head { part, profiles, preview, rows, whole, declared_rows: Some(declared), warnings: Vec::new() })
}

fn builder(place: &Place) -> Result<ParquetRecordBatchReaderBuilder<File>> {
    let Some(path) = &place.path else {
        return Err(place.error("Parquet cannot be read from a pipe; give the file's name"));
    };
    let (file, _) = open(path)?;
    ParquetRecordBatchReaderBuilder::try_new(file).map_err(|e| damaged(place, &e))
}

fn damaged(place: &Place, error: &ParquetError) -> Error {
    if let Some(sentence) = packed(error) {
        return place.error(sentence);
    }
    place.error(format!("is not a whole Parquet file, it may be cut off: {error}"))
}

/// What to do about a compression that is not read, if that is what is wrong.
fn packed(error: &impl std::fmt::Display) -> Option<String> {
    let text = error.to_string();
    let (_, library) = text.split_once("Disabled feature at compile time: ")?;
    let kind = if library.starts_with("flate2") { "gzip" } else { library };
    Some(format!("its columns are compressed with {kind}, which is not read; write it with snappy, zstd, lz4 or none"))
}

/// What to do where rows stop being readable.
fn broken_off(place: &Place, row: u64, error: &impl std::fmt::Display) -> Error {
    match packed(error) {
        Some(sentence) => place.error(sentence),
        None => place.at_row(row, format!("the file is damaged from here on: {error}")),
    }
}

/// Reads the rows of one Parquet file.
pub(super) struct ParquetSource {
    place: Place,
    batches: ParquetRecordBatchReader,
    projected: Plan,
    row: u64,
    row_bytes: f64,
}

impl ParquetSource {
    pub fn open(part: &Part, plan: &Plan, batch_rows: usize) -> Result<Self> {
        let builder = builder(&part.place)?;
        let (needed, projected) = plan.projected();
        let mask = ProjectionMask::roots(builder.parquet_schema(), needed);
        let batches =
            builder.with_projection(mask).with_batch_size(batch_rows).build().map_err(|e| damaged(&part.place, &e))?;
        Ok(Self { place: part.place.clone(), batches, projected, row: 0, row_bytes: part.row_bytes })
    }
}

impl Source for ParquetSource {
    fn next(&mut self) -> Result<Option<Rows>> {
        let Some(batch) = self.batches.next() else { return Ok(None) };
        let batch = batch.map_err(|e| broken_off(&self.place, self.row + 1, &e))?;
        let mut rows = Rows { first_row: self.row + 1, ..Rows::default() };
        columnar::append(&batch, &self.projected, &mut rows)
            .map_err(|unfit| self.place.at_row(self.row + 1 + unfit.row as u64, unfit.message))?;
        self.row += batch.num_rows() as u64;
        Ok(Some(rows))
    }

    fn bytes_read(&self) -> u64 {
        (self.row as f64 * self.row_bytes) as u64
    }
}
