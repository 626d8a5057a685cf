//! In: the first records of a separated text. Out: its separator, decimal mark, and whether the first line names columns.

use super::cell::Cell;
use super::format::BOM;
use super::place::Place;
use crate::error::Result;

/// Separators tried, in order of preference on a tie.
const SEPARATORS: [u8; 4] = *b",;\t|";

/// Records looked at to choose the separator.
const SAMPLE_RECORDS: usize = 64;

/// How a separated text is written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dialect {
    pub separator: u8,
    pub header: bool,
    /// Numbers are written `1,5`.
    pub decimal_comma: bool,
    /// Names of all columns, in file order; `column_1` … where the file has none.
    pub names: Vec<String>,
}

impl Dialect {
    /// Reads the dialect off the whole records at the start of a file.
    pub fn detect(place: &Place, text: &[u8]) -> Result<Self> {
        let text = text.strip_prefix(BOM).unwrap_or(text);
        let (separator, decimal_comma) = separator(text);
        let mut owned;
        let text = if decimal_comma {
            owned = text.to_vec();
            decimal_points(&mut owned);
            &owned[..]
        } else {
            text
        };
        let records = sample(text, separator);
        let Some(first) = records.first() else {
            return Err(place.error("holds no rows"));
        };
        let header = is_header(&records);
        let names = if header {
            let mut names = Vec::with_capacity(first.len());
            for (index, cell) in first.iter().enumerate() {
                let name = std::str::from_utf8(cell)
                    .map_err(|_| place.error("the header is not UTF-8 text; save the file as UTF-8"))?
                    .trim();
                names.push(if name.is_empty() { default_name(index) } else { name.to_owned() });
            }
            names
        } else {
            (0..first.len()).map(default_name).collect()
        };
        Ok(Self { separator, header, decimal_comma, names })
    }
}

/// A parser of records with this separator. Rows of any length pass; whoever reads them knows what to say.
pub(super) fn records(text: &[u8], separator: u8) -> ::csv::Reader<&[u8]> {
    ::csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(text)
}

/// Turns the comma between two digits into a point, in place.
pub(super) fn decimal_points(text: &mut [u8]) {
    for at in 1..text.len().saturating_sub(1) {
        if text[at] == b',' && text[at - 1].is_ascii_digit() && text[at + 1].is_ascii_digit() {
            text[at] = b'.';
        }
    }
}

fn default_name(index: usize) -> String {
    format!("column_{}", index + 1)
}

fn sample(text: &[u8], separator: u8) -> Vec<::csv::ByteRecord> {
    records(text, separator).into_byte_records().map_while(|r| r.ok()).take(SAMPLE_RECORDS).collect()
}

fn cell(bytes: &[u8]) -> Cell {
    std::str::from_utf8(bytes).map_or(Cell::Text, Cell::of)
}

/// The separator under which the records have most evenly many cells and most of them are values, and whether numbers
/// then have a decimal comma.
fn separator(text: &[u8]) -> (u8, bool) {
    let mut best = (0.0, SEPARATORS[0], false);
    for separator in SEPARATORS {
        let records = sample(text, separator);
        let Some(cells) = records.first().map(::csv::ByteRecord::len).filter(|&cells| cells > 1) else { continue };
        let even = records.iter().filter(|r| r.len() == cells).count() as f64 / records.len() as f64;
        // The first record may be a header, so it says nothing about values unless it is alone.
        let body = &records[usize::from(records.len() > 1)..];
        let (mut values, mut commas, mut total) = (0.0, 0.0, 0.0);
        for bytes in body.iter().flatten() {
            total += 1.0;
            if cell(bytes) != Cell::Text {
                values += 1.0;
            } else if separator != b',' && is_decimal_comma(bytes) {
                commas += 1.0;
            }
        }
        let score = even * (0.2 + (values + commas) / f64::max(total, 1.0));
        if score > best.0 + 1e-9 {
            best = (score, separator, commas > 0.0);
        }
    }
    (best.1, best.2)
}

fn is_decimal_comma(bytes: &[u8]) -> bool {
    let mut owned = bytes.trim_ascii().to_vec();
    decimal_points(&mut owned);
    bytes.iter().filter(|&&b| b == b',').count() == 1 && matches!(cell(&owned), Cell::Float(_))
}

/// A header has text where the rows below have values. A first row whose numbers could be names (distinct whole
/// numbers) still is one when any text stands beside them. Without rows below, or over text alone, text is a header.
fn is_header(records: &[::csv::ByteRecord]) -> bool {
    let first: Vec<Cell> = records[0].iter().map(cell).collect();
    let numbers: Vec<f64> =
        first.iter().filter_map(|c| if let Cell::Integer(x) | Cell::Float(x) = c { Some(*x) } else { None }).collect();
    let whole = first.iter().all(|c| !matches!(c, Cell::Float(_)));
    let distinct = numbers.iter().enumerate().all(|(i, a)| *a >= 0.0 && !numbers[..i].contains(a));
    let texts = first.iter().filter(|c| matches!(c, Cell::Text)).count();
    if texts > 0 {
        return (whole && distinct) || texts > numbers.len();
    }
    // Columns numbered 0, 1, 2 … by the program that wrote them, over rows that are not whole numbers.
    let numbered = first.len() > 1
        && numbers.len() + 1 >= first.len()
        && numbers.iter().enumerate().all(|(i, x)| *x == numbers[0] + i as f64)
        && matches!(numbers.first(), Some(0.0 | 1.0))
        && numbers.len() > 1;
    numbered && records[1..].iter().flatten().any(|c| matches!(cell(c), Cell::Float(_)))
}
