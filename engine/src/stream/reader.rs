//! In: files or a pipe, and a configuration. Out: batches of aligned rows with their breaks, until the input ends.

use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::block::Blocks;
use super::config::StreamConfig;
use super::continuity::Continuity;
use super::counters::ReadCounters;
use super::csv::CsvFormat;
use super::follow::Follow;
use super::format::{self, Packing};
use super::inspect::{self, Inspection, Part, TextHead};
use super::ipc::{self, IpcSource};
use super::json::JsonFormat;
use super::options::ReadOptions;
use super::parquet::ParquetSource;
use super::place::Place;
use super::plan::Plan;
use super::rows::{Rows, Source};
use super::text::TextSource;
use crate::error::{Error, Result};
use crate::types::{DataFormat, ImportReport, Samples};

/// Reads files, one after the other, or a pipe, as one stream of rows in bounded memory.
///
/// ```no_run
/// # use scarcity_engine::stream::{ReadOptions, Reader, StreamConfig};
/// # fn main() -> scarcity_engine::Result<()> {
/// let mut reader = Reader::open(&["data.csv".into()], &ReadOptions::default(), &StreamConfig::default())?;
/// while let Some(samples) = reader.next_batch()? {
///     assert_eq!(samples.vars, reader.names().len());
/// }
/// # Ok(())
/// # }
/// ```
pub struct Reader {
    inspection: Inspection,
    config: StreamConfig,
    follow: bool,
    names: Vec<String>,
    waiting: VecDeque<Part>,
    current: Option<(Place, Box<dyn Source>)>,
    continuity: Continuity,
    /// Bytes of the files before the current one.
    bytes_before: u64,
    counters: Arc<ReadCounters>,
    stop: Arc<AtomicBool>,
    failed: Option<Error>,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reader").field("names", &self.names).field("counters", &self.counters).finish_non_exhaustive()
    }
}

impl Reader {
    /// Inspects the files and opens the first.
    ///
    /// # Errors
    /// As [`super::inspect`].
    pub fn open(files: &[PathBuf], options: &ReadOptions, config: &StreamConfig) -> Result<Self> {
        if let [only] = files
            && let Ok(metadata) = std::fs::metadata(only)
            && !metadata.is_file()
            && !metadata.is_dir()
        {
            let place = Place::file(only);
            let file = File::open(only).map_err(|e| place.io(&e))?;
            return Self::pipe(place, Box::new(file), options, config);
        }
        let inspection = inspect::inspect_files(files, options, config)?;
        if let Some(last) = inspection.parts.last().filter(|_| options.follow)
            && (last.format == DataFormat::Parquet
                || (last.format == DataFormat::Arrow && last.packing == Packing::File))
        {
            return Err(last.place.error("cannot be followed: only CSV, JSON lines and Arrow streams grow row by row"));
        }
        Ok(Self::new(inspection, options, config))
    }

    /// Reads standard input, or any other bytes that come once: CSV, JSON lines or Arrow IPC, told apart by the first
    /// bytes. Waits for these.
    ///
    /// # Errors
    /// As [`super::inspect`]; Parquet needs a file.
    pub fn from_read(input: impl Read + Send + 'static, options: &ReadOptions, config: &StreamConfig) -> Result<Self> {
        Self::pipe(Place::default(), Box::new(input), options, config)
    }

    fn pipe(
        place: Place,
        mut input: Box<dyn Read + Send>,
        options: &ReadOptions,
        config: &StreamConfig,
    ) -> Result<Self> {
        let (bytes, ended) = inspect::pipe_head(&place, &mut input)?;
        let sniffed = format::sniff(&place, &bytes, options.format)?;
        let files: Vec<PathBuf> = place.path.iter().cloned().collect();
        let total_bytes = if ended { bytes.len() as u64 } else { 0 };
        match sniffed.format {
            DataFormat::Parquet => Err(place.error("Parquet cannot be read from a pipe; give the file's name")),
            DataFormat::Arrow => {
                let input = Box::new(Cursor::new(bytes).chain(input));
                let mut batches = ipc::Batches::stream(&place, sniffed.packing, input)?;
                let (head, taken) = ipc::head_of(&place, sniffed.packing, &mut batches, total_bytes, options, config)?;
                let inspection = inspect::combine(vec![head], &files, options, config)?;
                let mut reader = Self::new(inspection, options, config);
                if let Some(part) = reader.waiting.pop_front() {
                    let plan = reader.plan(&part);
                    let source = IpcSource::new(&part, batches, taken, &plan, config.batch_rows as usize);
                    reader.current = Some((place, Box::new(source)));
                }
                Ok(reader)
            }
            DataFormat::Csv | DataFormat::Jsonl => {
                let text = TextHead { bytes: &bytes, ended, total_bytes };
                let head = inspect::text_head(&place, &sniffed, &text, options, config)?;
                let inspection = inspect::combine(vec![head], &files, options, config)?;
                let mut reader = Self::new(inspection, options, config);
                if let Some(part) = reader.waiting.pop_front() {
                    let source = reader.text_source(&part, Box::new(Cursor::new(bytes).chain(input)), true);
                    reader.current = Some((place, source));
                }
                Ok(reader)
            }
        }
    }

