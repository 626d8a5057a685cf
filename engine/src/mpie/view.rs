//! In: panes. Out: their lagged rows as normal scores, with curved terms and products, and the history of their second
//! moments: the stream as one of several robust views sees it.

use crate::compute::{Compute, LaggedRows};
use crate::types::Pane;

use super::baseline::Baseline;
use super::cache::PaneCache;
use super::columns::Columns;
use super::config::EncoderConfig;
use super::history::History;
use super::lagged::Features;
use super::quantiles::QuantileSketch;
use super::scores::{ScoreMap, hermite};

/// Growth of the stream at which the maps to normal scores are made anew, while all of it is at hand. Each remake
/// costs a pass over the stream, so that this bounds the passes per row by a constant.
const REMAKE_GROWTH: f64 = 1.5;

/// Rows of a new regime in which every pane is looked at, however long the stream.
const NEW_REGIME_ROWS: u64 = 5_000;

/// Levels of the histories of a long stream that memory is set aside for.
const LEVELS: usize = 8;

/// How a view looks at the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ViewKind {
    /// Half-life in rows of the baseline taken off first; 0 = none.
    pub half_life: usize,
    /// Whether second and third Hermite polynomials are columns.
    pub curved: bool,
}

/// The lagged rows of one pane.
#[derive(Debug)]
pub struct PaneRows {
    /// Number of the pane.
    pub index: u64,
    /// Its first row in the stream.
    pub first_row: u64,
    /// Its lagged rows.
    pub rows: LaggedRows,
}

/// A product of lagged variables that is a column, because some targets want it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// Two or three linear columns of different variables, ascending.
    pub factors: Vec<usize>,
    /// Targets it was found for, ascending.
    pub targets: Vec<usize>,
}

/// One view of the stream and its history.
#[derive(Debug)]
pub struct View {
    kind: ViewKind,
    /// What its Gram matrices hold.
    pub columns: Columns,
    /// Second moments.
    pub history: History,
    /// Products that are columns.
    pub products: Vec<Product>,
    /// Rows of the stream when the maps were made.
    pub made_at_rows: usize,
    per_level: usize,
    /// Bytes its history may take.
    max_bytes: usize,
    /// Of a stream too long to be kept, one pane in this many is looked at.
    every: u64,
    sketches: Vec<QuantileSketch>,
    maps: Vec<ScoreMap>,
    place: Place,
    /// What takes its place once it has seen the whole stream.
    successor: Option<Box<Successor>>,
}

/// The same view with newer maps or other products, on its way through the stream.
#[derive(Debug)]
struct Successor {
    view: View,
    /// Panes it has seen.
    seen: usize,
}

/// What the next pane depends on.
#[derive(Debug, Clone)]
struct Place {
    baseline: Baseline,
    /// The last `max_lag + 1` rows of features.
    before: Vec<f64>,
}

impl View {
    /// A view that has seen nothing.
    pub fn new(
        kind: ViewKind,
        vars: usize,
        max_lag: usize,
        (per_level, max_bytes): (usize, usize),
        every: u64,
    ) -> Self {
        let columns = Columns { vars, max_lag, curved: kind.curved, products: 0 };
        Self {
            kind,
            columns,
            history: History::new(columns.dim(), per_level).within(max_bytes),
            products: Vec::new(),
            made_at_rows: 0,
            per_level,
            max_bytes,
            every,
            sketches: vec![QuantileSketch::default(); vars],
            maps: vec![ScoreMap::default(); vars],
            place: Place::first(kind, vars, max_lag),
            successor: None,
        }
    }

    /// Half-lives of the baselines that views take off while levels stand: none, and a slow one.
    pub fn half_lives(config: &EncoderConfig) -> impl Iterator<Item = usize> + Clone {
        std::iter::once(0).chain((config.baseline_half_life > 0).then_some(config.baseline_half_life))
    }

