//! In: one decoded stretch of an input. Out: the same rows, ready to be checked for order and breaks.

use crate::error::{Error, Result};

/// Consecutive rows as a decoder hands them on, before time and series are looked at.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Variables in stream order, `[rows, vars]`; missing and non-finite cells are NaN.
    pub values: Vec<f64>,
    /// Time of each row, NaN where missing; empty without a time column.
    pub time: Vec<f64>,
    /// Key of each row's series; empty without a series column.
    pub series: Vec<u64>,
    /// Positions (ascending, in kept rows) before which a bad row was left out.
    pub rejected: Vec<usize>,
    /// Rows that could not be read as they are, left out or not.
    pub bad: u64,
    /// Data row of the file, from 1, of the first row in here, counting those left out.
    pub first_row: u64,
    /// Number of rows kept.
    pub len: usize,
    /// What stopped the decoder behind these rows; they stand nevertheless.
    pub error: Option<Error>,
}

impl Rows {
    /// Data row of the file, from 1, of the kept row `index`.
    pub fn file_row(&self, index: usize) -> u64 {
        self.first_row + (index + self.rejected.partition_point(|&before| before <= index)) as u64
    }
}

/// Whatever yields rows of one file, in order.
pub(super) trait Source: Send {
    /// The next rows, or `None` at the end. Fewer than asked for, even none, is fine.
    fn next(&mut self) -> Result<Option<Rows>>;

    /// Bytes of the file consumed so far (estimated for compressed formats).
    fn bytes_read(&self) -> u64;
}
