//! In: files, good and bad, and pipes. Out: the rows, breaks, windows, reports and sentences users should get.

mod admission;
mod bad_input;
mod columns;
mod csv;
mod formats;
mod pipes;
mod time;
mod windows;

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray, TimestampMillisecondArray,
};
use proptest::prelude::*;
use scarcity_engine::stream::{
    AdmissionControl, BadRowPolicy, ColumnProfile, ReadOptions, Reader, SchemaManager, StreamConfig, WindowBuilder,
    inspect,
};
use scarcity_engine::types::{ColumnKind, ColumnRole, DataFormat, ImportReport, Moments, Samples, Window};

use crate::common::{Dribble, Folder, batch, csv_text, noise, wait_until};

fn defaults() -> (ReadOptions, StreamConfig) {
    (ReadOptions::default(), StreamConfig::default())
}

fn report(path: &Path) -> ImportReport {
    let (options, config) = defaults();
    inspect(&[path.to_owned()], &options, &config).unwrap()
}

/// All rows of a reader as one batch.
fn drain(mut reader: Reader) -> Samples {
    let mut all = Samples { vars: reader.names().len(), ..Samples::default() };
    while let Some(samples) = reader.next_batch().unwrap() {
        let offset = all.rows();
        assert_eq!(samples.vars, all.vars);
        assert!(samples.rows() > 0);
        all.breaks.extend(samples.breaks.iter().map(|at| at + offset));
        all.values.extend(samples.values);
    }
    all
}

fn read_with(files: &[PathBuf], options: &ReadOptions, config: &StreamConfig) -> Samples {
    drain(Reader::open(files, options, config).unwrap())
}

fn read(path: &Path) -> Samples {
    let (options, config) = defaults();
    read_with(&[path.to_owned()], &options, &config)
}

/// The sentence a file ends with: at inspection, at opening or while reading.
fn failure_with(files: &[PathBuf], options: &ReadOptions, config: &StreamConfig) -> String {
    let mut reader = match Reader::open(files, options, config) {
        Ok(reader) => reader,
        Err(error) => return error.to_string(),
    };
    loop {
        match reader.next_batch() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("the input was read to its end"),
            Err(error) => {
                assert!(reader.next_batch().unwrap().is_none(), "nothing follows an error");
                return error.to_string();
            }
        }
    }
}

fn failure(path: &Path) -> String {
    let (options, config) = defaults();
    let message = failure_with(&[path.to_owned()], &options, &config);
    assert!(message.starts_with(&path.display().to_string()), "the file is not named: {message}");
    message
}

#[track_caller]
fn assert_says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "\"{part}\" is not in: {message}");
    }
    assert!(!message.contains('\n'), "not one sentence: {message}");
}

fn role<'a>(report: &'a ImportReport, name: &str) -> &'a ColumnRole {
    &report.schema.columns.iter().find(|c| c.name == name).unwrap().role
}

fn kind(report: &ImportReport, name: &str) -> ColumnKind {
    report.schema.columns.iter().find(|c| c.name == name).unwrap().kind
}

/// Compares cell by cell; NaN equals NaN.
#[track_caller]
fn assert_values(samples: &Samples, expected: &[f64]) {
    assert_eq!(samples.values.len(), expected.len());
    for (at, (a, b)) in samples.values.iter().zip(expected).enumerate() {
        assert!(a == b || (a.is_nan() && b.is_nan()), "cell {at} is {a}, not {b}");
    }
}

const NAN: f64 = f64::NAN;

/// Three files with the same rows: time, a number, a whole number, a truth value, text.
fn mixed(rows: usize) -> RecordBatch {
    let time: ArrayRef = Arc::new(TimestampMillisecondArray::from_iter_values(
        (0..rows).map(|r| 1_700_000_000_000 + 500 * r as i64 + if r >= rows / 2 { 60_000 } else { 0 }),
    ));
    let x: ArrayRef = Arc::new(Float64Array::from_iter((0..rows).map(|r| (r % 17 != 3).then(|| noise(r as u64)))));
    let n: ArrayRef = Arc::new(Int64Array::from_iter_values((0..rows).map(|r| (r * r % 101) as i64)));
    let on: ArrayRef = Arc::new(BooleanArray::from_iter((0..rows).map(|r| Some(r % 3 == 0))));
    let tag: ArrayRef = Arc::new(StringArray::from_iter_values((0..rows).map(|r| format!("row {r}"))));
    RecordBatch::try_from_iter([("at", time), ("x", x), ("n", n), ("on", on), ("tag", tag)]).unwrap()
}

fn mixed_values(rows: usize) -> Vec<f64> {
    let row = |r: usize| {
        let x = if r % 17 == 3 { NAN } else { noise(r as u64) };
        [x, (r * r % 101) as f64, f64::from(u8::from(r.is_multiple_of(3)))]
    };
    (0..rows).flat_map(row).collect()
}

fn write_parquet(path: &Path, batch: &RecordBatch) {
    let file = File::create(path).unwrap();
    let properties =
        parquet::file::properties::WriterProperties::builder().set_max_row_group_row_count(Some(700)).build();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

fn write_arrow_file(path: &Path, batches: &[RecordBatch]) {
    let mut writer =
        arrow::ipc::writer::FileWriter::try_new(File::create(path).unwrap(), &batches[0].schema()).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
}

fn arrow_stream(batches: &[RecordBatch]) -> Vec<u8> {
    let mut writer = arrow::ipc::writer::StreamWriter::try_new(Vec::new(), &batches[0].schema()).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.into_inner().unwrap()
}

fn json_lines(batch: &RecordBatch) -> Vec<u8> {
    let mut writer = arrow::json::LineDelimitedWriter::new(Vec::new());
    writer.write(batch).unwrap();
    writer.finish().unwrap();
    writer.into_inner()
}

fn csv_of(batch: &RecordBatch) -> Vec<u8> {
    let mut bytes = Vec::new();
    arrow::csv::Writer::new(&mut bytes).write(batch).unwrap();
    bytes
}
