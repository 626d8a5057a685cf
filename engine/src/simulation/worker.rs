//! In: `engine.snapshot` and the user's hand. Out: `simulation.frame` while nodes move, `simulation.state` when they
//! start or stop, from a thread of its own.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, at, never, select_biased, unbounded};

use super::config::SimulationConfig;
use super::detail::Detail;
use super::layout::Layout;
use crate::compute::Compute;
use crate::error::{Error, Result};
use crate::runtime::{
    Bus, EngineSnapshot, Knob, Queue, Setter, SimulationFrame, SimulationStateTopic, Subscription, knob,
};
use crate::types::{SimulationState, Snapshot};

/// What the layout is asked to do.
#[derive(Debug)]
enum Request {
    Freeze(bool),
    Pin(usize, Option<[f32; 3]>),
    Reset,
    Steps(u32),
    Stop,
}

/// A running layout. Dropping it stops the thread and waits for it.
#[derive(Debug)]
pub struct LayoutHandle {
    requests: Sender<Request>,
    thread: Option<JoinHandle<()>>,
    detail: Knob<Detail>,
    setter: Option<Setter<Detail>>,
}

impl LayoutHandle {
    /// Holds or releases the layout; discovery goes on.
    pub fn set_frozen(&self, frozen: bool) {
        self.ask(Request::Freeze(frozen));
    }

    /// Puts a node (index as in [`crate::types::Frame::positions`]) somewhere and keeps it there; `None` lets it go.
    pub fn pin(&self, node: usize, position: Option<[f32; 3]>) {
        self.ask(Request::Pin(node, position));
    }

    /// Forgets all positions and pins and lays the graph out afresh.
    pub fn reset(&self) {
        self.ask(Request::Reset);
    }

    /// How fine and how fast the picture may be, for those who draw it.
    pub fn detail(&self) -> Detail {
        *self.detail.get()
    }

    /// The one end that may limit the picture; `None` once it has been taken.
    pub fn take_setter(&mut self) -> Option<Setter<Detail>> {
        self.setter.take()
    }

    /// Layout steps per frame from now on; at least one.
    pub fn set_steps_per_frame(&self, steps: u32) {
        self.ask(Request::Steps(steps.max(1)));
    }

    /// Stops the layout and waits for its thread.
    pub fn stop(self) {
        drop(self);
    }

    fn ask(&self, request: Request) {
        // The thread is gone only after the bus has shut down; then there is nothing left to ask.
        let _ = self.requests.send(request);
    }
}

impl Drop for LayoutHandle {
    fn drop(&mut self) {
        self.ask(Request::Stop);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the layout thread panicked");
        }
    }
}

/// Starts the layout on a thread of its own.
///
/// # Errors
/// [`Error::Internal`] when the system has no thread left.
pub fn spawn(bus: &Bus, config: &SimulationConfig, compute: Box<dyn Compute>) -> Result<LayoutHandle> {
    let (requests, inbox) = unbounded();
    let snapshots = bus.subscribe::<EngineSnapshot>(Queue::Ring(1));
    let layout = Layout::new(config);
    let (setter, detail) = knob(Detail::default());
    let worker = Worker {
        bus: bus.clone(),
        state: layout.state(),
        layout,
        compute,
        steps_per_frame: config.steps_per_frame,
        frame_time: Duration::from_secs_f64(1.0 / config.max_fps.max(1.0)),
        changed: false,
        detail: detail.clone(),
        followed: None,
    };
    let thread = std::thread::Builder::new()
        .name("layout".to_owned())
        .spawn(move || worker.run(&inbox, &snapshots))
        .map_err(|e| Error::Internal(format!("the layout thread cannot be started: {e}")))?;
    Ok(LayoutHandle { requests, thread: Some(thread), detail, setter: Some(setter) })
}

struct Worker {
    bus: Bus,
    layout: Layout,
    compute: Box<dyn Compute>,
    steps_per_frame: u32,
    frame_time: Duration,
    state: SimulationState,
    /// Positions changed since the last frame.
    changed: bool,
    detail: Knob<Detail>,
    /// The snapshot laid out, and the share of its links that was.
    followed: Option<(Arc<Snapshot>, f64)>,
}

impl Worker {
    fn run(mut self, inbox: &Receiver<Request>, snapshots: &Subscription<Snapshot>) {
        let mut next_frame = Instant::now();
        loop {
            let resting = self.state.settled || self.state.frozen;
            // At rest there is nothing to wait for but news.
            let pause = if resting && !self.changed { never() } else { at(next_frame) };
            select_biased! {
                recv(inbox) -> request => match request {
                    Ok(Request::Stop) | Err(_) => return,
                    Ok(request) => self.obey(&request),
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

    fn obey(&mut self, request: &Request) {
        match request {
            Request::Freeze(frozen) => self.layout.set_frozen(*frozen),
            Request::Pin(node, position) => self.layout.pin(*node, *position),
            Request::Reset => self.layout.reset(),
            Request::Steps(steps) => self.steps_per_frame = *steps,
            Request::Stop => {}
        }
        self.changed = true;
    }

    fn follow(&mut self, snapshot: &Arc<Snapshot>) {
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
        let steps = self.layout.step(&mut *self.compute, count);
        if steps > 0 || self.changed {
            self.changed = false;
            self.bus.publish::<SimulationFrame>(self.layout.frame());
        }
    }

    /// Publishes the state when it is another than before, steps and frames aside.
    fn report(&mut self) {
        let state = self.layout.state();
        let told = SimulationState { frame_id: state.frame_id, steps: state.steps, ..self.state };
        if state != told {
            self.bus.publish::<SimulationStateTopic>(state);
        }
        self.state = state;
    }
}
