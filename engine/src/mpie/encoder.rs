//! In: windows. Out: for each new pane its lagged rows and their Gram matrix, added to the history.

use crate::compute::{Compute, LaggedGram, LaggedInput};
use crate::types::{Pane, Window};

use super::bridge::bridged;
use super::columns::Columns;
use super::encoding::Encoding;
use super::history::History;

/// A pane as the evaluator watches it.
#[derive(Debug)]
pub struct EncodedPane {
    /// Second moments.
    pub gram: LaggedGram,
    /// Lagged rows `[rows, 1 + columns]` in encoder units, constant first, NaN = missing.
    pub lagged: Vec<f64>,
}

/// Turns panes into Gram matrices.
#[derive(Debug)]
pub struct Encoder {
    columns: Columns,
    encoding: Encoding,
    /// The last `max_lag + 1` rows before the next pane, `[max_lag + 1, vars]`.
    before: Vec<f64>,
}

impl Encoder {
    /// An encoder for `columns`.
    pub fn new(columns: Columns) -> Self {
        Self { columns, encoding: Encoding::default(), before: vec![f64::NAN; (columns.max_lag + 1) * columns.vars] }
    }

    /// Units and counts.
    pub fn encoding(&self) -> &Encoding {
        &self.encoding
    }

    /// Encodes the window's new panes.
    pub fn encode(&mut self, window: &Window, history: &mut History, device: &mut dyn Compute) -> Vec<EncodedPane> {
        if self.encoding.scale.is_empty() {
            self.fix_units(window);
        }
        let new = window.panes.len().saturating_sub(window.new_panes);
        window.panes[new..]
            .iter()
            .map(|pane| {
                self.count(pane);
                let last_row = &self.before[self.before.len() - self.columns.vars..];
                let filled = pane.values.iter().any(|v| v.is_nan()).then(|| bridged(pane, last_row));
                let pane = filled.as_ref().unwrap_or(pane);
                let input = LaggedInput {
                    pane,
                    before: &self.before,
                    max_lag: self.columns.max_lag,
                    center: &self.encoding.center,
                    scale: &self.encoding.scale,
                };
                let mut gram = LaggedGram::default();
                device.lagged_gram(&input, &mut gram);
                let lagged = input.lagged_rows();
                history.push(pane.index, pane.first_row, &gram);
                self.remember(pane);
                EncodedPane { gram, lagged }
            })
            .collect()
    }

    fn fix_units(&mut self, window: &Window) {
        let m = &window.moments;
        self.encoding.center = m.mean.iter().map(|&v| if v.is_finite() { v } else { 0.0 }).collect();
        self.encoding.scale =
            m.m2.iter()
                .zip(&m.n)
                .map(|(m2, n)| {
                    let sd = (m2 / n.max(1.0)).sqrt();
                    if sd.is_finite() && sd > 0.0 { 1.0 / sd } else { 1.0 }
                })
                .collect();
        self.encoding.missing = vec![0.0; self.columns.vars];
    }

    fn count(&mut self, pane: &Pane) {
        let vars = self.columns.vars;
        for row in pane.values.chunks_exact(vars) {
            for (missing, value) in self.encoding.missing.iter_mut().zip(row) {
                *missing += f64::from(u8::from(value.is_nan()));
            }
        }
        self.encoding.rows += pane.rows() as f64;
    }

    fn remember(&mut self, pane: &Pane) {
        let keep = self.before.len();
        let all: Vec<f64> = self.before.iter().chain(&pane.values).copied().collect();
        self.before.copy_from_slice(&all[all.len() - keep..]);
    }
}
