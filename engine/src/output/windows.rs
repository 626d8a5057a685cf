//! In: the snapshot after each window. Out: one JSON line per window, on disk as soon as it is written.

use std::collections::HashMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::error::Result;
use crate::types::{LinkKey, Snapshot};

use super::atomic::output_error;
use super::edges::name;

/// A log that others may read while it grows. It therefore has its final name from the start; every line arrives
/// whole, in one write.
#[derive(Debug)]
pub struct WindowLog {
    path: PathBuf,
    file: File,
    line: Vec<u8>,
}

impl WindowLog {
    /// Starts an empty log.
    ///
    /// # Errors
    /// [`crate::Error::Output`] when the file cannot be created.
    pub fn create(path: &Path) -> Result<Self> {
        let file = File::create(path).map_err(|e| output_error(path, e))?;
        Ok(Self { path: path.to_owned(), file, line: Vec::new() })
    }

    /// Adds the line of one window.
    ///
    /// # Errors
    /// [`crate::Error::Output`] when the disk is full or the reader of a pipe has gone.
    pub fn push(&mut self, snapshot: &Snapshot) -> Result<()> {
        self.line.clear();
        // Writing to a vector cannot fail, and the values serialise; the file below can.
        serde_json::to_writer(&mut self.line, &window_json(snapshot)).map_err(|e| output_error(&self.path, e))?;
        self.line.push(b'\n');
        self.file.write_all(&self.line).map_err(|e| output_error(&self.path, e))
    }
}

/// What one window brought and cost.
pub fn window_json(snapshot: &Snapshot) -> Value {
    let names = &snapshot.names;
    let key = |k: &LinkKey| json!({ "source": name(names, k.source), "target": name(names, k.target), "lag": k.lag });
    // The first window may add very many links; looking each up in the list would take the square of that.
    let effects: HashMap<&LinkKey, f64> = if snapshot.added.is_empty() {
        HashMap::new()
    } else {
        snapshot.edges.iter().map(|e| (&e.link.key, e.link.effect)).collect()
    };
    let added = snapshot.added.iter().map(|k| {
        let mut link = key(k);
        link["effect"] = json!(effects.get(k));
        link
    });
    json!({
        "window": snapshot.window,
        "rows": [snapshot.window_rows.start, snapshot.window_rows.end],
        "rows_seen": snapshot.rows,
        "edges": snapshot.edges.len(),
        "hyperedges": snapshot.hyperedges.len(),
        "added": added.collect::<Vec<_>>(),
        "dropped": snapshot.dropped.iter().map(key).collect::<Vec<_>>(),
        "regime": snapshot.regime,
        "regime_start_row": snapshot.regime_start_row,
        "inflation": snapshot.inflation,
        "weak": snapshot.weak,
        "levels_wander": snapshot.levels_wander,
        "candidates": snapshot.candidates.0,
        "candidates_possible": snapshot.candidates.1,
        "timings": snapshot.timings,
        "latency_ms": snapshot.timings.total_ms(),
    })
}
