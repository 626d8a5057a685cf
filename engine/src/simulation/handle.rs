//! In: the user's hand. Out: requests to the thread that lays out.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::Sender;

use super::detail::Detail;
use crate::runtime::{Knob, Setter};

/// What the layout is asked to do.
#[derive(Debug)]
pub(super) enum Request {
    Freeze(bool),
    Pin(usize, Option<[f32; 3]>),
    Reset,
    Steps(u32),
    Stop,
}

/// A running layout. Dropping it stops the thread and waits for it.
#[derive(Debug)]
pub struct LayoutHandle {
    pub(super) requests: Sender<Request>,
    pub(super) thread: Option<JoinHandle<()>>,
    pub(super) detail: Knob<Detail>,
    pub(super) setter: Option<Setter<Detail>>,
    pub(super) device: DeviceName,
}

/// What the device calls itself that the layout runs on now.
#[derive(Debug, Clone, Default)]
pub(super) struct DeviceName(Arc<Mutex<String>>);

impl DeviceName {
    pub fn get(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set(&self, name: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = name;
    }
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

    /// The device the layout runs on, which is another one after the first has failed.
    pub fn device(&self) -> String {
        self.device.get()
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
