//! In: a graph with positions. Out: its layout, step by step, as launches of kernels on any [`Machine`].

mod memory;
mod sort;
mod tree;
mod view;

use crate::compute::layout::{LayoutDevice, LayoutForces, LayoutGraph, Motion, Repulsion};
use crate::error::Result;

use super::kernel;
use super::machine::Machine;
use memory::Memory;
pub use memory::segments;
pub use sort::{counts_words, sort};
pub use tree::{Tree, levels};
pub use view::{Cull, Eye, Labelled, Lists, Picked, Scene, SceneEdge};

/// Nodes up to which all pairs are summed: to here that takes a GPU less time than sorting would.
const EXACT: usize = 16 * 1024;
/// Workgroups that keep a large GPU busy; small graphs are cut into slices until there are about as many.
const GROUPS: usize = 2048;

/// The layout on a GPU.
#[derive(Debug)]
pub struct GpuLayout<M: Machine> {
    /// The machine.
    pub machine: M,
    memory: Option<Memory<M::Buffer>>,
    version: u64,
}

/// Nodes per slice (a multiple of 256) and slices that all pairs of so many nodes are summed in.
pub fn slices(count: usize) -> (usize, usize) {
    let tiles = count.div_ceil(256).max(1);
    let wanted = (GROUPS / count.div_ceil(1024).max(1)).clamp(1, 64);
    let slice = 256 * tiles.div_ceil(wanted);
    (slice, count.div_ceil(slice).max(1))
}

/// Workgroups of 256 threads for so many.
pub(super) fn groups(count: usize) -> [u32; 3] {
    [count.div_ceil(256).max(1) as u32, 1, 1]
}

impl<M: Machine> GpuLayout<M> {
    /// A layout on this machine.
    pub fn new(machine: M) -> Self {
        Self { machine, memory: None, version: 0 }
    }

    /// Whether forces of this method go through the tree.
    fn uses_tree(count: usize, method: Repulsion) -> bool {
        match method {
            Repulsion::Auto => count > EXACT,
            Repulsion::Exact => false,
            Repulsion::BarnesHut => true,
        }
    }

    fn step_once(&mut self, forces: &LayoutForces) -> Result<()> {
        let (m, Some(memory)) = (&mut self.machine, &mut self.memory) else { return Ok(()) };
        let count = memory.count;
        let far = Self::uses_tree(count, forces.method);
        let (slice, slices) = if far { (count, 1) } else { slices(count) };
        memory.push_room(m, slices)?;
        if far {
            memory.tree_room(m)?;
        }
        let memory = &*memory;
        let Some(push) = &memory.push else { return Ok(()) };
        match &memory.tree {
            Some(tree) if far => tree.push(m, &memory.nodes, forces.theta, push)?,
            _ => {
                let parameters = [count as u32, slice as u32, LayoutGraph::SOFTENING.to_bits()];
                let grid = [count.div_ceil(1024) as u32, slices as u32, 1];
                m.launch(&kernel::REPEL, grid, &parameters, &[&memory.nodes, push])?;
            }
        }
        let parameters = [memory.segments as u32];
        let buffers = [&memory.nodes, &memory.segment_table, &memory.springs, &memory.pull];
        m.launch(&kernel::SPRINGS, groups(memory.segments), &parameters, &buffers)?;

        let parameters = [
            count as u32,
            slices as u32,
            forces.repulsion.to_bits(),
            forces.gravity.to_bits(),
            forces.reach.to_bits(),
            forces.shell_radius.to_bits(),
            LayoutGraph::SHELL_STIFFNESS.to_bits(),
        ];
        let Memory { nodes, pull, rows, traits, forces: pushed, parts, state, .. } = memory;
        m.launch(&kernel::GATHER, groups(count), &parameters, &[nodes, push, pull, rows, traits, pushed, parts])?;
        Self::pace(m, memory, 0)?;
        let parameters =
            [count as u32, forces.alpha.to_bits(), forces.mobility_floor.to_bits(), forces.mobility_decay.to_bits()];
        m.launch(&kernel::INTEGRATE, groups(count), &parameters, &[nodes, pushed, state, traits, parts])
    }

    fn pace(m: &mut M, memory: &Memory<M::Buffer>, sums: u32) -> Result<()> {
        let (slowest, fastest) = LayoutGraph::SPEED.into_inner();
        let parameters = [groups(memory.count)[0], sums, slowest.to_bits(), fastest.to_bits()];
        m.launch(&kernel::PACE, [1, 1, 1], &parameters, &[&memory.parts, &memory.state])
    }

