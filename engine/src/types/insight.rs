//! In: the difference between two windows. Out: a sentence-sized event worth telling someone.

use serde::Serialize;

use super::LinkKey;

/// Payload of `engine.insight`.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Insight {
    /// A link was accepted for the first time, or again after it had vanished.
    NewEdge {
        /// Which.
        link: LinkKey,
        /// Effect in data units.
        effect: f64,
        /// Window in which it happened.
        window: u64,
    },
    /// A link left the store.
    VanishedEdge {
        /// Which.
        link: LinkKey,
        /// Window in which it happened.
        window: u64,
    },
    /// A link's effect changed sign.
    ReversedEdge {
        /// Which.
        link: LinkKey,
        /// Effect before, in standard deviations.
        before: f64,
        /// Effect now, in standard deviations.
        after: f64,
        /// Window in which it happened.
        window: u64,
    },
    /// Several mechanisms changed together.
    RegimeChange {
        /// Number of the new regime.
        regime: u32,
        /// Row at which it began.
        start_row: u64,
        /// Variables whose mechanism changed.
        targets: Vec<u32>,
        /// Window in which it was seen.
        window: u64,
    },
    /// A hyperedge was accepted for the first time.
    NewHyperEdge {
        /// Sources with lags.
        sources: Vec<(u32, u32)>,
        /// Target.
        target: u32,
        /// Joint gain beyond the parts.
        excess: f64,
        /// Window in which it happened.
        window: u64,
    },
}

impl Insight {
    /// Bytes it holds.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + match self {
                Self::RegimeChange { targets, .. } => size_of_val(&**targets),
                Self::NewHyperEdge { sources, .. } => size_of_val(&**sources),
                Self::NewEdge { .. } | Self::VanishedEdge { .. } | Self::ReversedEdge { .. } => 0,
            }
    }
}
