//! A device that fails in the middle of discovery costs nothing but time.

use scarcity_engine::compute::cpu::CpuCompute;
use scarcity_engine::compute::encode::{Encode, Latents};
use scarcity_engine::compute::gpu::Gpu;
use scarcity_engine::compute::score::{Score, Scored};
use scarcity_engine::compute::screen::{Hit, Screen};
use scarcity_engine::compute::sketch::{Sketch, TensorSketch};
use scarcity_engine::compute::{Backend, Chain, Compute, LaggedGram, LaggedRows, WeightedGram, wgpu};
use scarcity_engine::error::{Error, Result};

use super::devices::{Fresh, required};

/// Works a while, then fails for good.
struct Mortal {
    inside: CpuCompute,
    left: usize,
}

impl Mortal {
    fn live(&mut self) -> Result<&mut CpuCompute> {
        if self.left == 0 {
            return Err(Error::Device { device: "test".to_owned(), message: "it is gone".to_owned() });
        }
        self.left -= 1;
        Ok(&mut self.inside)
    }
}

impl Backend for Mortal {
    fn name(&self) -> String {
        "mortal".to_owned()
    }

    fn lagged_grams(&mut self, panes: &[&LaggedRows]) -> Result<Vec<LaggedGram>> {
        Ok(Compute::lagged_grams(self.live()?, panes))
    }

    fn weighted_gram(&mut self, request: &WeightedGram<'_>) -> Result<Vec<f32>> {
        Ok(Compute::weighted_gram(self.live()?, request))
    }

    fn sketch(&mut self, request: &Sketch<'_>, latents: &mut [u32]) -> Result<()> {
        Compute::sketch(self.live()?, request, latents);
        Ok(())
    }

    fn tensor_sketch(&mut self, request: &TensorSketch<'_>) -> Result<Vec<f32>> {
        Ok(Compute::tensor_sketch(self.live()?, request))
    }

    fn encode(&mut self, request: &Encode<'_>) -> Result<Latents> {
        Ok(Compute::encode(self.live()?, request))
    }

    fn screen(&mut self, request: &Screen<'_>) -> Result<Vec<Hit>> {
        Ok(Compute::screen(self.live()?, request))
    }

    fn score(&mut self, request: &Score<'_>) -> Result<Vec<Scored>> {
        Ok(Compute::score(self.live()?, request))
    }
}

fn pane(seed: u64) -> LaggedRows {
    let mut fresh = Fresh::with(seed);
    let values = (0..64 * 9).map(|at| if at % 9 == 0 { 1.0 } else { fresh.number() }).collect();
    LaggedRows { values, dim: 9 }
}

#[test]
fn the_window_in_which_a_device_fails_is_done_again_on_the_next() {
    let cpu = || CpuCompute::new(1).unwrap();
    let second = || -> Result<Box<dyn Backend>> { Ok(Box::new(Mortal { inside: CpuCompute::new(1)?, left: 2 })) };
    let missing = || -> Result<Box<dyn Backend>> {
        Err(Error::Device { device: "test".to_owned(), message: "not here".to_owned() })
    };
    let first = Box::new(Mortal { inside: cpu(), left: 3 });
    let mut chain = Chain::new(first, vec![Box::new(missing), Box::new(second)], cpu());
    let mut sure = cpu();
    let mut names = Vec::new();
    for window in 0..8 {
        let pane = pane(window);
        let found = Compute::lagged_grams(&mut chain, &[&pane]);
        assert_eq!(found, Compute::lagged_grams(&mut sure, &[&pane]), "window {window}");
        names.push(Compute::name(&chain));
    }
    assert_eq!(names[..5], ["mortal"; 5]);
    assert!(names[5..].iter().all(|name| name.starts_with("cpu")), "{names:?}");
}

#[test]
fn losing_the_gpu_falls_back_to_the_processor() {
    let Some(adapter) = wgpu::adapters().into_iter().next() else {
        assert!(!required("wgpu"), "SCARCITY_REQUIRE asks for wgpu and there is no adapter");
        return;
    };
    let machine = wgpu::open_adapter(&adapter, wgpu::extras(adapter.features())).unwrap();
    let device = machine.device().clone();
    let mut chain = Chain::new(Box::new(Gpu::new(machine)), Vec::new(), CpuCompute::new(1).unwrap());
    let mut sure = CpuCompute::new(1).unwrap();
    for window in 0..4 {
        if window == 2 {
            device.destroy();
        }
        let pane = pane(window);
        let (found, exact) = (Compute::lagged_grams(&mut chain, &[&pane]), Compute::lagged_grams(&mut sure, &[&pane]));
        for (a, b) in found[0].sums.iter().zip(&exact[0].sums) {
            assert!((a - b).abs() < 1e-3, "window {window}: {a} and {b}");
        }
        assert_eq!(Compute::name(&chain).starts_with("wgpu"), window < 2, "window {window}");
    }
}
