//! In: a window. Out: the causal graph after it. The whole algorithm in one function; each step in a file of its name.

use std::sync::Arc;
use std::time::Instant;

use crate::compute::Compute;
use crate::runtime::{Knob, give_back_memory};
use crate::types::{Insight, LinkScore, Metrics, Snapshot, StageTimings, Window};

use super::ages::Ages;
use super::cache::PaneCache;
use super::changes::Changes;
use super::columns::Columns;
use super::config::{EncoderConfig, MpieConfig};
use super::controller::Controller;
use super::encoder::Encoder;
use super::evaluator::{Evaluator, Stream};
use super::exporter::Exporter;
use super::history::History;
use super::limits::{Limits, Sizes};
use super::store::Store;
use super::verdict::Verdicts;
use super::views::Views;
use super::wide::{Wide, is_wide};

/// What one window yields.
#[derive(Debug, Clone)]
pub struct Step {
    /// The graph.
    pub snapshot: Arc<Snapshot>,
    /// What happened.
    pub insights: Vec<Insight>,
    /// What it cost.
    pub metrics: Metrics,
    /// Whether a judgement was due and has been left to a window that waits behind this one.
    pub put_off: bool,
}

/// Controller, encoder, evaluator, store and exporter with the history they share.
#[derive(Debug)]
pub struct Pipeline {
    controller: Controller,
    encoder: Encoder,
    evaluator: Evaluator,
    store: Store,
    exporter: Exporter,
    history: History,
    views: Views,
    /// Whether settings and size allow views.
    has_views: bool,
    /// Takes the place of encoder and evaluator where there are too many variables to look at every pair.
    wide: Option<Wide>,
    last: Verdicts,
    diversity_weight: f64,
    columns: Columns,
    newest: Option<Window>,
    /// Whether the newest window's judgement was put off, or made with less than the settings ask for.
    owed: bool,
    /// Judgements that windows have earned since the last one; one is due at 1.
    earned: f64,
    /// Whether others wait behind the next window, and how many were not judged in a row because of that.
    behind: bool,
    put_off: u32,
    config: EncoderConfig,
    limits: Limits,
    knob: Option<(Knob<Limits>, u64)>,
}

impl Pipeline {
    /// A pipeline for the named variables.
    pub fn new(config: &MpieConfig, names: Arc<[String]>, seed: u64) -> Self {
        let vars = names.len();
        let wide = is_wide(config, vars).then(|| Wide::new(config, vars, seed));
        // What the exact path would hold is not even allocated beside the other.
        let columns = Columns::linear(if wide.is_some() { 0 } else { vars }, config.max_lag);
        let views = Views::new(&config.encoder, columns.vars, columns.max_lag);
        let controller = Controller::new(config.controller.clone(), vars, seed);
        let pairs = controller.pairs();
        Self {
            controller,
            encoder: Encoder::new(columns, cache(&config.encoder)),
            evaluator: Evaluator::new(config.evaluator.clone(), columns, seed).within(config.encoder.memory_mb << 20),
            store: Store::new(config.store.clone()),
            exporter: Exporter::new(config.exporter.clone(), names, config.max_lag, pairs),
            history: History::new(columns.dim(), config.encoder.blocks_per_level)
                .within(config.encoder.memory_mb << 20),
            has_views: !views.is_empty(),
            views,
            wide,
            last: Verdicts::default(),
            diversity_weight: config.evaluator.reward.diversity,
            columns,
            newest: None,
            owed: false,
            earned: 0.0,
            behind: false,
            put_off: 0,
            config: config.encoder.clone(),
            limits: Limits::default(),
            knob: None,
        }
    }

    /// Has a knob limit the work from the next window on.
    pub fn govern(&mut self, limits: Knob<Limits>) {
        self.evaluator.govern(limits.clone());
        self.knob = Some((limits, 0));
    }

    /// Goes on from a graph that other settings led to: what stood then is as old as it was.
    pub fn resume(&mut self, ages: &Ages) {
        self.store.resume(ages);
    }

    /// Bytes held for looking back.
    pub fn sizes(&self) -> Sizes {
        Sizes {
            cache_bytes: self.encoder.cache().bytes() + self.wide.as_ref().map_or(0, Wide::kept_bytes),
            views_bytes: self.views.bytes(),
            history_bytes: self.history.bytes(),
        }
    }

