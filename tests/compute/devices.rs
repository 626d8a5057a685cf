//! In: `SCARCITY_REQUIRE`. Out: the backends to test: the processor always; wgpu in every variant the adapter allows;
//! CUDA. A device that is required and missing fails the test.

use scarcity_engine::compute::cpu::CpuCompute;
use scarcity_engine::compute::gpu::Gpu;
use scarcity_engine::compute::gpu::kernel::Extras;
use scarcity_engine::compute::{Backend, cuda, wgpu};

/// Relative errors a backend may make.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// Of sums in single precision.
    pub single: f64,
    /// Of values kept in half precision.
    pub half: f64,
}

pub struct Device {
    pub backend: Box<dyn Backend>,
    pub name: String,
    pub tolerance: Tolerance,
}

const FULL: Tolerance = Tolerance { single: 1e-5, half: 2e-3 };

pub fn required(device: &str) -> bool {
    std::env::var("SCARCITY_REQUIRE").is_ok_and(|list| list.split(',').any(|word| word == device))
}

/// The backends of this machine, fresh.
pub fn devices() -> Vec<Device> {
    let mut found =
        vec![Device { backend: Box::new(CpuCompute::new(2).unwrap()), name: "cpu".to_owned(), tolerance: FULL }];
    let adapters = wgpu::adapters();
    assert!(!adapters.is_empty() || !required("wgpu"), "SCARCITY_REQUIRE asks for wgpu and there is no adapter");
    for adapter in &adapters {
        let offered = wgpu::extras(adapter.features());
        for extras in Extras::ALL {
            if extras.half && !offered.half || extras.subgroups && !offered.subgroups {
                continue;
            }
            let machine = wgpu::open_adapter(adapter, extras).unwrap();
            assert_eq!(machine.extras(), extras);
            let name = format!("wgpu {} {extras:?}", adapter.get_info().name);
            found.push(Device { backend: Box::new(Gpu::new(machine)), name, tolerance: FULL });
        }
    }
    match cuda::open() {
        Ok(machine) => found.push(Device {
            name: format!("cuda sm_{}", machine.capability()),
            backend: Box::new(Gpu::new(machine)),
            // cuBLAS rounds inputs of large products to TF32, ten bits like half precision.
            tolerance: Tolerance { single: 2e-3, ..FULL },
        }),
        Err(error) => assert!(!required("cuda"), "SCARCITY_REQUIRE asks for cuda: {error}"),
    }
    found
}

/// Fills the memory a backend keeps between calls with something no result may depend on: inputs and outputs of every
/// operation at other sizes, full of the largest numbers there are and of no numbers at all.
pub fn poison(device: &mut Device) {
    use scarcity_engine::compute::encode::{Encode, Norm};
    use scarcity_engine::compute::score::Score;
    use scarcity_engine::compute::screen::Screen;
    use scarcity_engine::compute::sketch::{Projection, Sketch, TensorSketch};
    use scarcity_engine::compute::{Precision, WeightedGram};
    let backend = device.backend.as_mut();
    let series = vec![f32::MAX; 300 * 40];
    let weights = [1.0; 298];
    let gram = WeightedGram { series: &series, vars: 40, lags: 3, constant: true, block_rows: 298, weights: &weights };
    let moments = backend.weighted_gram(&gram).unwrap();
    if device.name == "cpu" {
        // It keeps nothing else.
        return;
    }
    let (vars, lags, dim, precision) = (50, 3, 64, Precision::Single);
    let nothing = vec![u32::MAX; vars * lags * dim];
    let projection = Projection::Signs;
    let sketch = Sketch { series: &series, vars, lags, dim, projection, seed: 1, first_row: 0, precision };
    backend.sketch(&sketch, &mut nothing.clone()).unwrap();
    backend.tensor_sketch(&TensorSketch { rows: &series, columns: 40, dim, seed: 1 }).unwrap();
    let own = vec![0.3; vars * (lags - 1)];
    let (norm, heads, clip) = (Norm::LayerNorm, 4, 4.0);
    backend.encode(&Encode { sketches: &nothing, vars, lags, dim, own: &own, norm, heads, clip, precision }).unwrap();
    let (targets, sources) = nothing.split_at(vars * dim);
    backend.screen(&Screen { targets, sources, vars, dim, keep: 50, precision }).unwrap();
    let questions: Vec<u32> = (0..500).flat_map(|at| [0, 1 + at % 7, 9 + at % 7, 20]).collect();
    let (columns, weights) = (gram.columns(), [1.0; 5]);
    let floor = 0.01;
    let score = Score {
        moments: &moments,
        columns,
        weights: &weights,
        blocks: 1,
        base: 2,
        entering: 1,
        questions: &questions,
        floor,
    };
    backend.score(&score).unwrap();
}

/// Numbers near one, different in every run: the seed is in the failure's message.
pub struct Fresh {
    state: u64,
    pub seed: u64,
}

impl Fresh {
    pub fn new() -> Self {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        Self::with(now.as_nanos() as u64)
    }

    pub fn with(seed: u64) -> Self {
        Self { state: seed, seed }
    }

    pub fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.state;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// Uniform in −1 … 1.
    pub fn number(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }

    pub fn singles(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.number() as f32).collect()
    }
}
