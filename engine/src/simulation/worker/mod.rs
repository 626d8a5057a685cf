//! In: `engine.snapshot` and the user's hand. Out: `simulation.frame` while nodes move, `simulation.state` when they
//! start or stop, from a thread of its own.

mod drawn;
mod handle;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{at, never, select_biased};

pub use drawn::{Drawn, DrawnPositions};
pub use handle::LayoutHandle;

use handle::{DeviceName, Inbox, Wishes, inbox};

use super::config::SimulationConfig;
use super::detail::Detail;
use super::layout::Layout;
use crate::compute::layout::{LayoutDevice, Shown};
use crate::error::{Error, Result};
use crate::runtime::{Bus, EngineSnapshot, Knob, Queue, SimulationFrame, SimulationStateTopic, Subscription, knob};
use crate::types::{Frame, SimulationState, Snapshot};

/// Starts the layout on a thread of its own.
///
/// # Errors
/// [`Error::Internal`] when the system has no thread left.
pub fn spawn(bus: &Bus, config: &SimulationConfig, device: Box<dyn LayoutDevice>) -> Result<LayoutHandle> {
    start(bus, config, device, None)
}

/// Starts the layout for a renderer that draws its buffer: frames carry positions once a second only and where they
/// are on the processor anyway, for what the renderer's processor wants to know, and are otherwise empty.
///
/// # Errors
/// As [`spawn`].
pub fn spawn_drawn(
    bus: &Bus,
    config: &SimulationConfig,
    device: Box<dyn LayoutDevice>,
    shown: Shown,
) -> Result<(LayoutHandle, Drawn)> {
    let drawn = Drawn::default();
    let handle = start(bus, config, device, Some(Drawing { shown, drawn: drawn.clone(), mirrored: None }))?;
    Ok((handle, drawn))
}

fn start(
    bus: &Bus,
    config: &SimulationConfig,
    device: Box<dyn LayoutDevice>,
    drawing: Option<Drawing>,
) -> Result<LayoutHandle> {
    let (asker, inbox) = inbox();
    let snapshots = bus.subscribe::<EngineSnapshot>(Queue::Ring(1));
    let layout = Layout::new(config);
    let (setter, detail) = knob(Detail::default());
    let name = DeviceName::default();
    name.set(device.name());
    let worker = Worker {
        bus: bus.clone(),
        state: layout.state(),
        layout,
        device,
        drawing,
        steps_per_frame: config.steps_per_frame,
        frame_time: Duration::from_secs_f64(1.0 / config.max_fps.max(1.0)),
        changed: false,
        detail: detail.clone(),
        followed: None,
        name: name.clone(),
    };
    let thread = std::thread::Builder::new()
        .name("layout".to_owned())
        .spawn(move || worker.run(&inbox, &snapshots))
        .map_err(|e| Error::Internal(format!("the layout thread cannot be started: {e}")))?;
    Ok(LayoutHandle::new(asker, thread, (setter, detail), name))
}

/// Time between frames that carry positions although a renderer draws the buffer.
const MIRROR: Duration = Duration::from_secs(1);

struct Drawing {
    shown: Shown,
    drawn: Drawn,
    /// When positions of this graph were last copied to the processor.
    mirrored: Option<Instant>,
}

struct Worker {
    bus: Bus,
    layout: Layout,
    device: Box<dyn LayoutDevice>,
    drawing: Option<Drawing>,
    steps_per_frame: u32,
    frame_time: Duration,
    state: SimulationState,
    /// Positions changed since the last frame.
    changed: bool,
    detail: Knob<Detail>,
    /// The snapshot laid out, and the share of its links that was.
    followed: Option<(Arc<Snapshot>, f64)>,
    name: DeviceName,
}

impl Worker {
    fn run(mut self, inbox: &Inbox, snapshots: &Subscription<Snapshot>) {
        let mut next_frame = Instant::now();
        loop {
            let resting = self.state.settled || self.state.frozen;
            // At rest there is nothing to wait for but news.
            let pause = if resting && !self.changed { never() } else { at(next_frame) };
            select_biased! {
                recv(inbox.bell()) -> rung => {
                    let wishes = inbox.take();
                    if wishes.stop || rung.is_err() {
                        return;
                    }
                    self.obey(wishes);
                },
                recv(snapshots.receiver()) -> snapshot => match snapshot {
                    Ok(snapshot) => self.follow(&snapshot),
                    Err(_) => return,
                },
                recv(pause) -> _ => {
                    // From now, not from the last frame: after a slow step there is no backlog to catch up with.
                    next_frame = Instant::now() + self.frame_time.div_f64(self.rate());
                    self.tick();
                }
            }
            self.report();
        }
    }