    /// Tells the graph's neighbourhood of a change: `reached` (1 = fully) goes `hops` springs far, halved with each, and
    /// becomes the mobility of nodes that had less.
    ///
    /// # Errors
    /// Those of the machine.
    pub fn stir(&mut self, offsets: &[u32], reached: &[f32], hops: usize) -> Result<()> {
        let (m, Some(memory)) = (&mut self.machine, &self.memory) else { return Ok(()) };
        let mut from = m.alloc(reached.len())?;
        m.write(&mut from, bytemuck::cast_slice(reached))?;
        let mut to = m.alloc(reached.len())?;
        let mut rows = m.alloc(offsets.len())?;
        m.write(&mut rows, offsets)?;
        for hop in 0..hops {
            let parameters = [memory.count as u32, u32::from(hop + 1 == hops)];
            let buffers = [&rows, &memory.springs, &from, &to, &memory.traits];
            m.launch(&kernel::SPREAD, groups(memory.count), &parameters, &buffers)?;
            std::mem::swap(&mut from, &mut to);
        }
        Ok(())
    }

    /// Puts new nodes (`fresh` not 0, bits from their identity) beside their placed neighbours.
    ///
    /// # Errors
    /// Those of the machine.
    pub fn seed(&mut self, offsets: &[u32], fresh: &[u32], jitter: f32) -> Result<()> {
        let (m, Some(memory)) = (&mut self.machine, &self.memory) else { return Ok(()) };
        let mut rows = m.alloc(offsets.len())?;
        m.write(&mut rows, offsets)?;
        let mut flags = m.alloc(fresh.len())?;
        m.write(&mut flags, fresh)?;
        let parameters = [memory.count as u32, jitter.to_bits()];
        let buffers = [&rows, &memory.springs, &flags, &memory.nodes];
        m.launch(&kernel::SEED, groups(memory.count), &parameters, &buffers)
    }
}

impl<M: Machine + Shared> LayoutDevice for GpuLayout<M> {
    fn name(&self) -> String {
        self.machine.name()
    }

    fn load(&mut self, graph: &LayoutGraph<'_>, version: u64) -> Result<()> {
        let old = self.memory.take();
        if graph.nodes.len() > u32::MAX as usize / 4 || graph.neighbours.len() > u32::MAX as usize / 2 {
            return Err(crate::Error::Device {
                device: self.machine.name(),
                message: format!("{} nodes and {} springs are too many", graph.nodes.len(), graph.neighbours.len()),
            });
        }
        self.memory = Some(Memory::load(&mut self.machine, old, graph)?);
        self.version = version;
        Ok(())
    }

    fn holding(&self) -> u64 {
        self.version
    }

    fn step(&mut self, forces: &LayoutForces, steps: u32) -> Result<()> {
        if self.memory.as_ref().is_some_and(|memory| memory.count > 0) {
            for _ in 0..steps {
                self.step_once(forces)?;
            }
        }
        Ok(())
    }

    fn motion(&mut self) -> Result<Motion> {
        let (m, Some(memory)) = (&mut self.machine, &self.memory) else { return Ok(Motion::default()) };
        if memory.count == 0 {
            return Ok(Motion::default());
        }
        Self::pace(m, memory, 1)?;
        let mut state = [0.0f32; 8];
        m.read(&memory.state, bytemuck::cast_slice_mut(&mut state))?;
        let mean = |sum: f32, count: f32| (sum / count.max(1.0)).sqrt();
        Ok(Motion {
            moved: mean(state[4], memory.count as f32),
            core: mean(state[5], state[6]),
            extent: mean(state[7], memory.count as f32),
            speed: state[0],
        })
    }

    fn fetch(&mut self, nodes: &mut [[f32; 4]], forces: &mut [[f32; 3]], mobility: &mut [f32]) -> Result<()> {
        let (m, Some(memory)) = (&mut self.machine, &self.memory) else { return Ok(()) };
        m.read(&memory.nodes, bytemuck::cast_slice_mut(nodes))?;
        let mut wide = vec![[0.0f32; 4]; forces.len()];
        m.read(&memory.forces, bytemuck::cast_slice_mut(&mut wide))?;
        forces.iter_mut().zip(&wide).for_each(|(force, [x, y, z, _])| *force = [*x, *y, *z]);
        let mut traits = vec![[0.0f32; 2]; mobility.len()];
        m.read(&memory.traits, bytemuck::cast_slice_mut(&mut traits))?;
        mobility.iter_mut().zip(&traits).for_each(|(mobility, [own, _])| *mobility = *own);
        Ok(())
    }

    fn patience(&self) -> u32 {
        4
    }

    fn positions(&self) -> Option<&wgpu::Buffer> {
        self.memory.as_ref().and_then(|memory| M::shared(&memory.nodes))
    }
}

/// Memory that a renderer can be given, where there is any.
pub trait Shared: Machine {
    /// The buffer as a renderer's.
    fn shared(_buffer: &Self::Buffer) -> Option<&wgpu::Buffer> {
        None
    }
}

impl Shared for crate::compute::wgpu::WgpuMachine {
    fn shared(buffer: &wgpu::Buffer) -> Option<&wgpu::Buffer> {
        Some(buffer)
    }
}

impl Shared for crate::compute::cuda::CudaMachine {}
