//! In: `[compute]` of the configuration. Out: which device to use and with how many threads.

use serde::{Deserialize, Serialize};

/// Where heavy work runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeviceKind {
    /// The best device present.
    #[default]
    Auto,
    /// All cores of the processor.
    Cpu,
    /// Any GPU with a Vulkan (or Metal, DirectX 12) driver.
    Wgpu,
    /// An NVIDIA GPU through CUDA.
    Cuda,
}

/// Settings of the compute backends.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ComputeConfig {
    /// Device that does the heavy work.
    pub device: DeviceKind,
    /// Worker threads; 0 = one per core. Results do not depend on it.
    pub threads: usize,
}

impl ComputeConfig {
    /// Adds a sentence per setting out of range.
    pub fn check(&self, faults: &mut Vec<String>) {
        if self.threads > 1024 {
            faults.push(format!("`compute.threads` is {}, at most 1024 are allowed; 0 = one per core", self.threads));
        }
    }
}
