//! In: the layout's state. Out: one picture of it, positions only, for whoever draws.

use serde::Serialize;

/// Positions of all nodes after some layout steps.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Frame {
    /// Running number.
    pub frame_id: u64,
    /// Window of the snapshot the layout follows.
    pub window: u64,
    /// `[x, y, z]` of each variable, then of each hyperedge junction.
    pub positions: Vec<[f32; 3]>,
    /// Radius that holds 95 % of the nodes, from the origin.
    pub radius: f32,
    /// Root mean square displacement of the last step, relative to `radius`.
    pub movement: f32,
    /// Whether the layout has come to rest.
    pub settled: bool,
}

impl Frame {
    /// Bytes it holds.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + size_of_val(&*self.positions)
    }
}
