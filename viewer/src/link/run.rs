//! In: what to read and with which settings. Out: a run with its layout: the view model kept up to date, and the newest
//! rows at hand.

use std::sync::{Arc, RwLock};

use scarcity_engine::governor::SimulationHandle;
use scarcity_engine::runtime::{Bus, DataWindow, EngineInsight, EngineSnapshot, Queue, Subscription};
use scarcity_engine::session::Extras;
use scarcity_engine::simulation::LayoutHandle;
use scarcity_engine::types::{Insight, LinkScore, Snapshot, Truth, Window};
use scarcity_engine::whatif::Rows;
use scarcity_engine::{Config, Input, ReadOptions, Session};

use super::govern::Watch;
use super::placed::Placed;
use super::{Apart, LatestFrame, Lent, News, Places};
use crate::model::{HistoryPoint, ToastKind, ViewModel};

/// Windows that may finish between two frames without being lost to the timeline.
const WINDOWS_BETWEEN_FRAMES: usize = 512;
/// Windows kept for the timeline.
const MAX_HISTORY: usize = 600;
/// Events kept.
const MAX_EVENTS: usize = 5_000;
/// Cells of the newest rows kept, 64 MB.
const MAX_CELLS: usize = 8 << 20;

/// A run with its layout. The layout outlives discovery: a finished graph can still be pulled about.
pub(super) struct Running {
    session: Option<Session>,
    snapshots: Subscription<Snapshot>,
    insights: Subscription<Insight>,
    windows: Subscription<Window>,
    governor: Watch,
    /// Largest lag of the run; it cannot change while the run goes on.
    pub max_lag: usize,
    /// Windows that came while the rows were being read.
    late: Vec<Arc<Window>>,
    pub rows: Arc<RwLock<Rows>>,
    pub truth: Option<Arc<Truth>>,
    pub scores: Vec<LinkScore>,
    placed: Placed,
}

impl Running {
    /// Subscribes before the first row is read, so that even the shortest file is seen.
    pub fn start(
        config: Config,
        input: Input,
        options: ReadOptions,
        start_at: Vec<(u32, [f32; 3])>,
        lent: Option<&Lent>,
        apart: Option<&Apart>,
    ) -> scarcity_engine::Result<Self> {
        let bus = Bus::new(&config.runtime);
        let snapshots = bus.subscribe::<EngineSnapshot>(Queue::Ring(WINDOWS_BETWEEN_FRAMES));
        let insights = bus.subscribe::<EngineInsight>(Queue::Ring(MAX_EVENTS));
        let windows = bus.subscribe::<DataWindow>(Queue::Ring(WINDOWS_BETWEEN_FRAMES));
        let mut placed = Placed::new(&config, lent, apart)?;
        placed.start_at = start_at;
        let governor = Watch::on(&bus);
        let max_lag = config.mpie.max_lag;
        let mut extras = Extras { retunable: true, ..Extras::default() };
        if let Some(detail) = placed.layout.take_setter() {
            extras.registry.register("simulation", SimulationHandle(detail));
        }
        let session = Session::start_with(bus, config, input, options, extras)?;
        let truth = session.truth();
        let rows = Arc::new(RwLock::new(Rows::new(session.names().len(), MAX_CELLS)));
        Ok(Self {
            session: Some(session),
            snapshots,
            insights,
            windows,
            governor,
            max_lag,
            late: Vec::new(),
            rows,
            truth,
            scores: Vec::new(),
            placed,
        })
    }

    /// The run, while it goes on.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Where the scene finds the positions to draw.
    pub fn places(&self) -> Option<Places> {
        self.placed.places.clone()
    }

    /// The layout.
    pub fn layout(&self) -> &LayoutHandle {
        &self.placed.layout
    }

    /// Holds a variable somewhere, or lets it go.
    pub fn pin(&self, variable: u32, place: Option<[f32; 3]>) {
        self.placed.pin(variable, place);
    }

    pub fn poll(&mut self, model: &mut ViewModel, frame: &mut LatestFrame, news: &mut News) {
        // Asked before the queues are emptied: what the last window published is in them by then.
        let finished = self.session.as_ref().is_some_and(Session::is_finished);
        if let Some(session) = &self.session {
            model.progress = session.progress();
            model.governor.runs = session.governor().is_some();
            if model.preparation.is_none() {
                model.preparation = session.preparation();
                model.notes = session.notes();
            }
        }
        self.governor.poll(model);
        self.take_rows();
        while let Ok(insight) = self.insights.try_recv() {
            model.events.push(Insight::clone(&insight));
        }
        let surplus = model.events.len().saturating_sub(MAX_EVENTS);
        model.events.drain(..surplus);
        while let Ok(snapshot) = self.snapshots.try_recv() {
            take_snapshot(model, snapshot);
            // The demo's truth is known from its first rows on, and changes with its regimes.
            if let Some(session) = &self.session {
                model.truth = session.truth();
            }
        }
        model.choose_snapshot();
        self.placed.follow(model);
        self.placed.poll(model, frame, news);
        if finished && let Some(session) = self.session.take() {
            let outcome = session.join();
            model.progress = outcome.progress;
            model.notes = outcome.notes;
            model.governor.runs = false;
            self.scores = outcome.scores;
            if let Some(error) = outcome.error {
                news.push((ToastKind::Error, error.to_string()));
            } else if outcome.snapshot.is_none() {
                let rows = outcome.progress.rows;
                news.push((
                    ToastKind::Warning,
                    format!("only {rows} rows: too few for one window, so there is no graph"),
                ));
            }
        }
    }

    /// Never waits: while somebody reads the rows, new ones stay aside.
    fn take_rows(&mut self) {
        while let Ok(window) = self.windows.try_recv() {
            self.late.push(window);
        }
        if let Ok(mut rows) = self.rows.try_write() {
            self.late.drain(..).for_each(|window| rows.follow(&window));
        }
    }
}

fn take_snapshot(model: &mut ViewModel, snapshot: Arc<Snapshot>) {
    // Judged anew by other settings: the same window, another graph.
    let again = model.newest.as_ref().is_some_and(|newest| newest.window == snapshot.window);
    if again && model.history.last().is_some_and(|last| last.window == snapshot.window) {
        model.history.pop();
    }
    model.history.push(HistoryPoint {
        window: snapshot.window,
        edges: snapshot.edges.len() as u32,
        added: snapshot.added.len() as u32,
        dropped: snapshot.dropped.len() as u32,
        regime: snapshot.regime,
        drift: model.newest.as_ref().map_or(0.0, |before| drift(before, &snapshot)),
    });
    let surplus = model.history.len().saturating_sub(MAX_HISTORY);
    model.history.drain(..surplus);
    model.recording.push(Arc::clone(&snapshot));
    if model.time.seen.is_none() {
        model.time.seen = Some(snapshot.window);
    }
    model.newest = Some(snapshot);
}

/// Mean change of the weights of links that are in both graphs.
fn drift(before: &Snapshot, after: &Snapshot) -> f32 {
    let known: std::collections::HashMap<_, _> = before.edges.iter().map(|e| (e.link.key, e.weight)).collect();
    let changes = after.edges.iter().filter_map(|e| known.get(&e.link.key).map(|w| (e.weight - w).abs()));
    let (sum, count) = changes.fold((0.0, 0.0), |(sum, count), change| (sum + change, count + 1.0));
    if count > 0.0 { (sum / count) as f32 } else { 0.0 }
}
