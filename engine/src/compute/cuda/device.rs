//! In: launches. Out: their effects, in order, on one stream of a CUDA device.
#![expect(unsafe_code, reason = "kernels, cuBLAS and copies work on raw device memory")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use cudarc::cublas::{CudaBlas, sys as blas};
use cudarc::driver::sys::CUevent_flags;
use cudarc::driver::{
    CudaContext, CudaEvent, CudaFunction, CudaSlice, CudaStream, DevicePtr, DeviceRepr, LaunchConfig, PushKernelArg,
};

use crate::compute::gpu::kernel::{GRAM, Kernel, PARAMETER_BYTES};
use crate::compute::gpu::machine::{Machine, Product};
use crate::error::Result;

use super::cache::{PtxCache, cache_folder};
use super::{blas_present, failure};

/// The parameters of a launch, passed by value; a kernel reads as many of them as it declares.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
struct Parameters([u32; PARAMETER_BYTES / 4]);

// SAFETY: plain words without padding or pointers; what the kernels declare as `Params` is a prefix of it.
unsafe impl DeviceRepr for Parameters {}

/// A CUDA device as a [`Machine`].
pub struct CudaMachine {
    context: Arc<CudaContext>,
    stream: Arc<CudaStream>,
    blas: Option<CudaBlas>,
    functions: BTreeMap<(&'static str, bool), CudaFunction>,
    cache: PtxCache,
    capability: u32,
    name: String,
    started: Option<CudaEvent>,
    began: Instant,
}

impl std::fmt::Debug for CudaMachine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CudaMachine").field("name", &self.name).field("capability", &self.capability).finish()
    }
}

impl CudaMachine {
    /// The first device; the driver must be present.
    ///
    /// # Errors
    /// [`crate::Error::Device`] in the driver's words.
    pub fn new() -> Result<Self> {
        let context = CudaContext::new(0).map_err(|e| failure(format!("no context: {e}")))?;
        // SAFETY: everything of this context happens on one stream, in order, so no event has to guard a buffer.
        unsafe { context.disable_event_tracking() };
        let stream = context.new_stream().map_err(|e| failure(format!("no stream: {e}")))?;
        let (major, minor) = context.compute_capability().map_err(failure)?;
        let name = context.name().map_err(failure)?;
        let blas = if blas_present() {
            let blas = CudaBlas::new(stream.clone()).map_err(|e| failure(format!("cuBLAS does not start: {e}")))?;
            // SAFETY: the handle is valid as long as `blas` lives.
            let set =
                unsafe { blas::cublasSetMathMode(*blas.handle(), blas::cublasMath_t::CUBLAS_TF32_TENSOR_OP_MATH) };
            set.result().map_err(|e| failure(format!("cuBLAS refuses TF32: {e}")))?;
            Some(blas)
        } else {
            tracing::info!("cuda: libcublas was not found; matrix products run on the engine's own kernels");
            None
        };
        let mut machine = Self {
            cache: PtxCache::new(cache_folder()),
            functions: BTreeMap::new(),
            capability: (10 * major + minor).unsigned_abs(),
            started: None,
            began: Instant::now(),
            context,
            stream,
            blas,
            name,
        };
        // Without a compiler and without kernels kept from before, say so now and not in the middle of the work.
        machine.function(&GRAM)?;
        Ok(machine)
    }

    /// Compute capability, such as 90.
    pub fn capability(&self) -> u32 {
        self.capability
    }

    /// Total and free memory, in bytes.
    pub fn memory(&self) -> Result<(usize, usize)> {
        let (free, total) = self.context.mem_get_info().map_err(failure)?;
        Ok((total, free))
    }

    fn function(&mut self, kernel: &'static Kernel) -> Result<CudaFunction> {
        if let Some(function) = self.functions.get(&kernel.key()) {
            return Ok(function.clone());
        }
        let ptx = self.cache.ptx(kernel, self.capability)?;
        let module = self
            .context
            .load_module(cudarc::nvrtc::Ptx::from_src(ptx))
            .map_err(|e| failure(format!("kernel {} does not load: {e}", kernel.entry)))?;
        let function = module.load_function(kernel.entry).map_err(failure)?;
        self.functions.insert(kernel.key(), function.clone());
        Ok(function)
    }
}

impl Machine for CudaMachine {
    type Buffer = CudaSlice<u32>;

    fn name(&self) -> String {
        format!("cuda ({})", self.name)
    }

