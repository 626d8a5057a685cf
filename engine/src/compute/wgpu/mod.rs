//! In: kernels and buffers. Out: their work on any GPU with a Vulkan, Metal or DirectX 12 driver, through wgpu.

mod adapter;
mod clock;
mod device;
mod memory;
mod pipelines;

pub use adapter::{adapters, describe, extras, open, open_adapter};
pub use device::{Later, WgpuMachine};
pub use memory::memory_of;
