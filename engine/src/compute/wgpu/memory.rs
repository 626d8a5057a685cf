//! In: a wgpu device. Out: what its Vulkan driver says of its memory; wgpu itself knows what it took, not what is left.

use ash::vk;

use crate::compute::DeviceMemory;

/// Use and budget of the heaps that are the device's own, by `VK_EXT_memory_budget`; `None` under another interface than
/// Vulkan or without that extension.
#[expect(unsafe_code, reason = "wgpu hands out the driver's handles by unsafe functions only")]
pub fn memory_of(device: &wgpu::Device) -> Option<DeviceMemory> {
    // SAFETY: what is handed out is only asked questions, and lives no longer than this function.
    let device = unsafe { device.as_hal::<wgpu::hal::api::Vulkan>() }?;
    if !device.enabled_device_extensions().contains(&ash::ext::memory_budget::NAME) {
        return None;
    }
    let mut budgets = vk::PhysicalDeviceMemoryBudgetPropertiesEXT::default();
    let mut properties = vk::PhysicalDeviceMemoryProperties2::default().push_next(&mut budgets);
    // SAFETY: the physical device belongs to the instance, both are alive as long as `device`; the extension is enabled,
    // so that the driver knows the structure behind the properties.
    unsafe {
        let instance = device.shared_instance().raw_instance();
        instance.get_physical_device_memory_properties2(device.raw_physical_device(), &mut properties);
    }
    let heaps = properties.memory_properties.memory_heaps_as_slice().to_vec();
    let own = (0..heaps.len()).filter(|&heap| heaps[heap].flags.contains(vk::MemoryHeapFlags::DEVICE_LOCAL));
    let (mut used_bytes, mut budget_bytes) = (0, 0);
    for heap in own {
        used_bytes += budgets.heap_usage[heap];
        budget_bytes += budgets.heap_budget[heap];
    }
    (budget_bytes > 0).then_some(DeviceMemory { used_bytes, budget_bytes })
}
