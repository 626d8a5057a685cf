//! In: a kernel and an architecture. Out: PTX, by NVRTC; no GPU and no driver are needed.

use cudarc::nvrtc::{CompileOptions, compile_ptx_with_opts};

use crate::compute::gpu::kernel::Kernel;
use crate::error::Result;

use super::{compiler_present, failure};

/// Compiles a kernel for a compute capability such as 80.
///
/// # Errors
/// [`crate::Error::Device`] with the compiler's words, or where there is no compiler.
pub fn compile(kernel: &Kernel, capability: u32) -> Result<String> {
    if !compiler_present() {
        return Err(failure(
            "NVIDIA's runtime compiler (libnvrtc) was not found; install the CUDA toolkit or the PyPI package \
             nvidia-cuda-nvrtc and put its folder into the library path",
        ));
    }
    let options = CompileOptions {
        options: vec![format!("--gpu-architecture=compute_{capability}"), "--std=c++17".to_owned()],
        name: Some(format!("{}.cu", kernel.entry)),
        ..CompileOptions::default()
    };
    let ptx = compile_ptx_with_opts(kernel.cuda_module(), options).map_err(|error| {
        let words = match &error {
            cudarc::nvrtc::CompileError::CompileError { log, .. } => log.to_string_lossy().into_owned(),
            other => format!("{other:?}"),
        };
        failure(format!("kernel {} does not compile for sm_{capability}: {words}", kernel.entry))
    })?;
    Ok(ptx.to_src())
}
