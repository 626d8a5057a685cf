//! In: the engine's snapshots, frames and progress. Out: the view model; and the user's wishes as calls of the engine.
//! The only file of the viewer that runs the engine; the others know its plain data types only.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use bevy::prelude::Resource;
use crossbeam_channel::{Receiver, TryRecvError, bounded};
use scarcity_engine::mpie::EncoderConfig;
use scarcity_engine::runtime::{Bus, EngineSnapshot, Queue, SimulationFrame, Subscription};
use scarcity_engine::simulation::{self, LayoutHandle};
use scarcity_engine::stream::{self, StreamConfig};
use scarcity_engine::types::{ColumnRole, Frame, ImportReport, Progress, RunState, Snapshot, Truth};
use scarcity_engine::{Config, Input, ReadOptions, Session, compute};

use crate::model::{HistoryPoint, ImportChoice, ImportSheet, Selection, ToastKind, ViewModel};

/// Windows that may finish between two frames without being lost to the timeline.
const WINDOWS_BETWEEN_FRAMES: usize = 512;
/// Windows kept for the timeline.
const MAX_HISTORY: usize = 600;

/// The layout's newest frame.
#[derive(Debug, Default, Resource)]
pub struct LatestFrame(pub Option<Arc<Frame>>);

/// The door to the engine: at most one run, one start and one inspection at a time.
#[derive(Debug, Default, Resource)]
pub struct Link {
    running: Option<Running>,
    starting: Option<Receiver<Result<Running, String>>>,
    inspecting: Option<Inspection>,
}

#[derive(Debug)]
struct Inspection {
    choice: ImportChoice,
    decided: bool,
    report: Receiver<Result<ImportReport, String>>,
}

/// What happened that the user should hear of.
type News = Vec<(ToastKind, String)>;

impl Link {
    /// Whether something is under way that will change the view model soon.
    pub fn is_busy(&self) -> bool {
        self.starting.is_some() || self.inspecting.is_some()
    }

    /// Ends what runs and starts the demo stream.
    pub fn start_demo(&mut self, model: &mut ViewModel) {
        let mut config = Config::default();
        config.mpie.max_lag = model.settings.max_lag;
        self.start(model, "Demo", true, config, Input::Demo, ReadOptions::default());
    }

    /// Ends what runs and starts these files with every default.
    pub fn start_files(&mut self, model: &mut ViewModel, files: Vec<PathBuf>) {
        let max_lag = model.settings.max_lag;
        self.start_choice(model, ImportChoice { files, max_lag, ..ImportChoice::default() });
    }

    /// Ends what runs and starts what the import sheet says.
    pub fn start_choice(&mut self, model: &mut ViewModel, choice: ImportChoice) {
        let mut config = Config::default();
        config.mpie.max_lag = choice.max_lag;
        // A choice with columns comes from the sheet: what it leaves open is meant to be none.
        let decided = !choice.columns.is_empty();
        let options = ReadOptions {
            format: None,
            time_column: decided.then(|| choice.time_column.unwrap_or_default()),
            series_column: decided.then(|| choice.series_column.unwrap_or_default()),
            columns: (!choice.columns.is_empty()).then_some(choice.columns),
            follow: choice.follow,
        };
        let name = source_name(&choice.files);
        self.start(model, &name, false, config, Input::Files(choice.files), options);
    }

    fn start(
        &mut self,
        model: &mut ViewModel,
        name: &str,
        is_demo: bool,
        config: Config,
        input: Input,
        options: ReadOptions,
    ) {
        if let Some(old) = self.running.take() {
            if let Some(session) = &old.session {
                session.cancel();
            }
            // Its threads may need a moment to end; the window does not wait for them.
            self.detach("session-end", move || drop(old));
        }
        model.source_name = name.to_owned();
        model.is_demo = is_demo;
        model.snapshot = None;
        model.truth = None;
        model.history.clear();
        model.selection = Selection::None;
        model.hovered = Selection::None;
        model.progress = Progress::default();
        model.layout_settled = false;
        let (send, receive) = bounded(1);
        self.starting = Some(receive);
        // Opening a file reads its beginning, which may be slow on a network folder.
        self.detach("session-start", move || {
            // Only fails when the window has closed meanwhile.
            let _ = send.send(Running::start(config, input, options).map_err(|e| e.to_string()));
        });
    }

    fn detach(&self, name: &str, work: impl FnOnce() + Send + 'static) {
        if let Err(error) = thread::Builder::new().name(name.into()).spawn(work) {
            tracing::error!("cannot start a thread: {error}");
        }
    }

