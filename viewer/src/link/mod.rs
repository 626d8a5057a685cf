//! In: the engine's snapshots, frames and progress. Out: the view model; and the user's wishes as calls of the engine.
//! The only folder of the viewer that runs the engine; the others know its plain data types only.

mod estimate;
mod govern;
mod inspect;
mod placed;
mod placing;
mod run;
mod survey;

use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::thread;

use bevy::prelude::Resource;
use crossbeam_channel::{Receiver, TryRecvError, bounded};
use scarcity_engine::types::{Frame, LinkScore, Progress, RunState};
use scarcity_engine::whatif::Rows;
use scarcity_engine::{Config, Input, ReadOptions, Session};

use crate::model::{GovernorView, ImportChoice, Recording, Selection, TimeView, ToastKind, ViewModel};

use govern::Governing;
use inspect::Inspection;
use run::Running;
use scarcity_engine::compute::layout::LayoutDevice;
pub use scarcity_engine::compute::layout::Lent;
pub use survey::{Cull, DrawLists, Eye, Findings, Picked, SceneEdge, Surveyor};

/// The layout's newest frame with positions. Where the scene draws the layout's own buffer, frames are for everything else.
#[derive(Debug, Default, Resource)]
pub struct LatestFrame(pub Option<Arc<Frame>>);

/// The layout's own buffer of positions, which the scene draws from; `None` where there is no layout.
#[derive(Debug, Default, Resource)]
pub struct LatestPlaces(pub Option<Places>);

/// Positions on the renderer's device.
#[derive(Debug, Clone)]
pub struct Places {
    /// `[x, y, z, mass]` of each node.
    pub buffer: wgpu::Buffer,
    /// Where each variable and then each junction of the graph shown is in it; [`Places::NONE`] where it is not.
    pub slots: Arc<[u32]>,
    /// Counts what has been written to it.
    pub frame: u64,
}

impl Places {
    /// The slot of what the layout does not know (yet), or leaves out.
    pub const NONE: u32 = u32::MAX;
}

/// What a run is started with, until it is.
struct Wanted {
    config: Config,
    input: Input,
    options: ReadOptions,
    start_at: Vec<(u32, [f32; 3])>,
}

/// The door to the engine: at most one run, one start and one inspection at a time.
#[derive(Default, Resource)]
pub struct Link {
    running: Option<Running>,
    /// The renderer's device, for the layout.
    lent: Option<Lent>,
    /// Where layouts run instead.
    apart: Option<Apart>,
    wanted: Option<Wanted>,
    starting: Option<Receiver<Result<Running, String>>>,
    inspecting: Option<Inspection>,
    /// Settings of the next run.
    config: Config,
    /// What the run reads; `None` = the demo.
    choice: Option<ImportChoice>,
    /// Places the next layout starts from.
    start_at: Vec<(u32, [f32; 3])>,
    /// How the next run is governed.
    governing: Governing,
}

/// Opens a layout device that is not the renderer's: its positions pass through the processor.
pub type Apart = Arc<dyn Fn() -> scarcity_engine::Result<Box<dyn LayoutDevice>> + Send + Sync>;

/// What happened that the user should hear of.
pub(crate) type News = Vec<(ToastKind, String)>;

impl Link {
    /// Whether something is under way that will change the view model soon.
    pub fn is_busy(&self) -> bool {
        self.wanted.is_some() || self.starting.is_some() || self.inspecting.is_some()
    }

    /// Lends the renderer's device to the layouts of all runs to come.
    pub fn lend(&mut self, lent: Lent) {
        self.lent = Some(lent);
    }

    /// Has all layouts to come run on a device of somebody else's.
    pub fn lay_out_on(&mut self, apart: Apart) {
        self.apart = Some(apart);
    }

    /// Settings of the next run.
    pub fn set_config(&mut self, config: Config) {
        self.config = config;
    }

    /// Has discovery go on by these settings; `false` where no run is under way that could take them over.
    ///
    /// # Errors
    /// When they are refused.
    pub fn retune(&self, config: &Config) -> anyhow::Result<bool> {
        let Some(running) = &self.running else { return Ok(false) };
        let Some(session) = running.session().filter(|session| !session.is_finished()) else { return Ok(false) };
        let mut settings = config.mpie.clone();
        settings.max_lag = running.max_lag;
        session.retune(settings)?;
        Ok(true)
    }

    /// What the run reads; `None` = the demo or nothing.
    pub fn choice(&self) -> Option<&ImportChoice> {
        self.choice.as_ref()
    }

    /// Every link scored, once the run has ended.
    pub fn scores(&self) -> &[LinkScore] {
        self.running.as_ref().map_or(&[], |running| &running.scores)
    }

    /// The newest rows of the run.
    pub fn rows(&self) -> Option<Arc<RwLock<Rows>>> {
        self.running.as_ref().map(|running| Arc::clone(&running.rows))
    }

    /// Places the next layout starts from, by variable.
    pub fn start_at(&mut self, places: Vec<(u32, [f32; 3])>) {
        self.start_at = places;
    }

    /// Holds a variable somewhere, or lets it go.
    pub fn pin(&self, variable: u32, place: Option<[f32; 3]>) {
        if let Some(running) = &self.running {
            running.pin(variable, place);
        }
    }

    /// Layout steps per frame.
    pub fn set_layout_steps(&self, steps: u32) {
        if let Some(running) = &self.running {
            running.layout().set_steps_per_frame(steps);
        }
    }