    fn new(inspection: Inspection, options: &ReadOptions, config: &StreamConfig) -> Self {
        Self {
            config: config.clone(),
            follow: options.follow,
            names: inspection.report.schema.variables(),
            waiting: inspection.parts.iter().cloned().collect(),
            current: None,
            continuity: Continuity::new(inspection.time.as_ref(), config.gap_factor),
            bytes_before: 0,
            counters: Arc::default(),
            stop: Arc::default(),
            failed: None,
            inspection,
        }
    }

    /// What the inspection found.
    pub fn report(&self) -> &ImportReport {
        &self.inspection.report
    }

    /// Names of the variables, in the order of [`Samples`] columns.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Live counters, for anyone who watches.
    pub fn counters(&self) -> Arc<ReadCounters> {
        Arc::clone(&self.counters)
    }

    /// A flag that ends the stream, also while it waits for a growing file. What was not yet read stays unread.
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// The next rows, at least one; `None` at the end, after a stop, or after an error.
    ///
    /// # Errors
    /// A row that cannot be read (by policy), time that goes backwards, a damaged file. All rows before the fault have
    /// been returned by then.
    pub fn next_batch(&mut self) -> Result<Option<Samples>> {
        if let Some(error) = self.failed.take() {
            self.end();
            return Err(error);
        }
        let outcome = self.read();
        if outcome.is_err() {
            self.end();
        }
        outcome
    }

    fn end(&mut self) {
        self.waiting.clear();
        self.current = None;
    }

    fn read(&mut self) -> Result<Option<Samples>> {
        while !self.stop.load(Relaxed) {
            let Some((place, source)) = &mut self.current else {
                let Some(part) = self.waiting.pop_front() else { return Ok(None) };
                self.current = Some((part.place.clone(), self.open_part(&part)?));
                continue;
            };
            let rows = source.next()?;
            self.counters.bytes.store(self.bytes_before + source.bytes_read(), Relaxed);
            let Some(rows) = rows else {
                self.bytes_before += source.bytes_read();
                self.current = None;
                continue;
            };
            let place = place.clone();
            let samples = self.join(&place, rows);
            if samples.rows() > 0 {
                return Ok(Some(samples));
            }
            if let Some(error) = self.failed.take() {
                return Err(error);
            }
        }
        Ok(None)
    }

    fn plan(&self, part: &Part) -> Plan {
        let Inspection { report, time, series, .. } = &self.inspection;
        Plan::new(&report.schema, time.as_ref(), series.as_deref(), &part.names)
    }

    fn open_part(&self, part: &Part) -> Result<Box<dyn Source>> {
        let batch_rows = self.config.batch_rows as usize;
        let grows = self.follow && self.waiting.is_empty();
        Ok(match part.format {
            DataFormat::Parquet => Box::new(ParquetSource::open(part, &self.plan(part), batch_rows)?),
            DataFormat::Arrow if !grows => Box::new(IpcSource::open(part, &self.plan(part), batch_rows)?),
            _ => {
                let path = part.place.path.clone().unwrap_or_default();
                let (file, _) = inspect::open(&path)?;
                let input: Box<dyn Read + Send> = if grows {
                    let (stop, counters) = (Arc::clone(&self.stop), Arc::clone(&self.counters));
                    Box::new(Follow::new(file, self.config.follow_poll_s, stop, counters))
                } else {
                    Box::new(file)
                };
                if part.format == DataFormat::Arrow {
                    let batches = ipc::Batches::stream(&part.place, part.packing, input)?;
                    Box::new(IpcSource::new(part, batches, VecDeque::new(), &self.plan(part), batch_rows))
                } else {
                    self.text_source(part, input, !grows)
                }
            }
        })
    }

    fn text_source(&self, part: &Part, input: Box<dyn Read + Send>, keep_tail: bool) -> Box<dyn Source> {
        let (plan, policy, batch_rows) = (self.plan(part), self.config.bad_rows, self.config.batch_rows as usize);
        let block_bytes = (part.row_bytes * batch_rows as f64) as usize;
        let separator = part.dialect.as_ref().map(|d| d.separator);
        let blocks = Blocks::new(input, part.place.clone(), separator, keep_tail, block_bytes);
        match &part.dialect {
            Some(dialect) => {
                let format = CsvFormat::new(dialect.clone(), plan.clone());
                Box::new(TextSource::new(format, blocks, part.place.clone(), plan, policy))
            }
            None => {
                let columns = &self.inspection.report.schema.columns;
                let kinds: HashMap<_, _> = columns.iter().map(|c| (c.name.clone(), c.kind)).collect();
                let format = JsonFormat::new(part.names.clone(), kinds, plan.clone(), batch_rows);
                Box::new(TextSource::new(format, blocks, part.place.clone(), plan, policy))
            }
        }
    }

    /// Finds the breaks in decoded rows and counts. A fault behind them is kept for the next call.
    fn join(&mut self, place: &Place, rows: Rows) -> Samples {
        let vars = self.names.len();
        let joined = self.continuity.join(place, rows, vars);
        self.failed = joined.error;
        let samples = joined.samples;
        self.counters.rows.fetch_add(samples.rows() as u64, Relaxed);
        self.counters.bad_rows.fetch_add(joined.bad_rows, Relaxed);
        self.counters.gaps.fetch_add(samples.breaks.len() as u64, Relaxed);
        self.counters.duplicate_times.fetch_add(joined.duplicate_times, Relaxed);
        samples
    }
}
