//! In: a graph. Out: the device's memory for it.

use crate::compute::gpu::machine::Machine;
use crate::compute::layout::LayoutGraph;
use crate::error::Result;

use super::groups;
use super::tree::Tree;

/// Springs a thread adds up: rows of nodes with more are cut.
const SEGMENT: usize = 32;

/// Buffers of one graph.
#[derive(Debug)]
pub(super) struct Memory<B> {
    pub count: usize,
    pub segments: usize,
    pub nodes: B,
    pub push: Option<B>,
    pub slices: usize,
    pub pull: B,
    pub segment_table: B,
    pub springs: B,
    pub rows: B,
    pub traits: B,
    pub forces: B,
    pub parts: B,
    pub state: B,
    pub tree: Option<Tree<B>>,
    room: [usize; 3],
}

/// Node and first spring of every segment, with the end behind; and each node's first segment, with the end behind.
pub fn segments(offsets: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut table = Vec::new();
    let mut rows = Vec::with_capacity(offsets.len());
    for (node, ends) in offsets.windows(2).enumerate() {
        rows.push(table.len() as u32 / 2);
        for first in (ends[0]..ends[1]).step_by(SEGMENT) {
            table.extend([node as u32, first]);
        }
    }
    rows.push(table.len() as u32 / 2);
    table.extend([0, offsets.last().copied().unwrap_or(0)]);
    (table, rows)
}

impl<B: Send + std::fmt::Debug> Memory<B> {
    /// The graph on the device; `old` memory is used again where the graph fits into it.
    pub fn load<M: Machine<Buffer = B>>(m: &mut M, old: Option<Self>, graph: &LayoutGraph<'_>) -> Result<Self> {
        let count = graph.nodes.len();
        let (table, rows) = segments(graph.offsets);
        let segments = table.len() / 2 - 1;
        let springs = graph.neighbours.len();
        let fits = |memory: &Self| count <= memory.room[0] && segments <= memory.room[1] && springs <= memory.room[2];
        let mut memory = match old.filter(fits) {
            Some(memory) => memory,
            // Some room to grow: a graph that gains a node with every window must not move with every window.
            None => Self::room(m, [count, segments, springs].map(|size| size + size / 4 + 64))?,
        };
        if memory.count != count {
            memory.tree = None;
            memory.push = None;
        }
        memory.count = count;
        memory.segments = segments;
        // A renderer goes on drawing the graph before from its own buffer, until it hears of this one.
        memory.nodes = m.alloc(4 * memory.room[0])?;
        m.write(&mut memory.nodes, bytemuck::cast_slice(graph.nodes))?;
        m.write(&mut memory.segment_table, &table)?;
        m.write(&mut memory.rows, &rows)?;
        let springs: Vec<u32> = graph.neighbours.iter().flat_map(|(node, s)| [*node, s.to_bits()]).collect();
        m.write(&mut memory.springs, &springs)?;
        let traits: Vec<f32> = graph
            .mobility
            .iter()
            .zip(graph.lonely)
            .flat_map(|(mobility, lonely)| [*mobility, f32::from(u8::from(*lonely))])
            .collect();
        m.write(&mut memory.traits, bytemuck::cast_slice(&traits))?;
        let forces: Vec<f32> = graph.forces.iter().flat_map(|[x, y, z]| [*x, *y, *z, 0.0]).collect();
        m.write(&mut memory.forces, bytemuck::cast_slice(&forces))?;
        let state = [graph.speed, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        m.write(&mut memory.state, bytemuck::cast_slice(&state))?;
        Ok(memory)
    }

    fn room<M: Machine<Buffer = B>>(m: &mut M, room: [usize; 3]) -> Result<Self> {
        let [nodes, segments, springs] = room;
        Ok(Self {
            count: 0,
            segments: 0,
            nodes: m.alloc(4 * nodes)?,
            push: None,
            slices: 0,
            pull: m.alloc(4 * segments)?,
            segment_table: m.alloc(2 * segments + 2)?,
            springs: m.alloc(2 * springs)?,
            rows: m.alloc(nodes + 1)?,
            traits: m.alloc(2 * nodes)?,
            forces: m.alloc(4 * nodes)?,
            parts: m.alloc(4 * groups(nodes)[0] as usize)?,
            state: m.alloc(8)?,
            tree: None,
            room,
        })
    }

    /// Makes sure that there is room for `slices` pushes per node.
    pub fn push_room<M: Machine<Buffer = B>>(&mut self, m: &mut M, slices: usize) -> Result<()> {
        if self.push.is_none() || self.slices < slices {
            self.push = None;
            self.push = Some(m.alloc(4 * self.count * slices)?);
            self.slices = slices;
        }
        Ok(())
    }

    /// Makes sure that there is room for the tree.
    pub fn tree_room<M: Machine<Buffer = B>>(&mut self, m: &mut M) -> Result<()> {
        if self.tree.is_none() {
            self.tree = Some(Tree::new(m, self.count)?);
        }
        Ok(())
    }
}
