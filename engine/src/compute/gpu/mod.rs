//! In: operations of [`super::Backend`]. Out: the same operations as launches of kernels, on any [`machine::Machine`].

mod gram;
pub mod kernel;
pub mod machine;

use super::{Backend, LaggedGram, LaggedRows, WeightedGram};
use crate::error::Result;

use machine::Machine;

/// A GPU as a backend: a machine and the buffers its operations keep.
#[derive(Debug)]
pub struct Gpu<M: Machine> {
    /// The machine.
    pub machine: M,
    gram: gram::Buffers<M>,
}

impl<M: Machine> Gpu<M> {
    /// A backend on this machine.
    pub fn new(machine: M) -> Self {
        Self { machine, gram: gram::Buffers::default() }
    }
}

impl<M: Machine> Backend for Gpu<M> {
    fn name(&self) -> String {
        self.machine.name()
    }

    fn lagged_grams(&mut self, panes: &[&LaggedRows]) -> Result<Vec<LaggedGram>> {
        panes.iter().map(|rows| gram::lagged(&mut self.machine, &mut self.gram, rows)).collect()
    }

    fn weighted_gram(&mut self, request: &WeightedGram<'_>) -> Result<Vec<f32>> {
        gram::weighted(&mut self.machine, &mut self.gram, request)
    }
}
