//! In: nothing. Out: which of NVIDIA's libraries this machine has. Asked before anything else: without the library
//! every other call panics instead of failing.
#![expect(unsafe_code, reason = "loading a library runs its initialisers, which Rust cannot check")]

/// Whether there is a driver.
pub fn driver_present() -> bool {
    // SAFETY: only opens and closes the system's own NVIDIA driver library, which is made to be loaded by any process
    // at any time; no symbol of it is called.
    unsafe { cudarc::driver::sys::is_culib_present() }
}

/// Whether there is the runtime compiler.
pub fn compiler_present() -> bool {
    // SAFETY: as above, for libnvrtc.
    unsafe { cudarc::nvrtc::sys::is_culib_present() }
}

/// Whether there is cuBLAS.
pub fn blas_present() -> bool {
    // SAFETY: as above, for libcublas.
    unsafe { cudarc::cublas::sys::is_culib_present() }
}
