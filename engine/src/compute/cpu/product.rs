//! In: two matrices by rows, packed as the caller says. Out: `A' B`, in tiles that stay in registers, on all cores.
//!
//! Everything heavy on the processor is such a product: second moments, projections over time, inner products of
//! latents. Columns are packed into panels a tile wide; a tile is `TALL × WIDE` accumulators, which fill the vector
//! registers; rows go in stretches whose panels stay in the first-level cache.

use std::ops::{AddAssign, Range};

use rayon::prelude::*;

/// Rows of a tile.
pub const TALL: usize = 6;
/// Rows summed before they join the total: the panels of one tile fill half of a first-level cache, and rounding errors
/// do not grow with the number of rows.
const STRETCH: usize = 256;
/// Columns of `A` one task works on: their panels stay in the second-level cache.
const BLOCK: usize = 16 * TALL;
/// Cells a thread packs alone: waking another one takes as long.
const ALONE: usize = 1 << 16;

/// Single or double precision.
pub trait Real: Copy + Default + Send + Sync + AddAssign + 'static {
    /// One tile.
    type Tile: AsRef<[Self]>;

    /// Columns of a tile.
    const WIDE: usize;

    /// Sums `a' b` over the rows of two panels, `[rows, TALL]` and `[rows, WIDE]`.
    fn tile(a: &[Self], b: &[Self]) -> Self::Tile;
}

/// Fills a panel `[rows, width]` with the given rows and the columns from `first` on; columns that do not exist are 0.
pub trait Columns<T>: Sync {
    /// Number of columns.
    fn columns(&self) -> usize;

    /// Writes every cell of the panel.
    fn pack(&self, rows: Range<usize>, first: usize, width: usize, panel: &mut [T]);
}

/// Some columns of a row-major matrix.
#[derive(Debug, Clone, Copy)]
pub struct Dense<'a, T> {
    /// The cells, from the first column's on.
    pub values: &'a [T],
    /// Cells from one row to the next.
    pub stride: usize,
    /// Number of columns.
    pub columns: usize,
}

impl<'a, T> Dense<'a, T> {
    /// All columns of a matrix.
    pub fn new(values: &'a [T], columns: usize) -> Self {
        Self { values, stride: columns, columns }
    }

    /// `count` columns from `first` on.
    pub fn part(values: &'a [T], stride: usize, first: usize, count: usize) -> Self {
        Self { values: &values[first..], stride, columns: count }
    }
}

impl<T: Real> Columns<T> for Dense<'_, T> {
    fn columns(&self) -> usize {
        self.columns
    }

    fn pack(&self, rows: Range<usize>, first: usize, width: usize, panel: &mut [T]) {
        let there = width.min(self.columns - first);
        for (row, out) in rows.zip(panel.chunks_exact_mut(width)) {
            let at = row * self.stride + first;
            out[..there].copy_from_slice(&self.values[at..at + there]);
            out[there..].fill(T::default());
        }
    }
}

/// `C += A' B`, with `C` `[columns of A, columns of B]` row-major. With `upper`, `A` and `B` have the same columns and
/// tiles below the diagonal are left as they are. The result does not depend on the number of threads.
pub fn product<T: Real>(a: &impl Columns<T>, b: &impl Columns<T>, rows: usize, c: &mut [T], upper: bool) {
    let n = b.columns();
    if n == 0 || a.columns() == 0 {
        return;
    }
    // Of the upper half the first rows are the longest: smaller blocks leave no thread without work at the end.
    let block_rows = if upper && a.columns() < 16 * BLOCK { BLOCK / 4 } else { BLOCK };
    let mut panels = Vec::new();
    for start in (0..rows).step_by(STRETCH) {
        let stretch = start..(start + STRETCH).min(rows);
        let depth = stretch.len();
        panels.resize(n.div_ceil(T::WIDE) * T::WIDE * depth, T::default());
        panels
            .par_chunks_exact_mut(T::WIDE * depth)
            .with_min_len(ALONE.div_ceil(T::WIDE * depth))
            .enumerate()
            .for_each(|(panel, out)| b.pack(stretch.clone(), panel * T::WIDE, T::WIDE, out));
        c.par_chunks_mut(block_rows * n).enumerate().for_each_init(Vec::new, |left, (block, out)| {
            let first = block * block_rows;
            let tall = out.len() / n;
            left.resize(tall.div_ceil(TALL) * TALL * depth, T::default());
            for (panel, out) in left.chunks_exact_mut(TALL * depth).enumerate() {
                a.pack(stretch.clone(), first + panel * TALL, TALL, out);
            }
            let skip = if upper { first / T::WIDE } else { 0 };
            for (panel, right) in panels.chunks_exact(T::WIDE * depth).enumerate().skip(skip) {
                let j = panel * T::WIDE;
                let wide = T::WIDE.min(n - j);
                for (strip, left) in left.chunks_exact(TALL * depth).enumerate() {
                    if upper && first + strip * TALL >= j + T::WIDE {
                        break;
                    }
                    let tile = T::tile(left, right);
                    let tile = tile.as_ref();
                    for row in 0..TALL.min(tall - strip * TALL) {
                        let at = (strip * TALL + row) * n + j;
                        let sums = &tile[row * T::WIDE..row * T::WIDE + wide];
                        for (total, &sum) in out[at..at + wide].iter_mut().zip(sums) {
                            *total += sum;
                        }
                    }
                }
            }
        });
    }
}

