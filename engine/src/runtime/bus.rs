//! In: publishers and subscribers of any thread. Out: one bus between them, with taps, statistics and an orderly end.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, bounded};

use super::config::RuntimeConfig;
use super::fanout::{Patience, Queue, Subscription};
use super::listener::{self, Listener, Worker};
use super::stats::{BusStats, TopicStats};
use super::tap::{Envelope, Taps};
use super::topics::{Topic, Topics};
use crate::error::Result;

/// The typed bus. Clones are handles to the same bus; it closes when the last one is dropped, or on
/// [`Bus::shutdown`].
#[derive(Debug, Clone)]
pub struct Bus {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    topics: Topics,
    taps: Taps,
    patience: Patience,
    /// Dropped to close: a publisher that waits for a slow reader wakes at once.
    open: Mutex<Option<Sender<Infallible>>>,
    workers: Mutex<Vec<Worker>>,
}

impl Default for Bus {
    fn default() -> Self {
        Self::new(&RuntimeConfig::default())
    }
}

impl Bus {
    /// A bus without subscribers.
    pub fn new(config: &RuntimeConfig) -> Self {
        let (open, closing) = bounded(0);
        let stall_warning = Duration::try_from_secs_f64(config.stall_warning_s).unwrap_or(Duration::MAX);
        Self {
            shared: Arc::new(Shared {
                topics: Topics::default(),
                taps: Taps::default(),
                patience: Patience { closing, stall_warning },
                open: Mutex::new(Some(open)),
                workers: Mutex::new(Vec::new()),
            }),
        }
    }

    /// Hands the message to every subscriber of `T`. Waits only for full [`Queue::Fifo`] readers; does nothing after
    /// a shutdown.
    pub fn publish<T: Topic>(&self, message: impl Into<Arc<T::Message>>) {
        if self.is_closed() {
            return;
        }
        let message = message.into();
        let name = T::name(&message);
        self.shared.taps.publish(name, &*message, &self.shared.patience);
        let bytes = T::bytes(&message);
        T::fanout(&self.shared.topics).publish(name, &message, bytes, &self.shared.patience);
    }

    /// Subscribes to `T` from now on. After a shutdown the subscription is at its end.
    pub fn subscribe<T: Topic>(&self, queue: Queue) -> Subscription<T::Message> {
        let fanout = T::fanout(&self.shared.topics);
        let subscription = fanout.subscribe(queue);
        // Looked at afterwards: a shutdown that runs at the same time either sees the subscriber or is seen here.
        if self.is_closed() {
            fanout.close();
        }
        subscription
    }

    /// Calls back on a thread of its own, named `name`, with every message of `T`. A panic of the callback is counted
    /// as a delivery error; publisher, other subscribers and the callback itself go on.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] when the system has no thread left.
    pub fn on<T: Topic>(
        &self,
        name: &str,
        queue: Queue,
        callback: impl FnMut(&T::Message) + Send + 'static,
    ) -> Result<Listener> {
        let (listener, worker) = listener::spawn(name, T::NAME, self.subscribe::<T>(queue), callback)?;
        let mut workers = self.workers();
        workers.retain(|w| !w.is_finished());
        workers.push(worker);
        Ok(listener)
    }

    /// Every message whose topic matches `pattern`, as JSON: a topic's name, an alias, `family.*`, or `*`. Keeps the
    /// newest `room`, 64 MB at most.
    pub fn tap(&self, pattern: &str, room: usize) -> Subscription<Envelope> {
        let tap = self.shared.taps.open(pattern, room);
        if self.is_closed() {
            self.shared.taps.close();
        }
        tap
    }

    /// Counters of the whole bus.
    pub fn stats(&self) -> BusStats {
        let mut stats = BusStats {
            delivery_errors: self.shared.taps.errors(),
            taps: self.shared.taps.count(),
            ..BusStats::default()
        };
        for topic in self.topics() {
            stats.add(&topic);
        }
        stats
    }

    /// Counters of every topic, in the order of the data flow.
    pub fn topics(&self) -> Vec<TopicStats> {
        self.shared.topics.stats()
    }

    /// Closes every queue (what waits in them can still be read), then waits for the callback threads. Returns the
    /// names of those that did not stop in time.
    #[must_use = "threads that did not stop deserve a word in the log"]
    pub fn shutdown(&self, timeout: Duration) -> Vec<String> {
        self.shared.open.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.shared.topics.close();
        self.shared.taps.close();
        let deadline = Instant::now() + timeout;
        let workers = std::mem::take(&mut *self.workers());
        workers.into_iter().filter_map(|worker| worker.join(deadline).err()).collect()
    }

    fn is_closed(&self) -> bool {
        self.shared.open.lock().unwrap_or_else(PoisonError::into_inner).is_none()
    }

    fn workers(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.shared.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
