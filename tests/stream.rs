//! In: files, good and bad, and pipes. Out: the rows, breaks, windows, reports and sentences users should get.

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

// ---- helpers ------------------------------------------------------------------------------------------------------

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

// ---- CSV: what must be understood ---------------------------------------------------------------------------------

#[test]
fn separators_are_detected() {
    let folder = Folder::new();
    for (name, separator) in [("c.csv", ','), ("s.csv", ';'), ("t.tsv", '\t'), ("p.txt", '|')] {
        let text = csv_text(5, 3).replace(',', &separator.to_string());
        let path = folder.write(name, text);
        let report = report(&path);
        assert_eq!(report.separator, Some(separator));
        assert_eq!(report.format, DataFormat::Csv);
        assert_eq!(report.schema.variables(), ["x0", "x1", "x2"]);
        assert!(report.header && report.rows_exact);
        assert_eq!((report.inspected_rows, report.estimated_rows), (5, 5));
        assert_eq!(report.preview.len(), 5);
        assert_eq!(read(&path).rows(), 5);
    }
}

#[test]
fn a_text_column_full_of_other_separators_does_not_fool_the_detection() {
    let folder = Folder::new();
    let path = folder.write("a.csv", "x,note,y\n1,a;b;c,2\n3,d;e;f,4\n5,g;h;i,6\n");
    let report = report(&path);
    assert_eq!(report.separator, Some(','));
    assert_eq!(report.schema.variables(), ["x", "y"]);
}

#[test]
fn headers_are_told_from_rows() {
    let folder = Folder::new();
    let no_header = folder.write("n.csv", "1,2\n3,4\n5,6\n");
    let report_1 = report(&no_header);
    assert!(!report_1.header);
    assert_eq!(report_1.schema.variables(), ["column_1", "column_2"]);
    assert_values(&read(&no_header), &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);

    let numbered = folder.write("m.csv", "0,1\n1.5,2.5\n3.5,4.5\n");
    assert!(report(&numbered).header);
    assert_values(&read(&numbered), &[1.5, 2.5, 3.5, 4.5]);

    let channels = folder.write("o.csv", "time,1,2\n0,1.5,2.5\n1,3.5,4.5\n");
    assert_eq!(report(&channels).schema.variables(), ["1", "2"]);
}

#[test]
fn quotes_line_ends_in_quotes_and_byte_order_mark() {
    let folder = Folder::new();
    let text = "\u{feff}\"a\",\"b, with comma\",note\r\n\"1\",2,\"two\nlines, \"\"quoted\"\"\"\r\n3,\"4.5\",x\r\n";
    let path = folder.write("q.csv", text);
    assert_eq!(report(&path).schema.variables(), ["a", "b, with comma"]);
    assert_values(&read(&path), &[1.0, 2.0, 3.0, 4.5]);
}

#[test]
fn missing_and_infinite_cells_are_nan() {
    let folder = Folder::new();
    let path = folder
        .write("m.csv", "a,b\n1,2\n,3\nNA,4\nNaN,5\nnull,6\ninf,7\n-inf,8\n-Infinity,9\n?,10\n 11 , 12\n1e400,13\n");
    let report = report(&path);
    assert_eq!(report.schema.columns[0].missing, 9);
    assert_eq!(report.schema.columns[0].kind, ColumnKind::Integer);
    let mut expected = vec![1.0, 2.0];
    (3..=10).for_each(|x| expected.extend([NAN, f64::from(x)]));
    expected.extend([11.0, 12.0, NAN, 13.0]);
    assert_values(&read(&path), &expected);
}

#[test]
fn booleans_are_one_and_zero() {
    let folder = Folder::new();
    let path = folder.write("b.csv", "on,x\ntrue,1.5\nFalse,2.5\nTRUE,3.5\n,4.5\n");
    assert_eq!(kind(&report(&path), "on"), ColumnKind::Boolean);
    assert_values(&read(&path), &[1.0, 1.5, 0.0, 2.5, 1.0, 3.5, NAN, 4.5]);
}

#[test]
fn decimal_commas_are_read() {
    let folder = Folder::new();
    let path = folder.write("d.csv", "a;b\n1,5;2\n-3,25;4,125\n");
    let report = report(&path);
    assert_eq!(report.separator, Some(';'));
    assert!(report.warnings.iter().any(|w| w.contains("decimal commas")), "{:?}", report.warnings);
    assert_values(&read(&path), &[1.5, 2.0, -3.25, 4.125]);
}

