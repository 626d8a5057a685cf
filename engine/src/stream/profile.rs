//! In: the cells of one column's first rows. Out: what the column holds, and whether it could order the rows.

use super::cell::{Cell, series_key, series_key_of_number};
use super::place::quoted;
use crate::types::{Column, ColumnKind, ColumnRole};

/// Share of numbers above which a column with some text is a numeric column with bad cells.
const MOSTLY: f64 = 0.9;
/// Numbers needed for that judgement.
const MOSTLY_ROWS: u64 = 20;

/// Stands for a row without a time stamp.
pub(super) const NO_STAMP: i128 = i128::MIN;

/// What the inspected rows show of one column.
#[derive(Debug, Clone, Default)]
pub struct ColumnProfile {
    name: String,
    declared: Option<ColumnKind>,
    remark: Option<String>,
    rows: u64,
    missing: u64,
    booleans: u64,
    integers: u64,
    floats: u64,
    times: u64,
    texts: u64,
    first_text: Option<(u64, String)>,
    first_value: Option<(u64, String)>,
    varies: bool,
    keep: bool,
    numbers: Vec<f64>,
    stamps: Vec<i128>,
    keys: Vec<u64>,
}

impl ColumnProfile {
    /// An empty profile. Values are kept only of columns that may become the time or series column (`keep`).
    pub fn new(name: impl Into<String>, keep: bool) -> Self {
        Self { name: name.into(), keep, ..Self::default() }
    }

    /// The type comes from the file, not from the cells; `remark` says why it cannot be used, if so.
    pub fn declare(&mut self, kind: ColumnKind, remark: Option<String>) {
        self.declared = Some(kind);
        self.remark = remark;
    }

    /// The column's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes the next row's cell as text and judges what it is.
    pub fn push_text(&mut self, text: &str) {
        let cell = match self.declared {
            Some(ColumnKind::Text) if !text.is_empty() => match Cell::of(text) {
                Cell::Time(ns) => Cell::Time(ns),
                _ => Cell::Text,
            },
            _ => Cell::of(text),
        };
        self.push(cell, text);
    }

    /// Takes the next row's cell as a number of the declared kind; NaN is a missing cell.
    pub fn push_number(&mut self, value: f64) {
        let cell = match self.declared {
            _ if !value.is_finite() => Cell::Missing,
            Some(ColumnKind::Integer) => Cell::Integer(value),
            Some(ColumnKind::Boolean) => Cell::Boolean(value != 0.0),
            _ => Cell::Float(value),
        };
        self.push(cell, "");
    }

    /// Takes the next row's cell as nanoseconds since 1970, `None` where missing.
    pub fn push_stamp(&mut self, ns: Option<i128>) {
        self.push(ns.map_or(Cell::Missing, Cell::Time), "");
    }

    fn push(&mut self, cell: Cell, text: &str) {
        self.rows += 1;
        let (mut number, mut stamp, mut key) = (f64::NAN, NO_STAMP, series_key(b""));
        match cell {
            Cell::Missing => self.missing += 1,
            Cell::Boolean(b) => (self.booleans, number) = (self.booleans + 1, f64::from(u8::from(b))),
            Cell::Integer(x) => (self.integers, number) = (self.integers + 1, x),
            Cell::Float(x) => (self.floats, number) = (self.floats + 1, x),
            Cell::Time(ns) => (self.times, stamp) = (self.times + 1, ns),
            Cell::Text => {
                self.texts += 1;
                if self.first_text.is_none() {
                    self.first_text = Some((self.rows, quoted(text.as_bytes())));
                }
            }
        }
        if cell != Cell::Missing {
            key = match cell {
                Cell::Text => series_key(text.as_bytes()),
                Cell::Time(_) if !text.is_empty() => series_key(text.as_bytes()),
                Cell::Time(ns) => series_key_of_number(ns as f64),
                _ => series_key_of_number(number),
            };
            match &self.first_value {
                None => {
                    let shown = if number.is_nan() { quoted(text.as_bytes()) } else { number.to_string() };
                    self.first_value = Some((key, shown));
                }
                Some((first, _)) => self.varies |= *first != key,
            }
        }
        if !self.keep && matches!(cell, Cell::Time(_)) && self.texts == 0 {
            // It may be the time column after all; the rows before it were empty or numbers.
            let before = self.rows as usize - 1;
            self.keep = true;
            self.numbers = vec![f64::NAN; before];
            self.stamps = vec![NO_STAMP; before];
            self.keys = vec![series_key(b""); before];
        }
        if self.keep {
            self.numbers.push(number);
            self.stamps.push(stamp);
            self.keys.push(key);
        }
    }

