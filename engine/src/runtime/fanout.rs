//! In: one message of one topic. Out: the same message in the queue of every subscriber, by each subscriber's own rule.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;

use crossbeam_channel::{
    Receiver, RecvError, RecvTimeoutError, Sender, TryRecvError, TrySendError, bounded, select_biased,
};

use super::stats::TopicStats;

/// What happens when a subscriber is slower than its publisher. The subscriber chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// Keep all, up to this many waiting; then the publisher waits too (back-pressure).
    Fifo(usize),
    /// Keep the newest this many; older ones are dropped and counted. Never holds a publisher.
    Ring(usize),
    /// As a ring, and of the newest so many bytes at most, whatever one message holds; the newest alone may be larger.
    Within {
        /// Messages.
        messages: usize,
        /// Bytes they may hold together.
        bytes: usize,
    },
}

/// What the messages of a queue may hold together.
#[derive(Debug)]
struct Budget {
    bytes: usize,
    /// Bytes of the messages put in last, oldest first. The reader takes from the front and does not say so: as many as
    /// the queue is long still wait.
    put: Mutex<VecDeque<usize>>,
}

/// What a blocked publisher watches besides the queue it waits for.
#[derive(Debug)]
pub(super) struct Patience {
    /// Closed (never sent on) when the bus shuts down.
    pub closing: Receiver<Infallible>,
    /// After how long a stall is reported.
    pub stall_warning: Duration,
}

/// One topic's subscribers and counters.
#[derive(Debug)]
pub(super) struct Fanout<M> {
    /// Replaced as a whole, so that a publisher waiting for a slow reader holds no lock.
    entries: RwLock<Arc<[Arc<Entry<M>>]>>,
    published: AtomicU64,
    delivered: AtomicU64,
    dropped: AtomicU64,
    errors: AtomicU64,
}

#[derive(Debug)]
struct Entry<M> {
    sender: Sender<Arc<M>>,
    /// For rings: the publisher's own end of the queue, to take out the oldest.
    oldest: Option<Receiver<Arc<M>>>,
    budget: Option<Budget>,
    dropped: AtomicU64,
    warned: AtomicBool,
}

impl<M> Default for Fanout<M> {
    fn default() -> Self {
        Self {
            entries: RwLock::new(Arc::from(Vec::new())),
            published: AtomicU64::new(0),
            delivered: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
            errors: AtomicU64::new(0),
        }
    }
}

impl<M> Fanout<M> {
    pub fn subscribe(self: &Arc<Self>, queue: Queue) -> Subscription<M> {
        let (Queue::Fifo(room) | Queue::Ring(room) | Queue::Within { messages: room, .. }) = queue;
        // A queue without room would hand over only to a reader that is already waiting.
        let (sender, receiver) = bounded(room.max(1));
        let oldest = (!matches!(queue, Queue::Fifo(_))).then(|| receiver.clone());
        let budget = match queue {
            Queue::Within { bytes, .. } => Some(Budget { bytes, put: Mutex::default() }),
            Queue::Fifo(_) | Queue::Ring(_) => None,
        };
        let (dropped, warned) = (AtomicU64::new(0), AtomicBool::new(false));
        let entry = Arc::new(Entry { sender, oldest, budget, dropped, warned });
        self.replace(|entries| entries.push(Arc::clone(&entry)));
        Subscription { receiver, entry: Arc::downgrade(&entry), fanout: Arc::downgrade(self) }
    }

    /// Hands on a message that holds so many bytes.
    pub fn publish(&self, topic: &str, message: &Arc<M>, bytes: usize, patience: &Patience) {
        self.published.fetch_add(1, Relaxed);
        let entries = self.entries();
        // Rings first: an observer never waits for somebody else's slow reader.
        for entry in entries.iter().filter(|e| e.oldest.is_some()) {
            match &entry.budget {
                Some(budget) => self.push_within(entry, budget, message, bytes),
                None => self.push(entry, message),
            }
        }
        for entry in entries.iter().filter(|e| e.oldest.is_none()) {
            self.send(entry, topic, message, patience);
        }
    }

