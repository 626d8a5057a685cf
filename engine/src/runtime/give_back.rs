//! In: memory that was freed. Out: the same at hand for the next matrix, or in the hands of the system.

/// Freed bytes at the end of a heap up to which it is not shrunk.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const KEPT_BYTES: libc::c_int = 64 << 20;
/// Bytes from which a single piece of memory is the system's own matter.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BYTES: libc::c_int = 16 << 20;

/// Has the allocator keep freed memory of the size of our matrices for the next of them. They come and go by the thousand,
/// and having the system clear pages for each takes longer than filling it.
#[expect(unsafe_code, reason = "the C library's allocator has no safe interface")]
pub fn keep_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `mallopt` takes no pointer and sets two numbers that the allocator reads.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BYTES);
        libc::mallopt(libc::M_TRIM_THRESHOLD, KEPT_BYTES);
    }
}

/// Hands freed memory back to the system. The allocator keeps it for later otherwise, and a limit that counts resident
/// memory would not see that anything was freed.
#[expect(unsafe_code, reason = "the C library's allocator has no safe interface")]
pub fn give_back_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: `malloc_trim` takes no pointer, may be called by any thread at any time, and touches free memory only.
    unsafe {
        libc::malloc_trim(0);
    }
}
