//! In: where the layout's positions are. Out: the same for a renderer, which draws them from there.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::compute::layout::Shown;
use crate::types::Snapshot;

/// Positions in a buffer of the renderer's own device.
#[derive(Debug, Clone)]
pub struct DrawnPositions {
    /// `[x, y, z, mass]` per node, in 32 bits each; longer than the nodes need.
    pub buffer: wgpu::Buffer,
    /// Nodes: the variables, then the junctions of hyperedges, as in the snapshot.
    pub nodes: usize,
    /// The snapshot laid out, as it was published.
    pub snapshot: Arc<Snapshot>,
    /// Frame that told of them.
    pub frame_id: u64,
}

/// Where a renderer finds the positions to draw.
#[derive(Debug, Clone, Default)]
pub struct Drawn(Arc<Mutex<Option<DrawnPositions>>>);

impl Drawn {
    /// The newest positions; `None` before the first graph.
    pub fn latest(&self) -> Option<DrawnPositions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set(&self, positions: DrawnPositions) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(positions);
    }
}

/// Time between frames that carry positions although a renderer draws the buffer.
pub(super) const MIRROR: Duration = Duration::from_secs(1);

/// What a renderer is given.
pub(super) struct Drawing {
    pub shown: Shown,
    pub drawn: Drawn,
    /// When positions of this graph were last copied to the processor.
    pub mirrored: Option<Instant>,
}
