//! In: kernels and buffers. Out: their work on NVIDIA GPUs, through the driver, NVRTC and cuBLAS, all loaded when asked
//! for.

mod cache;
mod compiler;
mod device;
mod present;

pub use cache::{PtxCache, cache_folder};
pub use compiler::compile;
pub use device::CudaMachine;
pub use present::{blas_present, compiler_present, driver_present};

use crate::error::{Error, Result};

/// Opens the first CUDA device.
///
/// # Errors
/// [`Error::Device`] says what is missing and what to do.
pub fn open() -> Result<CudaMachine> {
    if !driver_present() {
        return Err(failure("no NVIDIA driver (libcuda) was found"));
    }
    // Symbols are looked up when first called, and one that an old driver lacks panics instead of failing.
    std::panic::catch_unwind(CudaMachine::new)
        .unwrap_or_else(|_| Err(failure("the NVIDIA driver is too old (CUDA 12 or newer is needed)")))
}

/// An error of this backend.
fn failure(message: impl std::fmt::Display) -> Error {
    Error::Device { device: "cuda".to_owned(), message: message.to_string() }
}
