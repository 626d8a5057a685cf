//! In: a graph with positions. Out: its force-directed layout, step by step, on a device that keeps it between steps.

mod chain;
mod graph;
mod open;
mod shown;

pub use chain::LayoutChain;
pub use graph::{LayoutForces, LayoutGraph, Motion, OwnedGraph, Repulsion};
pub use open::{Lent, list, measured, open, open_kind, open_lent};
pub use shown::Shown;

use crate::error::Result;

/// A device that holds one graph and moves its nodes. Positions stay on it until they are asked for.
pub trait LayoutDevice: Send {
    /// `cpu`, `wgpu` or `cuda`, with the adapter's name.
    fn name(&self) -> String;

    /// Takes over a graph with everything that moves it; `version` is what [`LayoutDevice::holding`] says from then on.
    ///
    /// # Errors
    /// [`crate::Error::Device`], here as in every other call, when the device or its driver fails.
    fn load(&mut self, graph: &LayoutGraph<'_>, version: u64) -> Result<()>;

    /// Version of the graph it holds, 0 for none.
    fn holding(&self) -> u64;

    /// Moves the nodes by `steps` steps.
    fn step(&mut self, forces: &LayoutForces, steps: u32) -> Result<()>;

    /// What the last step did.
    fn motion(&mut self) -> Result<Motion>;

    /// Copies positions and masses, forces, and mobilities (0 = pinned) to the host.
    fn fetch(&mut self, nodes: &mut [[f32; 4]], forces: &mut [[f32; 3]], mobility: &mut [f32]) -> Result<()>;

    /// Steps that should be taken together, because asking how they went costs as much as taking them.
    fn patience(&self) -> u32;

    /// The buffer of positions and masses, `[x, y, z, mass]` in 32 bits each, where a renderer with the same wgpu device
    /// can draw from it. Another one after every [`LayoutDevice::load`].
    fn positions(&self) -> Option<&wgpu::Buffer> {
        None
    }
}

impl<D: LayoutDevice + ?Sized> LayoutDevice for Box<D> {
    fn name(&self) -> String {
        (**self).name()
    }

    fn load(&mut self, graph: &LayoutGraph<'_>, version: u64) -> Result<()> {
        (**self).load(graph, version)
    }

    fn holding(&self) -> u64 {
        (**self).holding()
    }

    fn step(&mut self, forces: &LayoutForces, steps: u32) -> Result<()> {
        (**self).step(forces, steps)
    }

    fn motion(&mut self) -> Result<Motion> {
        (**self).motion()
    }

    fn fetch(&mut self, nodes: &mut [[f32; 4]], forces: &mut [[f32; 3]], mobility: &mut [f32]) -> Result<()> {
        (**self).fetch(nodes, forces, mobility)
    }

    fn patience(&self) -> u32 {
        (**self).patience()
    }

    fn positions(&self) -> Option<&wgpu::Buffer> {
        (**self).positions()
    }
}