    /// Encodes the window, asks about candidates, judges them, remembers, and tells. `last_window` forces a judgement
    /// even where the evaluator would wait for more rows.
    pub fn step(&mut self, window: &Window, device: &mut dyn Compute, last_window: bool) -> Step {
        self.apply_limits();
        if last_window {
            self.lift_limits();
        }
        self.newest = Some(window.clone());
        self.owed = true;
        let mut timings = StageTimings::default();
        if let Some(wide) = &mut self.wide {
            timed(&mut timings.encode_ms, || wide.take_in(window, device));
        } else {
            self.encode(window, device, last_window, &mut timings);
        }
        self.earned += self.limits.pace();
        let due = last_window || self.is_due();
        let put_off = due && !last_window && self.is_put_off();
        if due && !put_off {
            return self.judge(window, device, timings);
        }
        self.put_off += u32::from(put_off);
        Step { put_off, ..self.tell(window, &Changes::default(), None, 0, timings) }
    }

    fn encode(&mut self, window: &Window, device: &mut dyn Compute, settle: bool, timings: &mut StageTimings) {
        let panes = timed(&mut timings.encode_ms, || {
            self.encoder.encode(window, &mut self.history, &mut self.views, device, settle)
        });
        timed(&mut timings.evaluate_ms, || panes.iter().for_each(|p| self.evaluator.observe(&p.gram, &p.lagged)));
    }

    /// Others wait behind the next window: where promptness counts, it is taken in and not judged, for their judgement
    /// will speak of its rows as well.
    pub fn hurry(&mut self, behind: bool) {
        self.behind = behind;
    }

    /// Whether a judgement is left to the windows that wait. Not for ever: where even taking rows in is too slow, there
    /// is no promptness to be had.
    fn is_put_off(&self) -> bool {
        self.behind && self.limits.prompt && self.put_off < MOST_PUT_OFF
    }

    /// Whether a judgement has been earned and enough has been seen since the last one.
    fn is_due(&self) -> bool {
        self.earned >= 1.0 && self.wide.as_ref().map_or_else(|| self.evaluator.due(&self.history), Wide::due)
    }

    /// Takes over what the governor allows; limits change here and nowhere else.
    fn apply_limits(&mut self) {
        let Some((knob, seen)) = &mut self.knob else { return };
        let version = knob.version();
        if version == *seen {
            return;
        }
        *seen = version;
        let limits = *knob.get();
        let before = std::mem::replace(&mut self.limits, limits);
        self.controller.set_share(limits.pace());
        self.evaluator.set_limits(limits);
        if let Some(wide) = &mut self.wide {
            wide.set_limits(limits);
        }
        // Memory may have been short for so little time that only an evaluation saw it, and gave the views up.
        let lost = limits.memory >= 1.0 && self.has_views && self.views.is_empty();
        if limits.memory == before.memory && !lost {
            return;
        }
        self.history.set_per_level(Limits::share_of(limits.memory, self.config.blocks_per_level, LEAST_BLOCKS));
        if let Some(wide) = &mut self.wide {
            wide.set_memory(limits.memory);
        }
        if limits.memory < 1.0 {
            self.views = Views::none();
            self.encoder.begin_anew(cache(&self.config));
            give_back_memory();
        } else {
            self.views = Views::new(&self.config, self.columns.vars, self.columns.max_lag);
        }
    }

    /// Lifts what kept windows short: nothing waits for the last judgement, and what a file says must not depend on what
    /// else the machine had to do. Memory stays limited.
    fn lift_limits(&mut self) {
        self.limits = Limits::of_memory(self.limits.memory);
        self.controller.set_share(self.limits.pace());
        self.evaluator.set_limits(self.limits);
        if let Some(wide) = &mut self.wide {
            wide.set_limits(self.limits);
        }
    }

    /// Judges the last window if that was put off or limited, or if the views can look at everything again with better
    /// maps; `None` when neither.
    pub fn finish(&mut self, device: &mut dyn Compute) -> Option<Step> {
        self.lift_limits();
        let stale = self.wide.is_none() && self.views.are_stale(self.encoder.cache());
        let window = self.newest.take().filter(|_| self.owed || stale)?;
        let mut timings = StageTimings::default();
        if self.wide.is_none() {
            timed(&mut timings.encode_ms, || self.encoder.settle(&mut self.views, device));
        }
        Some(self.judge(&window, device, timings))
    }

