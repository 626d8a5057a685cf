//! In: the engine's snapshots, frames and progress. Out: the view model; and the user's wishes as calls of the engine.
//! The only folder of the viewer that runs the engine; the others know its plain data types only.

mod estimate;
mod given;
mod govern;
mod inspect;
mod placed;
mod placing;
mod run;
mod start;
mod survey;

use std::sync::{Arc, RwLock};
use std::thread;

use bevy::prelude::Resource;
use crossbeam_channel::Receiver;
use scarcity_engine::types::{Frame, LinkScore};
use scarcity_engine::whatif::Rows;
use scarcity_engine::{Config, Session};

use crate::model::{ImportChoice, ToastKind, ViewModel};

use govern::Governing;
use inspect::Inspection;
use run::Running;
use scarcity_engine::compute::layout::LayoutDevice;
pub use scarcity_engine::compute::layout::Lent;
use start::Wanted;
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
}
