//! In: a graph with positions. Out: its layout, step by step, on all cores, the same for any number of threads.

mod advance;
mod exact;
mod far;
mod hilbert;
mod tree;

use rayon::ThreadPool;
use rayon::prelude::*;

use crate::compute::layout::{LayoutDevice, LayoutForces, LayoutGraph, Motion, OwnedGraph, Repulsion};
use crate::error::Result;

use advance::Row;
use exact::Columns;
use far::Far;

/// Nodes from which on the tree is faster than all pairs.
const LARGE: usize = 3000;
/// Pairs below which handing rows to other threads costs more than it saves.
const PARALLEL_PAIRS: usize = 64 * 1024;

/// The layout on the processor.
#[derive(Debug)]
pub struct CpuLayout {
    pool: ThreadPool,
    graph: OwnedGraph,
    version: u64,
    motion: Motion,
    columns: Columns,
    far: Far,
    rows: Vec<Row>,
}

impl CpuLayout {
    /// Starts `threads` worker threads; 0 = one per core.
    ///
    /// # Errors
    /// [`crate::Error::Device`] when the system has no thread left.
    pub fn new(threads: usize) -> Result<Self> {
        Ok(Self {
            pool: super::pool(threads)?,
            graph: OwnedGraph::default(),
            version: 0,
            motion: Motion::default(),
            columns: Columns::default(),
            far: Far::default(),
            rows: Vec::new(),
        })
    }

    fn step_once(&mut self, forces: &LayoutForces) {
        let mut rows = std::mem::take(&mut self.rows);
        rows.clear();
        rows.resize(self.graph.nodes.len(), Row::default());
        let tree = match forces.method {
            Repulsion::Auto => rows.len() >= LARGE,
            Repulsion::Exact => false,
            Repulsion::BarnesHut => true,
        };
        if tree {
            self.far.build(&self.pool, &self.graph.nodes, forces.theta);
        } else {
            self.columns.load(&self.graph.nodes);
        }
        let view = &*self;
        let fill = |(node, row): (usize, &mut Row)| {
            let [x, y, z, _] = view.graph.nodes[node];
            let push = if tree { view.far.push(node) } else { view.columns.repel([x, y, z]) };
            *row = view.force(forces, node, push);
        };
        if rows.len() * rows.len() < PARALLEL_PAIRS {
            rows.iter_mut().enumerate().for_each(fill);
        } else {
            self.pool.install(|| rows.par_iter_mut().with_min_len(16).enumerate().for_each(fill));
        }
        self.advance(forces, &rows);
        self.rows = rows;
    }
}

impl LayoutDevice for CpuLayout {
    fn name(&self) -> String {
        let threads = self.pool.current_num_threads();
        format!("cpu ({threads} thread{})", if threads == 1 { "" } else { "s" })
    }

    fn load(&mut self, graph: &LayoutGraph<'_>, version: u64) -> Result<()> {
        self.graph = graph.into();
        self.version = version;
        Ok(())
    }

    fn holding(&self) -> u64 {
        self.version
    }

    fn step(&mut self, forces: &LayoutForces, steps: u32) -> Result<()> {
        (0..steps).for_each(|_| self.step_once(forces));
        Ok(())
    }

    fn motion(&mut self) -> Result<Motion> {
        Ok(self.motion)
    }

    fn fetch(&mut self, nodes: &mut [[f32; 4]], forces: &mut [[f32; 3]], mobility: &mut [f32]) -> Result<()> {
        nodes.copy_from_slice(&self.graph.nodes);
        forces.copy_from_slice(&self.graph.forces);
        mobility.copy_from_slice(&self.graph.mobility);
        Ok(())
    }

    fn patience(&self) -> u32 {
        1
    }
}
