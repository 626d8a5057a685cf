//! In: matrices and graphs. Out: the handful of coarse operations discovery and layout are made of, on the best device.

mod chain;
mod choice;
mod config;
pub mod cpu;
pub mod cuda;
mod devices;
pub mod encode;
pub mod gpu;
mod gram;
pub mod layout;
mod measure;
mod precision;
pub mod score;
pub mod screen;
pub mod sketch;
pub mod wgpu;

pub use chain::Chain;
pub use config::{ComputeConfig, DeviceKind};
pub use devices::{DeviceReport, list_devices, open};
pub use gram::{LaggedGram, LaggedRows, WeightedGram, packed, packed_len};
pub use measure::{Measured, measure, measure_all};
pub use precision::Precision;

use crate::error::Result;

use encode::{Encode, Latents};
use score::{Score, Scored};
use screen::{Hit, Screen};
use sketch::{Sketch, TensorSketch};

/// A device's own memory, as its driver counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceMemory {
    /// Bytes this process uses.
    pub used_bytes: u64,
    /// Bytes this process may use at present, those in use among them: less where others take more.
    pub budget_bytes: u64,
}

/// Operations by meaning, not by kernel: each backend uses what is best on its device. They do not fail: where a device
/// does, the next one does the operation again ([`Chain`]).
pub trait Compute: Send {
    /// `cpu`, `wgpu` or `cuda`, with the adapter's name.
    fn name(&self) -> String;

    /// Memory of the device, where it has its own and its driver says.
    fn memory(&self) -> Option<DeviceMemory> {
        None
    }

    /// Second moments of the lagged rows of each of several panes, in order; see [`LaggedGram`].
    fn lagged_grams(&mut self, panes: &[&LaggedRows]) -> Vec<LaggedGram>;

    /// Second moments of a series' lagged columns, block by block, `[blocks, columns, columns]`; see [`WeightedGram`].
    fn weighted_gram(&mut self, request: &WeightedGram<'_>) -> Vec<f32>;

    /// Adds the rows of a series to the latents of its lagged columns, `[lags · vars, dim]`; see
    /// [`Sketch`].
    fn sketch(&mut self, request: &Sketch<'_>, latents: &mut [u32]);

    /// Sketches of the products of each row's columns, `[rows, dim]`; see [`TensorSketch`].
    fn tensor_sketch(&mut self, request: &TensorSketch<'_>) -> Vec<f32>;

    /// Latents of sketches; see [`Encode`].
    fn encode(&mut self, request: &Encode<'_>) -> Latents;

    /// Each target's best sources, best first, `[targets, keep]`; see [`Screen`].
    fn screen(&mut self, request: &Screen<'_>) -> Vec<Hit>;

    /// How much each candidate adds, in how many bootstrap replicates; see [`Score`].
    fn score(&mut self, request: &Score<'_>) -> Vec<Scored>;
}

/// A device that may fail: the operations of [`Compute`] that GPUs do. Whatever an operation changes in place it leaves
/// as it was when it fails.
pub trait Backend: Send {
    /// `cpu`, `wgpu` or `cuda`, with the adapter's name.
    fn name(&self) -> String;

    /// As [`Compute::memory`].
    fn memory(&self) -> Option<DeviceMemory> {
        None
    }

    /// As [`Compute::lagged_grams`].
    fn lagged_grams(&mut self, panes: &[&LaggedRows]) -> Result<Vec<LaggedGram>>;

    /// As [`Compute::weighted_gram`].
    fn weighted_gram(&mut self, request: &WeightedGram<'_>) -> Result<Vec<f32>>;

    /// As [`Compute::sketch`].
    fn sketch(&mut self, request: &Sketch<'_>, latents: &mut [u32]) -> Result<()>;

    /// As [`Compute::tensor_sketch`].
    fn tensor_sketch(&mut self, request: &TensorSketch<'_>) -> Result<Vec<f32>>;

    /// As [`Compute::encode`].
    fn encode(&mut self, request: &Encode<'_>) -> Result<Latents>;

    /// As [`Compute::screen`].
    fn screen(&mut self, request: &Screen<'_>) -> Result<Vec<Hit>>;

    /// As [`Compute::score`].
    fn score(&mut self, request: &Score<'_>) -> Result<Vec<Scored>>;
}

/// What cannot fail serves where failure is allowed.
impl<C: Compute> Backend for C {
    fn name(&self) -> String {
        Compute::name(self)
    }

    fn memory(&self) -> Option<DeviceMemory> {
        Compute::memory(self)
    }

    fn lagged_grams(&mut self, panes: &[&LaggedRows]) -> Result<Vec<LaggedGram>> {
        Ok(Compute::lagged_grams(self, panes))
    }

    fn weighted_gram(&mut self, request: &WeightedGram<'_>) -> Result<Vec<f32>> {
        Ok(Compute::weighted_gram(self, request))
    }

    fn sketch(&mut self, request: &Sketch<'_>, latents: &mut [u32]) -> Result<()> {
        Compute::sketch(self, request, latents);
        Ok(())
    }

    fn tensor_sketch(&mut self, request: &TensorSketch<'_>) -> Result<Vec<f32>> {
        Ok(Compute::tensor_sketch(self, request))
    }

    fn encode(&mut self, request: &Encode<'_>) -> Result<Latents> {
        Ok(Compute::encode(self, request))
    }

    fn screen(&mut self, request: &Screen<'_>) -> Result<Vec<Hit>> {
        Ok(Compute::screen(self, request))
    }

    fn score(&mut self, request: &Score<'_>) -> Result<Vec<Scored>> {
        Ok(Compute::score(self, request))
    }
}