    /// Looks into files; the sheet opens when the answer is there.
    ///
    /// # Errors
    /// When a file is not there.
    pub fn inspect(&mut self, model: &mut ViewModel, files: Vec<PathBuf>) -> anyhow::Result<()> {
        if let Some(missing) = files.iter().find(|f| !f.exists()) {
            anyhow::bail!("{} is not there; check the path", missing.display());
        }
        let choice = ImportChoice { files, max_lag: model.settings.max_lag, ..ImportChoice::default() };
        self.look_into(choice, false);
        Ok(())
    }

    /// `decided`: the roles are the user's word, so that "none" means none and is not detected again.
    fn look_into(&mut self, choice: ImportChoice, decided: bool) {
        let (send, report) = bounded(1);
        let options = ReadOptions {
            time_column: decided.then(|| choice.time_column.clone().unwrap_or_default()),
            series_column: decided.then(|| choice.series_column.clone().unwrap_or_default()),
            ..ReadOptions::default()
        };
        let files = choice.files.clone();
        self.detach("inspection", move || {
            // Only fails when the sheet was closed meanwhile.
            let _ = send.send(stream::inspect(&files, &options, &StreamConfig::default()).map_err(|e| e.to_string()));
        });
        self.inspecting = Some(Inspection { choice, decided, report });
    }

    /// Nobody waits for the inspection any more.
    pub fn forget_inspection(&mut self) {
        self.inspecting = None;
    }

    /// Takes over a change on the sheet; another time or series column means another look into the files.
    ///
    /// # Errors
    /// Never so far.
    pub fn edit_import(&mut self, model: &mut ViewModel, choice: ImportChoice) -> anyhow::Result<()> {
        let Some(sheet) = model.import.as_mut() else { return Ok(()) };
        let other_roles =
            choice.time_column != sheet.choice.time_column || choice.series_column != sheet.choice.series_column;
        if let Ok(report) = &sheet.report {
            (sheet.estimated_bytes, sheet.estimated_s) = estimate(report, &choice);
        }
        sheet.choice = choice.clone();
        if other_roles {
            self.look_into(choice, true);
        }
        Ok(())
    }

    /// Holds or resumes discovery.
    pub fn set_paused(&self, paused: bool) {
        if let Some(session) = self.session() {
            session.set_paused(paused);
        }
    }

    /// Holds or resumes the layout.
    pub fn set_frozen(&self, frozen: bool) {
        if let Some(running) = &self.running {
            running.layout.set_frozen(frozen);
        }
    }

    /// Asks the run to end; what was found stays.
    pub fn cancel(&self) {
        if let Some(session) = self.session() {
            session.cancel();
        }
    }

    fn session(&self) -> Option<&Session> {
        self.running.as_ref()?.session.as_ref()
    }

    /// Brings the view model up to date. Never waits.
    pub fn poll(&mut self, model: &mut ViewModel, frame: &mut LatestFrame) -> News {
        let mut news = News::new();
        self.poll_start(model, frame, &mut news);
        self.poll_inspection(model);
        if let Some(running) = &mut self.running {
            running.poll(model, frame, &mut news);
        }
        news
    }

    fn poll_start(&mut self, model: &mut ViewModel, frame: &mut LatestFrame, news: &mut News) {
        let Some(starting) = &self.starting else { return };
        let started = match starting.try_recv() {
            Ok(started) => started,
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) => Err("the run ended before it began".to_owned()),
        };
        self.starting = None;
        frame.0 = None;
        match started {
            Ok(running) => {
                model.truth = running.truth.clone();
                self.running = Some(running);
                self.set_paused(model.paused);
                self.set_frozen(model.layout_frozen);
            }
            Err(sentence) => {
                model.progress.state = RunState::Failed;
                news.push((ToastKind::Error, sentence));
            }
        }
    }

    fn poll_inspection(&mut self, model: &mut ViewModel) {
        let Some(inspection) = &self.inspecting else { return };
        let report = match inspection.report.try_recv() {
            Ok(report) => report.map(Arc::new),
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) => Err("the files could not be looked into".to_owned()),
        };
        let Some(inspection) = self.inspecting.take() else { return };
        let mut choice = inspection.choice;
        let (mut estimated_bytes, mut estimated_s) = (0, 0.0);
        if let Ok(report) = &report {
            let of_role =
                |role: &ColumnRole| report.schema.columns.iter().find(|c| c.role == *role).map(|c| c.name.clone());
            if !inspection.decided {
                choice.time_column = of_role(&ColumnRole::Time);
                choice.series_column = of_role(&ColumnRole::Series);
            }
            if choice.columns.is_empty() {
                choice.columns = report.schema.variables();
            }
            (estimated_bytes, estimated_s) = estimate(report, &choice);
        }
        model.import = Some(ImportSheet { report, choice, estimated_bytes, estimated_s });
    }
}