#[test]
fn empty_lines_and_a_missing_last_line_end_do_not_matter() {
    let folder = Folder::new();
    let path = folder.write("e.csv", "a,b\n\n1,2\n   \n3,4\r\n\n5,6");
    assert_values(&read(&path), &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
}

#[test]
fn typed_and_record_by_record_parsing_agree() {
    // One cell the typed parser does not know, in the middle of thousands, must change nothing but itself.
    let folder = Folder::new();
    let text = csv_text(6000, 3);
    let plain = read(&folder.write("p.csv", &text));
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[5001] = "NA,1,2".to_owned();
    let odd = read(&folder.write("o.csv", lines.join("\n")));
    assert_eq!(plain.rows(), 6000);
    assert_eq!(odd.rows(), 6000);
    assert!(odd.row(5000)[0].is_nan());
    assert_eq!(&odd.row(5000)[1..], [1.0, 2.0]);
    for row in (0..6000).filter(|&row| row != 5000) {
        assert_eq!(plain.row(row), odd.row(row), "row {row}");
    }
}

// ---- columns and roles --------------------------------------------------------------------------------------------

#[test]
fn text_constant_and_empty_columns_are_left_out_with_the_reason() {
    let folder = Folder::new();
    let path = folder.write("c.csv", "city,k,gone,a,b\nOslo,3,,1,2\nRome,3,NA,2,1\nBonn,3,,3,5\n");
    let report = report(&path);
    assert_eq!(report.schema.variables(), ["a", "b"]);
    assert_eq!(*role(&report, "city"), ColumnRole::Skipped("not numeric (\"Oslo\" in row 1)".to_owned()));
    assert_eq!(*role(&report, "k"), ColumnRole::Skipped("constant: always 3".to_owned()));
    assert_eq!(*role(&report, "gone"), ColumnRole::Skipped("no value in any inspected row".to_owned()));
    assert_eq!(kind(&report, "gone"), ColumnKind::Empty);
    let warning = report.warnings.iter().find(|w| w.starts_with("left out")).unwrap();
    assert_says(warning, &["\"city\" (not numeric", "\"k\" (constant", "\"gone\" (no value"]);
}

#[test]
fn a_column_that_is_constant_only_so_far_stays() {
    let folder = Folder::new();
    let mut text = "k,a,b\n".to_owned();
    (0..50).for_each(|row| text.push_str(&format!("{},{},{}\n", if row < 30 { 1 } else { 2 }, row * row % 7, row % 5)));
    let path = folder.write("k.csv", text);
    let config = StreamConfig { infer_rows: 20, ..StreamConfig::default() };
    let report = inspect(&[path], &ReadOptions::default(), &config).unwrap();
    assert_eq!(*role(&report, "k"), ColumnRole::Variable);
    assert!(report.schema.columns[0].constant);
    assert!(report.warnings.iter().any(|w| w.contains("\"k\" is 1 in all inspected rows")), "{:?}", report.warnings);
    assert!(!report.rows_exact);
    assert!((40..=60).contains(&report.estimated_rows), "{}", report.estimated_rows);
}

#[test]
fn chosen_columns() {
    let folder = Folder::new();
    let path = folder.write("c.csv", "city,a,b,c\nOslo,1,2,3\nRome,4,1,6\n");
    let (_, config) = defaults();
    let choose = |names: &[&str]| ReadOptions {
        columns: Some(names.iter().map(|n| (*n).to_owned()).collect()),
        ..ReadOptions::default()
    };
    assert_values(&read_with(&[path.clone()], &choose(&["c", "a"]), &config), &[1.0, 3.0, 4.0, 6.0]);
    let unknown = failure_with(&[path.clone()], &choose(&["a", "z"]), &config);
    assert_says(&unknown, &["there is no column \"z\"", "\"city\", \"a\", \"b\", \"c\""]);
    let text = failure_with(&[path.clone()], &choose(&["a", "city"]), &config);
    assert_says(&text, &["column \"city\" cannot be a variable", "\"Oslo\" in row 1"]);
    assert_says(&failure_with(&[path], &choose(&["a"]), &config), &["only one column (\"a\")", "at least two"]);
}

#[test]
fn a_numeric_column_with_rare_text_is_a_variable_with_bad_cells() {
    let folder = Folder::new();
    let mut text = csv_text(40, 2);
    text.push_str("oops,1\n");
    let path = folder.write("r.csv", text);
    let report = report(&path);
    assert_eq!(report.schema.variables(), ["x0", "x1"]);
    assert!(report.warnings.iter().any(|w| w.contains("\"oops\" in row 41")), "{:?}", report.warnings);
    assert_says(&failure(&path), &["row 41", "column \"x0\"", "\"oops\" is not a number"]);
}

#[test]
fn schema_is_inferred_validated_and_widened() {
    let profile = |name: &str, cells: &[&str]| {
        let mut profile = ColumnProfile::new(name, false);
        cells.iter().for_each(|cell| profile.push_text(cell));
        profile
    };
    let first = [profile("a", &["1", "2"]), profile("b", &["", ""])];
    let mut manager = SchemaManager::infer(&first);
    assert_eq!(manager.schema().version, 1);
    assert_eq!(manager.schema().columns[0].kind, ColumnKind::Integer);

    let wider = SchemaManager::infer(&[profile("b", &["1.5", ""]), profile("a", &["2.5", "3"])]);
    assert!(manager.merge(wider.schema()).unwrap());
    assert_eq!(manager.schema().version, 2);
    assert_eq!(manager.schema().columns[0].kind, ColumnKind::Float);
    assert_eq!(manager.schema().columns[1].kind, ColumnKind::Float);
    assert_eq!(manager.schema().columns[1].role, ColumnRole::Variable);
    assert_eq!(manager.schema().columns[1].missing, 3);

    let narrower = SchemaManager::infer(&first);
    assert!(!manager.merge(narrower.schema()).unwrap(), "types never narrow");
    assert_eq!(manager.schema().version, 2);

    let other = SchemaManager::infer(&[profile("a", &["x"]), profile("c", &["1"])]);
    let differences = manager.validate(other.schema()).unwrap_err();
    assert_eq!(differences, ["it lacks \"b\"", "it has \"c\" in addition", "\"a\" holds text here, numbers before"]);
    let before = manager.clone();
    assert!(manager.merge(other.schema()).is_err());
    assert_eq!(manager, before, "a failed merge changes nothing");
}

// ---- time and series ----------------------------------------------------------------------------------------------

fn hourly(rows: impl IntoIterator<Item = u32>) -> String {
    let mut text = "when,x,y\n".to_owned();
    for h in rows {
        let (x, y) = (noise(u64::from(h)), noise(u64::from(h) + 999));
        text.push_str(&format!("2024-03-{:02} {:02}:00:00,{x},{y}\n", 1 + h / 24, h % 24));
    }
    text
}

#[test]
fn gaps_in_time_are_breaks() {
    let folder = Folder::new();
    let path = folder.write("t.csv", hourly((0..20).chain(23..40)));
    let report = report(&path);
    assert_eq!(*role(&report, "when"), ColumnRole::Time);
    assert_eq!(report.schema.variables(), ["x", "y"]);
    let (options, config) = defaults();
    let reader = Reader::open(&[path], &options, &config).unwrap();
    let counters = reader.counters();
    assert_eq!(drain(reader).breaks, [20]);
    assert_eq!((counters.now().gaps, counters.now().rows), (1, 37));
}

#[test]
fn a_gap_is_seen_between_rows_of_different_batches_and_files() {
    let folder = Folder::new();
    let a = folder.write("a.csv", hourly(0..20));
    let b = folder.write("b.csv", hourly(20..30));
    let c = folder.write("c.csv", hourly(40..50));
    let (options, config) = defaults();
    assert_eq!(read_with(&[a, b, c], &options, &config).breaks, [30], "files continue each other; the gap breaks");
}

#[test]
fn time_columns_are_recognised() {
    let folder = Folder::new();
    let cases = [
        ("time,x,y\n0.5,1,2\n1.0,2,1\n1.5,3,5\n", "time", true),
        ("T,x,y\n1,1,2\n2,2,1\n3,3,5\n", "T", true),
        ("time (s),x,y\n1,1,2\n2,2,1\n3,3,5\n", "time (s)", true),
        ("t,x,y\n3,1,2\n1,2,1\n2,3,5\n", "t", false),
        ("x,Date,y\n1,2024/05/01,2\n2,2024/05/02,1\n", "Date", true),
        ("x,Date,y\n1,01.05.2024 10:00:00,2\n2,01.05.2024 11:00:00,1\n", "Date", true),
        ("x,month,y\n1,2024-05,2\n2,2024-06,1\n", "month", true),
        ("x,at,y\n1,1500-05-01T00:00:00Z,2\n2,1500-05-01T00:00:01Z,1\n", "at", true),
    ];
    for (index, (text, name, is_time)) in cases.into_iter().enumerate() {
        let report = report(&folder.write(&format!("{index}.csv"), text));
        let expected = if is_time { ColumnRole::Time } else { ColumnRole::Variable };
        assert_eq!(*role(&report, name), expected, "{text}");
    }
}

#[test]
fn a_time_column_can_be_named() {
    let folder = Folder::new();
    let path = folder.write("n.csv", "clock,x,y\n1,1,2\n2,2,1\n3,3,5\n9,4,4\n10,5,5\n");
    let (_, config) = defaults();
    let with = |name: &str| ReadOptions { time_column: Some(name.to_owned()), ..ReadOptions::default() };
    assert_eq!(read_with(&[path.clone()], &with("clock"), &config).breaks, [3]);
    assert_says(&failure_with(&[path.clone()], &with("watch"), &config), &["there is no column \"watch\""]);
    let text = folder.write("w.csv", "w,x,y\nmon,1,2\ntue,2,1\n");
    let message = failure_with(&[text], &with("w"), &config);
    assert_says(&message, &["\"w\" cannot be the time column", "\"mon\" in row 1"]);
}

#[test]
fn unsorted_time_is_an_error_and_equal_times_are_counted() {
    let folder = Folder::new();
    let path = folder.write("u.csv", hourly((0..30).chain([12]).chain(31..40)));
    assert_says(&failure(&path), &["row 31", "column \"when\"", "time goes backwards"]);
    assert!(report(&path).warnings.iter().any(|w| w.contains("time goes backwards in row 31")));
    // The rows before the fault are handed out first.
    let (options, config) = defaults();
    let mut reader = Reader::open(&[path], &options, &config).unwrap();
    assert_eq!(reader.next_batch().unwrap().unwrap().rows(), 30);
    assert!(reader.next_batch().is_err());

    let path = folder.write("e.csv", hourly((0..10).chain([9, 9]).chain(10..20)));
    let reader = Reader::open(&[path], &options, &config).unwrap();
    let counters = reader.counters();
    assert_eq!(drain(reader).rows(), 22);
    assert_eq!((counters.now().duplicate_times, counters.now().gaps), (2, 0));
}

#[test]
fn a_missing_time_breaks_the_run() {
    let folder = Folder::new();
    let path = folder.write("m.csv", "time,x,y\n1,1,2\n2,2,1\n3,3,5\n,4,4\n5,5,5\n6,6,1\n");
    let options = ReadOptions { time_column: Some("time".to_owned()), ..ReadOptions::default() };
    assert_eq!(read_with(&[path], &options, &StreamConfig::default()).breaks, [3, 4]);
}

#[test]
fn series_changes_break_and_time_may_start_again() {
    let folder = Folder::new();
    let text = "_series,time,x,y\na,1,1,2\na,2,2,1\nb,1,3,5\nb,2,4,4\nb,3,5,5\na,1,5,1\n";
    let path = folder.write("s.csv", text);
    let report = report(&path);
    assert_eq!(*role(&report, "_series"), ColumnRole::Series);
    assert_eq!(*role(&report, "time"), ColumnRole::Time);
    assert_eq!(report.schema.variables(), ["x", "y"]);
    assert_eq!(read(&path).breaks, [2, 5]);

    let path = folder.write("n.csv", "run,x,y\n1,1,2\n1.0,2,1\n2,3,5\n");
    let options = ReadOptions { series_column: Some("run".to_owned()), ..ReadOptions::default() };
    assert_eq!(read_with(&[path.clone()], &options, &StreamConfig::default()).breaks, [2]);
    let unknown = ReadOptions { series_column: Some("trial".to_owned()), ..ReadOptions::default() };
    assert_says(&failure_with(&[path], &unknown, &StreamConfig::default()), &["there is no column \"trial\""]);
}

#[test]
fn a_series_goes_on_in_the_next_file() {
    let folder = Folder::new();
    let a = folder.write("a.csv", "_series,x,y\n1,1,2\n1,2,1\n");
    let b = folder.write("b.csv", "_series,x,y\n1,3,5\n2,4,4\n");
    let (options, config) = defaults();
    assert_eq!(read_with(&[a, b], &options, &config).breaks, [3]);
}

#[test]
fn frequent_gaps_are_remarked_on() {
    let folder = Folder::new();
    let path = folder.write("w.csv", hourly((0..60).filter(|h| h % 4 != 3)));
    assert!(report(&path).warnings.iter().any(|w| w.contains("stream.gap_factor")));
}

// ---- formats ------------------------------------------------------------------------------------------------------

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

#[test]
fn every_format_gives_the_same_rows() {
    let folder = Folder::new();
    let rows = 2500;
    let batch = mixed(rows);
    let halves = [batch.slice(0, 900), batch.slice(900, rows - 900)];
    write_parquet(&folder.path("m.parquet"), &batch);
    write_arrow_file(&folder.path("m.arrow"), &halves);
    folder.write("m.arrows", arrow_stream(&halves));
    folder.write("m.jsonl", json_lines(&batch));
    folder.write("m.csv", csv_of(&batch));
    for (name, format, exact) in [
        ("m.parquet", DataFormat::Parquet, true),
        ("m.arrow", DataFormat::Arrow, false),
        ("m.arrows", DataFormat::Arrow, false),
        ("m.jsonl", DataFormat::Jsonl, false),
        ("m.csv", DataFormat::Csv, false),
    ] {
        let path = folder.path(name);
        let report = report(&path);
        assert_eq!(report.format, format, "{name}");
        assert_eq!(report.schema.variables(), ["x", "n", "on"], "{name}: {:?}", report.schema);
        assert_eq!(*role(&report, "at"), ColumnRole::Time, "{name}");
        assert!(matches!(role(&report, "tag"), ColumnRole::Skipped(_)), "{name}");
        assert_eq!(report.rows_exact, exact, "{name}");
        assert!(!report.preview.is_empty() && report.warnings.len() == 1, "{name}: {:?}", report.warnings);
        if exact {
            assert_eq!(report.estimated_rows, rows as u64);
        }
        let samples = read(&path);
        assert_values(&samples, &mixed_values(rows));
        assert_eq!(samples.breaks, [rows / 2], "{name}");
    }
}

#[test]
fn content_decides_and_a_wrong_extension_is_remarked_on() {
    let folder = Folder::new();
    write_parquet(&folder.path("data.csv"), &mixed(50));
    let report_1 = report(&folder.path("data.csv"));
    assert_eq!(report_1.format, DataFormat::Parquet);
    assert_says(&report_1.warnings[0], &["data.csv is named like CSV but holds Parquet"]);
    assert_eq!(read(&folder.path("data.csv")).rows(), 50);

    let text = folder.write("data.parquet", csv_text(50, 2));
    assert_says(&report(&text).warnings[0], &["named like Parquet but holds CSV"]);
    assert_eq!(read(&text).rows(), 50);
}

#[test]
fn a_given_format_must_fit_the_content() {
    let folder = Folder::new();
    let path = folder.write("a.csv", csv_text(5, 2));
    let options = ReadOptions { format: Some(DataFormat::Parquet), ..ReadOptions::default() };
    assert_says(&failure_with(&[path], &options, &StreamConfig::default()), &["is not Parquet but CSV"]);
}

#[test]
fn json_lines_with_absent_keys_strings_and_other_order() {
    let folder = Folder::new();
    let text =
        "{\"b\": 1, \"a\": 2.5}\n\n{\"a\": null, \"b\": \"4\"}\n{\"a\": 3, \"extra\": [1], \"b\": true}\n{\"b\": 7}\n";
    let path = folder.write("j.jsonl", text);
    let report = report(&path);
    assert_eq!(report.schema.columns.iter().map(|c| c.name.as_str()).collect::<Vec<_>>(), ["b", "a", "extra"]);
    assert_values(&read(&path), &[1.0, 2.5, 4.0, NAN, 1.0, 3.0, 7.0, NAN]);
}

#[test]
fn bad_json_names_the_row() {
    let folder = Folder::new();
    let path = folder.write("j.jsonl", "{\"a\":1,\"b\":2}\n{\"a\":1,\"b\":\n");
    assert_says(&failure(&path), &["row 2", "is not a JSON object on one line"]);
    let path = folder.write("a.json", "[{\"a\":1,\"b\":2}]");
    assert_says(&failure(&path), &["is one JSON array", "one JSON object per line"]);
}

// ---- several files ------------------------------------------------------------------------------------------------

#[test]
fn files_are_mapped_by_name_whatever_their_format_and_column_order() {
    let folder = Folder::new();
    let a = folder.write("a.csv", "a,b\n1,2\n3,4\n");
    let b = folder.write("b.jsonl", "{\"b\":6,\"a\":5}\n");
    write_parquet(&folder.path("c.parquet"), &batch(&[("b", vec![Some(8.0)]), ("a", vec![Some(7.5)])]));
    let (options, config) = defaults();
    let files = [a, b, folder.path("c.parquet")];
    let report = inspect(&files, &options, &config).unwrap();
    assert_eq!((report.estimated_rows, report.rows_exact, report.schema.version), (4, true, 2));
    let samples = read_with(&files, &options, &config);
    assert_values(&samples, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.5, 8.0]);
    assert!(samples.breaks.is_empty());
}