    fn judge(&mut self, window: &Window, device: &mut dyn Compute, mut timings: StageTimings) -> Step {
        if let Some(wide) = &mut self.wide {
            let (verdicts, asked) = timed(&mut timings.evaluate_ms, || wide.judge(device));
            return self.remember(window, verdicts, asked, timings);
        }
        let candidates = timed(&mut timings.propose_ms, || self.controller.propose(&self.store.pairs()));
        let verdicts = timed(&mut timings.evaluate_ms, || {
            let stream = Stream {
                history: &mut self.history,
                views: &mut self.views,
                cache: self.encoder.cache(),
                encoding: self.encoder.encoding(),
            };
            self.evaluator.evaluate(stream, &candidates, device)
        });
        timed(&mut timings.propose_ms, || self.controller.update(&verdicts.rewards, self.diversity_weight)); // the one backward edge
        let step = self.remember(window, verdicts, candidates.len(), timings);
        if self.limits.memory < 1.0 {
            // What a judgement needs for a moment would stay with the allocator.
            give_back_memory();
        }
        step
    }

    fn remember(&mut self, window: &Window, verdicts: Verdicts, asked: usize, mut timings: StageTimings) -> Step {
        let changes = timed(&mut timings.store_ms, || self.store.apply(&verdicts, window.index));
        self.exporter.note(&verdicts, asked);
        let step = self.tell(window, &changes, Some(&verdicts), asked, timings);
        self.last = verdicts;
        self.owed = self.limits != Limits::of_memory(self.limits.memory);
        // What was earned beyond one is kept, so that the pace is kept on average; not more, so that a pause is none.
        self.earned = (self.earned - 1.0).clamp(0.0, 1.0);
        self.put_off = 0;
        step
    }

    fn tell(
        &self,
        window: &Window,
        changes: &Changes,
        verdicts: Option<&Verdicts>,
        asked: usize,
        mut timings: StageTimings,
    ) -> Step {
        let clock = Instant::now();
        let graph = self.store.graph();
        let insights = self.exporter.insights(&graph, changes, verdicts, window.index);
        let mut snapshot = self.exporter.snapshot(graph, changes, window, timings);
        timings.export_ms = clock.elapsed().as_secs_f64() * 1e3;
        snapshot.timings = timings;
        let metrics = metrics(verdicts, asked, &snapshot);
        Step { snapshot: Arc::new(snapshot), insights, metrics, put_off: false }
    }

    /// Every link scored by the last evaluation, best evidence first.
    pub fn scores(&self) -> &[LinkScore] {
        &self.last.links
    }
}

/// Judgements put off in a row at most.
const MOST_PUT_OFF: u32 = 32;

/// Blocks per level that the bootstrap needs at least.
const LEAST_BLOCKS: usize = 4;

/// A cache within the memory that views may use.
fn cache(config: &EncoderConfig) -> PaneCache {
    PaneCache::new(config.cache_rows, config.memory_mb << 20)
}

/// Adds the time a stage takes to its counter.
fn timed<T>(total_ms: &mut f64, stage: impl FnOnce() -> T) -> T {
    let clock = Instant::now();
    let value = stage();
    *total_ms += clock.elapsed().as_secs_f64() * 1e3;
    value
}

fn metrics(verdicts: Option<&Verdicts>, asked: usize, snapshot: &Snapshot) -> Metrics {
    let mut out = Metrics {
        window: snapshot.window,
        latency_ms: snapshot.timings.total_ms(),
        timings: snapshot.timings,
        candidates: asked as u64,
        edges: snapshot.edges.len() as u64,
        ..Metrics::default()
    };
    let Some(verdicts) = verdicts else { return out };
    let accepted: Vec<&LinkScore> = verdicts.links.iter().filter(|l| l.accepted).collect();
    let n = accepted.len().max(1) as f64;
    let mut gains: Vec<f64> = accepted.iter().map(|l| l.gain).collect();
    gains.sort_by(f64::total_cmp);
    out.accept_rate = verdicts.rewards.iter().filter(|r| r.accepted).count() as f64 / asked.max(1) as f64;
    out.gain_p50 = gains.get(gains.len() / 2).copied().unwrap_or(0.0);
    out.stability_avg = accepted.iter().map(|l| l.stability).sum::<f64>() / n;
    out.reward_avg = verdicts.rewards.iter().map(|r| r.value).sum::<f64>() / verdicts.rewards.len().max(1) as f64;
    out
}
