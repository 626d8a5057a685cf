//! In: the first bytes of an input and its name. Out: its format, by content first, or why it cannot be a table.

use std::path::Path;

use super::place::Place;
use crate::error::Result;
use crate::types::DataFormat;

/// How an Arrow or text input is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    /// The footer at the end must be read first.
    File,
    /// Front to back.
    Stream,
}

/// Formats that are not tables we read: first bytes, what it is, what to do.
const FOREIGN: [(&[u8], &str, &str); 10] = [
    (b"\x1f\x8b", "gzip-compressed", "unpack it first (gunzip)"),
    (b"PK\x03\x04", "a zip archive or a spreadsheet", "unpack it, or save the sheet as CSV"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed", "unpack it first (unzstd)"),
    (b"\xfd7zXZ\0", "xz-compressed", "unpack it first (unxz)"),
    (b"BZh", "bzip2-compressed", "unpack it first (bunzip2)"),
    (b"\x89HDF", "an HDF5 file", "save the table as Parquet or CSV"),
    (b"CDF\x01", "a NetCDF file", "save the table as Parquet or CSV"),
    (b"SQLite format 3", "a database", "save the table as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet", "save the sheet as CSV"),
    (b"FEA1", "a Feather file of version 1", "save it as Feather version 2 (Arrow) or Parquet"),
];

/// The UTF-8 byte order mark.
pub(super) const BOM: &[u8] = b"\xef\xbb\xbf";

/// What an input turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sniffed {
    pub format: DataFormat,
    pub packing: Packing,
    pub warning: Option<String>,
}

/// Decides by magic bytes, then by the look of the text; the extension only warns.
pub(super) fn sniff(place: &Place, head: &[u8], asked: Option<DataFormat>) -> Result<Sniffed> {
    if head.is_empty() {
        return Err(place.error("the file is empty"));
    }
    let (format, packing) = by_content(place, head)?;
    let text = |f: DataFormat| matches!(f, DataFormat::Csv | DataFormat::Jsonl);
    if let Some(asked) = asked {
        if asked == format || (text(asked) && text(format)) {
            return Ok(Sniffed { format: asked, packing, warning: None });
        }
        return Err(place.error(format!("is not {} but {}", name(asked), name(format))));
    }
    let named = place.path.as_deref().and_then(by_extension);
    let warning = named.filter(|&n| n != format).map(|n| {
        format!(
            "{} is named like {} but holds {}; it is read as {}",
            place.path.as_deref().map(|p| p.display().to_string()).unwrap_or_default(),
            name(n),
            name(format),
            name(format)
        )
    });
    Ok(Sniffed { format, packing, warning })
}

/// The format's name in a sentence.
pub(super) fn name(format: DataFormat) -> &'static str {
    match format {
        DataFormat::Csv => "CSV",
        DataFormat::Parquet => "Parquet",
        DataFormat::Arrow => "Arrow",
        DataFormat::Jsonl => "JSON lines",
    }
}

fn by_content(place: &Place, head: &[u8]) -> Result<(DataFormat, Packing)> {
    if head.starts_with(b"PAR1") {
        return Ok((DataFormat::Parquet, Packing::File));
    }
    if head.starts_with(b"ARROW1") {
        return Ok((DataFormat::Arrow, Packing::File));
    }
    if head.starts_with(b"\xff\xff\xff\xff") {
        return Ok((DataFormat::Arrow, Packing::Stream));
    }
    if let Some((_, what, advice)) = FOREIGN.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return Err(place.error(format!("is {what}; {advice}")));
    }
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Err(place.error("is UTF-16 text; save it as UTF-8"));
    }
    if let Some(at) = head.iter().position(|&b| b == 0) {
        return Err(place.error(format!("holds a NUL byte at position {at}: this is not text, nor Parquet or Arrow")));
    }
    let text = head.strip_prefix(BOM).unwrap_or(head).trim_ascii_start();
    let after = |text: &[u8]| text.get(1..).map(<[u8]>::trim_ascii_start).and_then(|t| t.first().copied());
    match text.first() {
        None => Err(place.error("the file holds nothing but white space")),
        Some(b'{') if matches!(after(text), Some(b'"' | b'}')) => Ok((DataFormat::Jsonl, Packing::Stream)),
        Some(b'[') if matches!(after(text), Some(b'{' | b'[' | b']')) => {
            Err(place.error("is one JSON array; give one JSON object per line instead (jq -c '.[]')"))
        }
        _ => Ok((DataFormat::Csv, Packing::Stream)),
    }
}

fn by_extension(path: &Path) -> Option<DataFormat> {
    Some(match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
        "csv" | "tsv" | "tab" | "psv" => DataFormat::Csv,
        "parquet" | "pq" => DataFormat::Parquet,
        "arrow" | "arrows" | "feather" | "ipc" => DataFormat::Arrow,
        "jsonl" | "ndjson" | "json" => DataFormat::Jsonl,
        _ => return None,
    })
}