    fn obey(&mut self, wishes: Wishes) {
        self.fetch();
        if wishes.reset {
            self.layout.reset();
        }
        for (node, hand) in wishes.nodes {
            if hand.put.is_some() {
                self.layout.pin(node, hand.put);
            }
            if !hand.held {
                self.layout.pin(node, None);
            }
        }
        if let Some(frozen) = wishes.frozen {
            self.layout.set_frozen(frozen);
        }
        if let Some(planar) = wishes.planar {
            self.layout.set_planar(planar);
        }
        self.steps_per_frame = wishes.steps.unwrap_or(self.steps_per_frame);
        self.changed = true;
    }

    fn follow(&mut self, snapshot: &Arc<Snapshot>) {
        self.fetch();
        let drawn = self.detail.get().drawn;
        let links = self.detail.get().links(snapshot.edges.len());
        if links < snapshot.edges.len() {
            // The strongest come first.
            let mut part = Snapshot::clone(snapshot);
            part.edges.truncate(links);
            self.layout.update(&part);
        } else {
            self.layout.update(snapshot);
        }
        self.followed = Some((Arc::clone(snapshot), drawn));
        if let Some(drawing) = &mut self.drawing {
            drawing.mirrored = None;
        }
        self.changed = true;
    }

    /// Share of the configured pace.
    fn rate(&self) -> f64 {
        self.detail.get().rate.clamp(0.01, 1.0)
    }

    fn tick(&mut self) {
        if let Some((snapshot, drawn)) = self.followed.take_if(|(_, drawn)| *drawn != self.detail.get().drawn) {
            tracing::debug!("links drawn: {drawn} before, {} now", self.detail.get().drawn);
            self.follow(&snapshot);
        }
        let count = (f64::from(self.steps_per_frame) * self.rate()).round().max(1.0) as u32;
        let steps = self.layout.step(&mut *self.device, count);
        let steps = self.survive(steps).unwrap_or(0);
        if steps > 0 || self.changed {
            self.changed = false;
            let frame = self.frame();
            if let Some(frame) = self.survive(frame) {
                self.bus.publish::<SimulationFrame>(frame);
            }
        }
    }

    /// The frame to publish, and the positions for a renderer that draws them itself.
    fn frame(&mut self) -> Result<Frame> {
        let Some(drawing) = &mut self.drawing else {
            self.layout.fetch(&mut *self.device)?;
            return Ok(self.layout.frame());
        };
        self.layout.place(&mut *self.device)?;
        let here = self.device.positions().is_none();
        let late = drawing.mirrored.is_none_or(|at| at.elapsed() >= MIRROR);
        let mirror = here || late || self.layout.is_settled();
        if mirror {
            drawing.mirrored = Some(Instant::now());
            self.layout.fetch(&mut *self.device)?;
        }
        let frame = if mirror { self.layout.frame() } else { self.layout.frame_without_positions() };
        let nodes = self.layout.len();
        let buffer = drawing.shown.buffer(&mut *self.device, nodes)?;
        if let Some((snapshot, _)) = &self.followed {
            let snapshot = Arc::clone(snapshot);
            drawing.drawn.set(DrawnPositions { buffer, nodes, snapshot, frame_id: frame.frame_id });
        }
        Ok(frame)
    }

    fn fetch(&mut self) {
        let fetched = self.layout.fetch(&mut *self.device);
        self.survive(fetched);
    }

    /// What worked. When every device has failed there is nothing to lay out with: the picture stands still.
    fn survive<T>(&mut self, result: Result<T>) -> Option<T> {
        result
            .inspect_err(|error| {
                tracing::error!("the layout stands still: {error}");
                self.layout.set_frozen(true);
            })
            .ok()
    }

    /// Publishes the state when it is another than before, steps and frames aside, and says which device is at it.
    fn report(&mut self) {
        self.name.set(self.device.name());
        let state = self.layout.state();
        let told = SimulationState { frame_id: state.frame_id, steps: state.steps, ..self.state };
        if state != told {
            self.bus.publish::<SimulationStateTopic>(state);
        }
        self.state = state;
    }
}
