//! In: windows. Out: for each new pane the second moments of its lagged rows, added to the history in data units and to
//! those of the robust views.

use crate::compute::{Compute, LaggedGram, LaggedRows};
use crate::types::{Pane, Window};

use super::bridge::{LONG, SHORT, bridged};
use super::cache::PaneCache;
use super::columns::Columns;
use super::encoding::Encoding;
use super::history::History;
use super::lagged::Features;
use super::views::Views;

/// A pane as the evaluator watches it.
#[derive(Debug)]
pub struct EncodedPane {
    /// Second moments.
    pub gram: LaggedGram,
    /// Lagged rows in encoder units.
    pub lagged: LaggedRows,
}

/// Turns panes into Gram matrices.
#[derive(Debug)]
pub struct Encoder {
    columns: Columns,
    encoding: Encoding,
    cache: PaneCache,
    /// The last `max_lag + 1` rows before the next pane, bridged, in data units.
    before: Vec<f64>,
    /// The last row, bridged as the views see it.
    last_row: Vec<f64>,
}

impl Encoder {
    /// An encoder for `columns` that keeps rows in `cache`.
    pub fn new(columns: Columns, cache: PaneCache) -> Self {
        let before = vec![f64::NAN; (columns.max_lag + 1) * columns.vars];
        Self { columns, encoding: Encoding::default(), cache, last_row: vec![f64::NAN; columns.vars], before }
    }

    /// Units and counts.
    pub fn encoding(&self) -> &Encoding {
        &self.encoding
    }

    /// The stream so far, as far as it is kept.
    pub fn cache(&self) -> &PaneCache {
        &self.cache
    }

    /// Keeps rows in `cache` from now on, and none of those it kept.
    pub fn begin_anew(&mut self, cache: PaneCache) {
        self.cache = cache;
        self.last_row.fill(f64::NAN);
    }

    /// Encodes the window's new panes. `settle` has the views look at everything again with the newest maps.
    pub fn encode(
        &mut self,
        window: &Window,
        history: &mut History,
        views: &mut Views,
        device: &mut dyn Compute,
        settle: bool,
    ) -> Vec<EncodedPane> {
        if self.encoding.scale.is_empty() {
            self.encoding = Encoding::of(window, self.columns.vars);
        }
        let new = window.panes.len().saturating_sub(window.new_panes);
        let mut panes = Vec::with_capacity(window.new_panes);
        let mut seen = Vec::with_capacity(window.new_panes);
        let mut linear = Vec::with_capacity(window.new_panes);
        for pane in &window.panes[new..] {
            self.encoding.count(pane);
            let gaps = pane.values.iter().any(|v| v.is_nan());
            let last_row = &self.before[self.before.len() - self.columns.vars..];
            let short = if gaps { bridged(pane, last_row, SHORT) } else { Pane::clone(pane) };
            linear.push(self.lagged(&short));
            if !views.is_empty() {
                let long = if gaps { bridged(pane, &self.last_row, LONG) } else { short.clone() };
                self.last_row = long.values[long.values.len() - self.columns.vars..].to_vec();
                self.cache.push(&long);
                seen.push(long);
            }
            panes.push(short);
        }
        let own = device.lagged_grams(&linear.iter().collect::<Vec<_>>());
        views.take_in(&seen, &self.cache, settle, device);
        let mut encoded = Vec::with_capacity(linear.len());
        for ((pane, gram), lagged) in panes.iter().zip(own).zip(linear) {
            history.push(pane.index, pane.first_row, gram.clone());
            encoded.push(EncodedPane { gram, lagged });
        }
        encoded
    }

    /// Has the views look at everything again with the newest maps, where something has come since.
    pub fn settle(&self, views: &mut Views, device: &mut dyn Compute) {
        views.take_in(&[], &self.cache, true, device);
    }

    /// Lagged rows in encoder units.
    fn lagged(&mut self, pane: &Pane) -> LaggedRows {
        let vars = self.columns.vars;
        let units = |values: &[f64]| -> Vec<f64> {
            values
                .iter()
                .enumerate()
                .map(|(at, value)| (value - self.encoding.center[at % vars]) * self.encoding.scale[at % vars])
                .collect()
        };
        let (values, before) = (units(&pane.values), units(&self.before));
        let rows = Features { values: &values, before: &before, run: &pane.run }.lagged_rows(self.columns, &[]);
        self.before = Features { values: &pane.values, before: &self.before, run: &pane.run }.remember();
        LaggedRows { values: rows, dim: self.columns.dim() }
    }
}
