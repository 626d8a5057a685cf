//! Plain data that crosses a folder border. In: nothing. Out: the words every stage speaks.

mod candidate;
mod edge;
mod frame;
mod insight;
mod metrics;
mod samples;
mod schema;
mod snapshot;
mod truth;
mod window;

pub use candidate::{ArmKey, Candidate, EvalResult, GenReason, Reward};
pub use edge::{Edge, HyperEdge, LinkKey, LinkScore};
pub use frame::Frame;
pub use insight::Insight;
pub use metrics::{Metrics, Progress, RunState, StageTimings};
pub use samples::Samples;
pub use schema::{Column, ColumnKind, ColumnRole, DataFormat, ImportReport, Schema};
pub use snapshot::{NodeStats, Snapshot};
pub use truth::{Truth, TruthEdge, TruthHyperEdge, TruthSegment};
pub use window::{Moments, Pane, Window};
