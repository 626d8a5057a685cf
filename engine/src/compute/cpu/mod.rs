//! In: operations of [`super::Compute`]. Out: their results, on all cores, the same for any number of threads.

mod encode;
mod gram;
mod layout;
pub mod product;
mod replicates;
mod score;
mod screen;
mod sketch;

pub use gram::lagged_gram;
pub use layout::CpuLayout;

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::encode::{Encode, Latents};
use super::score::{Score, Scored};
use super::screen::{Hit, Screen};
use super::sketch::{Sketch, TensorSketch};
use super::{Compute, LaggedGram, LaggedRows, WeightedGram};
use crate::error::{Error, Result};
use crate::runtime::keep_freed_memory;

/// The processor as a backend.
#[derive(Debug)]
pub struct CpuCompute {
    pool: ThreadPool,
}

impl CpuCompute {
    /// Starts `threads` worker threads, 0 = one per core, and has the allocator keep what they free.
    ///
    /// # Errors
    /// [`Error::Device`] when the system has no thread left.
    pub fn new(threads: usize) -> Result<Self> {
        keep_freed_memory();
        Ok(Self { pool: pool(threads)? })
    }
}

fn pool(threads: usize) -> Result<ThreadPool> {
    ThreadPoolBuilder::new().num_threads(threads).thread_name(|index| format!("compute-{index}")).build().map_err(|e| {
        Error::Device {
            device: "cpu".to_owned(),
            message: format!("its {threads} worker threads cannot be started: {e}"),
        }
    })
}

impl Compute for CpuCompute {
    fn name(&self) -> String {
        let threads = self.pool.current_num_threads();
        format!("cpu ({threads} thread{})", if threads == 1 { "" } else { "s" })
    }

    fn lagged_grams(&mut self, panes: &[&LaggedRows]) -> Vec<LaggedGram> {
        match panes {
            // One small matrix product: waking other threads would cost more than it saves.
            [one] => vec![gram::lagged_gram(one, &mut Vec::new())],
            many => self
                .pool
                .install(|| many.par_iter().map_init(Vec::new, |whole, rows| gram::lagged_gram(rows, whole)).collect()),
        }
    }

    fn weighted_gram(&mut self, request: &WeightedGram<'_>) -> Vec<f32> {
        self.pool.install(|| gram::weighted(request))
    }

    fn sketch(&mut self, request: &Sketch<'_>, latents: &mut [u32]) {
        self.pool.install(|| sketch::sketch(request, latents));
    }

    fn tensor_sketch(&mut self, request: &TensorSketch<'_>) -> Vec<f32> {
        self.pool.install(|| sketch::tensor_sketch(request))
    }

    fn encode(&mut self, request: &Encode<'_>) -> Latents {
        self.pool.install(|| encode::encode(request))
    }

    fn screen(&mut self, request: &Screen<'_>) -> Vec<Hit> {
        self.pool.install(|| screen::screen(request))
    }

    fn score(&mut self, request: &Score<'_>) -> Vec<Scored> {
        self.pool.install(|| score::score(request))
    }
}