    /// Makes room for so many bytes, then pushes. Publishers take turns here, so that only the reader changes the queue
    /// meanwhile, and only to make it shorter.
    fn push_within(&self, entry: &Entry<M>, budget: &Budget, message: &Arc<M>, bytes: usize) {
        let mut put = budget.put.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let taken = put.len().saturating_sub(entry.sender.len());
            put.drain(..taken);
            if put.is_empty() || put.iter().sum::<usize>() + bytes <= budget.bytes {
                break;
            }
            self.drop_oldest(entry);
        }
        self.push(entry, message);
        put.push_back(bytes);
    }

    fn drop_oldest(&self, entry: &Entry<M>) {
        if entry.oldest.as_ref().is_some_and(|oldest| oldest.try_recv().is_ok()) {
            entry.dropped.fetch_add(1, Relaxed);
            self.dropped.fetch_add(1, Relaxed);
            self.delivered.fetch_sub(1, Relaxed);
        }
    }

    fn push(&self, entry: &Entry<M>, message: &Arc<M>) {
        let mut message = Arc::clone(message);
        // Counted before it is sent: the reader may fail on it, or another publisher displace it, right after.
        self.delivered.fetch_add(1, Relaxed);
        loop {
            match entry.sender.try_send(message) {
                Ok(()) => return,
                Err(TrySendError::Full(back)) => {
                    self.drop_oldest(entry);
                    message = back;
                }
                Err(TrySendError::Disconnected(_)) => break,
            }
        }
        self.delivered.fetch_sub(1, Relaxed);
    }

    fn send(&self, entry: &Entry<M>, topic: &str, message: &Arc<M>, patience: &Patience) {
        self.delivered.fetch_add(1, Relaxed);
        if !self.sent(entry, topic, message, patience) {
            self.delivered.fetch_sub(1, Relaxed);
        }
    }

    /// Sends, waiting as long as it takes; false when the reader has gone or the bus closes.
    fn sent(&self, entry: &Entry<M>, topic: &str, message: &Arc<M>, patience: &Patience) -> bool {
        match entry.sender.try_send(Arc::clone(message)) {
            Ok(()) => return true,
            Err(TrySendError::Disconnected(_)) => return false,
            Err(TrySendError::Full(_)) => {}
        }
        loop {
            select_biased! {
                recv(patience.closing) -> _ => return false,
                send(entry.sender, Arc::clone(message)) -> sent => return sent.is_ok(),
                default(patience.stall_warning) => {
                    if !entry.warned.swap(true, Relaxed) {
                        tracing::warn!(
                            topic,
                            waited_s = patience.stall_warning.as_secs_f64(),
                            "a subscriber that keeps all messages does not read; its publisher waits"
                        );
                    }
                },
            }
        }
    }

    /// A callback failed on a message that had been counted as delivered.
    pub fn count_error(&self) {
        self.errors.fetch_add(1, Relaxed);
        self.delivered.fetch_sub(1, Relaxed);
    }

    /// Lets every subscriber read what is left in its queue, then see the end.
    pub fn close(&self) {
        self.replace(Vec::clear);
    }

    pub fn subscribers(&self) -> usize {
        self.entries().len()
    }

    pub fn stats(&self, name: &'static str) -> TopicStats {
        TopicStats {
            name,
            subscribers: self.subscribers(),
            published: self.published.load(Relaxed),
            delivered: self.delivered.load(Relaxed),
            dropped: self.dropped.load(Relaxed),
            errors: self.errors.load(Relaxed),
        }
    }

    fn entries(&self) -> Arc<[Arc<Entry<M>>]> {
        Arc::clone(&self.entries.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, change: impl FnOnce(&mut Vec<Arc<Entry<M>>>)) {
        let mut slot = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        let mut entries = slot.to_vec();
        change(&mut entries);
        *slot = Arc::from(entries);
    }
}

/// The reading end of one subscription. Dropping it unsubscribes.
#[derive(Debug)]
pub struct Subscription<M> {
    receiver: Receiver<Arc<M>>,
    // Weak, or the queue's own reader would keep the queue open for ever.
    entry: Weak<Entry<M>>,
    fanout: Weak<Fanout<M>>,
}

impl<M> Subscription<M> {
    /// Waits for the next message.
    ///
    /// # Errors
    /// The bus has shut down and the queue is empty.
    pub fn recv(&self) -> Result<Arc<M>, RecvError> {
        self.receiver.recv()
    }

    /// The next message, if one waits.
    ///
    /// # Errors
    /// `Empty`, or `Disconnected` after the bus has shut down.
    pub fn try_recv(&self) -> Result<Arc<M>, TryRecvError> {
        self.receiver.try_recv()
    }

    /// Waits at most `timeout` for the next message.
    ///
    /// # Errors
    /// `Timeout`, or `Disconnected` after the bus has shut down.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<Arc<M>, RecvTimeoutError> {
        self.receiver.recv_timeout(timeout)
    }

    /// The queue itself, for `select!` over several.
    pub fn receiver(&self) -> &Receiver<Arc<M>> {
        &self.receiver
    }

    /// Messages this ring has dropped so far; always 0 for a first-in-first-out queue, and after a shutdown.
    pub fn dropped(&self) -> u64 {
        self.entry.upgrade().map_or(0, |entry| entry.dropped.load(Relaxed))
    }

    pub(super) fn fanout(&self) -> Weak<Fanout<M>> {
        Weak::clone(&self.fanout)
    }
}

impl<M> Drop for Subscription<M> {
    fn drop(&mut self) {
        if let Some(fanout) = self.fanout.upgrade() {
            fanout.replace(|entries| entries.retain(|e| Arc::as_ptr(e) != self.entry.as_ptr()));
        }
    }
}