    /// The views that settings ask for and memory allows: plain scores, and scores less a slow baseline.
    pub fn all(config: &EncoderConfig, vars: usize, max_lag: usize) -> Vec<Self> {
        let half_lives = Self::half_lives(config);
        let views = half_lives.clone().count();
        let per_level = config.blocks_per_level;
        let fits = |curved: bool| {
            let dim = Columns { vars, max_lag, curved, products: 0 }.dim();
            let bytes = dim * (dim + 1) / 2 * size_of::<f64>() * views * per_level * LEVELS;
            bytes <= config.memory_mb << 20
        };
        let curved = config.curved && fits(true);
        if !config.scores || !curved && !fits(false) {
            return Vec::new();
        }
        half_lives
            .map(|half_life| {
                let kind = ViewKind { half_life, curved };
                let bounds = (per_level, (config.memory_mb << 20) / views);
                Self::new(kind, vars, max_lag, bounds, config.view_every as u64)
            })
            .collect()
    }

    /// Takes in the newest panes, already in the cache, and returns the lagged rows whose moments are to be handed to
    /// [`add`]; `None` when its maps have been made anew and the whole stream is to be handed to [`View::walk`] instead.
    /// `settle` asks for the latter whenever it is possible; without it a long stream is walked by a successor, some
    /// panes with every window, so that no window waits for it.
    pub fn take_in(&mut self, panes: &[Pane], cache: &PaneCache, settle: bool) -> Option<Vec<PaneRows>> {
        let kept = cache.panes();
        let (grown, at_once) = (self.has_outgrown(cache), self.is_behind(cache, settle));
        let remake = kept.filter(|_| at_once || grown && !self.may_be_succeeded(cache));
        let mut place = self.place.clone();
        let mut rows = Vec::with_capacity(panes.len());
        for pane in panes {
            let values = place.centred(self.kind, pane);
            // Of a stream too long to be kept, some panes tell enough, and tell the maps nothing new.
            let regime_row = self.history.barriers().last().copied().unwrap_or(0);
            let new_regime = regime_row > 0 && pane.first_row < regime_row + NEW_REGIME_ROWS;
            if kept.is_none() && !new_regime && !pane.index.is_multiple_of(self.every) {
                self.pass_by(&mut place, pane, &values);
                continue;
            }
            self.sketch(&values);
            if remake.is_none() {
                rows.push(self.lagged(&mut place, pane, &values));
            }
        }
        if remake.is_some() {
            // What was found is not lost because its columns were still under way.
            if let Some(successor) = self.successor.take() {
                self.columns = successor.view.columns;
                self.products = successor.view.products;
            }
            self.make_anew(cache.rows());
            return None;
        }
        self.place = place;
        if kept.is_some() && grown {
            let maps = self.sketches.iter().map(ScoreMap::new).collect();
            self.succeed_with(maps, self.products.clone(), cache.rows());
        } else if kept.is_none() {
            // What is not kept cannot be looked at again.
            self.successor = None;
        }
        Some(rows)
    }

    /// Whether the next panes will have the view made anew, or a successor sent.
    pub fn is_due(&self, cache: &PaneCache, settle: bool) -> bool {
        self.has_outgrown(cache) || self.is_behind(cache, settle)
    }

    fn has_outgrown(&self, cache: &PaneCache) -> bool {
        self.successor.is_none() && cache.rows() as f64 >= REMAKE_GROWTH * self.made_at_rows as f64
    }

    fn is_behind(&self, cache: &PaneCache, settle: bool) -> bool {
        settle && cache.rows() > self.made_at_rows
    }

    /// Takes another baseline off from now on; the whole stream, which is `all`, is to be handed to [`View::walk`].
    pub fn take_off(&mut self, half_life: usize, all: &[Pane]) {
        self.kind.half_life = half_life;
        self.sketches.fill_with(QuantileSketch::default);
        let mut place = self.first_place();
        for pane in all {
            self.sketch(&place.centred(self.kind, pane));
        }
        self.make_anew(all.iter().map(Pane::rows).sum());
    }

    /// Makes the maps from what has been sketched of so many rows, and goes back to before the first pane.
    fn make_anew(&mut self, rows: usize) {
        self.maps = self.sketches.iter().map(ScoreMap::new).collect();
        self.made_at_rows = rows;
        self.begin_again();
    }

