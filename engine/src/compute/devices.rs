//! In: the device asked for. Out: a backend, or the reason why not; and a report of what this machine has.

use super::{Compute, ComputeConfig};
use crate::error::Result;

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

/// What this machine has.
pub fn list_devices() -> Vec<DeviceReport> {
    Vec::new()
}

/// Opens the device asked for; `auto` takes the best usable one.
///
/// # Errors
/// [`crate::Error::Device`] says what is missing and what to do.
pub fn open(_config: &ComputeConfig) -> Result<Box<dyn Compute>> {
    Err(crate::Error::Internal("no backend yet".to_owned()))
}