fn source_name(files: &[PathBuf]) -> String {
    let name = |f: &Path| f.file_name().unwrap_or(f.as_os_str()).to_string_lossy().into_owned();
    match files {
        [] => String::new(),
        [only] => name(only),
        [first, rest @ ..] => format!("{} + {} more", name(first), rest.len()),
    }
}

/// Memory in bytes and seconds for all rows, from the size of the lagged second moments that dominate both.
fn estimate(report: &ImportReport, choice: &ImportChoice) -> (u64, f64) {
    /// Multiply-adds per second that discovery reaches on one core, all stages together.
    const SPEED: f64 = 4e8;
    /// Moment matrices alive beside the history: panes of the window, regimes and their sums.
    const MATRICES: f64 = 12.0;
    /// Rows of a pane.
    const PANE: f64 = 64.0;
    let per_level = EncoderConfig::default().blocks_per_level as f64;
    // The history keeps half a matrix per block, `per_level` blocks of every power of two of panes.
    let panes = report.estimated_rows as f64 / PANE;
    let blocks = if panes > per_level { per_level * (1.0 + (panes / per_level).log2()) } else { panes };
    let variables = choice.columns.len().max(1) as f64;
    let dim = 1.0 + variables * (choice.max_lag as f64 + 2.0);
    let bytes = 48e6 + (MATRICES + 0.5 * blocks) * dim * dim * 8.0;
    let seconds = report.estimated_rows as f64 * dim * dim / SPEED;
    (bytes as u64, seconds)
}

/// A run with its layout. The layout outlives discovery: a finished graph can still be pulled about.
#[derive(Debug)]
struct Running {
    session: Option<Session>,
    snapshots: Subscription<Snapshot>,
    frames: Subscription<Frame>,
    layout: LayoutHandle,
    truth: Option<Arc<Truth>>,
}

impl Running {
    /// Subscribes before the first row is read, so that even the shortest file is seen.
    fn start(config: Config, input: Input, options: ReadOptions) -> scarcity_engine::Result<Self> {
        let bus = Bus::new(&config.runtime);
        let snapshots = bus.subscribe::<EngineSnapshot>(Queue::Ring(WINDOWS_BETWEEN_FRAMES));
        let frames = bus.subscribe::<SimulationFrame>(Queue::Ring(1));
        let layout = simulation::spawn(&bus, &config.simulation, compute::layout::open(&config.compute)?)?;
        let session = Session::start_on(bus, config, input, options)?;
        let truth = session.truth();
        Ok(Self { session: Some(session), snapshots, frames, layout, truth })
    }

    fn poll(&mut self, model: &mut ViewModel, frame: &mut LatestFrame, news: &mut News) {
        // Asked before the queues are emptied: what the last window published is in them by then.
        let finished = self.session.as_ref().is_some_and(Session::is_finished);
        if let Some(session) = &self.session {
            model.progress = session.progress();
        }
        while let Ok(snapshot) = self.snapshots.try_recv() {
            take_snapshot(model, snapshot);
            // The demo's truth is known from its first rows on, and changes with its regimes.
            if let Some(session) = &self.session {
                model.truth = session.truth();
            }
        }
        while let Ok(newest) = self.frames.try_recv() {
            model.layout_settled = newest.settled;
            frame.0 = Some(newest);
        }
        if finished && let Some(session) = self.session.take() {
            let outcome = session.join();
            model.progress = outcome.progress;
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
}

fn take_snapshot(model: &mut ViewModel, snapshot: Arc<Snapshot>) {
    model.history.push(HistoryPoint {
        window: snapshot.window,
        edges: snapshot.edges.len() as u32,
        added: snapshot.added.len() as u32,
        dropped: snapshot.dropped.len() as u32,
        regime: snapshot.regime,
    });
    let surplus = model.history.len().saturating_sub(MAX_HISTORY);
    model.history.drain(..surplus);
    model.snapshot = Some(snapshot);
}
