//! In: nodes. Out: the implicit tree over their order along the Hilbert curve, and what all nodes do to each through it.

use crate::compute::gpu::kernel;
use crate::compute::gpu::machine::Machine;
use crate::compute::layout::LayoutGraph;
use crate::error::Result;

use super::groups;
use super::sort::{counts_words, sort};

/// Bits of a place on the curve.
const KEY_BITS: u32 = 30;
/// Workgroups that look for the box around all nodes.
const BOXES: usize = 256;

/// Where each level begins and how many nodes it has, from the nodes themselves up.
pub fn levels(count: usize) -> Vec<[u32; 2]> {
    let mut levels = vec![[0, count as u32]];
    while let Some([first, below]) = levels.last().copied()
        && below > 4
    {
        levels.push([first + below, below.div_ceil(4)]);
    }
    levels
}

/// Buffers of a tree.
#[derive(Debug)]
pub struct Tree<B> {
    levels: Vec<[u32; 2]>,
    table: B,
    corners: B,
    keys: [B; 2],
    order: [B; 2],
    counts: B,
    /// `[x, y, z, mass]` of every part.
    pub parts: B,
    boxes: B,
    /// Squared diagonal of every part but the lowest.
    pub sizes: B,
}

impl<B: Send + std::fmt::Debug> Tree<B> {
    /// Room for the tree of `count` nodes, at least one.
    ///
    /// # Errors
    /// Those of the machine, here as below.
    pub fn new<M: Machine<Buffer = B>>(m: &mut M, count: usize) -> Result<Self> {
        let levels = levels(count);
        let all = levels.iter().map(|level| level[1] as usize).sum::<usize>();
        let mut table = m.alloc(2 * levels.len())?;
        m.write(&mut table, levels.as_flattened())?;
        Ok(Self {
            table,
            corners: m.alloc(8 * BOXES)?,
            keys: [m.alloc(count)?, m.alloc(count)?],
            order: [m.alloc(count)?, m.alloc(count)?],
            counts: m.alloc(counts_words(count))?,
            parts: m.alloc(4 * all)?,
            boxes: m.alloc(8 * (all - count).max(1))?,
            sizes: m.alloc(all)?,
            levels,
        })
    }

    /// Builds the tree of these nodes; returns their order along the curve.
    pub fn build<M: Machine<Buffer = B>>(&self, m: &mut M, nodes: &B) -> Result<&B> {
        let count = self.levels[0][1];
        let boxes = (count as usize).div_ceil(256).min(BOXES) as u32;
        m.launch(&kernel::BOUNDS, [boxes, 1, 1], &[count], &[nodes, &self.corners])?;
        let buffers = [nodes, &self.corners, &self.keys[0], &self.order[0]];
        m.launch(&kernel::HILBERT, groups(count as usize), &[count, boxes], &buffers)?;
        let [keys, more_keys] = &self.keys;
        let [order, more_order] = &self.order;
        let at = sort(m, count as usize, KEY_BITS, [keys, more_keys], [order, more_order], &self.counts)?;
        let order = &self.order[at];
        m.launch(&kernel::LEAVES, groups(count as usize), &[count], &[nodes, order, &self.parts])?;
        for pair in self.levels.windows(2) {
            let ([below_at, below], [at, parents]) = (pair[0], pair[1]);
            let parameters = [below, below_at, parents, at, count];
            let buffers = [&self.parts, &self.boxes, &self.sizes];
            m.launch(&kernel::POOL, groups(parents as usize), &parameters, &buffers)?;
        }
        Ok(order)
    }

    /// What all nodes do to each, `[count]`, into `push`.
    pub fn push<M: Machine<Buffer = B>>(&self, m: &mut M, nodes: &B, theta: f32, push: &B) -> Result<()> {
        let order = self.build(m, nodes)?;
        let count = self.levels[0][1];
        let parameters = [count, self.levels.len() as u32, (theta * theta).to_bits(), LayoutGraph::SOFTENING.to_bits()];
        let buffers = [&self.parts, &self.sizes, &self.table, order, push];
        m.launch(&kernel::TRAVERSE, groups(count as usize), &parameters, &buffers)
    }
}
