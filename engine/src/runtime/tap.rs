//! In: messages of any topic. Out: JSON for logs, recordings and remote subscribers, made only where somebody asks.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};

use serde::Serialize;

use super::fanout::{Fanout, Patience, Queue, Subscription};
use super::topics::resolve;

/// One message as text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Envelope {
    /// Topic it was published under.
    pub topic: &'static str,
    /// Payload as JSON.
    pub json: String,
}

/// Bytes of text that may wait in one tap.
const TAP_BYTES: usize = 64 << 20;

/// The open taps. Each is a ring, so that an observer never holds a publisher.
#[derive(Debug, Default)]
pub(super) struct Taps {
    taps: RwLock<Vec<(String, Arc<Fanout<Envelope>>)>>,
    errors: AtomicU64,
}

impl Taps {
    pub fn open(&self, pattern: &str, room: usize) -> Subscription<Envelope> {
        let fanout = Arc::new(Fanout::default());
        let subscription = fanout.subscribe(Queue::Within { messages: room, bytes: TAP_BYTES });
        let mut taps = self.taps.write().unwrap_or_else(PoisonError::into_inner);
        taps.retain(|(_, tap)| tap.subscribers() > 0);
        taps.push((resolve(pattern).to_owned(), fanout));
        subscription
    }

    pub fn publish<M: Serialize>(&self, topic: &'static str, message: &M, patience: &Patience) {
        let taps = self.taps.read().unwrap_or_else(PoisonError::into_inner);
        let mut matching =
            taps.iter().filter(|(pattern, tap)| tap.subscribers() > 0 && matches(pattern, topic)).peekable();
        if matching.peek().is_none() {
            return;
        }
        match serde_json::to_string(message) {
            Ok(json) => {
                let envelope = Arc::new(Envelope { topic, json });
                for (_, tap) in matching {
                    tap.publish(topic, &envelope, envelope.json.len(), patience);
                }
            }
            Err(error) => {
                self.errors.fetch_add(1, Relaxed);
                tracing::warn!(topic, %error, "a message cannot be written as JSON; taps miss it");
            }
        }
    }

    pub fn close(&self) {
        self.taps.write().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub fn count(&self) -> usize {
        let taps = self.taps.read().unwrap_or_else(PoisonError::into_inner);
        taps.iter().filter(|(_, tap)| tap.subscribers() > 0).count()
    }

    pub fn errors(&self) -> u64 {
        self.errors.load(Relaxed)
    }
}

/// `a.b` matches itself; `a.*` matches every topic that begins with `a.`; `*` matches all.
fn matches(pattern: &str, topic: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == topic, |prefix| topic.starts_with(prefix))
}
