//! In: positions and an eye. Out: what is drawn, as indirect arguments; what is under the cursor, in eight bytes; which
//! nodes deserve a label. Nothing else leaves the device.

use half::f16;

use crate::compute::gpu::kernel;
use crate::compute::gpu::machine::{Machine, Slot};
use crate::error::Result;

use super::groups;
use super::sort::{counts_words, sort};

/// Words of an eye on the device.
const EYE_WORDS: usize = 24;

/// Where the picture is taken from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Eye {
    /// Columns of the matrix from the world to the clip space; `w` grows with the distance, and is 1 in parallel projection.
    pub clip_from_world: [[f32; 4]; 4],
    /// Width and height, in pixels.
    pub viewport_px: [f32; 2],
    /// Pixels per world unit where `w` is 1: half the height times the cotangent of half the field of view.
    pub pixels_per_unit: f32,
    /// Nodes are drawn and found with at least this radius, in pixels.
    pub least_radius_px: f32,
    /// Pixels per unit of an edge's width.
    pub pixels_per_width: f32,
}

/// An edge of a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SceneEdge {
    /// Both ends.
    pub ends: [u32; 2],
    /// Neither drawn nor found.
    pub hidden: bool,
    /// How it is drawn, 0 … 2.
    pub kind: u32,
    /// How far the control point of its curve is from the middle, as a share of the length; 0 = straight.
    pub bend: f32,
    /// Half its width, in the units of [`Eye::pixels_per_width`].
    pub half_width: f32,
}

impl SceneEdge {
    fn words(&self) -> [u32; 4] {
        let half = |value: f32| u32::from(f16::from_f32(value).to_bits());
        let [a, b] = self.ends;
        let marks = u32::from(self.hidden) | (self.kind.min(2) << 1);
        [a, b, marks, half(self.bend) | (half(self.half_width) << 16)]
    }
}

/// A node that deserves a label, and where it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Labelled {
    /// Its number.
    pub node: u32,
    /// `[x, y, z]`.
    pub place: [f32; 3],
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
    /// Radius in pixels, before it is brought to the least, below which a node is not drawn.
    pub least_px: f32,
    /// Edges drawn: the last, so many.
    pub edge_budget: u32,
    /// Vertices of a node.
    pub node_vertices: u32,
    /// Vertices of an edge of each kind.
    pub edge_vertices: [u32; 3],
}

/// A list of what is drawn, and the arguments of three draws of it.
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
    /// Three draws, `[vertices, instances, 0, 0, first place in the list]` each: nodes in full, discs, none.
    pub node_draws: &'a B,
    /// Edges by kind, then the hidden.
    pub edges: &'a B,
    /// The same for edges of each kind.
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
    /// Radius of each node in world units (0 = hidden), its priority for a label (0 = none), and the edges, the most
    /// important last.
    ///
    /// # Errors
    /// Those of the machine, here as below.
    pub fn set(&mut self, m: &mut M, radii: &[f32], priorities: &[u32], edges: &[SceneEdge]) -> Result<()> {
        self.count = radii.len();
        self.edge_count = edges.len();
        self.radii.with(m, bytemuck::cast_slice(radii))?;
        self.priorities.with(m, priorities)?;
        let ends: Vec<[u32; 4]> = edges.iter().map(SceneEdge::words).collect();
        self.ends.with(m, ends.as_flattened())?;
        Ok(())
    }

    /// Looks from another place.
    pub fn look(&mut self, m: &mut M, eye: &Eye) -> Result<()> {
        let mut words = [0.0f32; EYE_WORDS];
        words[..16].copy_from_slice(eye.clip_from_world.as_flattened());
        let [width, height] = eye.viewport_px;
        words[16..21].copy_from_slice(&[width, height, eye.pixels_per_unit, eye.least_radius_px, eye.pixels_per_width]);
        self.eye.with(m, bytemuck::cast_slice(&words))?;
        Ok(())
    }

    /// Finds out what is drawn of these positions.
    pub fn cull(&mut self, m: &mut M, positions: &M::Buffer, cull: &Cull) -> Result<Lists<'_, M::Buffer>> {
        let eye = self.eye.room(m, EYE_WORDS)?;
        let radii = self.radii.room(m, self.count)?;
        let parameters = [self.count as u32, cull.full_px.to_bits(), cull.least_px.to_bits()];
        let vertices = [cull.node_vertices; 3];
        let (nodes, node_draws) = self.nodes.fill(m, self.count, vertices, |m, classes, order| {
            let buffers = [&*eye, positions, &*radii, classes, order];
            m.launch(&kernel::CULL_NODES, groups(self.count), &parameters, &buffers)
        })?;
        let ends = self.ends.room(m, 4 * self.edge_count)?;
        let within = self.edge_count.min(cull.edge_budget as usize);
        let parameters = [within as u32, (self.edge_count - within) as u32];
        let (edges, edge_draws) = self.edges.fill(m, within, cull.edge_vertices, |m, classes, order| {
            let buffers = [&*eye, positions, &*ends, classes, order];
            m.launch(&kernel::CULL_EDGES, groups(within), &parameters, &buffers)
        })?;
        Ok(Lists { nodes, node_draws, edges, edge_draws })
    }

    /// Looks for what is at a place of the picture, in pixels from its top left corner: the nearest of the nodes that cover
    /// it, else the node or else the edge within `slack_px`. The answer, for [`Picked::from_words`], is in the buffer.
    pub fn seek(&mut self, m: &mut M, positions: &M::Buffer, at: [f32; 2], slack_px: f32) -> Result<&M::Buffer> {
        let eye = self.eye.room(m, EYE_WORDS)?;
        let radii = self.radii.room(m, self.count)?;
        let ends = self.ends.room(m, 4 * self.edge_count)?;
        let [of_nodes, of_edges] = [self.count, self.edge_count].map(groups);
        let all = of_nodes[0] + of_edges[0];
        let parts = self.parts.room(m, 2 * all as usize)?;
        let best = self.best.room(m, Picked::WORDS)?;
        let [x, y] = at.map(f32::to_bits);
        let parameters = [self.count as u32, x, y, slack_px.to_bits()];
        m.launch(&kernel::PICK_NODES, of_nodes, &parameters, &[eye, positions, radii, parts])?;
        let parameters = [self.edge_count as u32, x, y, slack_px.to_bits(), of_nodes[0]];
        m.launch(&kernel::PICK_EDGES, of_edges, &parameters, &[eye, positions, ends, parts])?;
        m.launch(&kernel::PICK_BEST, [1, 1, 1], &[all], &[parts, best])?;
        Ok(best)
    }

    /// [`Scene::seek`], and the answer.
    pub fn pick(&mut self, m: &mut M, positions: &M::Buffer, at: [f32; 2], slack_px: f32) -> Result<Option<Picked>> {
        self.seek(m, positions, at, slack_px)?;
        let mut found = [0; Picked::WORDS];
        let best = self.best.room(m, Picked::WORDS)?;
        m.read(best, &mut found)?;
        Ok(Picked::from_words(found))
    }

    /// Looks for the node with the highest priority in each cell of a grid over the picture, `[rows, columns]`. The
    /// answer, [`Labelled::words`] long and for [`Labelled::from_words`], is in the buffer.
    pub fn survey(&mut self, m: &mut M, positions: &M::Buffer, grid: [u32; 2]) -> Result<&M::Buffer> {
        let [columns, rows] = grid;
        let cells = (columns * rows) as usize;
        let mut words = vec![0; cells];
        words.resize(2 * cells, u32::MAX);
        words.resize(Labelled::words(grid), 0);
        let eye = self.eye.room(m, EYE_WORDS)?;
        let priorities = self.priorities.room(m, self.count)?;
        let found = self.cells.with(m, &words)?;
        for launch in 0..3 {
            let parameters = [self.count as u32, columns, rows, launch];
            m.launch(&kernel::LABELS, groups(self.count), &parameters, &[eye, positions, priorities, found])?;
        }
        Ok(found)
    }

    /// [`Scene::survey`], and the answer.
    pub fn labels(&mut self, m: &mut M, positions: &M::Buffer, grid: [u32; 2]) -> Result<Vec<Option<Labelled>>> {
        self.survey(m, positions, grid)?;
        let mut words = vec![0; Labelled::words(grid)];
        let found = self.cells.room(m, words.len())?;
        m.read(found, &mut words)?;
        Ok(Labelled::from_words(&words))
    }
}