    fn sketch(&mut self, values: &[f64]) {
        for row in values.chunks_exact(self.columns.vars) {
            self.sketches.iter_mut().zip(row).for_each(|(sketch, &value)| sketch.insert(value));
        }
    }

    /// Whether the stream is long enough, and memory wide enough, for a successor, and will be kept until it arrives.
    pub fn may_be_succeeded(&self, cache: &PaneCache) -> bool {
        let long = cache.panes().is_some_and(|all| all.len() > BATCH);
        long && cache.is_half_empty() && 3 * self.history.bytes() <= self.max_bytes
    }

    /// Sends a successor on its way from the first pane.
    fn succeed_with(&mut self, maps: Vec<ScoreMap>, products: Vec<Product>, made_at_rows: usize) {
        let Columns { vars, max_lag, .. } = self.columns;
        let mut view = Self::new(self.kind, vars, max_lag, (self.per_level, self.max_bytes / 2), self.every);
        (view.maps, view.made_at_rows) = (maps, made_at_rows);
        view.promote(products);
        view.history.set_barriers(self.history.barriers().iter().copied());
        self.successor = Some(Box::new(Successor { view, seen: 0 }));
    }

    /// The successor's lagged rows of the next `most` panes; empty where there is none.
    pub fn next_of_successor(&mut self, all: &[Pane], most: usize) -> Vec<PaneRows> {
        let Some(successor) = &mut self.successor else { return Vec::new() };
        let panes = &all[successor.seen.min(all.len())..];
        let panes = &panes[..most.min(panes.len())];
        successor.seen += panes.len();
        successor.view.walk(panes)
    }

    /// Bytes of its history, and of its successor's.
    pub fn bytes(&self) -> usize {
        self.history.bytes() + self.successor.as_ref().map_or(0, |successor| successor.view.history.bytes())
    }

    /// The successor's history, where there is one.
    pub fn history_of_successor(&mut self) -> Option<&mut History> {
        self.successor.as_mut().map(|successor| &mut successor.view.history)
    }

    /// Whether a successor is on its way.
    pub fn has_successor(&self) -> bool {
        self.successor.is_some()
    }

    /// Has the successor take over if it has seen all `panes` of the stream; whether it has.
    pub fn hand_over(&mut self, panes: usize) -> bool {
        let Some(successor) = self.successor.take_if(|successor| successor.seen >= panes) else { return false };
        let View { columns, history, products, made_at_rows, maps, place, .. } = successor.view;
        (self.columns, self.products, self.made_at_rows) = (columns, products, made_at_rows);
        (self.history, self.maps, self.place) = (history.within(self.max_bytes), maps, place);
        true
    }

    /// Has the blocks of the histories end where a regression starts.
    pub fn set_barriers(&mut self, first_rows: &[u64]) {
        self.history.set_barriers(first_rows.iter().copied());
        if let Some(history) = self.history_of_successor() {
            history.set_barriers(first_rows.iter().copied());
        }
    }

    /// Moves past a pane without looking at it: only what the next pane's lags reach into is made.
    fn pass_by(&self, place: &mut Place, pane: &Pane, values: &[f64]) {
        let from = values.len().saturating_sub((self.columns.max_lag + 1) * self.columns.vars);
        let featured = self.featured(&values[from..]);
        let run = &pane.run[pane.run.len().saturating_sub(self.columns.max_lag + 1)..];
        place.before = Features { values: &featured, before: &place.before, run }.remember();
    }

    /// Has a successor make `products` columns.
    pub fn promote_later(&mut self, products: Vec<Product>) {
        let newest = self.successor.as_ref().map_or(&*self, |successor| &successor.view);
        self.succeed_with(newest.maps.clone(), products, newest.made_at_rows);
    }

    /// Makes `products` columns; the whole stream is to be handed to [`View::walk`].
    pub fn promote(&mut self, products: Vec<Product>) {
        self.columns.products = products.len();
        self.products = products;
        self.begin_again();
    }

