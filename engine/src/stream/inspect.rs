//! In: files, or the first bytes of a pipe. Out: the import report, and all the reader needs to start.

use std::collections::HashMap;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::config::StreamConfig;
use super::dialect::Dialect;
use super::format::{self, Packing, Sniffed};
use super::options::ReadOptions;
use super::place::Place;
use super::profile::ColumnProfile;
use super::roles::{self, TimeAxis};
use super::schema::SchemaManager;
use super::{block, csv, ipc, json, parquet};
use crate::error::Result;
use crate::types::{DataFormat, ImportReport};

/// Rows shown as text in the report.
pub(super) const PREVIEW_ROWS: usize = 100;
/// Bytes read to recognise a format.
const SNIFF_BYTES: usize = 64 << 10;
/// Bytes of text inspected at most, unless a single record is longer.
const HEAD_BYTES: usize = 8 << 20;

/// One input and how it is written.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub place: Place,
    pub format: DataFormat,
    pub packing: Packing,
    pub dialect: Option<Dialect>,
    /// Names of the columns, in file order.
    pub names: Vec<String>,
    pub total_bytes: u64,
    /// Bytes per row, to size blocks and estimate rows.
    pub row_bytes: f64,
}

/// What the first rows of one input show.
#[derive(Debug)]
pub(super) struct Head {
    pub part: Part,
    pub profiles: Vec<ColumnProfile>,
    pub preview: Vec<Vec<String>>,
    /// Rows inspected.
    pub rows: u64,
    /// Whether these are all rows.
    pub whole: bool,
    /// Rows in all, where the format says so.
    pub declared_rows: Option<u64>,
    pub warnings: Vec<String>,
}

/// The report and what reading needs beyond it.
#[derive(Debug)]
pub(super) struct Inspection {
    pub report: ImportReport,
    pub parts: Vec<Part>,
    pub time: Option<TimeAxis>,
    pub series: Option<String>,
}

/// The first bytes of a text input.
pub(super) struct TextHead<'a> {
    pub bytes: &'a [u8],
    /// Whether there is nothing behind them.
    pub ended: bool,
    pub total_bytes: u64,
}

/// Looks at the first rows of each file, before any compute: format, columns, roles, preview, remarks.
///
/// # Errors
/// A file that cannot be read or is no table, files that do not agree, unknown or unusable columns, fewer than two
/// variables.
pub fn inspect(files: &[PathBuf], options: &ReadOptions, config: &StreamConfig) -> Result<ImportReport> {
    Ok(inspect_files(files, options, config)?.report)
}

pub(super) fn inspect_files(files: &[PathBuf], options: &ReadOptions, config: &StreamConfig) -> Result<Inspection> {
    let heads = files.iter().map(|path| file_head(path, options, config)).collect::<Result<Vec<_>>>()?;
    combine(heads, files, options, config)
}

/// Opens a regular file.
pub(super) fn open(path: &Path) -> Result<(File, u64)> {
    let place = Place::file(path);
    // Asked first: opening a pipe would wait for its writer.
    let metadata = std::fs::metadata(path).map_err(|e| place.io(&e))?;
    if metadata.is_dir() {
        return Err(place.error("is a directory; name the files in it"));
    }
    if !metadata.is_file() {
        return Err(place.error("is a pipe or a device; it can be read only once, alone, and not inspected before"));
    }
    let file = File::open(path).map_err(|e| place.io(&e))?;
    Ok((file, metadata.len()))
}

fn file_head(path: &Path, options: &ReadOptions, config: &StreamConfig) -> Result<Head> {
    let (mut file, total_bytes) = open(path)?;
    let place = Place::file(path);
    let mut bytes = Vec::new();
    let mut ended = fill(&place, &mut file, &mut bytes, SNIFF_BYTES)?;
    let sniffed = format::sniff(&place, &bytes, options.format)?;
    let mut head = match sniffed.format {
        DataFormat::Parquet => parquet::head(&place, total_bytes, options, config)?,
        DataFormat::Arrow => ipc::head(&place, sniffed.packing, total_bytes, options, config)?,
        DataFormat::Csv | DataFormat::Jsonl => {
            while !ended && !is_enough(&bytes, config) {
                let target = bytes.len() * 2;
                ended = fill(&place, &mut file, &mut bytes, target)?;
            }
            let text = TextHead { bytes: &bytes, ended, total_bytes };
            text_head(&place, &sniffed, &text, options, config)?
        }
    };
    head.warnings.extend(sniffed.warning);
    Ok(head)
}

/// The head of a text input whose first bytes have been read.
pub(super) fn text_head(
    place: &Place,
    sniffed: &Sniffed,
    text: &TextHead<'_>,
    options: &ReadOptions,
    config: &StreamConfig,
) -> Result<Head> {
    if let Some(at) = text.bytes.iter().position(|&b| b == 0) {
        return Err(place.error(format!("holds a NUL byte at position {at}: this is not a text table")));
    }
    if !text.ended && !text.bytes.contains(&b'\n') {
        return Err(block::too_long(place));
    }
    match sniffed.format {
        DataFormat::Jsonl => json::head(place, text, options, config),
        _ => csv::head(place, text, options, config),
    }
}

