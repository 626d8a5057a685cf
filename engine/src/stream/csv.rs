//! In: separated text. Out: its head's columns; then rows of its numbers.

use super::block::{records_end, too_long};
use super::cell::{number, series_key, timestamp_ns};
use super::config::{BadRowPolicy, StreamConfig};
use super::dialect::{Dialect, decimal_points, records};
use super::format::{BOM, Packing};
use super::inspect::{Head, PREVIEW_ROWS, Part, TextHead};
use super::options::ReadOptions;
use super::place::Place;
use super::plan::Plan;
use super::profile::ColumnProfile;
use super::roles::{TimeScale, is_kept};
use super::rows::Rows;
use super::scan::Scan;
use super::text::{Fault, Record, Sink, TextFormat};
use crate::error::Result;
use crate::types::DataFormat;

/// Columns, first rows and dialect of a CSV.
pub(super) fn head(place: &Place, text: &TextHead<'_>, options: &ReadOptions, config: &StreamConfig) -> Result<Head> {
    let bytes = text.bytes;
    let whole_lines = if text.ended { bytes.len() } else { records_end(bytes, None) };
    let dialect = Dialect::detect(place, &bytes[..whole_lines])?;
    let end = if text.ended { bytes.len() } else { records_end(bytes, Some(dialect.separator)) };
    if end == 0 {
        return Err(too_long(place));
    }
    let mut bytes = bytes[..end].to_vec();
    if dialect.decimal_comma {
        decimal_points(&mut bytes);
    }
    let bytes = bytes.strip_prefix(BOM).unwrap_or(&bytes);
    let body = &bytes[header_bytes(bytes, &dialect)..];
    let mut profiles: Vec<ColumnProfile> =
        dialect.names.iter().map(|name| ColumnProfile::new(name, is_kept(name, options))).collect();
    let (mut preview, mut warnings) = (Vec::new(), Vec::new());
    let (mut rows, mut faults, mut complete) = (0, 0, text.ended);
    let mut reader = records(body, dialect.separator);
    let mut record = ::csv::ByteRecord::new();
    while reader.read_byte_record(&mut record).map_err(|e| place.error(e.to_string()))? {
        if is_blank(&record, dialect.names.len()) {
            continue;
        }
        if rows == u64::from(config.infer_rows) {
            complete = false;
            break;
        }
        rows += 1;
        if preview.len() < PREVIEW_ROWS {
            preview.push(record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect());
        }
        if let Some(fault) = length_fault(&record, &dialect) {
            if config.bad_rows == BadRowPolicy::Stop {
                return Err(place.at_row(rows, fault.message));
            }
            faults += 1;
            continue;
        }
        for (cell, profile) in record.iter().zip(&mut profiles) {
            match std::str::from_utf8(cell) {
                Ok(text) => profile.push_text(text),
                Err(_) if config.bad_rows == BadRowPolicy::Stop => {
                    let message = "is not UTF-8 text; save the file as UTF-8";
                    return Err(place.at_cell(rows, profile.name(), message));
                }
                Err(_) => profile.push_text(&String::from_utf8_lossy(cell)),
            }
        }
    }
    if rows == 0 {
        return Err(place.error(if dialect.header { "has a header but no rows" } else { "holds no rows" }));
    }
    if dialect.decimal_comma {
        warnings.push("numbers have decimal commas".to_owned());
    }
    if faults > 0 {
        warnings.push(format!("{faults} of the inspected rows cannot be read as they are"));
    }
    let row_bytes = reader.position().byte() as f64 / rows as f64;
    let names = dialect.names.clone();
    let part = Part {
        place: place.clone(),
        format: DataFormat::Csv,
        packing: Packing::Stream,
        dialect: Some(dialect),
        names,
        total_bytes: text.total_bytes,
        row_bytes,
    };
    Ok(Head { part, profiles, preview, rows, whole: complete, declared_rows: None, warnings })
}

/// Length of the header record (0 without one).
fn header_bytes(text: &[u8], dialect: &Dialect) -> usize {
    let mut reader = records(text, dialect.separator);
    let mut first = ::csv::ByteRecord::new();
    if !dialect.header || !reader.read_byte_record(&mut first).unwrap_or(false) {
        return 0;
    }
    reader.position().byte() as usize
}