    /// Type of the column as far as the rows show.
    pub fn kind(&self) -> ColumnKind {
        let (present, numbers) = (self.rows - self.missing, self.booleans + self.integers + self.floats);
        let mostly = |n: u64| n >= MOSTLY_ROWS && n as f64 >= MOSTLY * present as f64;
        match self.declared {
            _ if present == 0 && self.declared != Some(ColumnKind::Text) => ColumnKind::Empty,
            Some(ColumnKind::Text) if self.times == present && present > 0 => ColumnKind::Time,
            Some(kind) => kind,
            None if self.times == present => ColumnKind::Time,
            None if numbers == present && self.floats > 0 => ColumnKind::Float,
            None if numbers == present && self.integers > 0 => ColumnKind::Integer,
            None if numbers == present => ColumnKind::Boolean,
            None if mostly(numbers) => ColumnKind::Float,
            None if mostly(self.times) => ColumnKind::Time,
            None => ColumnKind::Text,
        }
    }

    /// The column without a decision on its role beyond what its type allows.
    pub fn column(&self) -> Column {
        let kind = self.kind();
        let role = match kind {
            _ if self.remark.is_some() => ColumnRole::Skipped(self.remark.clone().unwrap_or_default()),
            ColumnKind::Float | ColumnKind::Integer | ColumnKind::Boolean => ColumnRole::Variable,
            ColumnKind::Time => ColumnRole::Skipped("dates or times".to_owned()),
            ColumnKind::Empty => ColumnRole::Skipped("no value in any inspected row".to_owned()),
            ColumnKind::Text => ColumnRole::Skipped(match &self.first_text {
                Some((row, text)) => format!("not numeric ({text} in row {row})"),
                None => "not numeric".to_owned(),
            }),
        };
        Column { name: self.name.clone(), kind, role, missing: self.missing, constant: self.constant().is_some() }
    }

    /// The one value the column has, if it has only one.
    pub fn constant(&self) -> Option<&str> {
        self.first_value.as_ref().filter(|_| !self.varies).map(|(_, shown)| shown.as_str())
    }

    /// In a numeric column: how many cells are not numbers, with the first and its row.
    pub fn misfits(&self) -> Option<(u64, u64, &str)> {
        let (row, text) = self.first_text.as_ref()?;
        matches!(self.kind(), ColumnKind::Float | ColumnKind::Time).then_some((self.texts, *row, text.as_str()))
    }

    /// Kept numbers, one per inspected row.
    pub(super) fn numbers(&self) -> &[f64] {
        &self.numbers
    }

    /// Kept time stamps, one per inspected row.
    pub(super) fn stamps(&self) -> &[i128] {
        &self.stamps
    }

    /// Kept series keys, one per inspected row.
    pub(super) fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// Adds what a later file shows of the same column. Kept values stay those of the first file.
    pub(super) fn absorb(&mut self, later: &Self) {
        self.missing += later.missing;
        self.rows += later.rows;
        self.booleans += later.booleans;
        self.integers += later.integers;
        self.floats += later.floats;
        self.times += later.times;
        self.texts += later.texts;
        self.varies |= later.varies;
        match (&self.first_value, &later.first_value) {
            (None, _) => self.first_value.clone_from(&later.first_value),
            (Some((mine, _)), Some((theirs, _))) => self.varies |= mine != theirs,
            (Some(_), None) => {}
        }
        if self.declared == Some(ColumnKind::Integer) && later.declared == Some(ColumnKind::Float) {
            self.declared = later.declared;
        }
        if self.first_text.is_none() {
            self.first_text.clone_from(&later.first_text);
        }
    }
}
