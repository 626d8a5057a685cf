//! In: an app and how patient to be with it. Out: its frames one by one, and pictures of them, without a window.

use std::time::{Duration, Instant};

use anyhow::bail;
use bevy::app::PluginsState;
use bevy::ecs::prelude::*;
use bevy::image::Image;
use bevy::prelude::App;
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use crossbeam_channel::bounded;

use crate::app::{self, Model, Options, Outbox, PictureTarget};
use crate::model::{Command, Selection, ViewModel};
use crate::pane::PaneState;
use crate::scene::{Graph, Probe};

/// The layout may take so long to come to rest before the picture is taken anyway.
const SETTLE: Duration = Duration::from_secs(12);

/// An app that draws to an image, one frame at a time.
pub struct Studio {
    app: App,
}

impl Studio {
    /// Builds the app and waits until the graphics device is there.
    ///
    /// # Errors
    /// When the app cannot be built.
    pub fn new(options: Options) -> anyhow::Result<Self> {
        let mut app = app::build(options)?;
        while app.plugins_state() == PluginsState::Adding {
            bevy::tasks::tick_global_task_pools_on_main_thread();
        }
        app.finish();
        app.cleanup();
        app.update();
        Ok(Self { app })
    }

    /// The view model.
    pub fn model(&self) -> &ViewModel {
        &self.app.world().resource::<Model>().0
    }

    /// The view model, to be changed.
    pub fn model_mut(&mut self) -> &mut ViewModel {
        &mut self.app.world_mut().resource_mut::<Model>().into_inner().0
    }

    /// The world, for whoever must look deeper.
    pub fn world(&self) -> &World {
        self.app.world()
    }

    /// The world, to be changed.
    pub fn world_mut(&mut self) -> &mut World {
        self.app.world_mut()
    }

    /// Gives a command as a panel would.
    pub fn command(&mut self, command: Command) {
        self.app.world_mut().resource_mut::<Outbox>().0.push(command);
    }

    /// Draws one frame.
    pub fn frame(&mut self) {
        self.app.update();
    }

    /// Draws frames until `done`.
    ///
    /// # Errors
    /// When `patience` runs out; `what` says on what.
    pub fn until(&mut self, patience: Duration, what: &str, done: impl Fn(&World) -> bool) -> anyhow::Result<()> {
        let start = Instant::now();
        while !done(self.app.world()) {
            if start.elapsed() > patience {
                bail!("{what} took longer than {} s", patience.as_secs());
            }
            self.app.update();
        }
        Ok(())
    }

    /// Lets the layout come to rest, the graph stand where it belongs, and flashes fade.
    pub(super) fn settle(&mut self) {
        let start = Instant::now();
        while start.elapsed() < SETTLE && !(self.model().layout_settled && start.elapsed() > Duration::from_secs(2)) {
            self.app.update();
        }
        self.app.world_mut().resource_mut::<PaneState>().still = true;
    }

    /// The picture, once egui's own fades are over.
    ///
    /// # Errors
    /// When the graphics device does not hand it over.
    pub fn picture(&mut self) -> anyhow::Result<Image> {
        self.app.world_mut().resource_mut::<PaneState>().still = true;
        // Pictures are drawn with all pixels, however long that takes; they must not say otherwise.
        self.model_mut().lod.resolution = 1.0;
        for _ in 0..20 {
            self.app.update();
        }
        let target = self.app.world().resource::<PictureTarget>().0.clone();
        let (send, taken) = bounded(1);
        self.app.world_mut().spawn(Screenshot::image(target)).observe(move |shot: On<ScreenshotCaptured>| {
            // Only fails when the caller has given up waiting.
            let _ = send.try_send(shot.image.clone());
        });
        let start = Instant::now();
        loop {
            self.app.update();
            if let Ok(image) = taken.try_recv() {
                return Ok(image);
            }
            if start.elapsed() > Duration::from_secs(60) {
                bail!("the graphics device did not hand over the picture");
            }
        }
    }

    /// What is at a place of the pane, in pixels from its top left corner, as the graphics card finds it.
    pub fn under(&mut self, at: bevy::math::Vec2) -> Selection {
        let probe = self.app.world().resource::<Probe>().clone();
        probe.point(Some(at.to_array()));
        // An answer to the question before may still be on its way.
        (0..6).for_each(|_| self.app.update());
        let found = probe.under();
        probe.point(None);
        found
    }

    /// Where the scene was drawn and what is in it.
    pub fn graph(&self) -> &Graph {
        self.app.world().resource::<Graph>()
    }
}
