//! In: messages of any subsystem. Out: each message at everyone who asked for its topic, typed, counted and isolated.
//!
//! ```
//! use scarcity_engine::runtime::{Bus, DataWindow, ProcessingMetrics, Queue};
//! use scarcity_engine::types::Metrics;
//!
//! let bus = Bus::default();
//! let metrics = bus.subscribe::<ProcessingMetrics>(Queue::Ring(1));
//! bus.publish::<ProcessingMetrics>(Metrics { window: 7, ..Metrics::default() });
//! assert_eq!(metrics.recv().expect("published above").window, 7);
//! assert_eq!(bus.stats().messages_published, 1);
//! ```

mod bus;
mod config;
mod fanout;
mod give_back;
mod knob;
mod listener;
mod stats;
mod tap;
mod topics;

pub use bus::Bus;
pub use config::RuntimeConfig;
pub use fanout::{Queue, Subscription};
pub use give_back::{give_back_memory, keep_freed_memory};
pub use knob::{Knob, Setter, knob};
pub use listener::Listener;
pub use stats::{BusStats, TopicStats};
pub use tap::Envelope;
pub use topics::{
    ALIASES, DataWindow, DrgDecision, DrgSignal, DrgState, DrgTelemetry, EngineInsight, EngineSnapshot,
    FederationPacket, FederationPolicyPack, MetaFmiUpdate, MetaPriorUpdateTopic, MetaTelemetryTopic, ProcessingMetrics,
    SimulationFrame, SimulationStateTopic, TOPICS, Topic, TopicInfo, resolve,
};
