//! In: matrices and graphs. Out: the handful of coarse operations discovery and layout are made of, on the best device.

mod chain;
mod config;
pub mod cpu;
pub mod cuda;
mod devices;
pub mod encode;
pub mod gpu;
mod gram;
mod measure;
pub mod score;
pub mod screen;
pub mod sketch;
pub mod wgpu;

pub use chain::Chain;
pub use config::{ComputeConfig, DeviceKind};
pub use devices::{DeviceReport, list_devices, open};
pub use gram::{LaggedGram, LaggedRows, WeightedGram};
pub use measure::{Measured, measure, measure_all};

use crate::error::Result;

use encode::{Encode, Latents};
use score::{Score, Scored};
use screen::{Hit, Screen};
use sketch::{Sketch, TensorSketch};

/// Operations by meaning, not by kernel: each backend uses what is best on its device. They do not fail: where a device
/// does, the next one does the operation again ([`Chain`]).
pub trait Compute: Send {
    /// `cpu`, `wgpu` or `cuda`, with the adapter's name.
    fn name(&self) -> String;

    /// Second moments of the lagged rows of each of several panes, in order; see [`LaggedGram`].
    fn lagged_grams(&mut self, panes: &[&LaggedRows]) -> Vec<LaggedGram>;

    /// Second moments of a series' lagged columns, block by block, `[blocks, columns, columns]`; see [`WeightedGram`].
    fn weighted_gram(&mut self, request: &WeightedGram<'_>) -> Vec<f32>;

    /// Adds the rows of a series to the latents of its lagged columns, `[lags · vars, dim]`, two halves in a word; see
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

    /// One step of the force-directed layout; see [`LayoutStep`].
    fn layout_step(&mut self, step: &mut LayoutStep<'_>);
}

/// A device that may fail: the operations of [`Compute`] that GPUs do. Whatever an operation changes in place it leaves
/// as it was when it fails.
pub trait Backend: Send {
    /// `cpu`, `wgpu` or `cuda`, with the adapter's name.
    fn name(&self) -> String;

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

/// State and forces of one layout step; positions are updated in place.
///
/// The force on node `i` with mass `m_i` at `x_i`, with `d = |x_i - x_j|`:
///
/// ```text
/// repulsion   repulsion · m_i · Σ_j m_j (x_i - x_j) / (d² + SOFTENING)
/// springs     Σ_j w_ij (x_j - x_i)
/// gravity     -gravity · m_i · x_i · min(1, reach / |x_i|)                   nodes with shell = 0
/// shell       -SHELL_STIFFNESS · gravity · m_i · (|x_i| - shell) x_i / |x_i|  nodes with shell > 0
/// ```
///
/// A node moves along its force by `alpha · mobility · speed · c / stiffness`, where `stiffness` is the sum of the
/// factors of `x_i` above, and `c` and `speed` are ForceAtlas2's local and global speeds from swing and traction.
#[derive(Debug)]
pub struct LayoutStep<'a> {
    /// `[x, y, z, mass]` per node.
    pub nodes: &'a mut [[f32; 4]],
    /// In: force per node in the step before (zero at first). Out: force per node in this step, before the move.
    pub forces: &'a mut [[f32; 3]],
    /// How freely each node moves, 0 = pinned.
    pub mobility: &'a [f32],
    /// Radius of the sphere a node is held on, 0 = free.
    pub shell: &'a [f32],
    /// Offsets into `neighbours`, `[nodes + 1]`: springs in compressed rows, both directions present.
    pub offsets: &'a [u32],
    /// Neighbour and spring strength.
    pub neighbours: &'a [(u32, f32)],
    /// Repulsion constant.
    pub repulsion: f32,
    /// Pull towards the origin per unit of distance and mass.
    pub gravity: f32,
    /// Distance from which on the pull towards the origin grows no more.
    pub reach: f32,
    /// Heat of the step, 0 … 1.
    pub alpha: f32,
    /// In and out: global speed, carried from step to step; 1 at first.
    pub speed: f32,
    /// Out: root mean square displacement.
    pub moved: f32,
}

impl LayoutStep<'_> {
    /// Added to squared distances, in squared world units, so that close nodes do not fling each other away.
    pub const SOFTENING: f32 = 1e-4;
    /// How much stronger than gravity a node is held on its shell.
    pub const SHELL_STIFFNESS: f32 = 20.0;
    /// Bounds of the global speed. Above 1 steps overshoot on purpose, which helps where all nodes move together.
    pub const SPEED: std::ops::RangeInclusive<f32> = 0.2..=2.0;
}
