//! In: positions and an eye. Out: what is drawn, as indirect arguments; what is under the cursor, in eight bytes; which
//! nodes deserve a label. Nothing else leaves the device.

use crate::compute::gpu::kernel;
use crate::compute::gpu::machine::{Machine, Slot};
use crate::error::Result;

use super::groups;
use super::sort::{counts_words, sort};

/// Where the picture is taken from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Eye {
    /// Columns of the matrix from the world to the clip space; `w` grows with the distance, and is 1 in parallel projection.
    pub clip_from_world: [[f32; 4]; 4],
    /// Width and height, in pixels.
    pub viewport_px: [f32; 2],
    /// Pixels per world unit where `w` is 1: half the height times the cotangent of half the field of view.
    pub pixels_per_unit: f32,
}

/// What is under the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picked {
    /// A node, by number.
    Node(u32),
    /// An edge, by number.
    Edge(u32),
}

/// Limits of what is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cull {
    /// Radius in pixels from which on a node is drawn in full, below it is a disc.
    pub full_px: f32,
    /// Radius in pixels below which a node is not drawn.
    pub least_px: f32,
    /// Edges drawn, by importance; marked ones come on top.
    pub edge_budget: u32,
    /// Vertices of a node and of an edge.
    pub vertices: [u32; 2],
}

/// A list of what is drawn, and the arguments of two draws of it.
#[derive(Debug)]
struct List<B> {
    classes: [Slot<B>; 2],
    order: [Slot<B>; 2],
    counts: Slot<B>,
    draws: Slot<B>,
}

impl<B> Default for List<B> {
    fn default() -> Self {
        Self { classes: Default::default(), order: Default::default(), counts: Slot::default(), draws: Slot::default() }
    }
}

/// Buffers a renderer draws from.
#[derive(Debug)]
pub struct Lists<'a, B> {
    /// Nodes by class: those drawn in full, discs, the hidden.
    pub nodes: &'a B,
    /// Two draws, `[vertices, instances, 0, 0, first place in the list]` each: nodes in full, discs.
    pub node_draws: &'a B,
    /// Edges: those drawn, the hidden.
    pub edges: &'a B,
    /// The same for edges; the second draw is empty.
    pub edge_draws: &'a B,
}

/// What is drawn of a graph, beside its positions.
#[derive(Debug)]
pub struct Scene<M: Machine> {
    eye: Slot<M::Buffer>,
    radii: Slot<M::Buffer>,
    ends: Slot<M::Buffer>,
    priorities: Slot<M::Buffer>,
    nodes: List<M::Buffer>,
    edges: List<M::Buffer>,
    parts: Slot<M::Buffer>,
    best: Slot<M::Buffer>,
    cells: Slot<M::Buffer>,
    count: usize,
    edge_count: usize,
}

impl<M: Machine> Default for Scene<M> {
    fn default() -> Self {
        Self {
            eye: Slot::default(),
            radii: Slot::default(),
            ends: Slot::default(),
            priorities: Slot::default(),
            nodes: List::default(),
            edges: List::default(),
            parts: Slot::default(),
            best: Slot::default(),
            cells: Slot::default(),
            count: 0,
            edge_count: 0,
        }
    }
}

impl<M: Machine> Scene<M> {
    /// Radius of each node in world units (0 = hidden), its priority for a label (0 = none), and for each edge, the most
    /// important first, both ends and marks: 1 hidden, 2 always drawn.
    ///
    /// # Errors
    /// Those of the machine, here as below.
    pub fn set(&mut self, m: &mut M, radii: &[f32], priorities: &[u32], edges: &[(u32, u32, u32)]) -> Result<()> {
        self.count = radii.len();
        self.edge_count = edges.len();
        self.radii.with(m, bytemuck::cast_slice(radii))?;
        self.priorities.with(m, priorities)?;
        let ends: Vec<u32> = edges.iter().flat_map(|(a, b, marks)| [*a, *b, *marks, 0]).collect();
        self.ends.with(m, &ends)?;
        Ok(())
    }

    /// Looks from another place.
    pub fn look(&mut self, m: &mut M, eye: &Eye) -> Result<()> {
        let mut words = [0.0f32; 20];
        words[..16].copy_from_slice(eye.clip_from_world.as_flattened());
        words[16..19].copy_from_slice(&[eye.viewport_px[0], eye.viewport_px[1], eye.pixels_per_unit]);
        self.eye.with(m, bytemuck::cast_slice(&words))?;
        Ok(())
    }