#[test]
fn files_that_do_not_agree_are_refused_with_the_difference() {
    let folder = Folder::new();
    let a = folder.write("a.csv", "a,b,c\n1,2,3\n3,4,1\n");
    let b = folder.write("b.csv", "a,b,d\n1,2,3\n3,4,1\n");
    let c = folder.write("c.csv", "a,b,c\n1,x,3\n3,y,1\n");
    let (options, config) = defaults();
    let message = failure_with(&[a.clone(), b.clone()], &options, &config);
    assert!(message.starts_with(&b.display().to_string()), "{message}");
    assert_says(&message, &["does not go with", "a.csv", "it lacks \"c\"", "it has \"d\" in addition"]);
    assert_says(&failure_with(&[a, c], &options, &config), &["c.csv", "\"b\" holds text here, numbers before"]);
}

#[test]
fn an_error_names_the_row_of_its_own_file() {
    let folder = Folder::new();
    let a = folder.write("a.csv", csv_text(30, 2));
    let b = folder.write("b.csv", csv_text(30, 2) + "1,x\n");
    let (options, config) = defaults();
    assert_says(&failure_with(&[a, b], &options, &config), &["b.csv, row 31, column \"x1\"", "\"x\" is not a number"]);
}

// ---- bad inputs ---------------------------------------------------------------------------------------------------

