//! In: the device asked for. Out: a layout on it, or the reason why not; and what each device of this machine does.

use std::time::{Duration, Instant};

use super::chain::LayoutOpener;
use super::{LayoutChain, LayoutDevice, LayoutForces, LayoutGraph};
use crate::compute::cpu::CpuLayout;
use crate::compute::gpu::GpuLayout;
use crate::compute::wgpu::WgpuMachine;
use crate::compute::{ComputeConfig, DeviceKind, cuda, wgpu};
use crate::error::{Error, Result};

/// Time a measurement takes.
const BUDGET: Duration = Duration::from_millis(50);
/// Nodes of the graph that is measured.
const NODES: usize = 8192;
/// Nodes of a first trial. A device that takes longer for them than the processor, and longer than launches alone can
/// take, is not measured: more nodes would not turn that around, and take a GPU that is a program on the processor seconds.
const TRIAL: usize = 1024;
const LAUNCHES_MS: f64 = 5.0;

/// Opens the device asked for; `auto` measures every usable one for 50 ms and takes the fastest. Whatever is opened
/// falls back to the next when it fails, and the processor, last, never does.
///
/// # Errors
/// [`Error::Device`] says what is missing and what to do.
pub fn open(config: &ComputeConfig) -> Result<Box<dyn LayoutDevice>> {
    let threads = config.threads;
    match config.device {
        DeviceKind::Cpu => open_kind(DeviceKind::Cpu, threads),
        DeviceKind::Auto => fastest(threads, None),
        kind => {
            let first = open_kind(kind, threads).map_err(|error| match error {
                Error::Device { device, message } => {
                    Error::Device { device, message: format!("{message}. Use device \"cpu\" or \"auto\"") }
                }
                other => other,
            })?;
            let later = match kind {
                DeviceKind::Cuda => vec![opener(DeviceKind::Wgpu, threads), opener(DeviceKind::Cpu, threads)],
                _ => vec![opener(DeviceKind::Cpu, threads)],
            };
            Ok(Box::new(LayoutChain::new(first, later)))
        }
    }
}

/// One device alone, without another to fall back to.
///
/// # Errors
/// As [`open`].
pub fn open_kind(kind: DeviceKind, threads: usize) -> Result<Box<dyn LayoutDevice>> {
    Ok(match kind {
        DeviceKind::Auto | DeviceKind::Cpu => Box::new(CpuLayout::new(threads)?),
        DeviceKind::Wgpu => Box::new(GpuLayout::new(wgpu::open()?)),
        DeviceKind::Cuda => Box::new(GpuLayout::new(cuda::open()?)),
    })
}

/// A wgpu device that somebody else made, such as a renderer.
#[derive(Debug, Clone)]
pub struct Lent {
    /// The device.
    pub device: ::wgpu::Device,
    /// Its queue, which may be in use at the same time: a submission is a whole number of steps.
    pub queue: ::wgpu::Queue,
    /// The adapter's name.
    pub name: String,
}

impl Lent {
    /// A layout on it, whose [`LayoutDevice::positions`] its owner can draw.
    pub fn layout(&self) -> GpuLayout<WgpuMachine> {
        GpuLayout::new(WgpuMachine::shared(self.device.clone(), self.queue.clone(), self.name.clone()))
    }
}

/// As [`open`], with the lent device in the place of a wgpu device of its own.
///
/// # Errors
/// As [`open`].
pub fn open_lent(config: &ComputeConfig, lent: &Lent) -> Result<Box<dyn LayoutDevice>> {
    let threads = config.threads;
    match config.device {
        DeviceKind::Auto => fastest(threads, Some(lent)),
        DeviceKind::Wgpu => {
            Ok(Box::new(LayoutChain::new(Box::new(lent.layout()), vec![opener(DeviceKind::Cpu, threads)])))
        }
        _ => open(config),
    }
}

fn opener(kind: DeviceKind, threads: usize) -> LayoutOpener {
    Box::new(move || open_kind(kind, threads))
}

/// The kinds there are, best first.
pub fn list() -> [DeviceKind; 3] {
    [DeviceKind::Cuda, DeviceKind::Wgpu, DeviceKind::Cpu]
}

