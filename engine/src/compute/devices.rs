//! In: the device asked for. Out: a backend, or the reason why not; and a report of what this machine has.

use super::chain::{Chain, Opener};
use super::choice::fastest;
use super::cpu::CpuCompute;
use super::gpu::Gpu;
use super::{Backend, Compute, ComputeConfig, DeviceKind};
use crate::error::{Error, Result};

/// One line of `scarcity devices`.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct DeviceReport {
    /// `cpu`, `wgpu` or `cuda`.
    pub kind: String,
    /// Adapter or processor name.
    pub name: String,
    /// Whether discovery can run on it.
    pub usable: bool,
    /// What it is, or why it cannot be used and what to do.
    pub detail: String,
}

impl DeviceReport {
    fn new(kind: &str, name: impl Into<String>, usable: bool, detail: impl Into<String>) -> Self {
        Self { kind: kind.to_owned(), name: name.into(), usable, detail: detail.into() }
    }
}

/// What this machine has: the processor, then every wgpu adapter, then CUDA devices; a kind that has none is listed
/// once with the reason.
pub fn list_devices() -> Vec<DeviceReport> {
    let mut reports = vec![cpu_report()];
    reports.extend(wgpu_reports());
    reports.extend(cuda_reports());
    reports
}

/// Opens the device asked for; `auto` measures every usable one for 50 ms and takes the fastest. Whatever is opened falls
/// back to the next device when it fails.
///
/// # Errors
/// [`crate::Error::Device`] says what is missing and what to do.
pub fn open(config: &ComputeConfig) -> Result<Box<dyn Compute>> {
    let threads = config.threads;
    match config.device {
        DeviceKind::Cpu => Ok(Box::new(CpuCompute::new(threads)?)),
        DeviceKind::Auto => fastest(threads),
        kind => {
            let gpu = open_one(kind, threads).map_err(advise)?;
            let later = if kind == DeviceKind::Cuda { vec![opener(DeviceKind::Wgpu, threads)] } else { Vec::new() };
            Ok(Box::new(Chain::new(gpu, later, CpuCompute::new(threads)?)))
        }
    }
}

/// One backend alone.
pub(super) fn open_one(kind: DeviceKind, threads: usize) -> Result<Box<dyn Backend>> {
    Ok(match kind {
        DeviceKind::Auto | DeviceKind::Cpu => Box::new(CpuCompute::new(threads)?),
        DeviceKind::Wgpu => Box::new(Gpu::new(super::wgpu::open()?)),
        DeviceKind::Cuda => Box::new(Gpu::new(super::cuda::open()?)),
    })
}

/// Opens a backend later.
pub(super) fn opener(kind: DeviceKind, threads: usize) -> Opener {
    Box::new(move || open_one(kind, threads))
}

/// Adds what to do.
fn advise(error: Error) -> Error {
    match error {
        Error::Device { device, message } => {
            Error::Device { device, message: format!("{message}. Use device \"cpu\" or \"auto\"") }
        }
        other => other,
    }
}

fn cpu_report() -> DeviceReport {
    let system = sysinfo::System::new_with_specifics(
        sysinfo::RefreshKind::nothing().with_cpu(sysinfo::CpuRefreshKind::nothing()),
    );
    let brand = system
        .ok()
        .and_then(|system| system.cpus().first().map(|cpu| cpu.brand().trim().to_owned()))
        .filter(|brand| !brand.is_empty());
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let cores = sysinfo::System::physical_core_count().map_or_else(|_| String::new(), |n| format!("{n} cores, "));
    DeviceReport::new(
        "cpu",
        brand.unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        true,
        format!("{cores}{threads} threads"),
    )
}

fn wgpu_reports() -> Vec<DeviceReport> {
    let adapters = super::wgpu::adapters();
    if adapters.is_empty() {
        return vec![DeviceReport::new("wgpu", "no adapter", false, "no Vulkan driver was found")];
    }
    adapters
        .iter()
        .map(|adapter| DeviceReport::new("wgpu", adapter.get_info().name, true, super::wgpu::describe(adapter)))
        .collect()
}

fn cuda_reports() -> Vec<DeviceReport> {
    let none = |detail: String| vec![DeviceReport::new("cuda", "no device", false, detail)];
    if !super::cuda::driver_present() {
        return none("no NVIDIA driver (libcuda) was found".to_owned());
    }
    let parts = [
        (super::cuda::compiler_present(), "runtime compiler (libnvrtc)"),
        (super::cuda::blas_present(), "matrix library (libcublas)"),
    ];
    let parts: Vec<String> =
        parts.iter().map(|(there, part)| format!("{} {part}", if *there { "with" } else { "without" })).collect();
    match nvml_devices() {
        Ok(devices) if !devices.is_empty() => devices
            .into_iter()
            .map(|(name, vram_bytes)| {
                let vram =
                    vram_bytes.map_or_else(String::new, |b| format!("{:.1} GiB, ", b as f64 / f64::from(1 << 30)));
                DeviceReport::new("cuda", name, true, format!("{vram}{}", parts.join(", ")))
            })
            .collect(),
        Ok(_) => none("an NVIDIA driver is installed but reports no device".to_owned()),
        Err(error) => none(format!("an NVIDIA driver is installed, its devices cannot be listed ({error})")),
    }
}

/// Name and memory of each device. A device without memory information (some drivers refuse it) is still listed.
fn nvml_devices() -> Result<Vec<(String, Option<u64>)>, nvml_wrapper::error::NvmlError> {
    let nvml = nvml_wrapper::Nvml::init()?;
    (0..nvml.device_count()?)
        .map(|index| {
            let device = nvml.device_by_index(index)?;
            Ok((device.name()?, device.memory_info().ok().map(|memory| memory.total)))
        })
        .collect()
}
