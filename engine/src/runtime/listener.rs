//! In: a subscription and a callback. Out: a named thread that hands each message to the callback and survives its
//! panics.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, never, select_biased};

use super::fanout::Subscription;
use crate::error::{Error, Result};

/// A callback subscriber. Letting go of it changes nothing: the callback goes on until [`Listener::stop`] or until the
/// bus shuts down.
#[derive(Debug)]
pub struct Listener {
    stop: Sender<()>,
}

impl Listener {
    /// Unsubscribes; the callback is not called again once it has returned from the message it is at.
    pub fn stop(self) {
        // The room for one is enough, and a thread that has already ended needs no message.
        let _ = self.stop.try_send(());
    }
}

/// What the bus keeps of a callback thread, to wait for it at the end.
#[derive(Debug)]
pub(super) struct Worker {
    name: String,
    done: Receiver<()>,
    thread: JoinHandle<()>,
}

impl Worker {
    pub fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Waits until the deadline; gives the name back when the thread still runs.
    pub fn join(self, deadline: Instant) -> std::result::Result<(), String> {
        match self.done.recv_deadline(deadline) {
            Err(RecvTimeoutError::Timeout) => Err(self.name),
            // The sender is dropped as the thread's last act, so this join does not wait.
            _ => self.thread.join().map_err(|_| self.name),
        }
    }
}

pub(super) fn spawn<M: Send + Sync + 'static>(
    name: &str,
    topic: &'static str,
    subscription: Subscription<M>,
    mut callback: impl FnMut(&M) + Send + 'static,
) -> Result<(Listener, Worker)> {
    let (stop, stopped) = bounded(1);
    let (done, end) = bounded(0);
    let subscriber = name.to_owned();
    let fanout = subscription.fanout();
    let run = move || {
        let _done: Sender<()> = done;
        let mut stopped: Receiver<()> = stopped;
        loop {
            let message: Arc<M> = select_biased! {
                recv(stopped) -> asked => match asked {
                    Ok(()) => return,
                    Err(_) => {
                        // The handle was dropped, which is not a request to stop.
                        stopped = never();
                        continue;
                    }
                },
                recv(subscription.receiver()) -> message => match message {
                    Ok(message) => message,
                    Err(_) => return,
                },
            };
            if catch_unwind(AssertUnwindSafe(|| callback(&message))).is_err() {
                if let Some(fanout) = fanout.upgrade() {
                    fanout.count_error();
                }
                tracing::error!(topic, subscriber, "a subscriber panicked; it goes on with the next message");
            }
        }
    };
    let thread = std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(run)
        .map_err(|e| Error::Internal(format!("thread \"{name}\" cannot be started: {e}")))?;
    Ok((Listener { stop }, Worker { name: name.to_owned(), done: end, thread }))
}