/// The fastest of the devices that work, by measurement; each refusal is logged with its reason.
fn fastest(threads: usize, lent: Option<&Lent>) -> Result<Box<dyn LayoutDevice>> {
    let mut own = open_kind(DeviceKind::Cpu, threads)?;
    let processor_ms = trial(own.as_mut())?;
    let mut found: Vec<(f64, DeviceKind, Box<dyn LayoutDevice>)> = Vec::new();
    for kind in [DeviceKind::Cuda, DeviceKind::Wgpu] {
        let opened = match lent {
            Some(lent) if kind == DeviceKind::Wgpu => Ok(Box::new(lent.layout()) as Box<dyn LayoutDevice>),
            _ => open_kind(kind, threads),
        };
        match opened.and_then(|mut device| Ok((promising(device.as_mut(), processor_ms)?, kind, device))) {
            Ok(candidate) => found.push(candidate),
            Err(error) => tracing::info!("not used for the layout: {error}"),
        }
    }
    if found.is_empty() {
        return Ok(own);
    }
    let bound = measured(own.as_mut(), NODES)?;
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.retain(|(step_ms, _, device)| {
        let faster = *step_ms < bound;
        let verdict = if faster { "layout" } else { "not used for the layout" };
        tracing::info!("{verdict}: {step_ms:.3} ms a step on {}, {bound:.3} ms on {}", device.name(), own.name());
        faster
    });
    let mut found = found.into_iter();
    let Some((_, _, first)) = found.next() else { return Ok(own) };
    let mut later: Vec<LayoutOpener> = found.map(|(_, kind, _)| opener(kind, threads)).collect();
    later.push(opener(DeviceKind::Cpu, threads));
    Ok(Box::new(LayoutChain::new(first, later)))
}

/// What [`measured`] says, unless a trial already says that it is not worth asking.
fn promising(device: &mut dyn LayoutDevice, processor_ms: f64) -> Result<f64> {
    let own_ms = trial(device)?;
    if own_ms > processor_ms.max(LAUNCHES_MS) {
        return Err(Error::Device {
            device: device.name(),
            message: format!("a step of {TRIAL} nodes takes {own_ms:.1} ms, and {processor_ms:.1} ms on the processor"),
        });
    }
    measured(device, NODES)
}

/// Milliseconds of a step of a small graph, the best of three.
fn trial(device: &mut dyn LayoutDevice) -> Result<f64> {
    prepare(device, TRIAL)?;
    let mut best = f64::MAX;
    for _ in 0..3 {
        let start = Instant::now();
        device.step(&LayoutForces::MEASURED, 1)?;
        device.motion()?;
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
    }
    Ok(best)
}

/// Milliseconds of a step of a random graph with ten springs per node, for 50 ms after a warm-up; the best of those that
/// fitted in, at least one.
///
/// # Errors
/// Those of the device.
pub fn measured(device: &mut dyn LayoutDevice, nodes: usize) -> Result<f64> {
    prepare(device, nodes)?;
    let (begin, mut best, steps) = (Instant::now(), f64::MAX, device.patience());
    while best == f64::MAX || begin.elapsed() < BUDGET {
        let start = Instant::now();
        device.step(&LayoutForces::MEASURED, steps)?;
        device.motion()?;
        best = best.min(start.elapsed().as_secs_f64() * 1e3 / f64::from(steps));
    }
    Ok(best)
}

/// Gives the device a random graph and takes a first step, which compiles what has to be compiled.
fn prepare(device: &mut dyn LayoutDevice, nodes: usize) -> Result<()> {
    let mixed = |x: u32| {
        let x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
        let x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
        x ^ (x >> 16)
    };
    let unit = |x: u32| f64::from(mixed(x)) / f64::from(u32::MAX) * 20.0 - 10.0;
    let count = nodes as u32;
    let at: Vec<[f32; 4]> =
        (0..count).map(|n| [unit(3 * n) as f32, unit(3 * n + 1) as f32, unit(3 * n + 2) as f32, 11.0]).collect();
    let degree = 10;
    let neighbours: Vec<(u32, f32)> = (0..count * degree).map(|k| (mixed(!k) % count, 0.5)).collect();
    let offsets: Vec<u32> = (0..=count).map(|n| n * degree).collect();
    let graph = LayoutGraph {
        nodes: &at,
        forces: &vec![[0.0; 3]; nodes],
        mobility: &vec![1.0; nodes],
        lonely: &vec![false; nodes],
        offsets: &offsets,
        neighbours: &neighbours,
        speed: 1.0,
    };
    device.load(&graph, u64::MAX)?;
    device.step(&LayoutForces::MEASURED, 1)?;
    device.motion()?;
    Ok(())
}
