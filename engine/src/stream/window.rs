//! In: samples in chunks of any size. Out: panes of fixed size and the windows they make up, the same for any chunking.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use super::config::StreamConfig;
use crate::error::Error;
use crate::types::{Moments, Pane, Samples, Window};

/// Longest pane.
const MAX_PANE_ROWS: usize = 64;

/// Cuts a stream into panes and puts windows together: the first when `window_rows` rows are in, then one per
/// `stride_rows`.
#[derive(Debug)]
pub struct WindowBuilder {
    vars: usize,
    window_rows: usize,
    stride_rows: usize,
    pane_rows: usize,
    max_lag: usize,
    /// The pane being filled.
    values: Vec<f64>,
    run: Vec<u32>,
    /// Run length the next row has if it continues the last one.
    next_run: u32,
    /// Panes that may still belong to a window, with their moments, oldest first.
    panes: VecDeque<(Arc<Pane>, Moments)>,
    /// How many panes at the end of `panes` no window has had yet.
    new_panes: usize,
    next_pane: u64,
    rows: u64,
    windows: u64,
}

impl WindowBuilder {
    /// A builder for `vars` variables, with the window, stride and pane lengths that follow from the settings. Panes
    /// divide both window and stride, so that every window is a sum of whole panes.
    pub fn new(vars: usize, config: &StreamConfig, max_lag: usize) -> Self {
        let (window_rows, stride_rows) = (config.window_rows as usize, config.stride_rows as usize);
        let common = gcd(window_rows, stride_rows);
        let pane_rows = (1..=common.min(MAX_PANE_ROWS)).rev().find(|d| common.is_multiple_of(*d)).unwrap_or(1);
        Self {
            vars,
            window_rows,
            stride_rows,
            pane_rows,
            max_lag,
            values: Vec::with_capacity(pane_rows * vars),
            run: Vec::with_capacity(pane_rows),
            next_run: 0,
            panes: VecDeque::new(),
            new_panes: 0,
            next_pane: 0,
            rows: 0,
            windows: 0,
        }
    }

    /// Rows per pane.
    pub fn pane_rows(&self) -> usize {
        self.pane_rows
    }

    /// Rows taken so far.
    pub fn rows_seen(&self) -> u64 {
        self.rows
    }

    /// Windows handed out so far.
    pub fn windows_built(&self) -> u64 {
        self.windows
    }

    /// Takes the next rows; returns the windows they complete, oldest first.
    pub fn push(&mut self, samples: &Samples) -> Vec<Window> {
        debug_assert_eq!(samples.vars, self.vars);
        let mut windows = Vec::new();
        let mut breaks = samples.breaks.iter().peekable();
        for row in 0..samples.rows() {
            if breaks.next_if(|&&at| at == row).is_some() {
                self.next_run = 0;
            }
            self.values.extend_from_slice(samples.row(row));
            self.run.push(self.next_run);
            self.next_run = self.next_run.saturating_add(1);
            self.rows += 1;
            if self.run.len() == self.pane_rows {
                self.close_pane();
                if self.rows >= self.window_rows as u64
                    && (self.rows - self.window_rows as u64).is_multiple_of(self.stride_rows as u64)
                {
                    windows.push(self.window());
                }
            }
        }
        windows
    }

    /// Ends the stream: the rows no window has had yet make a last one, the newest of them in a pane that may be
    /// shorter. A stream shorter than one window makes one short window. `None` when no row is left over, or when there
    /// are too few rows for anything; see [`Self::too_few_rows`].
    pub fn flush(&mut self) -> Option<Window> {
        if self.windows == 0 && self.rows < self.least_rows() {
            return None;
        }
        if !self.run.is_empty() {
            self.close_pane();
        }
        (self.new_panes > 0).then(|| self.window())
    }

    /// The error of a stream that ended before its first window; `None` otherwise.
    pub fn too_few_rows(&self, path: Option<PathBuf>) -> Option<Error> {
        if self.windows > 0 {
            return None;
        }
        let (rows, least) = (self.rows, self.least_rows());
        let message = format!("has {rows} rows; at least {least} are needed");
        Some(Error::input(path, message))
    }

    /// Fewest rows from which anything can be said: every lag needs rows behind it.
    fn least_rows(&self) -> u64 {
        (4 * (self.max_lag as u64 + 2)).max(32)
    }

    fn close_pane(&mut self) {
        let missing = self.values.iter().filter(|x| x.is_nan()).count() as u64;
        let values = std::mem::replace(&mut self.values, Vec::with_capacity(self.pane_rows * self.vars));
        let run = std::mem::replace(&mut self.run, Vec::with_capacity(self.pane_rows));
        let moments = Moments::of(&values, self.vars);
        let first_row = self.rows - run.len() as u64;
        let pane = Pane { index: self.next_pane, first_row, values, vars: self.vars, run, missing };
        self.panes.push_back((Arc::new(pane), moments));
        self.next_pane += 1;
        self.new_panes += 1;
    }

    /// The newest `window_rows` rows, in whole panes.
    fn window(&mut self) -> Window {
        let mut held: usize = self.panes.iter().map(|(pane, _)| pane.rows()).sum();
        while held > self.window_rows {
            let Some((old, _)) = self.panes.pop_front() else { break };
            held -= old.rows();
        }
        let mut moments = Moments::default();
        self.panes.iter().for_each(|(_, pane)| moments.merge(pane));
        let first_row = self.rows - held as u64;
        // The window's first row has nothing before it in the window, so a break there is not inside.
        let starts = self.panes.iter().flat_map(|(pane, _)| &pane.run).skip(1).filter(|&&run| run == 0).count();
        let window = Window {
            index: self.windows,
            rows: first_row..self.rows,
            panes: self.panes.iter().map(|(pane, _)| Arc::clone(pane)).collect(),
            new_panes: std::mem::take(&mut self.new_panes),
            moments,
            breaks: u32::try_from(starts).unwrap_or(u32::MAX),
        };
        self.windows += 1;
        window
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}
