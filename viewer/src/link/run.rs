//! In: what to read and with which settings. Out: a run with its layout: the view model kept up to date, and the newest
//! rows at hand.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, RwLock};

use scarcity_engine::compute::layout::Shown;
use scarcity_engine::governor::SimulationHandle;
use scarcity_engine::runtime::{Bus, DataWindow, EngineInsight, EngineSnapshot, Queue, SimulationFrame, Subscription};
use scarcity_engine::session::Extras;
use scarcity_engine::simulation::{self, Drawn, LayoutHandle};
use scarcity_engine::types::{Frame, Insight, LinkScore, Snapshot, Truth, Window};
use scarcity_engine::whatif::Rows;
use scarcity_engine::{Config, Input, ReadOptions, Session, compute};

use super::govern::Watch;
use super::placing::Placing;
use super::{LatestFrame, Lent, News, Places};
use crate::model::{HistoryPoint, ToastKind, ViewModel};

/// Graphs that the layout may still have to draw.
const MOST_GIVEN: usize = 64;

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

/// The layout of what is shown, which may be less than what was found, or the past.
struct Placed {
    bus: Bus,
    frames: Subscription<Frame>,
    layout: LayoutHandle,
    placing: Placing,
    /// Where the layout's positions are on the renderer's device, if it has lent it.
    drawn: Option<Drawn>,
    /// What the layout was given and has not got beyond: as published, and the whole.
    given: Vec<Given>,
    places: Option<Places>,
    /// What the layout was last given.
    shown: Option<(Arc<Snapshot>, u64)>,
    /// Places to start from, until the first frame has come.
    start_at: Vec<(u32, [f32; 3])>,
    /// Frame and style revision differ when the placing changes though the layout rests.
    turn: u64,
    /// Laid out in the plane.
    planar: bool,
    last: Option<Arc<Frame>>,
}

/// A graph as the layout was given it.
struct Given {
    published: Arc<Snapshot>,
    whole: Arc<Snapshot>,
    placing: Placing,
    /// Slots of a graph shown, made once.
    slots: Option<(Arc<Snapshot>, Arc<[u32]>)>,
}

impl Given {
    fn slots(&mut self, shown: &Arc<Snapshot>) -> Arc<[u32]> {
        match &self.slots {
            Some((of, slots)) if Arc::ptr_eq(of, shown) => Arc::clone(slots),
            _ => {
                let slots = self.placing.slots(&self.whole, shown);
                self.slots = Some((Arc::clone(shown), Arc::clone(&slots)));
                slots
            }
        }
    }
}

impl Placed {
    fn new(config: &Config, lent: Option<&Lent>) -> scarcity_engine::Result<Self> {
        let bus = Bus::new(&config.runtime);
        let frames = bus.subscribe::<SimulationFrame>(Queue::Ring(1));
        let (layout, drawn) = match lent {
            Some(lent) => {
                let device = compute::layout::open_lent(&config.compute, lent)?;
                let shown = Shown::new(lent.device.clone(), lent.queue.clone());
                let (layout, drawn) = simulation::spawn_drawn(&bus, &config.simulation, device, shown)?;
                (layout, Some(drawn))
            }
            None => (simulation::spawn(&bus, &config.simulation, compute::layout::open(&config.compute)?)?, None),
        };
        Ok(Self {
            bus,
            frames,
            layout,
            drawn,
            given: Vec::new(),
            places: None,
            placing: Placing::default(),
            shown: None,
            start_at: Vec::new(),
            turn: 0,
            planar: false,
            last: None,
        })
    }

    /// Gives the layout what is shown now, if that has changed.
    fn follow(&mut self, model: &ViewModel) {
        if std::mem::replace(&mut self.planar, model.settings.flat) != model.settings.flat {
            self.layout.set_planar(model.settings.flat);
        }
        let Some(snapshot) = &model.snapshot else { return };
        let mut hasher = DefaultHasher::new();
        if model.leaves_out() {
            (&model.hidden, model.isolated, &model.focused).hash(&mut hasher);
        }
        let left_out = hasher.finish();
        if self.shown.as_ref().is_some_and(|(known, l)| Arc::ptr_eq(known, snapshot) && *l == left_out) {
            return;
        }
        let (reduced, placing) = Placing::reduce(snapshot, |index| model.shows_variable(index));
        if self.drawn.is_some() {
            if self.given.len() >= MOST_GIVEN {
                self.given.remove(0);
            }
            self.given.push(Given {
                published: Arc::clone(&reduced),
                whole: Arc::clone(snapshot),
                placing: placing.clone(),
                slots: None,
            });
        }
        if placing != self.placing {
            self.placing = placing;
            // Frames under way are about the graph before.
            while self.frames.try_recv().is_ok() {}
            self.turn += 1;
        }
        self.shown = Some((Arc::clone(snapshot), left_out));
        self.bus.publish::<EngineSnapshot>(reduced);
    }

    fn poll(&mut self, model: &mut ViewModel, frame: &mut LatestFrame) {
        self.find_places();
        while let Ok(newest) = self.frames.try_recv() {
            model.layout_settled = newest.settled;
            // The scene draws the layout's buffer; what else wants positions waits for the next frame that has them.
            if newest.positions.is_empty() {
                continue;
            }
            if !self.start_at.is_empty() && newest.positions.len() >= self.placing_len() {
                for (variable, place) in std::mem::take(&mut self.start_at) {
                    self.pin(variable, Some(place));
                    if !model.pins.contains_key(&variable) {
                        self.pin(variable, None);
                    }
                }
                continue;
            }
            let expanded = self.placing.expand(&newest);
            // A frame of the new placing may carry the number of one of the old.
            let numbered = Frame { frame_id: expanded.frame_id + (self.turn << 40), ..Frame::clone(&expanded) };
            self.last = Some(Arc::new(numbered));
            frame.0.clone_from(&self.last);
        }
    }

    fn find_places(&mut self) {
        let Some(latest) = self.drawn.as_ref().and_then(Drawn::latest) else { return };
        let of_latest = self.given.iter().position(|given| Arc::ptr_eq(&given.published, &latest.snapshot));
        let (Some(at), Some((shown, _))) = (of_latest, &self.shown) else { return };
        self.given.drain(..at);
        let slots = self.given[0].slots(shown);
        self.places = Some(Places { buffer: latest.buffer, slots, frame: latest.frame_id });
    }

    fn placing_len(&self) -> usize {
        self.shown.as_ref().map_or(usize::MAX, |(snapshot, _)| snapshot.names.len().min(1))
    }

    fn pin(&self, variable: u32, place: Option<[f32; 3]>) {
        if let Some(at) = self.placing.place_of(variable) {
            self.layout.pin(at, place);
        }
    }
}

impl Running {
    /// Subscribes before the first row is read, so that even the shortest file is seen.
    pub fn start(
        config: Config,
        input: Input,
        options: ReadOptions,
        start_at: Vec<(u32, [f32; 3])>,
        lent: Option<&Lent>,
    ) -> scarcity_engine::Result<Self> {
        let bus = Bus::new(&config.runtime);
        let snapshots = bus.subscribe::<EngineSnapshot>(Queue::Ring(WINDOWS_BETWEEN_FRAMES));
        let insights = bus.subscribe::<EngineInsight>(Queue::Ring(MAX_EVENTS));
        let windows = bus.subscribe::<DataWindow>(Queue::Ring(WINDOWS_BETWEEN_FRAMES));
        let mut placed = Placed { start_at, ..Placed::new(&config, lent)? };
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
        self.placed.poll(model, frame);
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
