//! In: rows of a series. Out: what a sketch of them is asked for with: how long columns of time become short latents
//! whose inner products estimate those of the columns.

use super::Precision;

/// How rows of time are mixed into the few numbers of a latent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Projection<'a> {
    /// Every row counts with a random sign in every number (Johnson–Lindenstrauss; Achlioptas 2003). Inner products of
    /// latents are `dim` times those of the columns.
    Signs,
    /// Every row counts with a random sign in one number (count sketch; Charikar, Chen and Farach-Colton 2002): `dim`
    /// times less work, the same expectation and nearly the same variance. Inner products are those of the columns.
    Count,
    /// Row `t` counts with the weights `[rows, dim]` given, such as its own [`TensorSketch`].
    Weights(&'a [f32]),
}

/// Adds rows to the latents of every lagged column.
#[derive(Debug, Clone, Copy)]
pub struct Sketch<'a> {
    /// `[rows + lags - 1, vars]`, row-major, no gaps.
    pub series: &'a [f32],
    /// Number of variables.
    pub vars: usize,
    /// Copies of every variable: lag 0 … lags − 1. Latent `lag · vars + var` belongs to that variable at that lag.
    pub lags: usize,
    /// Numbers in a latent, a power of two from 2 to 2048.
    pub dim: usize,
    /// How rows are mixed.
    pub projection: Projection<'a>,
    /// Seed of signs and places.
    pub seed: u32,
    /// Number of the first row in the stream, modulo 2³²: rows are mixed the same way whatever window they come in.
    pub first_row: u32,
    /// How latents are kept.
    pub precision: Precision,
}

impl Sketch<'_> {
    /// Rows whose lags are all there.
    pub fn rows(&self) -> usize {
        (self.series.len() / self.vars.max(1) + 1).saturating_sub(self.lags)
    }

    /// Number of latents.
    pub fn latents(&self) -> usize {
        self.vars * self.lags
    }

    /// 32-bit words of all latents.
    pub fn words(&self) -> usize {
        self.precision.words(self.latents() * self.dim)
    }
}

/// Sketch of all products of two columns of the same row (Pham and Pagh 2013): two count sketches of the row over its
/// columns, circularly convolved. The product of columns `i` and `j` stands, with the sign `sign₁(i) sign₂(j)`, at place
/// `place₁(i) + place₂(j)` modulo `dim`, together with others.
#[derive(Debug, Clone, Copy)]
pub struct TensorSketch<'a> {
    /// `[rows, columns]`, row-major, no gaps.
    pub rows: &'a [f32],
    /// Number of columns.
    pub columns: usize,
    /// Numbers in a sketch, a power of two from 2 to 1024.
    pub dim: usize,
    /// Seed of places and signs.
    pub seed: u32,
}

impl TensorSketch<'_> {
    /// Number of rows.
    pub fn count(&self) -> usize {
        self.rows.len() / self.columns.max(1)
    }
}

/// A hash of 32 bits with little bias (Wellons' `lowbias32`), the same on every device.
pub fn mix(mut x: u32) -> u32 {
    x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

/// Signs of 32 numbers of a latent for a row: bit set = negative.
pub fn signs(seed: u32, row: u32, word: u32) -> u32 {
    mix(mix(row ^ seed).wrapping_add(word.wrapping_mul(0x9e37_79b9)))
}

/// Place of a row (or column) in a count sketch, and whether its sign is negative.
pub fn place(seed: u32, item: u32, dim: usize) -> (usize, bool) {
    let hash = mix(mix(item ^ seed).wrapping_add(0x85eb_ca6b));
    (hash as usize & (dim - 1), hash >> 31 == 1)
}

/// Items sorted by place: those at place `d` are `order[offsets[d]..offsets[d + 1]]`, in order; the top bit of an entry
/// is its sign.
pub fn by_place(seed: u32, first: u32, count: usize, dim: usize) -> (Vec<u32>, Vec<u32>) {
    let placed: Vec<(usize, bool)> = (0..count as u32).map(|item| place(seed, first.wrapping_add(item), dim)).collect();
    let mut offsets = vec![0u32; dim + 1];
    for &(at, _) in &placed {
        offsets[at + 1] += 1;
    }
    for d in 0..dim {
        offsets[d + 1] += offsets[d];
    }
    let mut next = offsets.clone();
    let mut order = vec![0u32; count];
    for (item, &(at, negative)) in placed.iter().enumerate() {
        order[next[at] as usize] = item as u32 | u32::from(negative) << 31;
        next[at] += 1;
    }
    (offsets, order)
}

/// Seed of the second of a tensor sketch's two count sketches.
pub fn second_seed(seed: u32) -> u32 {
    mix(seed ^ 0x5bd1_e995)
}
