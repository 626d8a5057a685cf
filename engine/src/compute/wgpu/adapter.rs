//! In: nothing. Out: the wgpu adapters of this machine, what each is, and a device on one of them.

use crate::compute::gpu::kernel::Extras;
use crate::error::{Error, Result};

use super::device::WgpuMachine;

/// Every adapter, without OpenGL: it lacks what computing needs, and merely looking for it makes its libraries print to
/// stderr.
pub fn adapters() -> Vec<wgpu::Adapter> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    descriptor.backends = wgpu::Backends::PRIMARY;
    let instance = wgpu::Instance::new(descriptor);
    pollster::block_on(instance.enumerate_adapters(wgpu::Backends::PRIMARY))
}

/// What kind of device an adapter is and what it offers.
pub fn describe(adapter: &wgpu::Adapter) -> String {
    let info = adapter.get_info();
    let extras = extras(adapter.features());
    let has = |there, name: &str| format!("{} {name}", if there { "with" } else { "without" });
    let kind = match info.device_type {
        wgpu::DeviceType::DiscreteGpu => "discrete GPU",
        wgpu::DeviceType::IntegratedGpu => "integrated GPU",
        wgpu::DeviceType::VirtualGpu => "virtual GPU",
        wgpu::DeviceType::Cpu => "software on the processor",
        wgpu::DeviceType::Other => "other device",
    };
    format!(
        "{kind}, {} backend, {}, {}",
        info.backend.to_str(),
        has(extras.half, "half precision"),
        has(extras.subgroups, "subgroups"),
    )
}

/// What features mean for kernels.
pub fn extras(features: wgpu::Features) -> Extras {
    Extras {
        half: features.contains(wgpu::Features::SHADER_F16),
        subgroups: features.contains(wgpu::Features::SUBGROUP),
    }
}

/// The best adapter that is there: discrete before integrated before software.
///
/// # Errors
/// [`Error::Device`] says what is missing.
pub fn open() -> Result<WgpuMachine> {
    let rank = |adapter: &wgpu::Adapter| match adapter.get_info().device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    };
    let best = adapters().into_iter().min_by_key(rank);
    let adapter = best.ok_or_else(|| failure("no Vulkan driver was found"))?;
    open_adapter(&adapter, Extras { half: true, subgroups: true })
}

/// A device on this adapter, with its full limits and as many of the extras as it offers.
///
/// # Errors
/// [`Error::Device`] where the driver refuses.
pub fn open_adapter(adapter: &wgpu::Adapter, wanted: Extras) -> Result<WgpuMachine> {
    let offered = adapter.features();
    let mut features = wgpu::Features::empty();
    for (want, feature) in [
        (wanted.half, wgpu::Features::SHADER_F16),
        (wanted.subgroups, wgpu::Features::SUBGROUP),
        (true, wgpu::Features::TIMESTAMP_QUERY),
        (true, wgpu::Features::TIMESTAMP_QUERY_INSIDE_ENCODERS),
    ] {
        if want && offered.contains(feature) {
            features |= feature;
        }
    }
    let descriptor = wgpu::DeviceDescriptor {
        label: Some("scarcity discovery"),
        required_features: features,
        required_limits: adapter.limits(),
        ..wgpu::DeviceDescriptor::default()
    };
    let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))
        .map_err(|error| failure(&format!("{} gives no device: {error}", adapter.get_info().name)))?;
    Ok(WgpuMachine::owned(device, queue, adapter.get_info().name))
}

/// An error of this backend.
pub(super) fn failure(message: &str) -> Error {
    Error::Device { device: "wgpu".to_owned(), message: message.to_owned() }
}