    /// Finds out what is drawn of these positions.
    pub fn cull(&mut self, m: &mut M, positions: &M::Buffer, cull: &Cull) -> Result<Lists<'_, M::Buffer>> {
        let eye = self.eye.room(m, 20)?;
        let radii = self.radii.room(m, self.count)?;
        let parameters = [self.count as u32, cull.full_px.to_bits(), cull.least_px.to_bits()];
        let (nodes, node_draws) = self.nodes.fill(m, self.count, cull.vertices[0], |m, classes, order| {
            let buffers = [&*eye, positions, &*radii, classes, order];
            m.launch(&kernel::CULL_NODES, groups(self.count), &parameters, &buffers)
        })?;
        let ends = self.ends.room(m, 4 * self.edge_count)?;
        let parameters = [self.edge_count as u32, cull.edge_budget];
        let (edges, edge_draws) = self.edges.fill(m, self.edge_count, cull.vertices[1], |m, classes, order| {
            let buffers = [&*eye, positions, &*ends, classes, order];
            m.launch(&kernel::CULL_EDGES, groups(self.edge_count), &parameters, &buffers)
        })?;
        Ok(Lists { nodes, node_draws, edges, edge_draws })
    }

    /// The node at a place of the picture, in pixels from its top left corner, or else the edge.
    pub fn pick(&mut self, m: &mut M, positions: &M::Buffer, at: [f32; 2], slack_px: f32) -> Result<Option<Picked>> {
        let eye = self.eye.room(m, 20)?;
        let radii = self.radii.room(m, self.count)?;
        let ends = self.ends.room(m, 4 * self.edge_count)?;
        let most = groups(self.count.max(self.edge_count))[0] as usize;
        let parts = self.parts.room(m, 2 * most)?;
        let best = self.best.room(m, 2)?;
        for (kernel, count, of, what) in [
            (&kernel::PICK_NODES, self.count, &*radii, Picked::Node as fn(u32) -> Picked),
            (&kernel::PICK_EDGES, self.edge_count, &*ends, Picked::Edge),
        ] {
            if count == 0 {
                continue;
            }
            let parameters = [count as u32, at[0].to_bits(), at[1].to_bits(), slack_px.to_bits()];
            m.launch(kernel, groups(count), &parameters, &[eye, positions, of, parts])?;
            m.launch(&kernel::PICK_BEST, [1, 1, 1], &[groups(count)[0]], &[parts, best])?;
            let mut found = [0; 2];
            m.read(best, &mut found)?;
            if found[1] != u32::MAX {
                return Ok(Some(what(found[1])));
            }
        }
        Ok(None)
    }

    /// The node with the highest priority in each cell of a grid over the picture, `[rows, columns]`.
    pub fn labels(&mut self, m: &mut M, positions: &M::Buffer, grid: [u32; 2]) -> Result<Vec<Option<u32>>> {
        let [columns, rows] = grid;
        let cells = (columns * rows) as usize;
        let mut words = vec![0; cells];
        words.resize(2 * cells, u32::MAX);
        let eye = self.eye.room(m, 20)?;
        let priorities = self.priorities.room(m, self.count)?;
        let found = self.cells.with(m, &words)?;
        for second in 0..2 {
            let parameters = [self.count as u32, columns, rows, second];
            m.launch(&kernel::LABELS, groups(self.count), &parameters, &[eye, positions, priorities, found])?;
        }
        m.read(found, &mut words)?;
        Ok(words[cells..].iter().map(|node| (*node != u32::MAX).then_some(*node)).collect())
    }
}

impl<B> List<B> {
    /// Sorts by the class that `classify` writes, and writes the draws.
    fn fill<M: Machine<Buffer = B>>(
        &mut self,
        m: &mut M,
        count: usize,
        vertices: u32,
        classify: impl FnOnce(&mut M, &B, &B) -> Result<()>,
    ) -> Result<(&B, &B)> {
        let [from, to] = &mut self.classes;
        let (from, to) = (from.room(m, count)?, to.room(m, count)?);
        let [unsorted, sorted] = &mut self.order;
        let (unsorted, sorted) = (unsorted.room(m, count)?, sorted.room(m, count)?);
        let counts = self.counts.room(m, counts_words(count))?;
        let draws = self.draws.room(m, 10)?;
        classify(m, from, unsorted)?;
        // One digit: the counts are left as where each class begins.
        sort(m, count, 4, [from, to], [unsorted, sorted], counts)?;
        let blocks = (counts_words(count) / 16) as u32;
        m.launch(&kernel::INDIRECT, [1, 1, 1], &[blocks, vertices], &[counts, draws])?;
        Ok((sorted, draws))
    }
}
