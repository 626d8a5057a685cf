//! In: the device asked for. Out: a backend, or the reason why not; and a report of what this machine has.

use super::cpu::CpuCompute;
use super::{Compute, ComputeConfig, DeviceKind};
use crate::error::{Error, Result};

/// Why a GPU that is there cannot be used for discovery.
const CPU_ONLY: &str = "this version computes on the processor only (the viewer draws with the GPU)";

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

/// Opens the device asked for; `auto` takes the best usable one.
///
/// # Errors
/// [`crate::Error::Device`] says what is missing and what to do.
pub fn open(config: &ComputeConfig) -> Result<Box<dyn Compute>> {
    match config.device {
        DeviceKind::Auto | DeviceKind::Cpu => Ok(Box::new(CpuCompute::new(config.threads)?)),
        DeviceKind::Wgpu => Err(refusal("wgpu", &wgpu_reports())),
        DeviceKind::Cuda => Err(refusal("cuda", &cuda_reports())),
    }
}

fn refusal(device: &str, reports: &[DeviceReport]) -> Error {
    let found = reports.iter().map(|r| format!("{}: {}", r.name, r.detail)).collect::<Vec<_>>().join("; ");
    Error::Device { device: device.to_owned(), message: format!("{found}. Use device \"cpu\" or \"auto\"") }
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
    // Without OpenGL: it lacks what computing needs, and merely looking for it makes its libraries print to stderr.
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::PRIMARY;
    let instance = wgpu::Instance::new(descriptor);
    let adapters = pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY));
    if adapters.is_empty() {
        let detail = format!("no Vulkan driver was found; besides, {CPU_ONLY}");
        return vec![DeviceReport::new("wgpu", "no adapter", false, detail)];
    }
    adapters
        .iter()
        .map(|adapter| {
            let info = adapter.get_info();
            let features = adapter.features();
            let has =
                |feature, name: &str| format!("{} {name}", if features.contains(feature) { "with" } else { "without" });
            let kind = match info.device_type {
                wgpu::DeviceType::DiscreteGpu => "discrete GPU",
                wgpu::DeviceType::IntegratedGpu => "integrated GPU",
                wgpu::DeviceType::VirtualGpu => "virtual GPU",
                wgpu::DeviceType::Cpu => "software on the processor",
                wgpu::DeviceType::Other => "other device",
            };
            let detail = format!(
                "{kind}, {} backend, {}, {}; {CPU_ONLY}",
                info.backend.to_str(),
                has(wgpu::Features::SHADER_F16, "half precision"),
                has(wgpu::Features::SUBGROUP, "subgroups"),
            );
            DeviceReport::new("wgpu", info.name, false, detail)
        })
        .collect()
}

fn cuda_reports() -> Vec<DeviceReport> {
    if !cuda_driver_present() {
        let detail = format!("no NVIDIA driver (libcuda) was found; besides, {CPU_ONLY}");
        return vec![DeviceReport::new("cuda", "no device", false, detail)];
    }
    match nvml_devices() {
        Ok(devices) if !devices.is_empty() => devices
            .into_iter()
            .map(|(name, vram_bytes)| {
                let vram =
                    vram_bytes.map_or_else(String::new, |b| format!("{:.1} GiB, ", b as f64 / f64::from(1 << 30)));
                DeviceReport::new("cuda", name, false, format!("{vram}NVIDIA driver present; {CPU_ONLY}"))
            })
            .collect(),
        Ok(_) => {
            let detail = format!("an NVIDIA driver is installed but reports no device; besides, {CPU_ONLY}");
            vec![DeviceReport::new("cuda", "no device", false, detail)]
        }
        Err(error) => {
            let detail = format!("an NVIDIA driver is installed, its devices cannot be listed ({error}); {CPU_ONLY}");
            vec![DeviceReport::new("cuda", "unknown device", false, detail)]
        }
    }
}

/// Asked before anything else of CUDA: without the library every other call panics instead of failing.
#[expect(unsafe_code, reason = "loading a library runs its initialisers, which Rust cannot check")]
fn cuda_driver_present() -> bool {
    // SAFETY: only opens and closes the system's own NVIDIA driver library, which is made to be loaded by any process
    // at any time; no symbol of it is called.
    unsafe { cudarc::driver::sys::is_culib_present() }
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
