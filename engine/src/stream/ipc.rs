//! In: Arrow IPC, a file or a stream. Out: its head's columns; then rows of its numbers, a slice at a time.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{BufReader, Cursor, Read};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};

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

/// What an Arrow file starts with, before the padding in front of the first message.
const MAGIC_BYTES: u64 = 6;

/// Batches of either packing, with the schema they share.
pub(super) struct Batches {
    pub schema: SchemaRef,
    inner: Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>,
    /// Batches in all, where the footer says so.
    count: Option<usize>,
}

impl Batches {
    /// Front to back, from anything that can be read. An IPC file is such a stream behind its first bytes.
    pub fn stream(place: &Place, packing: Packing, mut input: Box<dyn Read + Send>) -> Result<Self> {
        if packing == Packing::File {
            input = behind_padding(input).map_err(|e| place.io(&e))?;
        }
        let reader = StreamReader::try_new(BufReader::new(input), None).map_err(|e| damaged(place, &e))?;
        Ok(Self { schema: reader.schema(), inner: Box::new(reader), count: None })
    }

    fn file(place: &Place, file: File) -> Result<Self> {
        let reader = FileReader::try_new_buffered(file, None).map_err(|e| damaged(place, &e))?;
        let count = Some(reader.num_batches());
        Ok(Self { schema: reader.schema(), inner: Box::new(reader), count })
    }

    fn open(place: &Place, packing: Packing) -> Result<Self> {
        let (file, _) = open(place.path.as_deref().unwrap_or(std::path::Path::new("")))?;
        match packing {
            Packing::File => Self::file(place, file),
            Packing::Stream => Self::stream(place, packing, Box::new(file)),
        }
    }
}

/// Skips the magic and the zeros that align the first message, whose first byte is not zero.
fn behind_padding(mut input: Box<dyn Read + Send>) -> std::io::Result<Box<dyn Read + Send>> {
    std::io::copy(&mut (&mut input).take(MAGIC_BYTES), &mut std::io::sink())?;
    let mut byte = [0];
    while byte == [0] && input.read(&mut byte)? > 0 {}
    Ok(Box::new(Cursor::new(byte).chain(input)))
}

fn damaged(place: &Place, error: &ArrowError) -> Error {
    place.error(format!("is not whole Arrow data, it may be cut off: {error}"))
}

/// Columns and first rows of a file.
pub(super) fn head(
    place: &Place,
    packing: Packing,
    total_bytes: u64,
    options: &ReadOptions,
    config: &StreamConfig,
) -> Result<Head> {
    let mut batches = Batches::open(place, packing)?;
    let (head, _) = head_of(place, packing, &mut batches, total_bytes, options, config)?;
    Ok(head)
}

/// Columns and first rows; the batches taken for them come back, so that a pipe loses nothing.
pub(super) fn head_of(
    place: &Place,
    packing: Packing,
    batches: &mut Batches,
    total_bytes: u64,
    options: &ReadOptions,
    config: &StreamConfig,
) -> Result<(Head, VecDeque<RecordBatch>)> {
    let limit = config.infer_rows as usize;
    let mut profiles = columnar::profiles(batches.schema.fields(), |name| is_kept(name, options));
    let (mut rows, mut preview, mut taken) = (0, Vec::new(), VecDeque::new());
    let mut seen = 0;
    // One batch with rows is enough: on a slow pipe the next one may be far away.
    while seen == 0 {
        let Some(batch) = batches.inner.next() else { break };
        let batch = batch.map_err(|e| damaged(place, &e))?;
        seen += batch.num_rows();
        let inspected = batch.slice(0, batch.num_rows().min(limit - rows));
        rows += inspected.num_rows();
        let failed = |e| place.error(format!("{e}"));
        columnar::profile(&inspected, &mut profiles).map_err(failed)?;
        preview.extend(columnar::preview(&inspected, PREVIEW_ROWS).map_err(failed)?);
        taken.push_back(batch);
    }
    if seen == 0 {
        return Err(place.error("has columns but no rows"));
    }
    let only_batch = batches.count == Some(1);
    let estimate = seen as f64 * batches.count.unwrap_or(1) as f64;
    let part = Part {
        place: place.clone(),
        format: DataFormat::Arrow,
        packing,
        dialect: None,
        names: batches.schema.fields().iter().map(|f| f.name().clone()).collect(),
        total_bytes,
        row_bytes: match batches.count {
            Some(_) => total_bytes as f64 / estimate,
            None => batch_bytes(&taken) / seen as f64,
        },
    };
    let declared_rows = only_batch.then_some(seen as u64);
    let whole = only_batch && rows == seen;
    let head = Head { part, profiles, preview, rows: rows as u64, whole, declared_rows, warnings: Vec::new() };
    Ok((head, taken))
}

fn batch_bytes(batches: &VecDeque<RecordBatch>) -> f64 {
    batches.iter().map(|batch| batch.get_array_memory_size() as f64).sum()
}

/// Reads the rows of one Arrow input.
pub(super) struct IpcSource {
    place: Place,
    batches: Batches,
    /// Batches read before, oldest first.
    waiting: VecDeque<RecordBatch>,
    needed: Vec<usize>,
    projected: Plan,
    batch_rows: usize,
    row: u64,
    row_bytes: f64,
}

impl IpcSource {
    pub fn open(part: &Part, plan: &Plan, batch_rows: usize) -> Result<Self> {
        let batches = Batches::open(&part.place, part.packing)?;
        Ok(Self::new(part, batches, VecDeque::new(), plan, batch_rows))
    }

    pub fn new(part: &Part, batches: Batches, waiting: VecDeque<RecordBatch>, plan: &Plan, batch_rows: usize) -> Self {
        let (needed, projected) = plan.projected();
        let (place, row_bytes) = (part.place.clone(), part.row_bytes);
        Self { place, batches, waiting, needed, projected, batch_rows, row: 0, row_bytes }
    }

    fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        if let Some(batch) = self.waiting.pop_front() {
            return Ok(Some(batch));
        }
        let failed = |e| self.place.at_row(self.row + 1, format!("the data are damaged or cut off from here on: {e}"));
        self.batches.inner.next().transpose().map_err(failed)
    }
}

impl Source for IpcSource {
    fn next(&mut self) -> Result<Option<Rows>> {
        let Some(batch) = self.next_batch()? else { return Ok(None) };
        // A batch may be as large as the file; its rows are handed on in slices, which share its memory.
        let count = batch.num_rows().min(self.batch_rows);
        if count < batch.num_rows() {
            self.waiting.push_front(batch.slice(count, batch.num_rows() - count));
        }
        let needed = batch.slice(0, count).project(&self.needed).map_err(|e| damaged(&self.place, &e))?;
        let mut rows = Rows { first_row: self.row + 1, ..Rows::default() };
        columnar::append(&needed, &self.projected, &mut rows)
            .map_err(|unfit| self.place.at_row(self.row + 1 + unfit.row as u64, unfit.message))?;
        self.row += count as u64;
        Ok(Some(rows))
    }

    fn bytes_read(&self) -> u64 {
        (self.row as f64 * self.row_bytes) as u64
    }
}
