//! In: the counters of every topic. Out: the bus's statistics under the specification's names.

use serde::Serialize;

/// Counters of one topic since the bus was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct TopicStats {
    /// Topic, or family of topics.
    pub name: &'static str,
    /// Subscribers now.
    pub subscribers: usize,
    /// Messages published.
    pub published: u64,
    /// Messages handed to a subscriber, not displaced by newer ones and not failed on.
    pub delivered: u64,
    /// Messages displaced by newer ones in a ring.
    pub dropped: u64,
    /// Messages a callback panicked on.
    pub errors: u64,
}

/// Counters of the whole bus since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct BusStats {
    /// Messages published.
    pub messages_published: u64,
    /// Messages handed to a subscriber, not displaced by newer ones and not failed on.
    pub messages_delivered: u64,
    /// Messages displaced by newer ones in a ring.
    pub messages_dropped: u64,
    /// Messages a callback panicked on, and messages a tap could not be given as JSON.
    pub delivery_errors: u64,
    /// Topics with at least one subscriber.
    pub topics_active: usize,
    /// Subscribers over all topics; taps are not counted.
    pub total_subscribers: usize,
    /// Open taps.
    pub taps: usize,
}

impl BusStats {
    pub(super) fn add(&mut self, topic: &TopicStats) {
        self.messages_published += topic.published;
        self.messages_delivered += topic.delivered;
        self.messages_dropped += topic.dropped;
        self.delivery_errors += topic.errors;
        self.topics_active += usize::from(topic.subscribers > 0);
        self.total_subscribers += topic.subscribers;
    }
}