#[test]
fn missing_file_and_directory() {
    let folder = Folder::new();
    assert_says(&failure(&folder.path("none.csv")), &["there is no such file"]);
    std::fs::create_dir(folder.path("d.csv")).unwrap();
    assert_says(&failure(&folder.path("d.csv")), &["is a directory; name the files in it"]);
    let (options, config) = defaults();
    assert_says(&failure_with(&[], &options, &config), &["no file is given"]);
}

#[test]
fn empty_file_header_only_one_column_and_nothing_numeric() {
    let folder = Folder::new();
    assert_says(&failure(&folder.write("e.csv", "")), &["the file is empty"]);
    assert_says(&failure(&folder.write("w.csv", "\n \n")), &["nothing but white space"]);
    assert_says(&failure(&folder.write("h.csv", "a,b\n")), &["has a header but no rows"]);
    let one = failure(&folder.write("o.csv", "a\n1\n2\n"));
    assert_says(&one, &["only one column (\"a\") can be a variable", "at least two"]);
    let none = failure(&folder.write("t.csv", "a,b\nx,\ny,\n"));
    assert_says(&none, &["no column can be a variable", "\"a\": not numeric", "\"b\": no value in any inspected row"]);
    write_parquet(&folder.path("e.parquet"), &mixed(0));
    assert_says(&failure(&folder.path("e.parquet")), &["has columns but no rows"]);
    write_arrow_file(&folder.path("e.arrow"), &[mixed(0)]);
    assert_says(&failure(&folder.path("e.arrow")), &["has columns but no rows"]);
}

#[test]
fn ragged_rows_name_the_row_and_follow_the_policy() {
    let folder = Folder::new();
    let early = folder.write("e.csv", "a,b\n1,2\n3,4,5\n6,7\n");
    assert_says(&failure(&early), &["row 2", "has 3 cells, the header has 2"]);
    // Far behind the inspected rows.
    let mut text = csv_text(3000, 2);
    text.push_str("1\n");
    text.push_str("5,6\n");
    let late = folder.write("l.csv", text);
    assert_says(&failure(&late), &["row 3001", "has 1 cell, the header has 2"]);
    for (policy, rows, breaks) in [(BadRowPolicy::Reject, 3001, vec![3000]), (BadRowPolicy::Null, 3002, vec![])] {
        let config = StreamConfig { bad_rows: policy, ..StreamConfig::default() };
        let reader = Reader::open(&[late.clone()], &ReadOptions::default(), &config).unwrap();
        let counters = reader.counters();
        let samples = drain(reader);
        assert_eq!((samples.rows(), &samples.breaks), (rows, &breaks));
        assert_eq!(samples.row(rows - 1), [5.0, 6.0]);
        assert_eq!(counters.now().bad_rows, 1);
        if policy == BadRowPolicy::Null {
            assert_eq!(samples.row(3000)[0], 1.0);
            assert!(samples.row(3000)[1].is_nan());
        }
    }
}