/// A line of white space is no row.
fn is_blank(record: &::csv::ByteRecord, columns: usize) -> bool {
    columns > 1 && record.len() == 1 && record.get(0).is_some_and(|cell| cell.trim_ascii().is_empty())
}

fn length_fault(record: &::csv::ByteRecord, dialect: &Dialect) -> Option<Fault> {
    let (found, expected) = (record.len(), dialect.names.len());
    let first = if dialect.header { "header" } else { "first row" };
    let cells = |n| if n == 1 { "1 cell".to_owned() } else { format!("{n} cells") };
    (found != expected).then(|| Fault::row(format!("has {}, the {first} has {expected}", cells(found))))
}

/// Decodes the rows of one CSV.
pub(super) struct CsvFormat {
    dialect: Dialect,
    plan: Plan,
    scan: Scan,
    started: bool,
}

impl CsvFormat {
    pub fn new(dialect: Dialect, plan: Plan) -> Self {
        let scan = Scan::new(dialect.separator, dialect.names.len(), &plan);
        Self { dialect, plan, scan, started: false }
    }
}

impl TextFormat for CsvFormat {
    fn prepare<'a>(&mut self, block: &'a mut [u8]) -> &'a [u8] {
        let mut start = 0;
        if !self.started {
            self.started = true;
            start = if block.starts_with(BOM) { BOM.len() } else { 0 };
            start += header_bytes(&block[start..], &self.dialect);
        }
        if self.dialect.decimal_comma {
            decimal_points(&mut block[start..]);
        }
        &block[start..]
    }

    fn fast(&mut self, block: &[u8]) -> Option<Rows> {
        self.scan.rows(block)
    }

    fn record_by_record(&self, block: &[u8], sink: &mut Sink<'_>) -> Result<()> {
        let mut reader = records(block, self.dialect.separator);
        let mut cells = ::csv::ByteRecord::new();
        // A reader of bytes in memory, of any record length, has no error to give.
        while reader.read_byte_record(&mut cells).unwrap_or(false) {
            if !is_blank(&cells, self.dialect.names.len()) {
                let record = self.read(&cells);
                sink.take(record)?;
            }
        }
        Ok(())
    }
}

impl CsvFormat {
    fn read(&self, cells: &::csv::ByteRecord) -> Record {
        let mut record = Record { fault: length_fault(cells, &self.dialect), ..Record::default() };
        let name = |index: usize| self.dialect.names[index].as_str();
        let cell = |index: usize| cells.get(index).unwrap_or(b"");
        record.values.reserve(self.plan.vars.len());
        for &index in &self.plan.vars {
            let value = number(cell(index));
            if value.is_none() && record.fault.is_none() {
                record.fault = Some(unreadable(name(index), cell(index), "a number"));
            }
            record.values.push(value.unwrap_or(f64::NAN));
        }
        if let Some((index, scale)) = self.plan.time {
            let time = read_time(cell(index), scale);
            if time.is_none() && record.fault.is_none() {
                record.fault = Some(unreadable(name(index), cell(index), "a time"));
            }
            record.time = time.unwrap_or(f64::NAN);
        }
        record.series = self.plan.series.map_or(0, |index| series_key(cell(index)));
        record
    }
}

fn unreadable(column: &str, cell: &[u8], what: &str) -> Fault {
    if std::str::from_utf8(cell).is_err() {
        return Fault {
            column: Some(column.to_owned()),
            message: "is not UTF-8 text; save the file as UTF-8".to_owned(),
        };
    }
    Fault::cell(column, cell, what)
}

/// The time in a cell of text; NaN when it is missing, `None` when it holds something else.
pub(super) fn read_time(cell: &[u8], scale: TimeScale) -> Option<f64> {
    match scale {
        TimeScale::Number => number(cell),
        TimeScale::Stamp { origin_ns } => std::str::from_utf8(cell)
            .ok()
            .and_then(timestamp_ns)
            .map(|ns| TimeScale::seconds(origin_ns, ns))
            .or_else(|| number(cell).filter(|x| x.is_nan())),
    }
}
