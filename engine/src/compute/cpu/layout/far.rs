//! In: nodes. Out: what they do to each node, far ones taken together (Barnes and Hut, 1986).
//!
//! Neighbours on the Hilbert curve go through the tree as a group: what is far from the box around all of them is far
//! from each, and one list serves them all, eight terms at a time. A GPU, where a thread waits for no list, lets each
//! node go its own way.

use rayon::prelude::*;

use super::exact::Columns;
use super::tree::{Part, Tree};

/// Nodes of a group.
const GROUP: usize = 32;
/// How much larger than for single nodes parts may be: distances are taken from the box around a group, and most of its
/// nodes are further away.
const LOOSER: f32 = 1.2;

/// Pushes on all nodes.
#[derive(Debug, Default)]
pub(super) struct Far {
    tree: Tree,
    /// Along the curve.
    pushes: Vec<[f64; 4]>,
    /// Place of each node along the curve.
    rank: Vec<u32>,
}

impl Far {
    /// Sums up `Σ_j m_j (x - x_j) / d²` and `Σ_j m_j / d²` for every node.
    pub(super) fn build(&mut self, pool: &rayon::ThreadPool, nodes: &[[f32; 4]], theta: f32) {
        self.pushes.resize(nodes.len(), [0.0; 4]);
        self.rank.resize(nodes.len(), 0);
        if nodes.is_empty() {
            return;
        }
        pool.install(|| {
            self.tree.build(nodes);
            let tree = &self.tree;
            self.pushes.par_chunks_mut(GROUP).enumerate().for_each_init(Columns::default, |list, (group, pushes)| {
                let own = &tree.levels[0][group * GROUP..][..pushes.len()];
                collect(tree, own, LOOSER * theta, list);
                for (push, part) in pushes.iter_mut().zip(own) {
                    *push = list.repel(part.centre);
                }
            });
        });
        for (rank, node) in self.tree.order.iter().enumerate() {
            self.rank[*node as usize] = rank as u32;
        }
    }

    /// What all nodes do to this one.
    pub(super) fn push(&self, node: usize) -> [f64; 4] {
        self.pushes[self.rank[node] as usize]
    }
}

/// The nodes and parts of the tree that act on a group.
fn collect(tree: &Tree, group: &[Part], theta: f32, list: &mut Columns) {
    let (mut low, mut high) = ([f32::MAX; 3], [f32::MIN; 3]);
    for part in group {
        for axis in 0..3 {
            low[axis] = low[axis].min(part.centre[axis]);
            high[axis] = high[axis].max(part.centre[axis]);
        }
    }
    list.clear();
    let top = tree.levels.len() - 1;
    let (mut level, mut next) = (top, 0);
    loop {
        let part = &tree.levels[level][next];
        let squared: f32 = (0..3)
            .map(|axis| {
                let centre = part.centre[axis];
                (low[axis] - centre).max(centre - high[axis]).max(0.0).powi(2)
            })
            .sum();
        if level > 0 && part.size >= theta * theta * squared {
            level -= 1;
            next *= 4;
            continue;
        }
        list.push(part.centre, part.mass);
        next += 1;
        while level < top && (next % 4 == 0 || next >= tree.levels[level].len()) {
            next = next.div_ceil(4);
            level += 1;
        }
        if level == top && next >= tree.levels[top].len() {
            break;
        }
    }
    list.pad();
}
