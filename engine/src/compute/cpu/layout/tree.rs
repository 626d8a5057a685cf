//! In: nodes. Out: their order along the Hilbert curve and the implicit tree over it: each node pools four neighbours of
//! the level below, so that places follow from numbers and there are no pointers.

use rayon::prelude::*;

use super::hilbert::{BITS, curve};

/// A part of the tree.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Part {
    /// Centre of mass.
    pub centre: [f32; 3],
    pub mass: f32,
    /// Corners of the box around it.
    pub low: [f32; 3],
    pub high: [f32; 3],
    /// Square of the box's diagonal.
    pub size: f32,
}

/// The tree.
#[derive(Debug, Default)]
pub(super) struct Tree {
    keys: Vec<u64>,
    /// Nodes along the curve.
    pub order: Vec<u32>,
    /// From the nodes themselves up; a level has a quarter of the nodes of the one below.
    pub levels: Vec<Vec<Part>>,
}

impl Tree {
    /// Builds the tree anew. Call it from within the pool that is to do the work.
    pub(super) fn build(&mut self, nodes: &[[f32; 4]]) {
        let (low, high) = bounds(nodes);
        // A cube, so that near in the key means near in every direction.
        let side = (0..3).map(|axis| high[axis] - low[axis]).fold(1e-30_f32, f32::max);
        let cells = (1u32 << BITS) as f32;
        let cell = |node: &[f32; 4]| {
            [0, 1, 2].map(|axis| ((node[axis] - low[axis]) * (cells / side)).clamp(0.0, cells - 1.0) as u32)
        };
        self.keys.clear();
        self.keys
            .par_extend(nodes.par_iter().enumerate().map(|(at, node)| u64::from(curve(cell(node))) << 32 | at as u64));
        // With the node in it no two keys are equal, and any sort is a stable one.
        self.keys.par_sort_unstable();
        self.order.clear();
        self.order.extend(self.keys.iter().map(|key| *key as u32));
        let leaf = |&node: &u32| {
            let [x, y, z, mass] = nodes[node as usize];
            Part { centre: [x, y, z], mass, low: [x, y, z], high: [x, y, z], size: 0.0 }
        };
        self.levels.clear();
        self.levels.push(self.order.par_iter().map(leaf).collect());
        while let Some(below) = self.levels.last()
            && below.len() > 4
        {
            let level = below.par_chunks(4).with_min_len(1024).map(pool).collect();
            self.levels.push(level);
        }
    }
}

/// Corners of the box around the nodes.
fn bounds(nodes: &[[f32; 4]]) -> ([f32; 3], [f32; 3]) {
    let (mut low, mut high) = ([f32::MAX; 3], [f32::MIN; 3]);
    for node in nodes {
        for axis in 0..3 {
            low[axis] = low[axis].min(node[axis]);
            high[axis] = high[axis].max(node[axis]);
        }
    }
    (low, high)
}

fn pool(children: &[Part]) -> Part {
    let mut out = Part { low: [f32::MAX; 3], high: [f32::MIN; 3], ..Part::default() };
    let mut plain = [0.0; 3];
    for child in children {
        out.mass += child.mass;
        for (axis, sum) in plain.iter_mut().enumerate() {
            *sum += child.centre[axis];
            out.centre[axis] += child.mass * child.centre[axis];
            out.low[axis] = out.low[axis].min(child.low[axis]);
            out.high[axis] = out.high[axis].max(child.high[axis]);
        }
    }
    // Without mass any point of the box will do.
    out.centre =
        if out.mass > 0.0 { out.centre.map(|v| v / out.mass) } else { plain.map(|v| v / children.len() as f32) };
    out.size = (0..3).map(|axis| (out.high[axis] - out.low[axis]).powi(2)).sum();
    out
}
