//! In: keys with values. Out: both sorted, equal keys in the order they had (radix sort, four bits at a time).

use crate::compute::gpu::kernel;
use crate::compute::gpu::machine::Machine;
use crate::error::Result;

/// Keys of a workgroup.
const BLOCK: usize = 2048;

/// Words of counts that sorting so many keys takes.
pub fn counts_words(count: usize) -> usize {
    16 * count.div_ceil(BLOCK).max(1)
}

/// Sorts `count` keys by their lowest `bits` bits. Keys and values start in the first buffers of the pairs, and end in
/// the first as well if the number of digits is even, in the second otherwise; which, is returned.
///
/// # Errors
/// Those of the machine.
pub fn sort<M: Machine>(
    m: &mut M,
    count: usize,
    bits: u32,
    keys: [&M::Buffer; 2],
    values: [&M::Buffer; 2],
    counts: &M::Buffer,
) -> Result<usize> {
    let blocks = count.div_ceil(BLOCK).max(1);
    let mut from = 0;
    for digit in 0..bits.div_ceil(4) {
        let to = 1 - from;
        let parameters = [count as u32, 4 * digit];
        m.launch(&kernel::SORT_COUNT, [blocks as u32, 1, 1], &parameters, &[keys[from], counts])?;
        m.launch(&kernel::SORT_SCAN, [1, 1, 1], &[16 * blocks as u32], &[counts])?;
        let buffers = [keys[from], values[from], counts, keys[to], values[to]];
        m.launch(&kernel::SORT_SCATTER, [blocks as u32, 1, 1], &parameters, &buffers)?;
        from = to;
    }
    Ok(from)
}