#[test]
fn a_bad_cell_behind_the_inspected_rows_names_file_row_and_column() {
    let folder = Folder::new();
    let mut text = csv_text(5000, 3);
    text.push_str("1,\u{1b}[31m bad \u{7},3\n");
    let path = folder.write("b.csv", text);
    let message = failure(&path);
    assert_says(&message, &["row 5001", "column \"x1\"", "is not a number"]);
    assert!(message.chars().all(|c| !c.is_control()), "control characters reach the terminal: {message:?}");
    // All 5000 rows before it arrive first.
    let (options, config) = defaults();
    let mut reader = Reader::open(&[path], &options, &config).unwrap();
    let mut rows = 0;
    while let Ok(Some(samples)) = reader.next_batch() {
        rows += samples.rows();
    }
    assert_eq!(rows, 5000);
}

#[test]
fn rejected_rows_keep_row_numbers_and_break_the_run() {
    let folder = Folder::new();
    let mut text = "time,x,y\n".to_owned();
    (0..2000).for_each(|r| text.push_str(&format!("{r},{},{}\n", noise(r), noise(r + 7))));
    text.push_str("2000,bad,1\n2001,1,2\n1999,1,2\n");
    let path = folder.write("r.csv", text);
    let config = StreamConfig { bad_rows: BadRowPolicy::Reject, ..StreamConfig::default() };
    let message = failure_with(&[path], &ReadOptions::default(), &config);
    assert_says(&message, &["row 2003", "time goes backwards"]);
}

#[test]
fn duplicate_column_names() {
    let folder = Folder::new();
    let path = folder.write("d.csv", "a,b,a\n1,2,3\n4,5,6\n");
    assert_says(&failure(&path), &["the column name \"a\" appears twice (columns 1 and 3)"]);
}

#[test]
fn text_that_is_not_utf8() {
    let folder = Folder::new();
    let early = folder.write("e.csv", b"a,b,c\n1,2,3\n4,caf\xe9,6\n");
    assert_says(&failure(&early), &["row 2", "column \"b\"", "is not UTF-8 text"]);
    let mut text = csv_text(3000, 2).into_bytes();
    text.extend(b"1,\xff\n");
    assert_says(&failure(&folder.write("l.csv", text)), &["row 3001", "column \"x1\"", "is not UTF-8 text"]);
    let header = folder.write("h.csv", b"a,caf\xe9\n1,2\n");
    assert_says(&failure(&header), &["the header is not UTF-8 text"]);
    let utf16: Vec<u8> =
        [0xff, 0xfe].into_iter().chain("a,b\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes)).collect();
    assert_says(&failure(&folder.write("u.csv", utf16)), &["is UTF-16 text; save it as UTF-8"]);
}

#[test]
fn sparse_and_binary_files_fail_fast() {
    let folder = Folder::new();
    let sparse = |name: &str, start: &str| {
        let mut file = File::create(folder.path(name)).unwrap();
        file.write_all(start.as_bytes()).unwrap();
        file.set_len(8 << 30).unwrap();
        folder.path(name)
    };
    let started = std::time::Instant::now();
    assert_says(&failure(&sparse("z.csv", "")), &["holds a NUL byte at position 0"]);
    // A hole behind good rows: more lines than are inspected, then gigabytes without a line end.
    assert_says(&failure(&sparse("h.csv", &csv_text(30_000, 2))), &["no line end within 16 MiB"]);
    assert!(started.elapsed().as_secs() < 20, "eight gigabytes were read");
    let junk: Vec<u8> = (0..100_000u64).map(|i| (noise(i) * 256.0) as i64 as u8).collect();
    assert_says(&failure(&folder.write("j.csv", junk)), &["holds a NUL byte", "not text"]);
    let long_line = vec![b'7'; 20 << 20];
    assert_says(&failure(&folder.write("l.csv", long_line)), &["16 MiB"]);
}

#[test]
fn packed_and_foreign_files_are_named() {
    let folder = Folder::new();
    assert_says(&failure(&folder.write("a.csv", b"\x1f\x8b\x08\x00rest")), &["gzip-compressed", "gunzip"]);
    assert_says(&failure(&folder.write("a.xlsx", b"PK\x03\x04rest")), &["a spreadsheet", "CSV"]);
}

#[test]
fn truncated_parquet_and_arrow() {
    let folder = Folder::new();
    write_parquet(&folder.path("t.parquet"), &mixed(3000));
    let bytes = std::fs::read(folder.path("t.parquet")).unwrap();
    let cut = folder.write("c.parquet", &bytes[..bytes.len() / 2]);
    assert_says(&failure(&cut), &["is not a whole Parquet file, it may be cut off"]);

    write_arrow_file(&folder.path("t.arrow"), &[mixed(3000)]);
    let bytes = std::fs::read(folder.path("t.arrow")).unwrap();
    let cut = folder.write("c.arrow", &bytes[..bytes.len() / 2]);
    assert_says(&failure(&cut), &["is not whole Arrow data, it may be cut off"]);

    let batch = mixed(3000);
    let bytes = arrow_stream(&[batch.slice(0, 2000), batch.slice(2000, 1000)]);
    let cut = folder.write("c.arrows", &bytes[..bytes.len() * 9 / 10]);
    assert_says(&failure(&cut), &["row 2001", "damaged or cut off"]);
}

#[test]
fn fewer_rows_than_a_window() {
    let folder = Folder::new();
    let path = folder.write("f.csv", csv_text(90, 2));
    assert!(report(&path).warnings.iter().any(|w| w.contains("there are 90 rows, fewer than one window (128 rows)")));
    let (_, config) = defaults();
    let mut builder = WindowBuilder::new(2, &config, 3);
    assert!(builder.push(&read(&path)).is_empty());
    assert!(builder.flush().is_none());
    assert_eq!((builder.rows_seen(), builder.windows_built()), (90, 0));
    let message = builder.too_few_rows(Some(path)).unwrap().to_string();
    assert_says(&message, &["f.csv: has 90 rows, fewer than one window (128 rows); use --window 64 or less"]);
    let mut builder = WindowBuilder::new(2, &config, 3);
    builder.push(&Samples { values: vec![0.0; 6], vars: 2, breaks: vec![] });
    assert_says(
        &builder.too_few_rows(None).unwrap().to_string(),
        &["standard input: has 3 rows", "at least 8 are needed"],
    );
}

// ---- pipes and growing files --------------------------------------------------------------------------------------

#[test]
fn pipes_give_the_same_rows_as_files() {
    let rows = 2500;
    let batch = mixed(rows);
    let halves = [batch.slice(0, 900), batch.slice(900, rows - 900)];
    let folder = Folder::new();
    write_arrow_file(&folder.path("f.arrow"), &halves);
    let file = std::fs::read(folder.path("f.arrow")).unwrap();
    let (options, config) = defaults();
    for (what, bytes) in
        [("csv", csv_of(&batch)), ("jsonl", json_lines(&batch)), ("stream", arrow_stream(&halves)), ("file", file)]
    {
        for piece in [1, 17, 4096, 1 << 20] {
            if piece == 1 && what == "jsonl" {
                continue; // byte by byte is the business of one text format
            }
            let pipe = Dribble { bytes: bytes.clone(), at: 0, piece };
            let samples = drain(Reader::from_read(pipe, &options, &config).unwrap());
            assert_values(&samples, &mixed_values(rows));
            assert_eq!(samples.breaks, [rows / 2], "{what} in pieces of {piece}");
        }
    }
}

#[test]
fn bad_pipes() {
    let (options, config) = defaults();
    let fail = |bytes: Vec<u8>| {
        let pipe = Dribble { bytes, at: 0, piece: 4096 };
        Reader::from_read(pipe, &options, &config).unwrap_err().to_string()
    };
    assert_says(&fail(Vec::new()), &["standard input: the file is empty"]);
    let folder = Folder::new();
    write_parquet(&folder.path("p.parquet"), &mixed(100));
    assert_says(&fail(std::fs::read(folder.path("p.parquet")).unwrap()), &["Parquet cannot be read from a pipe"]);
    assert_says(&fail(vec![0; 1000]), &["NUL byte"]);
}

#[test]
fn a_slow_pipe_is_not_held_up() {
    // Forty lines are enough to start; the writer then waits for a row to come out before it sends more.
    let (sender, receiver) = crossbeam_channel::unbounded::<Vec<u8>>();
    struct Pipe(crossbeam_channel::Receiver<Vec<u8>>);
    impl std::io::Read for Pipe {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let bytes = self.0.recv().unwrap_or_default();
            buffer[..bytes.len()].copy_from_slice(&bytes);
            Ok(bytes.len())
        }
    }
    let text = csv_text(40, 2);
    sender.send(text.clone().into_bytes()).unwrap();
    let (options, config) = defaults();
    let mut reader = Reader::from_read(Pipe(receiver), &options, &config).unwrap();
    assert_eq!(reader.next_batch().unwrap().unwrap().rows(), 40);
    sender.send(b"1,2\n3".to_vec()).unwrap();
    assert_eq!(reader.next_batch().unwrap().unwrap().values, [1.0, 2.0]);
    sender.send(b",4".to_vec()).unwrap();
    drop(sender);
    assert_eq!(reader.next_batch().unwrap().unwrap().values, [3.0, 4.0]);
    assert!(reader.next_batch().unwrap().is_none());
}

