//! In: nothing but the number of threads. Out: the fastest device of this machine, by measurement and not by name, and why
//! each of the others was not taken, in the log.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::chain::{Chain, Opener};
use super::cpu::CpuCompute;
use super::devices::{open_one, opener};
use super::measure::{Measured, measure, measure_beside};
use super::{Backend, Compute, DeviceKind};
use crate::error::{Error, Result};

/// Time a device has to be opened, to compile and to be measured. A driver that hangs must not keep a run from starting;
/// what is compiled after that the next start finds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Devices this process has found to be slower than the processor: they are not asked again.
static SLOWER: Mutex<Vec<(DeviceKind, String)>> = Mutex::new(Vec::new());

/// The fastest of the devices that work; each refusal is logged with its reason.
pub(super) fn fastest(threads: usize) -> Result<Box<dyn Compute>> {
    let mut cpu = CpuCompute::new(threads)?;
    let own = measure(&mut cpu)?;
    tracing::info!("{}: {:.1} GFLOP/s, {:.3} ms", own.name, own.gram_gflops, own.latency_ms);
    let mut found: Vec<(Measured, DeviceKind, Box<dyn Backend>)> = Vec::new();
    for kind in [DeviceKind::Cuda, DeviceKind::Wgpu] {
        let before = slower().iter().find(|(slow, _)| *slow == kind).map(|(_, reason)| reason.clone());
        if let Some(reason) = before {
            tracing::info!("not used: {reason}");
            continue;
        }
        let start = Instant::now();
        let (measured, device) = match answered(PATIENCE, own.gram_gflops, move || open_one(kind, threads)) {
            Ok(answer) => answer,
            Err(error) => {
                tracing::info!("not used: {error}");
                continue;
            }
        };
        let Measured { name, gram_gflops, latency_ms } = &measured;
        let asked = start.elapsed().as_secs_f64();
        tracing::info!("{name}: {gram_gflops:.1} GFLOP/s, {latency_ms:.3} ms; measured within {asked:.2} s");
        if *gram_gflops > own.gram_gflops {
            found.push((measured, kind, device));
        } else {
            let reason = format!("{name} does {gram_gflops:.1} GFLOP/s, and {} {:.1}", own.name, own.gram_gflops);
            tracing::info!("not used: {reason}");
            slower().push((kind, reason));
        }
    }
    found.sort_by(|a, b| b.0.gram_gflops.total_cmp(&a.0.gram_gflops));
    let mut found = found.into_iter();
    let Some((_, _, first)) = found.next() else { return Ok(Box::new(cpu)) };
    let later: Vec<Opener> = found.map(|(_, kind, _)| opener(kind, threads)).collect();
    Ok(Box::new(Chain::new(first, later, cpu)))
}

fn slower() -> std::sync::MutexGuard<'static, Vec<(DeviceKind, String)>> {
    SLOWER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a device does, and the device, if it answers in time. One that does not is left to a thread of its own, which
/// gives it up when it answers.
fn answered(
    patience: Duration,
    gflops: f64,
    open: impl FnOnce() -> Result<Box<dyn Backend>> + Send + 'static,
) -> Result<(Measured, Box<dyn Backend>)> {
    let failure = |message: String| Error::Device { device: "auto".to_owned(), message };
    let (sender, answer) = crossbeam_channel::bounded(1);
    let ask = move || {
        let asked = open().and_then(|mut device| Ok((measure_beside(device.as_mut(), gflops)?, device)));
        // Nobody waits any more: the device is closed here.
        drop(sender.send(asked));
    };
    std::thread::Builder::new()
        .name("measure".to_owned())
        .spawn(ask)
        .map_err(|error| failure(format!("no thread to measure in: {error}")))?;
    answer
        .recv_timeout(patience)
        .map_err(|_| failure(format!("a device has not answered within {} s", patience.as_secs_f64())))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::encode::{Encode, Latents};
    use crate::compute::score::{Score, Scored};
    use crate::compute::screen::{Hit, Screen};
    use crate::compute::sketch::{Sketch, TensorSketch};
    use crate::compute::{LaggedGram, LaggedRows, WeightedGram};

    /// A device that takes its time, and counts its answers.
    struct Slow(Duration, std::sync::Arc<std::sync::atomic::AtomicUsize>);

    impl Backend for Slow {
        fn name(&self) -> String {
            "slow".to_owned()
        }
        fn lagged_grams(&mut self, _: &[&LaggedRows]) -> Result<Vec<LaggedGram>> {
            std::thread::sleep(self.0);
            self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Ok(Vec::new())
        }
        fn weighted_gram(&mut self, _: &WeightedGram<'_>) -> Result<Vec<f32>> {
            unreachable!("is not measured")
        }
        fn sketch(&mut self, _: &Sketch<'_>, _: &mut [u32]) -> Result<()> {
            unreachable!("is not measured")
        }
        fn tensor_sketch(&mut self, _: &TensorSketch<'_>) -> Result<Vec<f32>> {
            unreachable!("is not measured")
        }
        fn encode(&mut self, _: &Encode<'_>) -> Result<Latents> {
            unreachable!("is not measured")
        }
        fn screen(&mut self, _: &Screen<'_>) -> Result<Vec<Hit>> {
            unreachable!("is not measured")
        }
        fn score(&mut self, _: &Score<'_>) -> Result<Vec<Scored>> {
            unreachable!("is not measured")
        }
    }

    #[test]
    fn a_device_that_does_not_answer_is_not_waited_for() {
        let start = Instant::now();
        let counts = std::sync::Arc::default();
        let open = move || Ok(Box::new(Slow(Duration::from_secs(1), counts)) as Box<dyn Backend>);
        let refused = answered(Duration::from_millis(50), 1.0, open).map(|_| ()).unwrap_err().to_string();
        assert!(refused.contains("has not answered within 0.05 s"), "{refused}");
        assert!(start.elapsed() < Duration::from_millis(900), "{:?}", start.elapsed());
    }

    #[test]
    fn a_device_without_hope_is_soon_left_alone() {
        let counts = std::sync::Arc::<std::sync::atomic::AtomicUsize>::default();
        let ours = std::sync::Arc::clone(&counts);
        let open = move || Ok(Box::new(Slow(Duration::from_millis(11), ours)) as Box<dyn Backend>);
        let (measured, _) = answered(Duration::from_secs(60), 1e6, open).unwrap();
        // A small question and a large one, each after a warm-up.
        assert_eq!(counts.load(std::sync::atomic::Ordering::Relaxed), 4, "{measured:?}");
        assert!(measured.gram_gflops < 10.0, "{measured:?}");
    }

    #[test]
    fn what_a_device_calls_itself_does_not_matter() {
        // Software on the processor is measured like any other device; the log says what it does.
        let own = measure(&mut CpuCompute::new(0).unwrap()).unwrap();
        match answered(Duration::from_secs(60), own.gram_gflops, || open_one(DeviceKind::Wgpu, 0)) {
            Ok((measured, device)) => {
                assert!(measured.gram_gflops > 0.0 && measured.latency_ms > 0.0, "{measured:?}");
                assert_eq!(measured.name, device.name());
            }
            Err(error) => assert!(crate::compute::wgpu::adapters().is_empty(), "{error}"),
        }
    }
}