    fn alloc(&mut self, words: usize) -> Result<CudaSlice<u32>> {
        // SAFETY: contents are unspecified by contract; every kernel writes before it reads.
        unsafe { self.stream.alloc(words.max(1)) }.map_err(|e| failure(format!("no memory for {words} words: {e}")))
    }

    fn words(buffer: &CudaSlice<u32>) -> usize {
        buffer.len()
    }

    fn max_words(&self) -> usize {
        self.memory().map_or(0, |(_, free)| free / 4)
    }

    fn write(&mut self, buffer: &mut CudaSlice<u32>, words: &[u32]) -> Result<()> {
        if words.is_empty() {
            return Ok(());
        }
        self.stream.memcpy_htod(words, buffer).map_err(failure)
    }

    fn launch(
        &mut self,
        kernel: &'static Kernel,
        groups: [u32; 3],
        parameters: &[u32],
        buffers: &[&CudaSlice<u32>],
    ) -> Result<()> {
        let function = self.function(kernel)?;
        let mut words = Parameters([0; PARAMETER_BYTES / 4]);
        words.0[..parameters.len()].copy_from_slice(parameters);
        let mut launch = self.stream.launch_builder(&function);
        launch.arg(&words);
        for buffer in buffers {
            launch.arg(*buffer);
        }
        let size = LaunchConfig {
            grid_dim: (groups[0], groups[1], groups[2]),
            block_dim: (kernel.threads, 1, 1),
            shared_mem_bytes: 0,
        };
        // SAFETY: the kernel takes these parameters and buffers by the kernel table, checks its indices against the
        // sizes in the parameters, and runs after everything before it on the one stream there is.
        unsafe { launch.launch(size) }.map_err(|e| failure(format!("kernel {}: {e}", kernel.entry)))?;
        Ok(())
    }

    fn read(&mut self, buffer: &CudaSlice<u32>, words: &mut [u32]) -> Result<()> {
        if !words.is_empty() {
            let head = buffer.slice(..words.len());
            self.stream.memcpy_dtoh(&head, words).map_err(failure)?;
        }
        self.stream.synchronize().map_err(failure)
    }

    fn product(&mut self, product: Product<'_, CudaSlice<u32>>) -> Result<bool> {
        let Some(blas) = &self.blas else { return Ok(false) };
        let [m, n, k] = product.size.map(|side| side as i32);
        let address = |(buffer, first, _): (&CudaSlice<u32>, usize, usize)| {
            let (pointer, _guard) = buffer.device_ptr(&self.stream);
            (pointer + 4 * first as u64) as *mut std::ffi::c_void
        };
        let (one, other): (f32, f32) = (1.0, f32::from(u8::from(product.accumulate)));
        let float = blas::cudaDataType::CUDA_R_32F;
        // SAFETY: the addresses lie in live buffers of this stream, large enough for the sizes given. cuBLAS counts by
        // columns: a row-major matrix is its transpose, so C' = B' A.
        unsafe {
            cudarc::cublas::result::gemm_ex(
                *blas.handle(),
                blas::cublasOperation_t::CUBLAS_OP_N,
                blas::cublasOperation_t::CUBLAS_OP_T,
                n,
                m,
                k,
                std::ptr::from_ref(&one).cast(),
                address(product.b),
                float,
                product.b.2 as i32,
                address(product.a),
                float,
                product.a.2 as i32,
                std::ptr::from_ref(&other).cast(),
                address(product.c),
                float,
                product.c.2 as i32,
                blas::cublasComputeType_t::CUBLAS_COMPUTE_32F_FAST_TF32,
                blas::cublasGemmAlgo_t::CUBLAS_GEMM_DEFAULT,
            )
        }
        .map_err(|e| failure(format!("cuBLAS: {e}")))?;
        Ok(true)
    }

    fn start_clock(&mut self) -> Result<()> {
        self.began = Instant::now();
        let event = self.stream.record_event(Some(CUevent_flags::CU_EVENT_DEFAULT)).map_err(failure)?;
        self.started = Some(event);
        Ok(())
    }

    fn stop_clock(&mut self) -> Result<f64> {
        let end = self.stream.record_event(Some(CUevent_flags::CU_EVENT_DEFAULT)).map_err(failure)?;
        match self.started.take() {
            Some(start) => start.elapsed_ms(&end).map(f64::from).map_err(failure),
            None => Ok(self.began.elapsed().as_secs_f64() * 1e3),
        }
    }
}
