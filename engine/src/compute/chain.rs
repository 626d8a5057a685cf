//! In: operations. Out: their results, from the first device that does not fail; the processor, last, never does.

use crate::error::Result;

use super::cpu::CpuCompute;
use super::encode::{Encode, Latents};
use super::score::{Score, Scored};
use super::screen::{Hit, Screen};
use super::sketch::{Sketch, TensorSketch};
use super::{Backend, Compute, DeviceMemory, LaggedGram, LaggedRows, WeightedGram};

/// Opens a device when those before it have failed.
pub type Opener = Box<dyn FnOnce() -> Result<Box<dyn Backend>> + Send>;

/// Devices in order of preference. An operation that fails on one is done again on the next with the same inputs, so
/// that nothing discovered is lost; the failed device is not asked again.
pub struct Chain {
    current: Option<Box<dyn Backend>>,
    waiting: std::vec::IntoIter<Opener>,
    cpu: CpuCompute,
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chain").field("device", &Compute::name(self)).field("waiting", &self.waiting.len()).finish()
    }
}

impl Chain {
    /// `first`, then what `later` opens, then the processor.
    pub fn new(first: Box<dyn Backend>, later: Vec<Opener>, cpu: CpuCompute) -> Self {
        Self { current: Some(first), waiting: later.into_iter(), cpu }
    }

    /// Asks the devices in turn.
    fn ask<T>(
        &mut self,
        mut gpu: impl FnMut(&mut dyn Backend) -> Result<T>,
        cpu: impl FnOnce(&mut CpuCompute) -> T,
    ) -> T {
        while let Some(device) = &mut self.current {
            match gpu(device.as_mut()) {
                Ok(done) => return done,
                Err(error) => {
                    let failed = device.name();
                    self.current = None;
                    self.open_next();
                    let next = Compute::name(self);
                    tracing::error!("{failed} failed and is given up: {error}; going on with {next}");
                }
            }
        }
        cpu(&mut self.cpu)
    }

    fn open_next(&mut self) {
        for open in self.waiting.by_ref() {
            match open() {
                Ok(device) => {
                    self.current = Some(device);
                    return;
                }
                Err(error) => tracing::info!("{error}"),
            }
        }
    }
}

impl Compute for Chain {
    fn name(&self) -> String {
        self.current.as_ref().map_or_else(|| Compute::name(&self.cpu), |device| device.name())
    }

    fn memory(&self) -> Option<DeviceMemory> {
        self.current.as_ref()?.memory()
    }

    fn lagged_grams(&mut self, panes: &[&LaggedRows]) -> Vec<LaggedGram> {
        self.ask(|gpu| gpu.lagged_grams(panes), |cpu| Compute::lagged_grams(cpu, panes))
    }

    fn weighted_gram(&mut self, request: &WeightedGram<'_>) -> Vec<f32> {
        self.ask(|gpu| gpu.weighted_gram(request), |cpu| Compute::weighted_gram(cpu, request))
    }

    fn sketch(&mut self, request: &Sketch<'_>, latents: &mut [u32]) {
        // Both ways out want the latents, one after the other.
        let shared = std::cell::RefCell::new(latents);
        self.ask(
            |gpu| gpu.sketch(request, &mut shared.borrow_mut()),
            |cpu| Compute::sketch(cpu, request, &mut shared.borrow_mut()),
        );
    }

    fn tensor_sketch(&mut self, request: &TensorSketch<'_>) -> Vec<f32> {
        self.ask(|gpu| gpu.tensor_sketch(request), |cpu| Compute::tensor_sketch(cpu, request))
    }

    fn encode(&mut self, request: &Encode<'_>) -> Latents {
        self.ask(|gpu| gpu.encode(request), |cpu| Compute::encode(cpu, request))
    }

    fn screen(&mut self, request: &Screen<'_>) -> Vec<Hit> {
        self.ask(|gpu| gpu.screen(request), |cpu| Compute::screen(cpu, request))
    }

    fn score(&mut self, request: &Score<'_>) -> Vec<Scored> {
        self.ask(|gpu| gpu.score(request), |cpu| Compute::score(cpu, request))
    }
}
