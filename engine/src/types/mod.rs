//! Plain data that crosses a folder border. In: nothing. Out: the words every stage speaks.

mod candidate;
mod control;
mod edge;
mod frame;
mod insight;
mod limits;
mod metrics;
mod packet;
mod preparation;
mod prior;
mod samples;
mod schema;
mod signal;
mod snapshot;
mod telemetry;
mod truth;
mod window;

pub use candidate::{ArmKey, Candidate, EvalResult, GenReason, Reward};
pub use control::{Decision, DecisionOrigin, DecisionOutcome, GovernorState, LeverState, RuleStanding, RuleState};
pub use edge::{Edge, HyperEdge, LinkKey, LinkScore};
pub use frame::Frame;
pub use insight::Insight;
pub use limits::{MetaLimits, SyncLimits};
pub use metrics::{Metrics, Progress, RunState, StageTimings};
pub use packet::{CausalPair, ConceptCausalSummary, MetaSignalPack, Packet, PacketBase, PolicyOutcomePack};
pub use preparation::{LevelChange, Note, NoteKind, Preparation, Season, TrendVerdict, ValueKind, VariableProfile};
pub use prior::{AggregationMeta, MetaPriorUpdate, PolicyPack, PriorUpdate};
pub use samples::Samples;
pub use schema::{Column, ColumnKind, ColumnRole, DataFormat, ImportReport, Schema};
pub use signal::{Action, Signal};
pub use snapshot::{LEVELS_WANDER, NodeStats, STRAINED_INFLATION, Snapshot};
pub use telemetry::{MetaTelemetry, Readings, ResourceProfile, SimulationState, Telemetry};
pub use truth::{Truth, TruthEdge, TruthHyperEdge, TruthSegment};
pub use window::{Moments, Pane, Window};
