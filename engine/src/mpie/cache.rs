//! In: panes. Out: all of them again, as long as the stream is short enough to be kept: features whose maps have
//! moved are then made anew from the start.

use crate::types::Pane;

/// The stream from its first row on, until it outgrows the bound.
#[derive(Debug)]
pub struct PaneCache {
    panes: Vec<Pane>,
    rows: usize,
    max_rows: usize,
    max_bytes: usize,
    bytes: usize,
    complete: bool,
}

impl PaneCache {
    /// A cache for `max_rows` rows that fit into `max_bytes`.
    pub fn new(max_rows: usize, max_bytes: usize) -> Self {
        Self { panes: Vec::new(), rows: 0, max_rows, max_bytes, bytes: 0, complete: true }
    }

    /// Adds the newest pane; a stream longer than the bound is let go as a whole, for a part of it is of no use.
    pub fn push(&mut self, pane: &Pane) {
        self.rows += pane.rows();
        self.bytes += size_of_val(pane.values.as_slice()) + size_of_val(pane.run.as_slice());
        if self.complete && self.rows <= self.max_rows && self.bytes <= self.max_bytes {
            self.panes.push(pane.clone());
        } else {
            self.complete = false;
            self.bytes = 0;
            self.panes = Vec::new();
        }
    }

    /// Bytes of the rows kept.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Every pane of the stream so far, or `None` when there have been too many rows.
    pub fn panes(&self) -> Option<&[Pane]> {
        self.complete.then_some(self.panes.as_slice())
    }

    /// Whether as much again as there is would still be kept.
    pub fn is_half_empty(&self) -> bool {
        2 * self.rows <= self.max_rows && 2 * self.bytes <= self.max_bytes
    }

    /// Rows of the stream so far.
    pub fn rows(&self) -> usize {
        self.rows
    }
}