impl Picked {
    /// Words of an answer: eight bytes.
    pub const WORDS: usize = 2;

    /// What [`Scene::seek`] has found.
    pub fn from_words([score, number]: [u32; Self::WORDS]) -> Option<Self> {
        /// Scores of edges start here, as in `pick_edges.wgsl`.
        const BEHIND: f32 = 1024.0;
        match score {
            u32::MAX => None,
            score if f32::from_bits(score) < BEHIND => Some(Self::Node(number)),
            _ => Some(Self::Edge(u32::MAX - number)),
        }
    }
}

impl Labelled {
    /// Words of an answer about a grid of so many columns and rows.
    pub fn words([columns, rows]: [u32; 2]) -> usize {
        5 * (columns * rows) as usize
    }

    /// What [`Scene::survey`] has found, cell by cell.
    pub fn from_words(words: &[u32]) -> Vec<Option<Self>> {
        let cells = words.len() / 5;
        let (nodes, places) = (&words[cells..2 * cells], words[2 * cells..].chunks_exact(3));
        nodes
            .iter()
            .zip(places)
            .map(|(&node, at)| {
                (node != u32::MAX).then(|| Self { node, place: [at[0], at[1], at[2]].map(f32::from_bits) })
            })
            .collect()
    }
}

impl<B> List<B> {
    /// Sorts by the class that `classify` writes, and writes the draws.
    fn fill<M: Machine<Buffer = B>>(
        &mut self,
        m: &mut M,
        count: usize,
        vertices: [u32; 3],
        classify: impl FnOnce(&mut M, &B, &B) -> Result<()>,
    ) -> Result<(&B, &B)> {
        let [from, to] = &mut self.classes;
        let (from, to) = (from.room(m, count)?, to.room(m, count)?);
        let [unsorted, sorted] = &mut self.order;
        let (unsorted, sorted) = (unsorted.room(m, count)?, sorted.room(m, count)?);
        let counts = self.counts.room(m, counts_words(count))?;
        let draws = self.draws.room(m, 15)?;
        classify(m, from, unsorted)?;
        // One digit: the counts are left as where each class begins.
        sort(m, count, 4, [from, to], [unsorted, sorted], counts)?;
        let blocks = (counts_words(count) / 16) as u32;
        let [full, disc, rest] = vertices;
        m.launch(&kernel::INDIRECT, [1, 1, 1], &[blocks, full, disc, rest], &[counts, draws])?;
        Ok((sorted, draws))
    }
}
