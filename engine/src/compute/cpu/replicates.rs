//! In: second moments of blocks, weights of replicates. Out: second moments of every replicate, the replicates of an
//! entry side by side.

use rayon::prelude::*;

/// Replicates of a vector register.
pub(super) const LANES: usize = 8;
pub(super) type Lanes = [f32; LANES];

/// Entries a thread takes at a time.
const STRETCH: usize = 1024;

/// Second moments of replicates: of each symmetric matrix the lower half.
pub(super) struct Replicated {
    vectors: usize,
    /// `[columns · (columns + 1) / 2, vectors]`.
    entries: Vec<Lanes>,
}

impl Replicated {
    /// Sums `[blocks, columns, columns]` with weights `[replicates, blocks]`; replicates that fill the last register up
    /// are zero.
    pub(super) fn new(of_blocks: &[f32], columns: usize, weights: &[f32], blocks: usize) -> Self {
        let vectors = (weights.len() / blocks).div_ceil(LANES);
        let mut by_vector = vec![[0.0; LANES]; vectors * blocks];
        for (r, weights) in weights.chunks_exact(blocks).enumerate() {
            for (b, &weight) in weights.iter().enumerate() {
                by_vector[r / LANES * blocks + b][r % LANES] = weight;
            }
        }
        let mut entries = vec![[0.0; LANES]; columns * (columns + 1) / 2 * vectors];
        entries.par_chunks_mut(STRETCH * vectors).enumerate().for_each(|(stretch, out)| {
            combine(of_blocks, columns, &by_vector, blocks, stretch * STRETCH, out);
        });
        Self { vectors, entries }
    }

    /// Vector registers of an entry.
    pub(super) fn vectors(&self) -> usize {
        self.vectors
    }

    /// Eight replicates of an entry.
    #[inline(always)]
    pub(super) fn of(&self, a: u32, b: u32, vector: usize) -> &Lanes {
        let (row, column) = (a.max(b) as usize, a.min(b) as usize);
        &self.entries[(row * (row + 1) / 2 + column) * self.vectors + vector]
    }
}

fn combine(of_blocks: &[f32], columns: usize, weights: &[Lanes], blocks: usize, first: usize, out: &mut [Lanes]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        #[expect(unsafe_code, reason = "calls code compiled for instructions found to be there")]
        // SAFETY: the processor has just said that it has both.
        return unsafe { combine_fma(of_blocks, columns, weights, blocks, first, out) };
    }
    combine_all::<false>(of_blocks, columns, weights, blocks, first, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn combine_fma(of_blocks: &[f32], columns: usize, weights: &[Lanes], blocks: usize, first: usize, out: &mut [Lanes]) {
    combine_all::<true>(of_blocks, columns, weights, blocks, first, out);
}

/// Entries of the lower half from number `first` on.
#[inline(always)]
fn combine_all<const FUSED: bool>(
    of_blocks: &[f32],
    columns: usize,
    weights: &[Lanes],
    blocks: usize,
    first: usize,
    out: &mut [Lanes],
) {
    let vectors = weights.len() / blocks;
    let size = columns * columns;
    let mut row = (((8 * first + 1) as f64).sqrt() as usize).saturating_sub(1) / 2;
    while (row + 1) * (row + 2) / 2 <= first {
        row += 1;
    }
    let mut column = first - row * (row + 1) / 2;
    for entry in out.chunks_exact_mut(vectors) {
        let at = row * columns + column;
        for (out, weights) in entry.iter_mut().zip(weights.chunks_exact(blocks)) {
            let mut sum = [0.0f32; LANES];
            for (weight, block) in weights.iter().zip(of_blocks.chunks_exact(size)) {
                let moment = block[at];
                for k in 0..LANES {
                    sum[k] = if FUSED { f32::mul_add(moment, weight[k], sum[k]) } else { sum[k] + moment * weight[k] };
                }
            }
            *out = sum;
        }
        column += 1;
        if column > row {
            (row, column) = (row + 1, 0);
        }
    }
}
