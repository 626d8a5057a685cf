//! In: a snapshot and a filter. Out: the orders, counts and histograms the panels read, computed once per change rather
//! than once per frame.

use std::collections::BTreeMap;
use std::sync::Arc;

use scarcity_engine::types::{Edge, LinkKey, Snapshot};

use crate::model::{Filter, ViewModel};

/// Bars per histogram.
pub(super) const BINS: usize = 32;

/// How often values fall into equal parts of a range, split by whether the filter shows the link.
#[derive(Debug, Clone, Default)]
pub(super) struct Histogram {
    /// Links the filter shows, per bin.
    pub shown: Vec<u32>,
    /// Links the filter hides, per bin.
    pub hidden: Vec<u32>,
}

impl Histogram {
    fn new(bins: usize) -> Self {
        Self { shown: vec![0; bins], hidden: vec![0; bins] }
    }

    fn add(&mut self, place: f64, shown: bool) {
        let bins = self.shown.len();
        // Beyond the end counts as the end: the last bar stands for "and more".
        let bin = if place.is_nan() { bins - 1 } else { ((place * bins as f64) as usize).min(bins - 1) };
        let side = if shown { &mut self.shown } else { &mut self.hidden };
        side[bin] += 1;
    }

    /// Height of the highest bar.
    pub fn peak(&self) -> u32 {
        self.shown.iter().zip(&self.hidden).map(|(shown, hidden)| shown + hidden).max().unwrap_or(0)
    }
}

/// How many links each part of the filter hides on its own, and all of them together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Hidden {
    pub weight: usize,
    pub ci: usize,
    pub stability: usize,
    pub lag: usize,
    pub sign: usize,
    pub regime: usize,
    pub all: usize,
}

/// What the panels compute from the snapshot.
#[derive(Debug, Clone, Default)]
pub(super) struct Derived {
    of: Option<(Arc<Snapshot>, Filter)>,
    /// Links that pass the filter, by index, strongest first.
    pub strongest: Vec<usize>,
    pub hidden: Hidden,
    pub weight: Histogram,
    pub ci: Histogram,
    pub stability: Histogram,
    pub lag: Histogram,
    /// Upper end of the weight slider.
    pub weight_end: f64,
    /// Variables by links in and out, `[vars]`.
    pub degree: Vec<u32>,
    /// Positive and negative links.
    pub signs: [u64; 2],
    /// Links by the regime they were last accepted in.
    pub regimes: BTreeMap<u32, u64>,
}

impl Derived {
    /// Brings everything up to date with the view model.
    pub fn refresh(&mut self, vm: &ViewModel) {
        let Some(snapshot) = &vm.snapshot else {
            *self = Self { weight_end: 1.0, lag: Histogram::new(1), ..Self::default() };
            return;
        };
        if self.of.as_ref().is_some_and(|(known, filter)| Arc::ptr_eq(known, snapshot) && *filter == vm.filter) {
            return;
        }
        self.of = Some((Arc::clone(snapshot), vm.filter));
        self.count(snapshot, &vm.filter);
        let weight = |index: &usize| snapshot.edges[*index].weight.abs();
        self.strongest = (0..snapshot.edges.len()).filter(|i| vm.filter.shows(&snapshot.edges[*i])).collect();
        self.strongest.sort_by(|a, b| weight(b).total_cmp(&weight(a)));
    }

    fn count(&mut self, snapshot: &Snapshot, filter: &Filter) {
        let heaviest =
            snapshot.edges.iter().map(|edge| edge.weight.abs()).filter(|w| w.is_finite()).fold(0.0, f64::max);
        // A whole end that rarely moves, so that the slider does not slide under the user's hand.
        self.weight_end = heaviest.ceil().max(1.0);
        let lags = snapshot.max_lag as usize + 1;
        self.hidden = Hidden::default();
        [self.weight, self.ci, self.stability] = std::array::from_fn(|_| Histogram::new(BINS));
        self.lag = Histogram::new(lags);
        self.degree = vec![0; snapshot.names.len()];
        self.signs = [0; 2];
        self.regimes = BTreeMap::new();
        for edge in &snapshot.edges {
            let shown = filter.shows(edge);
            self.hidden.weight += usize::from(!filter.weight_ok(edge));
            self.hidden.ci += usize::from(!filter.ci_ok(edge));
            self.hidden.stability += usize::from(!filter.stability_ok(edge));
            self.hidden.lag += usize::from(!filter.lag_ok(edge));
            self.hidden.sign += usize::from(!filter.sign_ok(edge));
            self.hidden.regime += usize::from(!filter.regime_ok(edge));
            self.signs[usize::from(edge.weight < 0.0)] += 1;
            *self.regimes.entry(edge.regime).or_default() += 1;
            self.hidden.all += usize::from(!shown);
            self.weight.add(edge.weight.abs() / self.weight_end, shown);
            self.ci.add(Filter::ci_ratio(edge) / Filter::ANY_CI_RATIO, shown);
            self.stability.add(edge.link.stability, shown);
            self.lag.add((f64::from(edge.link.key.lag) + 0.5) / lags as f64, shown);
            for end in [edge.link.key.source, edge.link.key.target] {
                if let Some(degree) = self.degree.get_mut(end as usize) {
                    *degree += 1;
                }
            }
        }
    }
}

/// The link with that identity.
pub(super) fn find_edge(snapshot: &Snapshot, key: LinkKey) -> Option<&Edge> {
    snapshot.edges.iter().find(|edge| edge.link.key == key)
}

/// Links that satisfy a condition, strongest first.
pub(super) fn edges_where(snapshot: &Snapshot, keep: impl Fn(&Edge) -> bool) -> Vec<&Edge> {
    let mut edges: Vec<&Edge> = snapshot.edges.iter().filter(|edge| keep(edge)).collect();
    edges.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()));
    edges
}

/// A variable's name.
pub(super) fn var_name(snapshot: &Snapshot, index: u32) -> String {
    snapshot.names.get(index as usize).cloned().unwrap_or_else(|| format!("variable {index}"))
}

/// A link as text: `a → b`, or `a – b` when the direction is not identified.
pub(super) fn edge_title(snapshot: &Snapshot, edge: &Edge) -> String {
    let key = edge.link.key;
    let arrow = if is_directed(edge) { "→" } else { "–" };
    format!("{} {arrow} {}", var_name(snapshot, key.source), var_name(snapshot, key.target))
}

/// The link as text with its lag and weight, for drawings.
pub fn link_title(snapshot: &Snapshot, key: LinkKey) -> String {
    find_edge(snapshot, key).map_or_else(String::new, |edge| {
        format!("{}, lag {}, {} sd", edge_title(snapshot, edge), key.lag, super::format::weight(edge.weight))
    })
}

/// Whether a link is drawn with an arrow.
pub(super) fn is_directed(edge: &Edge) -> bool {
    edge.link.key.lag > 0 || edge.link.directed
}