/// Copies the upper half of a square matrix to the lower.
pub fn mirror<T: Copy>(c: &mut [T], n: usize) {
    // In squares, so that neither half is walked across its rows.
    const SIDE: usize = 32;
    for i0 in (0..n).step_by(SIDE) {
        for j0 in (i0..n).step_by(SIDE) {
            for i in i0..(i0 + SIDE).min(n) {
                for j in j0.max(i + 1)..(j0 + SIDE).min(n) {
                    c[j * n + i] = c[i * n + j];
                }
            }
        }
    }
}

/// The tile as plain loops; the compiler keeps it in registers where the target has enough.
macro_rules! tile {
    ($name:ident, $real:ty, $wide:literal $(, $feature:literal)?) => {
        $(#[target_feature(enable = $feature)])?
        fn $name(a: &[$real], b: &[$real]) -> [$real; TALL * $wide] {
            let mut sums = [[0.0; $wide]; TALL];
            for (a, b) in a.as_chunks::<TALL>().0.iter().zip(b.as_chunks::<$wide>().0) {
                for i in 0..TALL {
                    for j in 0..$wide {
                        multiply_add!($real, sums[i][j], a[i], b[j] $(, $feature)?);
                    }
                }
            }
            let mut flat = [0.0; TALL * $wide];
            flat.copy_from_slice(sums.as_flattened());
            flat
        }
    };
}

/// One rounding where the processor has the instruction, two where emulating it would cost more than everything else.
macro_rules! multiply_add {
    ($real:ty, $sum:expr, $a:expr, $b:expr, $feature:literal) => {
        $sum = <$real>::mul_add($a, $b, $sum)
    };
    ($real:ty, $sum:expr, $a:expr, $b:expr) => {
        $sum += $a * $b
    };
}

macro_rules! real {
    ($real:ty, $wide:literal, $plain:ident, $fma:ident) => {
        tile!($plain, $real, $wide);
        #[cfg(target_arch = "x86_64")]
        tile!($fma, $real, $wide, "avx2,fma");

        impl Real for $real {
            type Tile = [$real; TALL * $wide];

            const WIDE: usize = $wide;

            #[inline]
            #[cfg_attr(
                target_arch = "x86_64",
                expect(unsafe_code, reason = "calls code compiled for instructions found to be there")
            )]
            fn tile(a: &[$real], b: &[$real]) -> Self::Tile {
                #[cfg(target_arch = "x86_64")]
                if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
                    // SAFETY: the processor has just said that it has both.
                    return unsafe { $fma(a, b) };
                }
                $plain(a, b)
            }
        }
    };
}

real!(f32, 16, tile_f32, tile_f32_fma);
real!(f64, 8, tile_f64, tile_f64_fma);

#[cfg(test)]
mod tests {
    use super::{Dense, mirror, product};

    fn noise(at: usize) -> f64 {
        f64::from((at as u32).wrapping_mul(2_654_435_761) >> 8) / 8_388_608.0 - 1.0
    }

    #[test]
    fn sizes_that_fit_no_tile_come_out_right() {
        for (m, n, rows) in [(1, 1, 1), (5, 17, 3), (6, 16, 256), (97, 33, 257), (200, 130, 600)] {
            let a: Vec<f64> = (0..rows * m).map(noise).collect();
            let b: Vec<f64> = (0..rows * n).map(|at| noise(at + 7)).collect();
            let mut c = vec![0.0; m * n];
            product(&Dense::new(&a, m), &Dense::new(&b, n), rows, &mut c, false);
            for (i, j) in (0..m).flat_map(|i| (0..n).map(move |j| (i, j))) {
                let exact: f64 = (0..rows).map(|t| a[t * m + i] * b[t * n + j]).sum();
                assert!((c[i * n + j] - exact).abs() < 1e-10, "{m}×{n}, {rows} rows: entry {i}, {j}");
            }
        }
    }

    #[test]
    fn the_upper_half_and_its_mirror_image_are_the_whole() {
        let (n, rows) = (203, 70);
        let a: Vec<f32> = (0..rows * n).map(|at| noise(at) as f32).collect();
        let dense = Dense::new(&a, n);
        let (mut whole, mut half) = (vec![0.0; n * n], vec![0.0; n * n]);
        product(&dense, &dense, rows, &mut whole, false);
        product(&dense, &dense, rows, &mut half, true);
        mirror(&mut half, n);
        for at in 0..n * n {
            assert!((whole[at] - half[at]).abs() < 1e-4, "{at}: {} and {}", whole[at], half[at]);
        }
    }
}
