//! In: blocks of whole records. Out: rows, the fast way where a block allows it, record by record where it does not.

use super::block::Blocks;
use super::config::BadRowPolicy;
use super::place::{Place, quoted};
use super::plan::Plan;
use super::rows::{Rows, Source};
use crate::error::{Error, Result};

/// What differs between the text formats.
pub(super) trait TextFormat: Send {
    /// Called with each block before anything else: cuts off a header, rewrites decimal commas.
    fn prepare<'a>(&mut self, block: &'a mut [u8]) -> &'a [u8];
    /// Reads a whole block fast, or declines it.
    fn fast(&mut self, block: &[u8]) -> Option<Rows>;
    /// Reads a block record by record and hands every record's outcome to `sink`.
    fn record_by_record(&self, block: &[u8], sink: &mut Sink<'_>) -> Result<()>;
}

/// Reads one text input.
pub(super) struct TextSource<F> {
    format: F,
    blocks: Blocks,
    place: Place,
    plan: Plan,
    policy: BadRowPolicy,
    /// Rows of the file read so far.
    row: u64,
}

impl<F: TextFormat> TextSource<F> {
    pub fn new(format: F, blocks: Blocks, place: Place, plan: Plan, policy: BadRowPolicy) -> Self {
        Self { format, blocks, place, plan, policy, row: 0 }
    }
}

impl<F: TextFormat> Source for TextSource<F> {
    fn next(&mut self) -> Result<Option<Rows>> {
        let Some(block) = self.blocks.next()? else { return Ok(None) };
        let block = self.format.prepare(block);
        let mut rows = match self.format.fast(block) {
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
