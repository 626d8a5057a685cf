//! In: operations of [`super::Backend`]. Out: the same operations as launches of kernels, on any [`machine::Machine`].

mod gram;
pub mod kernel;
mod latents;
pub mod layout;
pub mod machine;
mod score;

use super::encode::{Encode, Latents};
use super::score::{Score, Scored};
use super::screen::{Hit, Screen};
use super::sketch::{Sketch, TensorSketch};
use super::{Backend, DeviceMemory, LaggedGram, LaggedRows, WeightedGram};
use crate::error::Result;

pub use layout::GpuLayout;
use machine::Machine;

/// A GPU as a backend: a machine and the buffers its operations keep.
#[derive(Debug)]
pub struct Gpu<M: Machine> {
    /// The machine.
    pub machine: M,
    gram: gram::Buffers<M>,
    latents: latents::Buffers<M>,
    score: score::Buffers<M>,
}

impl<M: Machine> Gpu<M> {
    /// A backend on this machine.
    pub fn new(machine: M) -> Self {
        Self {
            machine,
            gram: gram::Buffers::default(),
            latents: latents::Buffers::default(),
            score: score::Buffers::default(),
        }
    }
}

impl<M: Machine> Backend for Gpu<M> {
    fn name(&self) -> String {
        self.machine.name()
    }

    fn memory(&self) -> Option<DeviceMemory> {
        self.machine.memory()
    }

    fn lagged_grams(&mut self, panes: &[&LaggedRows]) -> Result<Vec<LaggedGram>> {
        panes.iter().map(|rows| gram::lagged(&mut self.machine, &mut self.gram, rows)).collect()
    }

    fn weighted_gram(&mut self, request: &WeightedGram<'_>) -> Result<Vec<f32>> {
        gram::weighted(&mut self.machine, &mut self.gram, request)
    }

    fn sketch(&mut self, request: &Sketch<'_>, latents: &mut [u32]) -> Result<()> {
        latents::sketch(&mut self.machine, &mut self.latents, request, latents)
    }

    fn tensor_sketch(&mut self, request: &TensorSketch<'_>) -> Result<Vec<f32>> {
        latents::tensor_sketch(&mut self.machine, &mut self.latents, request)
    }

    fn encode(&mut self, request: &Encode<'_>) -> Result<Latents> {
        latents::encode(&mut self.machine, &mut self.latents, request)
    }

    fn screen(&mut self, request: &Screen<'_>) -> Result<Vec<Hit>> {
        latents::screen(&mut self.machine, &mut self.latents, request)
    }

    fn score(&mut self, request: &Score<'_>) -> Result<Vec<Scored>> {
        score::score(&mut self.machine, &mut self.score, request)
    }
}
