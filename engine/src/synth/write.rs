//! In: a generator. Out: its rows as CSV, row by row, and its truth as JSON.

use std::io::{self, Write};

use crate::types::Truth;

use super::Generator;

/// Writes a header and `rows` rows. Nothing is kept: memory does not grow with the number of rows.
///
/// # Errors
/// What the writer reports.
pub fn write_csv(generator: &mut Generator, rows: u64, out: &mut dyn Write) -> io::Result<()> {
    const FLUSH_BYTES: usize = 1 << 16;
    let decimals: Vec<u32> = generator.system().scale.iter().map(|&s| decimals(s)).collect();
    let mut text = Vec::with_capacity(2 * FLUSH_BYTES);
    text.extend_from_slice(generator.names().join(",").as_bytes());
    text.push(b'\n');
    let mut row = vec![0.0; decimals.len()];
    for _ in 0..rows {
        generator.next_row(&mut row);
        for (value, &decimals) in row.iter().zip(&decimals) {
            push_fixed(&mut text, *value, decimals);
            text.push(b',');
        }
        text.pop();
        text.push(b'\n');
        if text.len() >= FLUSH_BYTES {
            out.write_all(&text)?;
            text.clear();
        }
    }
    out.write_all(&text)
}

/// Writes the truth as JSON.
///
/// # Errors
/// What the writer reports.
pub fn write_truth(truth: &Truth, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, truth)?;
    out.write_all(b"\n")
}

/// Decimals that keep about five digits of a column's standard deviation.
fn decimals(scale: f64) -> u32 {
    (4.0 - scale.log10().floor()).clamp(0.0, 9.0) as u32
}

/// Appends a number with fixed decimals. Several times faster than the general formatter, which is what a file of
/// twenty million cells waits for.
fn push_fixed(text: &mut Vec<u8>, value: f64, decimals: u32) {
    let scaled = (value * 10f64.powi(decimals as i32)).round();
    if !scaled.is_finite() || scaled.abs() >= 9e15 {
        // Writing to a vector cannot fail.
        let _ = write!(text, "{value:.*}", decimals as usize);
        return;
    }
    if scaled < 0.0 {
        text.push(b'-');
    }
    let mut rest = scaled.abs() as u64;
    let mut digits = [0u8; 32];
    let mut at = digits.len();
    let mut written = 0;
    while rest > 0 || written <= decimals {
        if written == decimals && decimals > 0 {
            at -= 1;
            digits[at] = b'.';
        }
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        written += 1;
    }
    text.extend_from_slice(&digits[at..]);
}

#[cfg(test)]
mod tests {
    #[test]
    fn fixed_numbers_equal_the_general_formatter() {
        for value in [0.0, 1.0, -1.5, 0.00004, -0.00006, 3_200.123_456, 49.998_765, 1e12, -99.999_996] {
            for decimals in [0u32, 1, 3, 5] {
                let mut text = Vec::new();
                super::push_fixed(&mut text, value, decimals);
                let text = String::from_utf8(text).expect("ascii");
                let parsed: f64 = text.parse().expect("a number");
                let half_step = 0.5 * 10f64.powi(-(decimals as i32)) + value.abs() * 1e-15;
                assert!((parsed - value).abs() <= half_step * 1.000_001, "{value} with {decimals} became {text}");
                let shown = text.split_once('.').map_or(0, |(_, d)| d.len());
                assert_eq!(shown, decimals as usize, "{text}");
            }
        }
    }
}