/// Reads until `bytes` holds `target` bytes; true when the input ended before.
fn fill(place: &Place, input: &mut dyn Read, bytes: &mut Vec<u8>, target: usize) -> Result<bool> {
    let missing = target.saturating_sub(bytes.len()) as u64;
    let read = input.take(missing).read_to_end(bytes).map_err(|e| place.io(&e))?;
    Ok((read as u64) < missing)
}

/// Whether enough text has been read: all rows to inspect, or as much as is reasonable.
fn is_enough(bytes: &[u8], config: &StreamConfig) -> bool {
    let lines = bytes.iter().filter(|&&b| b == b'\n').count();
    lines > config.infer_rows as usize
        || (bytes.len() >= HEAD_BYTES && lines > 1)
        || bytes.len() >= block::MAX_RECORD_BYTES
}

/// Reads the first bytes of a pipe: some whole lines, and whatever comes along with them. A slow pipe must not hold
/// up its first rows, so there is no waiting for as many rows as a file would be inspected for.
pub(super) fn pipe_head(place: &Place, input: &mut dyn Read) -> Result<(Vec<u8>, bool)> {
    const ENOUGH_LINES: usize = 33;
    let mut bytes = Vec::new();
    let mut buffer = vec![0; SNIFF_BYTES];
    loop {
        match input.read(&mut buffer) {
            Ok(0) => return Ok((bytes, true)),
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return Err(place.io(&e)),
        }
        let binary = bytes[..bytes.len().min(SNIFF_BYTES)].contains(&0);
        let lines = bytes.iter().filter(|&&b| b == b'\n').count();
        if binary || lines >= ENOUGH_LINES || bytes.len() >= block::MAX_RECORD_BYTES {
            return Ok((bytes, false));
        }
    }
}

/// Puts the heads of all inputs together and decides the roles.
pub(super) fn combine(
    heads: Vec<Head>,
    files: &[PathBuf],
    options: &ReadOptions,
    config: &StreamConfig,
) -> Result<Inspection> {
    let mut heads = heads.into_iter();
    let Some(mut first) = heads.next() else {
        return Err(Place::default().error("no file is given"));
    };
    unique_names(&first.part)?;
    let mut manager = SchemaManager::infer(&first.profiles);
    let mut whole = first.whole && !options.follow;
    let mut parts = vec![first.part.clone()];
    let (mut rows, mut total_bytes, mut expected, mut exact) = (0, 0, 0.0, true);
    let mut count = |head: &Head| {
        rows += head.rows;
        total_bytes += head.part.total_bytes;
        let known = head.declared_rows.or(head.whole.then_some(head.rows));
        expected += known.map_or(head.part.total_bytes as f64 / head.part.row_bytes.max(1.0), |n| n as f64);
        exact &= known.is_some();
    };
    count(&first);
    for head in heads {
        unique_names(&head.part)?;
        count(&head);
        manager.merge(SchemaManager::infer(&head.profiles).schema()).map_err(|differences| {
            let before = first.part.place.path.as_deref().unwrap_or(Path::new("the first file"));
            head.part.place.error(format!("does not go with {}: {}", before.display(), differences.join("; ")))
        })?;
        let theirs: HashMap<&str, &ColumnProfile> = head.profiles.iter().map(|p| (p.name(), p)).collect();
        for profile in &mut first.profiles {
            if let Some(later) = theirs.get(profile.name()) {
                profile.absorb(later);
            }
        }
        whole &= head.whole;
        first.warnings.extend(head.warnings);
        parts.push(head.part);
    }
    let roles = roles::decide(&first.part.place, &first.profiles, manager, options, config, whole)?;
    let mut warnings = first.warnings;
    warnings.extend(roles.warnings);
    exact &= !options.follow;
    if exact && expected < f64::from(config.window_rows) {
        warnings.push(format!("there are {expected} rows, fewer than one window ({} rows)", config.window_rows));
    }
    let dialect = first.part.dialect.as_ref();
    let report = ImportReport {
        files: files.to_vec(),
        format: first.part.format,
        separator: dialect.map(|d| char::from(d.separator)),
        header: dialect.is_none_or(|d| d.header),
        schema: roles.schema,
        preview: first.preview,
        inspected_rows: rows,
        total_bytes,
        estimated_rows: (expected.round() as u64).max(rows),
        rows_exact: exact,
        warnings,
    };
    Ok(Inspection { report, parts, time: roles.time, series: roles.series })
}

fn unique_names(part: &Part) -> Result<()> {
    let mut seen = HashMap::new();
    for (index, name) in part.names.iter().enumerate() {
        if let Some(before) = seen.insert(name.as_str(), index + 1) {
            return Err(part.place.error(format!(
                "the column name \"{name}\" appears twice (columns {before} and {}); names must be unique",
                index + 1
            )));
        }
    }
    Ok(())
}
