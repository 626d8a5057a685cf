//! In: what a test needs on disk or in memory. Out: files in a folder of its own, batches, streams of windows.

use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arrow::array::{ArrayRef, Float64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};

/// A folder that vanishes with the test.
pub struct Folder(tempfile::TempDir);

impl Folder {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// Path of a file in the folder, whether it exists or not.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file and returns its path.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

/// Numbers that look random and are the same in every run.
pub fn noise(index: u64) -> f64 {
    let mut x = index.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((x ^ (x >> 31)) >> 11) as f64 / (1u64 << 53) as f64 - 0.5
}

/// A CSV with header `x0,x1,…` and reproducible numbers.
pub fn csv_text(rows: usize, vars: usize) -> String {
    let mut text = (0..vars).map(|v| format!("x{v}")).collect::<Vec<_>>().join(",");
    for row in 0..rows {
        let cells: Vec<String> = (0..vars).map(|v| format!("{:.6}", noise((row * vars + v) as u64))).collect();
        text.push('\n');
        text.push_str(&cells.join(","));
    }
    text.push('\n');
    text
}

/// A batch of real columns.
pub fn batch(columns: &[(&str, Vec<Option<f64>>)]) -> RecordBatch {
    let fields: Vec<Field> = columns.iter().map(|(name, _)| Field::new(*name, DataType::Float64, true)).collect();
    let arrays = columns.iter().map(|(_, cells)| Arc::new(Float64Array::from(cells.clone())) as ArrayRef).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

/// Hands out its bytes in pieces of the given size, as a pipe would.
pub struct Dribble {
    pub bytes: Vec<u8>,
    pub at: usize,
    pub piece: usize,
}

impl Read for Dribble {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.piece.min(buffer.len()).min(self.bytes.len() - self.at);
        buffer[..count].copy_from_slice(&self.bytes[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// Waits until a condition holds; fails the test when it does not within ten seconds.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition() {
        assert!(Instant::now() < deadline, "waited ten seconds until {what}");
        std::thread::yield_now();
    }
}