    /// Ends what runs and starts the demo stream.
    pub fn start_demo(&mut self, model: &mut ViewModel) {
        let mut config = self.config.clone();
        config.mpie.max_lag = model.settings.max_lag;
        self.choice = None;
        self.start(model, "Demo", true, config, Input::Demo, ReadOptions::default());
    }

    /// Ends what runs and starts these files with every default.
    pub fn start_files(&mut self, model: &mut ViewModel, files: Vec<PathBuf>) {
        let max_lag = model.settings.max_lag;
        self.start_choice(model, ImportChoice { files, max_lag, ..ImportChoice::default() });
    }

    /// Starts what runs again, with the settings in force.
    pub fn restart(&mut self, model: &mut ViewModel) {
        match self.choice.clone() {
            Some(choice) => self.start_choice(model, choice),
            None => self.start_demo(model),
        }
    }

    /// Ends what runs and starts what the import sheet says.
    pub fn start_choice(&mut self, model: &mut ViewModel, choice: ImportChoice) {
        let mut config = self.config.clone();
        config.mpie.max_lag = choice.max_lag;
        self.choice = Some(choice.clone());
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
        mut config: Config,
        input: Input,
        options: ReadOptions,
    ) {
        if let Some(old) = self.running.take() {
            if let Some(session) = old.session() {
                session.cancel();
            }
            // Its threads may need a moment to end; the window does not wait for them.
            self.detach("session-end", move || drop(old));
        }
        forget_run(model);
        if let Some(policies) = &self.governing.policies {
            config.governor.policies.clone_from(policies);
        }
        config.governor.dry_run = self.governing.dry_run.unwrap_or(config.governor.dry_run);
        model.source_name = name.to_owned();
        model.is_demo = is_demo;
        let start_at = std::mem::take(&mut self.start_at);
        // Not before the first frame: only then there is a device that can be lent.
        self.wanted = Some(Wanted { config, input, options, start_at });
        self.starting = None;
    }

    fn start_wanted(&mut self) {
        let Some(Wanted { config, input, options, start_at }) = self.wanted.take() else { return };
        let (send, receive) = bounded(1);
        self.starting = Some(receive);
        let (lent, apart) = (self.lent.clone(), self.apart.clone());
        // Opening a file reads its beginning, which may be slow on a network folder.
        self.detach("session-start", move || {
            let started = Running::start(config, input, options, start_at, lent.as_ref(), apart.as_ref());
            // Only fails when the window has closed meanwhile.
            let _ = send.send(started.map_err(|e| e.to_string()));
        });
    }

    fn detach(&self, name: &str, work: impl FnOnce() + Send + 'static) {
        if let Err(error) = thread::Builder::new().name(name.into()).spawn(work) {
            tracing::error!("cannot start a thread: {error}");
        }
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
            running.layout().set_frozen(frozen);
        }
    }

    /// Asks the run to end; what was found stays.
    pub fn cancel(&self) {
        if let Some(session) = self.session() {
            session.cancel();
        }
    }

    fn session(&self) -> Option<&Session> {
        self.running.as_ref()?.session()
    }

    /// Brings the view model up to date. Never waits.
    pub fn poll(&mut self, model: &mut ViewModel, frame: &mut LatestFrame, places: &mut LatestPlaces) -> News {
        let mut news = News::new();
        self.start_wanted();
        self.poll_start(model, frame, &mut news);
        self.poll_inspection(model);
        if let Some(running) = &mut self.running {
            running.poll(model, frame, &mut news);
        }
        places.0 = self.running.as_ref().and_then(Running::places);
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
                // Planted links beside the data are meant to be seen; the toolbar hides them again.
                model.settings.show_truth |= model.truth.is_some() && !model.is_demo;
                self.running = Some(running);
                self.set_paused(model.paused);
                self.set_frozen(model.layout_frozen);
                self.set_layout_steps(model.lod.layout_steps);
            }
            Err(sentence) => {
                model.progress.state = RunState::Failed;
                news.push((ToastKind::Error, sentence));
            }
        }
    }
}

/// Forgets everything that belongs to a run, and how its graph was looked at.
fn forget_run(model: &mut ViewModel) {
    (model.snapshot, model.newest, model.comparison, model.truth) = (None, None, None, None);
    (model.explanation, model.series, model.preparation) = (None, None, None);
    model.recording = Recording::default();
    model.history.clear();
    model.events.clear();
    model.notes.clear();
    model.time = TimeView { windows_per_s: model.time.windows_per_s, ..TimeView::default() };
    model.selection = Selection::None;
    model.hovered = Selection::None;
    model.chosen.clear();
    model.focus = None;
    model.focused.clear();
    model.isolated = false;
    model.hidden.clear();
    model.pins.clear();
    model.what_if = crate::model::WhatIf::default();
    model.progress = Progress::default();
    model.layout_settled = false;
    model.governor = GovernorView { faults: std::mem::take(&mut model.governor.faults), ..GovernorView::default() };
    model.knobs.iter_mut().for_each(|knob| knob.pending = false);
}

/// Name of the file with the planted truth that lies beside a single file.
fn truth_file(files: &[PathBuf]) -> Option<String> {
    let [file] = files else { return None };
    let truth = file.with_extension("truth.json");
    truth.is_file().then(|| truth.file_name().map(|name| name.to_string_lossy().into_owned())).flatten()
}

fn source_name(files: &[PathBuf]) -> String {
    let name = |f: &Path| f.file_name().unwrap_or(f.as_os_str()).to_string_lossy().into_owned();
    match files {
        [] => String::new(),
        [only] => name(only),
        [first, rest @ ..] => format!("{} + {} more", name(first), rest.len()),
    }
}
