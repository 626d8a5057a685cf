//! In: the one table of topics. Out: a type per topic that carries its name and its payload, and the names as text.

use std::sync::Arc;

use serde::Serialize;

use super::fanout::Fanout;
use super::stats::TopicStats;
use crate::types::{
    Decision, Frame, GovernorState, Insight, MetaPriorUpdate, MetaTelemetry, Metrics, Packet, PolicyPack, PriorUpdate,
    Signal, SimulationState, Snapshot, Telemetry, Window,
};

/// A topic: what it is called and what it carries. The types are made by the table in this file.
pub trait Topic: private::Route {
    /// Name, or `family.*` where the message names its member.
    const NAME: &'static str;

    /// Name under which this message is published.
    fn name(message: &Self::Message) -> &'static str;
}

/// Kept apart from [`Topic`] so that nobody outside the table can add a topic that the bus does not carry.
mod private {
    use super::{Arc, Fanout, Serialize, Topics};

    pub trait Route: 'static {
        /// Payload.
        type Message: Serialize + Send + Sync + 'static;

        #[expect(private_interfaces, reason = "a sealed trait: only this crate's table implements and calls it")]
        fn fanout(topics: &Topics) -> &Arc<Fanout<Self::Message>>;

        /// Bytes a waiting message holds, about.
        fn bytes(message: &Self::Message) -> usize;
    }
}

/// One line of the table, for people and logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TopicInfo {
    /// Name, or `family.*`.
    pub name: &'static str,
    /// Type of the payload, in `types`.
    pub payload: &'static str,
    /// What is published when.
    pub about: &'static str,
}

macro_rules! topics {
    ($($(#[doc = $about:literal])+ $topic:ident / $field:ident = $name:literal: $message:ident
        $(, by $by:path)? $(, holds $bytes:path)?;)+) => {
        $(
            $(#[doc = $about])+
            #[derive(Debug, Clone, Copy)]
            pub enum $topic {}

            impl private::Route for $topic {
                type Message = $message;

                #[expect(private_interfaces, reason = "see the trait")]
                fn fanout(topics: &Topics) -> &Arc<Fanout<$message>> {
                    &topics.$field
                }

                fn bytes(message: &$message) -> usize {
                    topics!(@bytes message $(, $bytes)?)
                }
            }

            impl Topic for $topic {
                const NAME: &'static str = $name;

                fn name(_message: &$message) -> &'static str {
                    topics!(@name _message, $name $(, $by)?)
                }
            }
        )+

        /// Every topic, in the order of the data flow.
        pub const TOPICS: &[TopicInfo] = &[
            $(TopicInfo { name: $name, payload: stringify!($message), about: concat!($($about),+).trim_ascii() },)+
        ];

        /// One fan-out per topic.
        #[derive(Debug, Default)]
        pub(super) struct Topics {
            $($field: Arc<Fanout<$message>>,)+
        }

        impl Topics {
            pub fn stats(&self) -> Vec<TopicStats> {
                vec![$(self.$field.stats($name),)+]
            }

            pub fn close(&self) {
                $(self.$field.close();)+
            }
        }
    };
    (@bytes $message:ident) => { size_of_val($message) };
    (@bytes $message:ident, $bytes:path) => { $bytes($message) };
    (@name $message:ident, $name:literal) => { $name };
    (@name $message:ident, $name:literal, $by:path) => { $by($message) };
}

topics! {
    /// A full window of aligned rows; the head of the pipeline.
    DataWindow / data_window = "data_window": Window, holds Window::bytes;
    /// What a window cost and found, once per window.
    ProcessingMetrics / processing_metrics = "processing_metrics": Metrics;
    /// The graph after a window.
    EngineSnapshot / engine_snapshot = "engine.snapshot": Snapshot, holds Snapshot::bytes;
    /// A link appeared, vanished or reversed, or the regime changed.
    EngineInsight / engine_insight = "engine.insight": Insight, holds Insight::bytes;
    /// Readings of CPU, memory, GPU and I/O, once per control interval.
    DrgTelemetry / drg_telemetry = "drg.telemetry": Telemetry;
    /// The governor acted; the topic's last word is the action.
    DrgSignal / drg_signal = "drg.signal.*": Signal, by Signal::topic;
    /// One change of one lever with its cause and outcome, also those a person asked for or a dry run left undone.
    DrgDecision / drg_decision = "drg.decision": Decision;
    /// Rules and levers of the governor, whenever they stand differently.
    DrgState / drg_state = "drg.state": GovernorState;
    /// The global prior after a meta-learning update.
    MetaPriorUpdateTopic / meta_prior_update = "meta_prior_update": PriorUpdate;
    /// How meta-learning is doing.
    MetaTelemetryTopic / meta_telemetry = "meta.telemetry": MetaTelemetry;
    /// Priors aggregated from the packets of other sites.
    MetaFmiUpdate / meta_fmi_update = "meta.fmi_update": MetaPriorUpdate;
    /// The layout started, came to rest or was held.
    SimulationStateTopic / simulation_state = "simulation.state": SimulationState;
    /// Positions of all nodes, at most 60 times per second while they move.
    SimulationFrame / simulation_frame = "simulation.frame": Frame, holds Frame::bytes;
    /// What one domain saw with which settings.
    FederationPolicyPack / federation_policy_pack = "federation.policy_pack": PolicyPack;
    /// A packet between sites.
    FederationPacket / federation_packet = "federation.packet": Packet;
}

/// The specification's second list of names, and what each stands for here.
pub const ALIASES: &[(&str, &str)] = &[
    ("resource_profile", "drg.telemetry"),
    ("meta_update", "meta_prior_update"),
    ("meta_metrics", "meta.telemetry"),
    ("federation_update", "federation.policy_pack"),
    ("simulation_state", "simulation.state"),
];

/// The name behind an alias; any other name is returned as it is.
pub fn resolve(name: &str) -> &str {
    ALIASES.iter().find(|(alias, _)| *alias == name).map_or(name, |(_, topic)| topic)
}
