//! In: nothing. Out: what layout devices are given and what they answer.

/// A graph and the state of its motion.
///
/// The force on node `i` with mass `m_i` at `x_i`, with `d = |x_i - x_j|`:
///
/// ```text
/// repulsion   repulsion · m_i · Σ_j m_j (x_i - x_j) / (d² + SOFTENING)
/// springs     Σ_j w_ij (x_j - x_i)
/// gravity     -gravity · m_i · x_i · min(1, reach / |x_i|)                          nodes with springs
/// shell       -SHELL_STIFFNESS · gravity · m_i · (|x_i| - shell_radius) x_i / |x_i|  lonely nodes
/// ```
///
/// A node moves along its force by `alpha · mobility · speed · c / stiffness`, where `stiffness` is the sum of the
/// factors of `x_i` above, and `c` and `speed` are ForceAtlas2's local and global speeds from swing and traction.
#[derive(Debug, Clone, Copy)]
pub struct LayoutGraph<'a> {
    /// `[x, y, z, mass]` per node.
    pub nodes: &'a [[f32; 4]],
    /// Force per node in the step before, zero at first.
    pub forces: &'a [[f32; 3]],
    /// How freely each node moves, 0 = pinned.
    pub mobility: &'a [f32],
    /// Whether a node is held on the shell around the others.
    pub lonely: &'a [bool],
    /// Offsets into `neighbours`, `[nodes + 1]`: springs in compressed rows, both directions present.
    pub offsets: &'a [u32],
    /// Neighbour and spring strength.
    pub neighbours: &'a [(u32, f32)],
    /// Global speed, carried from step to step; 1 at first.
    pub speed: f32,
}

impl LayoutGraph<'_> {
    /// Added to squared distances, in squared world units, so that close nodes do not fling each other away.
    pub const SOFTENING: f32 = 1e-4;
    /// How much stronger than gravity a node is held on its shell.
    pub const SHELL_STIFFNESS: f32 = 20.0;
    /// Bounds of the global speed. Above 1 steps overshoot on purpose, which helps where all nodes move together.
    pub const SPEED: std::ops::RangeInclusive<f32> = 0.2..=2.0;
}

/// A graph and the state of its motion, for those who keep one.
#[derive(Debug, Clone)]
pub struct OwnedGraph {
    /// As [`LayoutGraph::nodes`], and so on.
    pub nodes: Vec<[f32; 4]>,
    /// Force per node.
    pub forces: Vec<[f32; 3]>,
    /// How freely each node moves.
    pub mobility: Vec<f32>,
    /// Whether a node is held on the shell.
    pub lonely: Vec<bool>,
    /// Offsets into `neighbours`.
    pub offsets: Vec<u32>,
    /// Neighbour and spring strength.
    pub neighbours: Vec<(u32, f32)>,
    /// Global speed.
    pub speed: f32,
}

impl Default for OwnedGraph {
    /// Without nodes.
    fn default() -> Self {
        Self {
            nodes: Vec::new(),
            forces: Vec::new(),
            mobility: Vec::new(),
            lonely: Vec::new(),
            offsets: vec![0],
            neighbours: Vec::new(),
            speed: 1.0,
        }
    }
}

impl From<&LayoutGraph<'_>> for OwnedGraph {
    fn from(graph: &LayoutGraph<'_>) -> Self {
        Self {
            nodes: graph.nodes.to_vec(),
            forces: graph.forces.to_vec(),
            mobility: graph.mobility.to_vec(),
            lonely: graph.lonely.to_vec(),
            offsets: graph.offsets.to_vec(),
            neighbours: graph.neighbours.to_vec(),
            speed: graph.speed,
        }
    }
}

impl OwnedGraph {
    /// The graph, lent.
    pub fn lend(&self) -> LayoutGraph<'_> {
        LayoutGraph {
            nodes: &self.nodes,
            forces: &self.forces,
            mobility: &self.mobility,
            lonely: &self.lonely,
            offsets: &self.offsets,
            neighbours: &self.neighbours,
            speed: self.speed,
        }
    }

    /// Springs of a node.
    pub fn springs(&self, node: usize) -> &[(u32, f32)] {
        &self.neighbours[self.offsets[node] as usize..self.offsets[node + 1] as usize]
    }
}

/// How repulsion is summed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Repulsion {
    /// Whichever is faster on the device for this many nodes.
    #[default]
    Auto,
    /// Every pair.
    Exact,
    /// Far nodes together, by a tree over their order along a Hilbert curve.
    BarnesHut,
}

/// Constants of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayoutForces {
    /// Repulsion constant.
    pub repulsion: f32,
    /// Pull towards the origin per unit of distance and mass.
    pub gravity: f32,
    /// Distance from which on the pull towards the origin grows no more.
    pub reach: f32,
    /// Radius of the shell lonely nodes are held on.
    pub shell_radius: f32,
    /// Heat of the step, 0 … 1.
    pub alpha: f32,
    /// Mobility every node keeps.
    pub mobility_floor: f32,
    /// Share of the mobility above the floor that is left after each step.
    pub mobility_decay: f32,
    /// A part of the tree is taken as a whole where its diagonal is less than this share of its distance.
    pub theta: f32,
    /// How repulsion is summed.
    pub method: Repulsion,
}

impl LayoutForces {
    /// With this, forces are off by 1.5 to 2 % in the median and by 4 to 6 % for one node in a hundred; of 250 graphs of
    /// 4,097 nodes in twelve clusters the worst had 12 % there (with 1.2, it was 18 %).
    pub const THETA: f32 = 1.0;

    /// What devices are measured and timed with.
    pub const MEASURED: Self = Self {
        repulsion: 0.001,
        gravity: 0.1,
        reach: 10.0,
        shell_radius: 10.0,
        alpha: 0.1,
        mobility_floor: 1.0,
        mobility_decay: 1.0,
        theta: Self::THETA,
        method: Repulsion::Auto,
    };
}

/// What a step did.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Motion {
    /// Root mean square displacement.
    pub moved: f32,
    /// Root mean square distance of the nodes with springs from the origin.
    pub core: f32,
    /// The same of all nodes.
    pub extent: f32,
    /// Global speed.
    pub speed: f32,
}
