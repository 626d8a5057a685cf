//! In: blocks of whole records. Out: rows, by arrow's typed parser where it can, record by record where it cannot.

use arrow::array::RecordBatch;
use arrow::error::ArrowError;

use super::block::Blocks;
use super::columnar::{self, Unfit};
use super::config::BadRowPolicy;
use super::place::{Place, quoted};
use super::plan::Plan;
use super::rows::{Rows, Source};
use crate::error::{Error, Result};

/// Blocks the typed parser may fail on before it is not tried any more: the cells are then of a kind it does not know.
const TYPED_FAILURES: u32 = 3;

/// A push decoder of one of arrow's text formats.
pub(super) trait TypedDecoder: Send {
    /// Takes bytes, returns how many; less than all when a batch is full.
    fn decode(&mut self, bytes: &[u8]) -> Result<usize, ArrowError>;
    /// The batch so far.
    fn flush(&mut self) -> Result<Option<RecordBatch>, ArrowError>;
}

impl TypedDecoder for arrow::csv::reader::Decoder {
    fn decode(&mut self, bytes: &[u8]) -> Result<usize, ArrowError> {
        self.decode(bytes)
    }
    fn flush(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        self.flush()
    }
}

impl TypedDecoder for arrow::json::reader::Decoder {
    fn decode(&mut self, bytes: &[u8]) -> Result<usize, ArrowError> {
        self.decode(bytes)
    }
    fn flush(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        self.flush()
    }
}

/// What differs between the text formats.
pub(super) trait TextFormat: Send {
    /// Called with each block before anything else: cuts off a header, rewrites decimal commas.
    fn prepare<'a>(&mut self, block: &'a mut [u8]) -> &'a [u8];
    /// A fresh typed decoder of the needed columns, ascending.
    fn typed(&self) -> Result<Box<dyn TypedDecoder>, ArrowError>;
    /// Reads a block record by record and hands every record's outcome to `sink`.
    fn record_by_record(&self, block: &[u8], sink: &mut Sink<'_>) -> Result<()>;
}

/// Reads one text input.
pub(super) struct TextSource<F> {
    pub format: F,
    blocks: Blocks,
    place: Place,
    plan: Plan,
    projected: Plan,
    policy: BadRowPolicy,
    /// Rows of the file read so far.
    row: u64,
    typed: Option<Box<dyn TypedDecoder>>,
    typed_failures: u32,
}

impl<F: TextFormat> TextSource<F> {
    pub fn new(format: F, blocks: Blocks, place: Place, plan: Plan, policy: BadRowPolicy) -> Self {
        let (_, projected) = plan.projected();
        Self { format, blocks, place, plan, projected, policy, row: 0, typed: None, typed_failures: 0 }
    }
}

impl<F: TextFormat> Source for TextSource<F> {
    fn next(&mut self) -> Result<Option<Rows>> {
        let Some(block) = self.blocks.next()? else { return Ok(None) };
        let block = self.format.prepare(block);
        let mut rows = None;
        if self.typed_failures < TYPED_FAILURES {
            rows = decode_typed(&self.format, &mut self.typed, &self.projected, block).ok();
            if rows.is_none() {
                self.typed = None;
                self.typed_failures += 1;
            }
        }
        let mut rows = match rows {
            Some(rows) => rows,
            None => {
                let mut sink = Sink {
                    rows: Rows::default(),
                    place: &self.place,
                    plan: &self.plan,
                    policy: self.policy,
                    first_row: self.row + 1,
                };
                let outcome = self.format.record_by_record(block, &mut sink);
                Rows { error: outcome.err(), ..sink.rows }
            }
        };
        rows.first_row = self.row + 1;
        self.row += (rows.len + rows.rejected.len()) as u64;
        Ok(Some(rows))
    }

    fn bytes_read(&self) -> u64 {
        self.blocks.bytes
    }
}

fn decode_typed<F: TextFormat>(
    format: &F,
    decoder: &mut Option<Box<dyn TypedDecoder>>,
    plan: &Plan,
    block: &[u8],
) -> Result<Rows, Unfit> {
    let decoder = match decoder {
        Some(decoder) => decoder,
        None => decoder.insert(format.typed()?),
    };
    let mut rows = Rows::default();
    let mut at = 0;
    while at < block.len() {
        let taken = decoder.decode(&block[at..])?;
        at += taken;
        if at < block.len() || taken == 0 {
            match decoder.flush()? {
                Some(batch) => columnar::append(&batch, plan, &mut rows)?,
                // Neither bytes nor rows: only white space is left.
                None if taken == 0 => break,
                None => {}
            }
        }
    }
    if let Some(batch) = decoder.flush()? {
        columnar::append(&batch, plan, &mut rows)?;
    }
    Ok(rows)
}

/// Takes records one at a time, good and bad, and applies the policy.
pub(super) struct Sink<'a> {
    rows: Rows,
    place: &'a Place,
    pub plan: &'a Plan,
    policy: BadRowPolicy,
    first_row: u64,
}

/// What is wrong with a record.
pub(super) struct Fault {
    pub column: Option<String>,
    pub message: String,
}

impl Fault {
    pub fn row(message: impl Into<String>) -> Self {
        Self { column: None, message: message.into() }
    }

    pub fn cell(column: &str, cell: &[u8], what: &str) -> Self {
        Self { column: Some(column.to_owned()), message: format!("{} is not {what}", quoted(cell)) }
    }
}

/// One record's values, as far as they could be read.
#[derive(Default)]
pub(super) struct Record {
    /// `[vars]`, NaN where missing or unreadable.
    pub values: Vec<f64>,
    pub time: f64,
    pub series: u64,
    /// The first thing wrong with it.
    pub fault: Option<Fault>,
}

impl Sink<'_> {
    /// Takes a record: keeps, rejects or stops at it.
    pub fn take(&mut self, record: Record) -> Result<()> {
        if let Some(fault) = record.fault {
            match self.policy {
                BadRowPolicy::Stop => return Err(self.stop(fault)),
                BadRowPolicy::Reject => {
                    self.rows.bad += 1;
                    self.rows.rejected.push(self.rows.len);
                    return Ok(());
                }
                BadRowPolicy::Null => self.rows.bad += 1,
            }
        }
        self.rows.values.extend_from_slice(&record.values);
        if self.plan.time.is_some() {
            self.rows.time.push(record.time);
        }
        if self.plan.series.is_some() {
            self.rows.series.push(record.series);
        }
        self.rows.len += 1;
        Ok(())
    }

    fn stop(&self, fault: Fault) -> Error {
        let row = self.first_row + (self.rows.len + self.rows.rejected.len()) as u64;
        match fault.column {
            Some(column) => self.place.at_cell(row, &column, fault.message),
            None => self.place.at_row(row, fault.message),
        }
    }
}
