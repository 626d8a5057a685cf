//! In: a rule that fired. Out: the payload of `drg.signal.*`, one topic per action.

use serde::{Deserialize, Serialize};

/// What the governor can ask of a subsystem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Use less of the resource.
    ScaleDown,
    /// Use more of the resource again.
    ScaleUp,
    /// Smaller batches.
    ReduceBatch,
    /// Leave out work of low priority.
    DropLowPriority,
    /// Put off synchronisation with other sites.
    DelaySync,
    /// Give cached memory back.
    FlushCache,
    /// Coarser pictures. The specification's name; "increase" is meant of the level, not of the detail.
    IncreaseLod,
}

impl Action {
    /// Every action, in the specification's order.
    pub const ALL: [Self; 7] = [
        Self::ScaleDown,
        Self::ScaleUp,
        Self::ReduceBatch,
        Self::DropLowPriority,
        Self::DelaySync,
        Self::FlushCache,
        Self::IncreaseLod,
    ];

    /// Topic a signal of this action is published under.
    pub const fn topic(self) -> &'static str {
        match self {
            Self::ScaleDown => "drg.signal.scale_down",
            Self::ScaleUp => "drg.signal.scale_up",
            Self::ReduceBatch => "drg.signal.reduce_batch",
            Self::DropLowPriority => "drg.signal.drop_low_priority",
            Self::DelaySync => "drg.signal.delay_sync",
            Self::FlushCache => "drg.signal.flush_cache",
            Self::IncreaseLod => "drg.signal.increase_lod",
        }
    }
}

/// Payload of `drg.signal.*`: the governor acted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// Who was asked.
    pub subsystem: String,
    /// For what.
    pub action: Action,
    /// Reading that caused it.
    pub metric: String,
    /// Limit it crossed.
    pub threshold: f64,
    /// Intensity, `[0, 1]`.
    pub factor: f64,
}

impl Signal {
    /// Topic of this signal, `drg.signal.{action}`.
    pub const fn topic(&self) -> &'static str {
        self.action.topic()
    }
}
