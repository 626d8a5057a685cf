//! In: a block of unquoted records. Out: their numbers, parsed where they lie, or a sign that a closer look is needed.

use super::cell::{number, series_key};
use super::csv::read_time;
use super::plan::Plan;
use super::roles::TimeScale;
use super::rows::Rows;

/// Powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
];

/// What becomes of a cell.
#[derive(Debug, Clone, Copy)]
enum Slot {
    Skip,
    Variable(usize),
    Time(TimeScale),
    Series,
}

/// The columns of a file as a scan meets them. Splitting and parsing in one pass is several times faster than a typed
/// parser that first copies cells and then builds columns which have to be turned into rows again.
#[derive(Debug)]
pub(super) struct Scan {
    separator: u8,
    slots: Vec<Slot>,
    vars: usize,
}

impl Scan {
    pub fn new(separator: u8, columns: usize, plan: &Plan) -> Self {
        let mut slots = vec![Slot::Skip; columns];
        for (var, &index) in plan.vars.iter().enumerate() {
            slots[index] = Slot::Variable(var);
        }
        if let Some((index, scale)) = plan.time {
            slots[index] = Slot::Time(scale);
        }
        if let Some(index) = plan.series {
            slots[index] = Slot::Series;
        }
        Self { separator, slots, vars: plan.vars.len() }
    }

    /// Reads a block that ends with a line end. `None` when a cell is quoted or unreadable, or a row has another
    /// number of cells: nothing of the block is used then.
    pub fn rows(&self, block: &[u8]) -> Option<Rows> {
        if block.contains(&b'"') {
            return None;
        }
        let mut rows = Rows::default();
        let mut at = 0;
        while at < block.len() {
            if block[at] == b'\n' || block[at..].starts_with(b"\r\n") {
                at += 1;
                continue;
            }
            let start = rows.values.len();
            rows.values.resize(start + self.vars, f64::NAN);
            let (last, others) = self.slots.split_last()?;
            for slot in others {
                at = self.cell(block, at, *slot, &mut rows, start)?;
                if block.get(at) != Some(&self.separator) {
                    return None;
                }
                at += 1;
            }
            at = self.cell(block, at, *last, &mut rows, start)?;
            if block.get(at) != Some(&b'\n') {
                return None;
            }
            at += 1;
            rows.len += 1;
        }
        Some(rows)
    }

    /// Reads the cell at `at`; returns where it ends.
    fn cell(&self, block: &[u8], at: usize, slot: Slot, rows: &mut Rows, start: usize) -> Option<usize> {
        if let Slot::Variable(var) = slot {
            let (value, length) = decimal(&block[at..]);
            let behind = *block.get(at + length)?;
            if length > 0 && (behind == self.separator || behind == b'\n') {
                rows.values[start + var] = match value {
                    Some(value) => value,
                    None => number(&block[at..at + length])?,
                };
                return Some(at + length);
            }
        }
        let length = block[at..].iter().position(|&b| b == self.separator || b == b'\n')?;
        let cell = &block[at..at + length];
        match slot {
            Slot::Skip => {}
            Slot::Variable(var) => rows.values[start + var] = number(cell)?,
            Slot::Time(scale) => rows.time.push(read_time(cell, scale)?),
            Slot::Series => rows.series.push(series_key(cell)),
        }
        Some(at + length)
    }
}

/// The plain decimal number at the start of a text, when it can be had exactly: digits that fit 53 bits over a power of
/// ten that a double holds, so that the one division rounds as it should. The general parser gets the others. Besides,
/// how far sign, digits and point reach.
fn decimal(text: &[u8]) -> (Option<f64>, usize) {
    const LARGEST: u64 = 1 << 53;
    const MOST_DIGITS: usize = 19;
    let negative = text.first() == Some(&b'-');
    let start = usize::from(negative);
    let mut mantissa = 0u64;
    let digits = |from: usize, mantissa: &mut u64| {
        let mut at = from;
        while let Some(digit) = text.get(at).map(|b| b.wrapping_sub(b'0')).filter(|&d| d < 10) {
            // More than nineteen digits overflow, and are refused below.
            *mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(digit));
            at += 1;
        }
        at
    };
    let point = digits(start, &mut mantissa);
    let (end, decimals) = if text.get(point) == Some(&b'.') {
        let end = digits(point + 1, &mut mantissa);
        (end, end - point - 1)
    } else {
        (point, 0)
    };
    let count = point - start + decimals;
    let exact = (1..=MOST_DIGITS).contains(&count) && mantissa <= LARGEST;
    let value = POWERS.get(decimals).filter(|_| exact).map(|power| mantissa as f64 / power);
    (value.map(|value| if negative { -value } else { value }), end)
}
