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

/// Windows that may finish between two frames without being lost to the timeline, and bytes they or their graphs may
/// hold: a window that is not drawn for long holds no more, and the oldest are lost to it.
const BETWEEN_FRAMES: Queue = Queue::Within { messages: 512, bytes: 64 << 20 };
/// Windows kept for the timeline.
const MAX_HISTORY: usize = 600;
/// Events kept, and bytes they may hold: each names what it is about.
const MAX_EVENTS: usize = 5_000;
const MAX_EVENT_BYTES: usize = 16 << 20;
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
        let snapshots = bus.subscribe::<EngineSnapshot>(BETWEEN_FRAMES);
        let insights = bus.subscribe::<EngineInsight>(Queue::Within { messages: MAX_EVENTS, bytes: MAX_EVENT_BYTES });
        let windows = bus.subscribe::<DataWindow>(BETWEEN_FRAMES);
        let mut placed = Placed::new(&config, lent, apart, start_at)?;
        let governor = Watch::on(&bus);
        let max_lag = config.mpie.max_lag;
        let mut extras = Extras { retunable: true, ..Extras::default() };
        if let Some(detail) = placed.take_setter() {
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
        self.placed.places()
    }

    /// The layout.
    pub fn layout(&self) -> &LayoutHandle {
        self.placed.layout()
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
        trim(&mut model.events);
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

    /// Never waits: while somebody reads the rows, new ones stay where they wait.
    fn take_rows(&mut self) {
        if let Ok(mut rows) = self.rows.try_write() {
            while let Ok(window) = self.windows.try_recv() {
                rows.follow(&window);
            }
        }
    }
}

/// Lets the oldest events go that are too many or hold too much.
fn trim(events: &mut Vec<Insight>) {
    let mut bytes = 0;
    let fits = |event: &&Insight| {
        bytes += event.bytes();
        bytes <= MAX_EVENT_BYTES
    };
    let kept = events.iter().rev().take(MAX_EVENTS).take_while(fits).count();
    events.drain(..events.len() - kept);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_bounded_in_number_and_in_bytes_and_the_newest_stay() {
        let small = |window| Insight::RegimeChange { regime: 0, start_row: 0, targets: Vec::new(), window };
        let mut events: Vec<Insight> = (0..9_000).map(small).collect();
        trim(&mut events);
        assert_eq!((events.len(), &events[MAX_EVENTS - 1]), (MAX_EVENTS, &small(8_999)));
        let large = |window| Insight::RegimeChange { regime: 0, start_row: 0, targets: vec![0; 250_000], window };
        let mut events: Vec<Insight> = (0..40).map(large).collect();
        trim(&mut events);
        assert!(events.iter().map(Insight::bytes).sum::<usize>() <= MAX_EVENT_BYTES);
        assert!(events.len() > 10 && events.last() == Some(&large(39)));
    }
}