    /// Goes back to before the first pane.
    fn begin_again(&mut self) {
        let barriers = self.history.barriers().clone();
        self.history = History::new(self.columns.dim(), self.per_level).within(self.max_bytes);
        self.history.set_barriers(barriers);
        self.place = self.first_place();
        self.successor = None;
    }

    /// The lagged rows of the next panes of a stream that is looked at again: some panes at a time, for those of a whole
    /// stream take many times the memory of the stream.
    pub fn walk(&mut self, panes: &[Pane]) -> Vec<PaneRows> {
        let mut place = self.place.clone();
        let rows = self.rows_of(&mut place, panes);
        self.place = place;
        rows
    }

    /// The lagged rows of the newest panes of a stream, of `max_rows` rows at most.
    pub fn newest_rows_of(&self, all: &[Pane], max_rows: usize) -> Vec<PaneRows> {
        let mut rows = 0;
        let newest = all.iter().rev().take_while(|pane| {
            rows += pane.rows();
            rows <= max_rows
        });
        let passed = all.len() - newest.count();
        let mut place = self.first_place();
        for pane in &all[..passed] {
            let values = place.centred(self.kind, pane);
            self.pass_by(&mut place, pane, &values);
        }
        self.rows_of(&mut place, &all[passed..])
    }

    fn rows_of(&self, place: &mut Place, panes: &[Pane]) -> Vec<PaneRows> {
        let of_pane = |pane| {
            let values = place.centred(self.kind, pane);
            self.lagged(place, pane, &values)
        };
        panes.iter().map(of_pane).collect()
    }

    fn first_place(&self) -> Place {
        Place::first(self.kind, self.columns.vars, self.columns.max_lag)
    }

    fn lagged(&self, place: &mut Place, pane: &Pane, values: &[f64]) -> PaneRows {
        let featured = self.featured(values);
        let features = Features { values: &featured, before: &place.before, run: &pane.run };
        let values = features.lagged_rows(self.columns, &self.products);
        place.before = features.remember();
        PaneRows { index: pane.index, first_row: pane.first_row, rows: LaggedRows { values, dim: self.columns.dim() } }
    }

    /// Scores and, in curved views, their Hermite polynomials, `[rows, width]`.
    fn featured(&self, values: &[f64]) -> Vec<f64> {
        let vars = self.columns.vars;
        let width = self.kind.width(vars);
        let mut featured = vec![0.0; values.len() / vars * width];
        for (row, out) in values.chunks_exact(vars).zip(featured.chunks_exact_mut(width)) {
            for (var, (&value, map)) in row.iter().zip(&self.maps).enumerate() {
                let score = map.score(value);
                out[var] = score;
                if self.kind.curved {
                    [out[vars + var], out[2 * vars + var]] = hermite(score);
                }
            }
        }
        featured
    }
}

impl ViewKind {
    /// Features per row.
    fn width(self, vars: usize) -> usize {
        if self.curved { 3 * vars } else { vars }
    }
}

impl Place {
    fn first(kind: ViewKind, vars: usize, max_lag: usize) -> Self {
        Self { baseline: Baseline::new(vars, kind.half_life), before: vec![f64::NAN; (max_lag + 1) * kind.width(vars)] }
    }

    fn centred(&mut self, kind: ViewKind, pane: &Pane) -> Vec<f64> {
        let mut values = pane.values.clone();
        if kind.half_life > 0 {
            self.baseline.remove(&mut values, &pane.run);
        }
        values
    }
}

/// Panes whose Gram matrices are held at a time.
pub const BATCH: usize = 16;

/// Adds the moments of lagged rows to the histories they belong to.
pub fn add(histories: &mut [&mut History], rows: &[(usize, PaneRows)], device: &mut dyn Compute) {
    for batch in rows.chunks(BATCH) {
        let lagged: Vec<&LaggedRows> = batch.iter().map(|(_, pane)| &pane.rows).collect();
        for ((history, pane), gram) in batch.iter().zip(device.lagged_grams(&lagged)) {
            histories[*history].push(pane.index, pane.first_row, gram);
        }
    }
}
