//! In: memory that was freed. Out: the same in the hands of the system.

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