#[test]
fn a_growing_file_is_followed_until_stopped() {
    let folder = Folder::new();
    let path = folder.write("g.csv", csv_text(100, 2));
    let options = ReadOptions { follow: true, ..ReadOptions::default() };
    let config = StreamConfig { follow_poll_s: 0.01, ..StreamConfig::default() };
    let mut reader = Reader::open(&[path.clone()], &options, &config).unwrap();
    let (counters, stop) = (reader.counters(), reader.stop_flag());
    let thread = std::thread::spawn(move || {
        let mut all = Vec::new();
        while let Some(samples) = reader.next_batch().unwrap() {
            all.extend(samples.values);
        }
        all
    });
    wait_until("the first rows are read", || counters.now().rows == 100 && counters.now().waiting);
    let mut file = OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(b"1,2\n3,").unwrap();
    wait_until("the whole line is read", || counters.now().rows == 101);
    file.write_all(b"4\n5,6").unwrap();
    wait_until("the line is completed", || counters.now().rows == 102);
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    let all = thread.join().unwrap();
    assert_eq!(all[200..], [1.0, 2.0, 3.0, 4.0], "half a line is no row");
}

#[test]
fn what_cannot_grow_row_by_row_cannot_be_followed() {
    let folder = Folder::new();
    write_parquet(&folder.path("p.parquet"), &mixed(100));
    let options = ReadOptions { follow: true, ..ReadOptions::default() };
    let message = failure_with(&[folder.path("p.parquet")], &options, &StreamConfig::default());
    assert_says(&message, &["cannot be followed"]);
}

#[test]
fn a_followed_file_that_shrinks_is_an_error() {
    let folder = Folder::new();
    let path = folder.write("g.csv", csv_text(100, 2));
    let options = ReadOptions { follow: true, ..ReadOptions::default() };
    let config = StreamConfig { follow_poll_s: 0.01, ..StreamConfig::default() };
    let mut reader = Reader::open(&[path.clone()], &options, &config).unwrap();
    assert_eq!(reader.next_batch().unwrap().unwrap().rows(), 100);
    OpenOptions::new().write(true).open(&path).unwrap().set_len(10).unwrap();
    assert_says(&reader.next_batch().unwrap_err().to_string(), &["became shorter while it was followed"]);
}

#[test]
fn bytes_are_counted() {
    let folder = Folder::new();
    let text = csv_text(5000, 4);
    let a = folder.write("a.csv", &text);
    let b = folder.write("b.csv", &text);
    let (options, config) = defaults();
    let reader = Reader::open(&[a, b], &options, &config).unwrap();
    let counters = reader.counters();
    assert_eq!(reader.report().total_bytes, 2 * text.len() as u64);
    drain(reader);
    assert_eq!(counters.now().bytes, 2 * text.len() as u64);
}

// ---- moments ------------------------------------------------------------------------------------------------------

fn two_pass(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, values.iter().map(|x| (x - mean) * (x - mean)).sum())
}

