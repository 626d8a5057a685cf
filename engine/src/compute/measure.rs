//! In: a backend. Out: what it does in 50 ms of the work discovery consists of, so that devices are chosen by what they
//! do and not by their names.

use std::time::{Duration, Instant};

use super::{Backend, LaggedRows};
use crate::error::Result;

/// Time a measurement takes once the backend is warm.
const BUDGET: Duration = Duration::from_millis(50);
/// Rows and columns of the panes measured: a window of 50 variables with their lags and curved terms.
const ROWS: usize = 64;
const COLUMNS: usize = 512;
const PANES: usize = 4;

/// What a backend did.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Measured {
    /// As the backend calls itself.
    pub name: String,
    /// Gram matrices of panes, copies to and from the device included: billions of floating-point operations a second.
    pub gram_gflops: f64,
    /// The quickest answer to a question too small to keep the device busy.
    pub latency_ms: f64,
}

/// Measures for 50 ms, after one warm-up of each kind.
///
/// # Errors
/// Those of the backend.
pub fn measure(backend: &mut dyn Backend) -> Result<Measured> {
    measure_beside(backend, 0.0)
}

/// As [`measure`], but a backend that begins at less than a tenth of `gflops` is not measured further: one that is a program
/// on the processor would take long, and more runs would turn nothing around.
pub(super) fn measure_beside(backend: &mut dyn Backend, gflops: f64) -> Result<Measured> {
    let rows = |columns: usize| LaggedRows {
        values: (0..ROWS * columns)
            .map(|at| {
                if at % columns == 0 {
                    1.0
                } else {
                    f64::from((at as u32).wrapping_mul(2_654_435_761) >> 8) / 8_388_608.0 - 1.0
                }
            })
            .collect(),
        dim: columns,
    };
    let (small, large) = (rows(8), rows(COLUMNS));
    // Half of the matrix is its mirror image.
    let flops = (ROWS * COLUMNS * (COLUMNS + 1)) as f64;
    let rate = |panes: usize, elapsed: Duration| panes as f64 * flops / elapsed.as_secs_f64() * 1e-9;
    // Compiles what has to be compiled.
    backend.lagged_grams(&[&small])?;
    let latency = best(backend, &[&small], BUDGET / 5)?;
    // The first loads libraries and asks for memory; only the second counts.
    once(backend, &[&large])?;
    let mut gram_gflops = rate(1, once(backend, &[&large])?);
    if gram_gflops > 0.1 * gflops {
        gram_gflops = rate(PANES, best(backend, &[&large; PANES], BUDGET - BUDGET / 5)?);
    }
    Ok(Measured { name: backend.name(), gram_gflops, latency_ms: latency.as_secs_f64() * 1e3 })
}

/// The shortest time of as many runs as the budget allows, at least one.
fn best(backend: &mut dyn Backend, panes: &[&LaggedRows], budget: Duration) -> Result<Duration> {
    let (begin, mut best) = (Instant::now(), Duration::MAX);
    loop {
        best = best.min(once(backend, panes)?);
        if begin.elapsed() >= budget {
            return Ok(best);
        }
    }
}

fn once(backend: &mut dyn Backend, panes: &[&LaggedRows]) -> Result<Duration> {
    let start = Instant::now();
    std::hint::black_box(backend.lagged_grams(panes)?);
    Ok(start.elapsed())
}

/// Every backend of this machine, measured, or the reason why not.
pub fn measure_all(threads: usize) -> Vec<Result<Measured>> {
    [super::DeviceKind::Cpu, super::DeviceKind::Wgpu, super::DeviceKind::Cuda]
        .into_iter()
        .map(|kind| measure(super::devices::open_one(kind, threads)?.as_mut()))
        .collect()
}
