//! In: the store before and after a window. Out: the difference, for whoever tells it.

use crate::types::{HyperEdge, LinkKey};

/// What one window changed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes {
    /// Links accepted now and not in the store before.
    pub added: Vec<LinkKey>,
    /// Links that left.
    pub dropped: Vec<LinkKey>,
    /// Links whose effect changed sign: effect before and now, in standard deviations.
    pub reversed: Vec<(LinkKey, f64, f64)>,
    /// Hyperedges accepted for the first time.
    pub new_hyperedges: Vec<HyperEdge>,
}