#[test]
fn merged_moments_match_two_passes_far_from_zero() {
    let small: Vec<f64> = (0..1000).map(noise).collect();
    let (mean, m2) = two_pass(&small);
    let offset = 1e9;
    let values: Vec<f64> = small.iter().map(|x| x + offset).collect();
    let mut merged = Moments::default();
    values.chunks(64).for_each(|chunk| merged.merge(&Moments::of(chunk, 1)));
    assert_eq!(merged.n, [1000.0]);
    // An f64 near 1e9 resolves 1.2e-7; 1000 of them average that out, squares keep it relative to a spread of 0.3.
    assert!((merged.mean[0] - offset - mean).abs() < 2e-7, "{}", merged.mean[0] - offset - mean);
    assert!((merged.m2[0] / m2 - 1.0).abs() < 1e-6, "{}", merged.m2[0] / m2 - 1.0);
    assert_eq!(merged.min[0], values.iter().copied().fold(f64::INFINITY, f64::min));
    assert_eq!(merged.max[0], values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
    assert!((merged.variance(0) - m2 / 999.0).abs() < 1e-6);
}

#[test]
fn moments_leave_missing_cells_out() {
    let mut moments = Moments::of(&[1.0, NAN, 3.0, NAN], 2);
    assert_eq!((moments.n[0], moments.mean[0], moments.n[1]), (2.0, 2.0, 0.0));
    moments.merge(&Moments::of(&[NAN, 5.0], 2));
    assert_eq!((moments.n[0], moments.n[1], moments.mean[1]), (2.0, 1.0, 5.0));
    assert!(moments.variance(1).is_nan());
}

// ---- windows ------------------------------------------------------------------------------------------------------

fn config_of(window_rows: u32, stride_rows: u32) -> StreamConfig {
    StreamConfig { window_rows, stride_rows, ..StreamConfig::default() }
}

/// Feeds rows in chunks of the given sizes (repeated) and collects all windows.
fn windows(all: &Samples, config: &StreamConfig, chunks: &[usize]) -> Vec<Window> {
    let mut builder = WindowBuilder::new(all.vars, config, 3);
    let (mut windows, mut at) = (Vec::new(), 0);
    for size in chunks.iter().cycle() {
        if at >= all.rows() {
            break;
        }
        let end = (at + size).min(all.rows());
        let samples = Samples {
            values: all.values[at * all.vars..end * all.vars].to_vec(),
            vars: all.vars,
            breaks: all.breaks.iter().filter(|&&b| (at..end).contains(&b)).map(|b| b - at).collect(),
        };
        windows.extend(builder.push(&samples));
        at = end;
    }
    windows.extend(builder.flush());
    assert_eq!(builder.rows_seen(), all.rows() as u64);
    assert_eq!(builder.windows_built(), windows.len() as u64);
    windows
}

fn random_samples(rows: usize, vars: usize, breaks: Vec<usize>) -> Samples {
    let cell = |i: usize| if i % 23 == 7 { NAN } else { noise(i as u64) };
    Samples { values: (0..rows * vars).map(cell).collect(), vars, breaks }
}

/// Equal bit by bit, NaN included.
fn same(a: &[Window], b: &[Window]) -> bool {
    let bits = |w: &Window| {
        let panes: Vec<_> = w
            .panes
            .iter()
            .map(|p| {
                let values: Vec<u64> = p.values.iter().map(|x| x.to_bits()).collect();
                (p.index, p.first_row, values, p.run.clone(), p.missing)
            })
            .collect();
        let m = &w.moments;
        let moments: Vec<u64> =
            [&m.n, &m.mean, &m.m2, &m.min, &m.max].into_iter().flatten().map(|x| x.to_bits()).collect();
        (w.index, w.rows.clone(), panes, w.new_panes, moments, w.breaks)
    };
    a.iter().map(bits).eq(b.iter().map(bits))
}

#[test]
fn the_default_window_is_two_panes_and_slides_by_one() {
    let all = random_samples(300, 2, vec![100]);
    let windows = windows(&all, &StreamConfig::default(), &[300]);
    let rows: Vec<_> = windows.iter().map(|w| w.rows.clone()).collect();
    assert_eq!(rows, [0..128, 64..192, 128..256, 192..300]);
    assert_eq!(windows.iter().map(|w| w.new_panes).collect::<Vec<_>>(), [2, 1, 1, 1]);
    assert_eq!(windows.iter().map(|w| w.breaks).collect::<Vec<_>>(), [1, 1, 0, 0]);
    assert_eq!(windows[3].panes[1].rows(), 44);
    assert!(Arc::ptr_eq(&windows[0].panes[1], &windows[1].panes[0]), "panes are shared, not copied");
    let pane = &windows[1].panes[0];
    assert_eq!((pane.run[0], pane.run[35], pane.run[36], pane.run[63]), (64, 99, 0, 27));
}

#[test]
fn a_stream_that_ends_with_a_window_has_no_tail() {
    let all = random_samples(256, 2, vec![]);
    assert_eq!(windows(&all, &StreamConfig::default(), &[7]).len(), 3);
}

#[test]
fn panes_divide_window_and_stride() {
    for (window, stride, pane) in
        [(128, 64, 64), (128, 128, 64), (100, 30, 10), (1000, 1000, 50), (96, 7, 1), (64, 64, 64)]
    {
        assert_eq!(WindowBuilder::new(1, &config_of(window, stride), 3).pane_rows(), pane, "{window}/{stride}");
    }
}

#[test]
fn window_moments_are_those_of_its_rows() {
    let all = random_samples(400, 3, vec![]);
    for window in windows(&all, &config_of(96, 36), &[50]) {
        let (from, to) = (window.rows.start as usize, window.rows.end as usize);
        for var in 0..3 {
            let cells: Vec<f64> = (from..to).map(|r| all.row(r)[var]).filter(|x| !x.is_nan()).collect();
            let (mean, m2) = two_pass(&cells);
            assert_eq!(window.moments.n[var], cells.len() as f64);
            assert!((window.moments.mean[var] - mean).abs() < 1e-14);
            assert!((window.moments.m2[var] - m2).abs() < 1e-12);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn windows_do_not_depend_on_the_chunks(
        rows in 0usize..700,
        window in 8u32..140,
        stride_share in 0.0f64..1.0,
        breaks in proptest::collection::btree_set(0usize..700, 0..8),
        chunks in proptest::collection::vec(1usize..200, 1..12),
    ) {
        let stride = 1 + (f64::from(window - 1) * stride_share) as u32;
        let config = config_of(window, stride);
        let breaks: Vec<usize> = breaks.into_iter().filter(|&b| b < rows).collect();
        let all = random_samples(rows, 2, breaks.clone());
        let whole = windows(&all, &config, &[rows.max(1)]);
        prop_assert!(same(&whole, &windows(&all, &config, &chunks)));

        // Every pane is new exactly once, in order, and together they are the stream.
        let mut panes = Vec::new();
        for (index, w) in whole.iter().enumerate() {
            prop_assert_eq!(w.index, index as u64);
            prop_assert!(w.new_panes <= w.panes.len());
            prop_assert_eq!(w.panes.iter().map(|p| p.rows() as u64).sum::<u64>(), w.rows.end - w.rows.start);
            prop_assert!(w.rows.end - w.rows.start <= u64::from(window));
            panes.extend(w.panes[w.panes.len() - w.new_panes..].iter().cloned());
        }
        if rows < window as usize {
            prop_assert!(whole.is_empty());
            return Ok(());
        }
        prop_assert_eq!(panes.iter().map(|p| p.rows()).sum::<usize>(), rows);
        let (mut row, mut run) = (0usize, 0u32);
        for (index, pane) in panes.iter().enumerate() {
            prop_assert_eq!((pane.index, pane.first_row), (index as u64, row as u64));
            for (at, &found) in pane.run.iter().enumerate() {
                run = if breaks.contains(&row) { 0 } else { run };
                prop_assert_eq!(found, run);
                let cells = pane.values[at * 2..at * 2 + 2].iter().map(|x| x.to_bits());
                prop_assert!(cells.eq(all.row(row).iter().map(|x| x.to_bits())));
                run += 1;
                row += 1;
            }
        }
    }

    #[test]
    fn rows_do_not_depend_on_how_a_pipe_is_cut(
        pieces in 1usize..5000,
        batch_rows in 1u32..3000,
        quoted in any::<bool>(),
        holes in proptest::collection::btree_set(0usize..600, 0..6),
    ) {
        let mut lines: Vec<String> = csv_text(600, 3).lines().map(str::to_owned).collect();
        for hole in holes {
            lines[hole + 1] = format!("NA,{hole},");
        }
        if quoted {
            lines[300] = "\"1\",\"2\",\"3\"".to_owned();
        }
        let bytes = lines.join("\r\n").into_bytes();
        let (options, plain) = defaults();
        let expected = drain(Reader::from_read(std::io::Cursor::new(bytes.clone()), &options, &plain).unwrap());
        let config = StreamConfig { batch_rows, ..StreamConfig::default() };
        let found = drain(Reader::from_read(Dribble { bytes, at: 0, piece: pieces }, &options, &config).unwrap());
        prop_assert_eq!(found.rows(), 600);
        prop_assert!(found.values.iter().map(|x| x.to_bits()).eq(expected.values.iter().map(|x| x.to_bits())));
    }
}

// ---- admission ----------------------------------------------------------------------------------------------------

/// A queue fed at the admitted rate (or slower, if the source is) and emptied at a service rate; returns the
/// occupancy after each step.
fn simulate(control: &mut AdmissionControl, queue: &mut f64, service: f64, source: f64, seconds: f64) -> Vec<f64> {
    const STEP_S: f64 = 0.05;
    let config = StreamConfig::default();
    let capacity = f64::from(config.queue_windows * config.stride_rows);
    let mut occupancy = Vec::new();
    for _ in 0..(seconds / STEP_S) as usize {
        // Back-pressure: what does not fit does not enter.
        let starved = source < control.rows_per_s();
        let entered = (control.rows_per_s().min(source) * STEP_S).min(capacity - *queue);
        *queue = (*queue + entered - service * STEP_S).max(0.0);
        occupancy.push(*queue / capacity);
        control.update(*queue / capacity, starved, STEP_S);
    }
    occupancy
}

fn swing(occupancy: &[f64]) -> f64 {
    let (lo, hi) = occupancy.iter().fold((1.0f64, 0.0f64), |(lo, hi), &x| (lo.min(x), hi.max(x)));
    hi - lo
}

#[test]
fn admission_settles_at_the_target_after_every_step_of_the_service_rate() {
    let config = StreamConfig::default();
    let mut control = AdmissionControl::new(&config);
    let mut queue = 0.0;
    for service in [2000.0, 400.0, 6000.0, 60.0, 20_000.0] {
        let occupancy = simulate(&mut control, &mut queue, service, f64::INFINITY, 240.0);
        let (settling, settled) = occupancy.split_at(occupancy.len() / 2);
        let mean = settled.iter().sum::<f64>() / settled.len() as f64;
        assert!((mean - config.queue_target).abs() < 0.05, "at {service} rows/s the queue stands at {mean:.2}");
        assert!(swing(settled) < 0.1, "at {service} rows/s the queue swings by {:.2}", swing(settled));
        assert!(swing(settled) <= swing(settling), "oscillation grows at {service} rows/s");
        let rate = control.rows_per_s();
        assert!((rate / service - 1.0).abs() < 0.1, "{rate:.0} rows/s admitted, {service} served");
    }
}

#[test]
fn a_slow_source_does_not_wind_the_admission_up() {
    let mut control = AdmissionControl::new(&StreamConfig::default());
    let mut queue = 0.0;
    simulate(&mut control, &mut queue, 2000.0, f64::INFINITY, 120.0);
    let before = control.rows_per_s();
    simulate(&mut control, &mut queue, 2000.0, 50.0, 600.0);
    assert!(queue < 1.0, "the source is slower than the service");
    assert!(
        control.rows_per_s() < 2.0 * before,
        "{} rows/s allowed after a lull, {before} before",
        control.rows_per_s()
    );
    // The burst after the lull meets a control that still knows the service rate.
    let burst = simulate(&mut control, &mut queue, 2000.0, f64::INFINITY, 60.0);
    assert!(burst.iter().all(|&x| x < 0.95), "the burst filled the queue");
}

#[test]
fn a_stalled_service_closes_the_admission_and_it_opens_again() {
    let mut control = AdmissionControl::new(&StreamConfig::default());
    let mut queue = 0.0;
    simulate(&mut control, &mut queue, 2000.0, f64::INFINITY, 60.0);
    simulate(&mut control, &mut queue, 0.0, f64::INFINITY, 300.0);
    assert!(control.rows_per_s() < 20.0, "{}", control.rows_per_s());
    let back = simulate(&mut control, &mut queue, 2000.0, f64::INFINITY, 120.0);
    assert!((back[back.len() - 1] - 0.5).abs() < 0.1, "nothing wound up during the stall: {}", back[back.len() - 1]);
    // Nonsense in, nothing moves.
    let rate = control.rows_per_s();
    assert_eq!(control.update(f64::NAN, false, 0.1), rate);
    assert_eq!(control.update(0.2, false, 0.0), rate);
    assert!(control.pause_after(100).as_secs_f64() > 0.0);
}

// ---- memory -------------------------------------------------------------------------------------------------------

/// Rows made up on the fly, without end in memory.
struct Endless {
    left: usize,
    line: Vec<u8>,
}

impl std::io::Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.left.min(buffer.len() / self.line.len());
        for chunk in buffer.chunks_exact_mut(self.line.len()).take(count) {
            chunk.copy_from_slice(&self.line);
        }
        self.left -= count;
        Ok(count * self.line.len())
    }
}

#[test]
fn batches_stay_small_however_long_the_input() {
    let line = b"1.25,-3.5,2.125,7.75,NA\n".to_vec();
    let bytes_in_all = 200_000 * line.len();
    let (options, config) = defaults();
    let mut reader = Reader::from_read(Endless { left: 200_000, line }, &options, &config).unwrap();
    let (mut rows, mut largest) = (0, 0);
    while let Some(samples) = reader.next_batch().unwrap() {
        rows += samples.rows();
        largest = largest.max(samples.values.capacity() * 8);
    }
    assert_eq!(rows, 200_000);
    assert!(largest < bytes_in_all / 8, "a batch of {largest} bytes for an input of {bytes_in_all}");
}
