//! In: the text of one cell. Out: a number, a truth value, a time, nothing, or just text.

use std::hash::{DefaultHasher, Hasher};

use arrow::compute::kernels::cast_utils::{Parser, string_to_timestamp_nanos};
use arrow::datatypes::Date32Type;

/// What a cell holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell {
    Missing,
    Boolean(bool),
    Integer(f64),
    Float(f64),
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    Time(i128),
    Text,
}

impl Cell {
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        match number(text.as_bytes()) {
            Some(x) if x.is_nan() => Self::Missing,
            Some(x) if text.bytes().any(|b| b.is_ascii_alphabetic() && !matches!(b, b'e' | b'E')) => {
                Self::Boolean(x == 1.0)
            }
            Some(x) if text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'+' | b'-')) => Self::Integer(x),
            Some(x) => Self::Float(x),
            None => timestamp_ns(text).map_or(Self::Text, Self::Time),
        }
    }
}

/// Whether a cell stands for "no value".
fn is_missing(cell: &[u8]) -> bool {
    const WORDS: [&[u8]; 6] = [b"NA", b"N/A", b"NULL", b"NAN", b"NONE", b"#N/A"];
    const MARKS: [&[u8]; 3] = [b"", b"-", b"?"];
    MARKS.contains(&cell) || WORDS.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// The number in a cell; NaN when it is missing or not finite, `None` when it holds something else. True is 1,
/// false is 0.
pub(super) fn number(cell: &[u8]) -> Option<f64> {
    let cell = cell.trim_ascii();
    let parsed = std::str::from_utf8(cell).ok().and_then(|text| text.parse::<f64>().ok());
    match parsed {
        Some(x) if x.is_finite() => Some(x),
        Some(_) => Some(f64::NAN),
        None if is_missing(cell) => Some(f64::NAN),
        None if cell.eq_ignore_ascii_case(b"true") => Some(1.0),
        None if cell.eq_ignore_ascii_case(b"false") => Some(0.0),
        None => None,
    }
}

/// Nanoseconds since 1970 (UTC where no offset is given) of a date or time stamp: ISO 8601 and its common
/// relaxations (`2024/05/01`, `2024-05`, `2024-05-01 12:30`), and `01.05.2024 12:30:00`.
pub(super) fn timestamp_ns(text: &str) -> Option<i128> {
    let text = text.trim();
    let bytes = text.as_bytes();
    if bytes.len() < 7 || !bytes[0].is_ascii_digit() || !text.is_ascii() {
        return None;
    }
    if bytes[4] == b'-' && (bytes.len() == 10 || bytes.len() >= 19) {
        return iso_ns(text);
    }
    // Rewritten to the one form the parser knows; the order of day and month in 01/02/2024 cannot be known.
    let (date, time) = text.split_at(text.find([' ', 'T']).unwrap_or(text.len()));
    let mut iso = match date.as_bytes() {
        [_, _, _, _, b'-' | b'/', ..] => date.replace('/', "-"),
        [_, _, b'.', _, _, b'.', _, _, _, _] => format!("{}-{}-{}", &date[6..], &date[3..5], &date[..2]),
        _ => return None,
    };
    if iso.len() == 7 {
        iso.push_str("-01");
    }
    iso.push_str(time);
    if time.len() == 6 {
        iso.push_str(":00");
    }
    iso_ns(&iso)
}

fn iso_ns(text: &str) -> Option<i128> {
    if let Ok(ns) = string_to_timestamp_nanos(text) {
        return Some(i128::from(ns));
    }
    // 64 bits of nanoseconds hold the years 1677 to 2262. Outside, the date and the time of day are read apart.
    const DAY_NS: i128 = 86_400_000_000_000;
    const DAYS_TO_2000: i128 = 10_957;
    let (date, time) = text.split_at_checked(10)?;
    let days = i128::from(Date32Type::parse(date)?);
    let in_2000 = i128::from(string_to_timestamp_nanos(&format!("2000-01-01{time}")).ok()?);
    Some((days - DAYS_TO_2000) * DAY_NS + in_2000)
}

/// A key that is equal exactly for equal series labels; `1`, `1.0` and the number 1 are the same label.
pub(super) fn series_key(label: &[u8]) -> u64 {
    let label = label.trim_ascii();
    match std::str::from_utf8(label).ok().and_then(|text| text.parse::<f64>().ok()) {
        Some(number) => series_key_of_number(number),
        None => {
            let mut hasher = DefaultHasher::new();
            hasher.write(label);
            hasher.finish()
        }
    }
}

/// [`series_key`] of a number.
pub(super) fn series_key_of_number(number: f64) -> u64 {
    (number + 0.0).to_bits()
}
