//! In: what people ask of a layout, as fast as they like. Out: at its next step, the last word on each thing that can be
//! asked: nobody waits for a slow step, and what waits never grows.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::super::detail::Detail;
use crate::runtime::{Knob, Setter};

/// Nodes that hands may be on between two steps of the layout; further ones are not heard.
const MOST_NODES: usize = 1 << 17;

/// What the layout was asked since it last looked.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    pub stop: bool,
    pub reset: bool,
    pub frozen: Option<bool>,
    pub steps: Option<u32>,
    pub planar: Option<bool>,
    pub nodes: BTreeMap<usize, Hand>,
}

/// What was done to a node.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Hand {
    /// Where it was put last.
    pub put: Option<[f32; 3]>,
    /// Whether it is to stay there.
    pub held: bool,
}

impl Wishes {
    fn pin(&mut self, node: usize, position: Option<[f32; 3]>) {
        if self.nodes.len() >= MOST_NODES && !self.nodes.contains_key(&node) {
            tracing::warn!("the layout is behind with {MOST_NODES} nodes that were moved: one more is not");
            return;
        }
        let hand = self.nodes.entry(node).or_insert(Hand { put: None, held: false });
        // Let go of where it was put: it starts from there.
        hand.put = position.or(hand.put);
        hand.held = position.is_some();
    }

    fn reset(&mut self) {
        self.reset = true;
        // Whatever was pinned before is forgotten with the rest.
        self.nodes.clear();
    }
}

/// The end that asks.
#[derive(Debug)]
pub(super) struct Asker {
    wishes: Arc<Mutex<Wishes>>,
    bell: Sender<()>,
}

/// The layout's end.
#[derive(Debug)]
pub(super) struct Inbox {
    wishes: Arc<Mutex<Wishes>>,
    bell: Receiver<()>,
}

/// Both ends.
pub(super) fn inbox() -> (Asker, Inbox) {
    let wishes = Arc::<Mutex<Wishes>>::default();
    // Rung once is enough, however much was asked.
    let (ring, bell) = bounded(1);
    (Asker { wishes: Arc::clone(&wishes), bell: ring }, Inbox { wishes, bell })
}

impl Asker {
    fn ask(&self, change: impl FnOnce(&mut Wishes)) {
        change(&mut self.wishes.lock().unwrap_or_else(PoisonError::into_inner));
        match self.bell.try_send(()) {
            // The thread is gone only after the bus has shut down; then there is nothing left to ask.
            Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => {}
        }
    }
}

impl Inbox {
    /// Rings when there is something to take, or nobody left who could ask.
    pub fn bell(&self) -> &Receiver<()> {
        &self.bell
    }

    /// What was asked.
    pub fn take(&self) -> Wishes {
        std::mem::take(&mut self.wishes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A running layout. Dropping it stops the thread and waits for it.
#[derive(Debug)]
pub struct LayoutHandle {
    asker: Asker,
    thread: Option<JoinHandle<()>>,
    detail: Knob<Detail>,
    setter: Option<Setter<Detail>>,
    device: DeviceName,
}

/// What the device calls itself that the layout runs on now.
#[derive(Debug, Clone, Default)]
pub(super) struct DeviceName(Arc<Mutex<String>>);

impl DeviceName {
    fn get(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn set(&self, name: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = name;
    }
}

impl LayoutHandle {
    pub(super) fn new(
        asker: Asker,
        thread: JoinHandle<()>,
        (setter, detail): (Setter<Detail>, Knob<Detail>),
        device: DeviceName,
    ) -> Self {
        Self { asker, thread: Some(thread), detail, setter: Some(setter), device }
    }

    /// The device the layout runs on, which is another one after the first has failed.
    pub fn device(&self) -> String {
        self.device.get()
    }

    /// Holds or releases the layout; discovery goes on.
    pub fn set_frozen(&self, frozen: bool) {
        self.asker.ask(|wishes| wishes.frozen = Some(frozen));
    }

    /// Puts a node (index as in [`crate::types::Frame::positions`]) somewhere and keeps it there; `None` lets it go.
    pub fn pin(&self, node: usize, position: Option<[f32; 3]>) {
        self.asker.ask(|wishes| wishes.pin(node, position));
    }

    /// Forgets all positions and pins and lays the graph out afresh.
    pub fn reset(&self) {
        self.asker.ask(Wishes::reset);
    }

    /// How fine and how fast the picture may be, for those who draw it.
    pub fn detail(&self) -> Detail {
        *self.detail.get()
    }

    /// The one end that may limit the picture; `None` once it has been taken.
    pub fn take_setter(&mut self) -> Option<Setter<Detail>> {
        self.setter.take()
    }

    /// Lays the graph out in the plane `z = 0`, or in space again.
    pub fn set_planar(&self, planar: bool) {
        self.asker.ask(|wishes| wishes.planar = Some(planar));
    }

    /// Layout steps per frame from now on; at least one.
    pub fn set_steps_per_frame(&self, steps: u32) {
        self.asker.ask(|wishes| wishes.steps = Some(steps.max(1)));
    }

    /// Stops the layout and waits for its thread.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for LayoutHandle {
    fn drop(&mut self) {
        self.asker.ask(|wishes| wishes.stop = true);
        if self.thread.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the layout thread panicked");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_does_not_grow_and_the_last_word_counts() {
        let (asker, inbox) = inbox();
        for turn in 0..100_000_u32 {
            asker.ask(|wishes| wishes.pin((turn % 7) as usize, Some([turn as f32, 0.0, 0.0])));
            asker.ask(|wishes| wishes.frozen = Some(turn % 2 == 0));
        }
        assert_eq!(inbox.bell().len(), 1);
        let wishes = inbox.take();
        assert_eq!((wishes.nodes.len(), wishes.frozen), (7, Some(false)));
        assert_eq!(wishes.nodes[&5], Hand { put: Some([99_993.0, 0.0, 0.0]), held: true });
        assert!(inbox.take().nodes.is_empty(), "taken once");
        for node in 0..MOST_NODES + 100 {
            asker.ask(|wishes| wishes.pin(node.min(MOST_NODES - 1), Some([0.0; 3])));
        }
        asker.ask(|wishes| wishes.pin(MOST_NODES + 5, None));
        asker.ask(|wishes| wishes.pin(3, None));
        let wishes = inbox.take();
        assert_eq!(wishes.nodes.len(), MOST_NODES);
        assert!(!wishes.nodes[&3].held, "who is known already is heard");
    }

    #[test]
    fn a_node_put_somewhere_and_let_go_starts_from_there_and_a_reset_forgets_it() {
        let (asker, inbox) = inbox();
        asker.ask(|wishes| wishes.pin(1, Some([1.0; 3])));
        asker.ask(|wishes| wishes.pin(1, None));
        assert_eq!(inbox.take().nodes[&1], Hand { put: Some([1.0; 3]), held: false });
        asker.ask(|wishes| wishes.pin(1, Some([1.0; 3])));
        asker.ask(Wishes::reset);
        asker.ask(|wishes| wishes.pin(2, Some([2.0; 3])));
        let wishes = inbox.take();
        assert!(wishes.reset && wishes.nodes.keys().eq([&2]));
    }
}
