//! In: latents of targets and sources. Out: what screening is asked for with, and each target's best sources.

use super::Precision;

/// Finds, for every target, the sources whose latents agree with its own best, of all sources.
#[derive(Debug, Clone, Copy)]
pub struct Screen<'a> {
    /// `[targets, dim]`: target `t` is variable `t`.
    pub targets: &'a [u32],
    /// `[sources, dim]`: source `s` belongs to variable `s % vars`, and is passed over for that
    /// variable as a target.
    pub sources: &'a [u32],
    /// Number of variables.
    pub vars: usize,
    /// Numbers in a latent.
    pub dim: usize,
    /// Sources kept per target, 1 … 64.
    pub keep: usize,
    /// How latents are kept.
    pub precision: Precision,
}

impl Screen<'_> {
    /// Number of targets.
    pub fn target_count(&self) -> usize {
        self.precision.numbers(self.targets.len()) / self.dim.max(1)
    }

    /// Number of sources.
    pub fn source_count(&self) -> usize {
        self.precision.numbers(self.sources.len()) / self.dim.max(1)
    }
}

/// A source and its inner product with the target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Index among the sources; [`Hit::NONE`] where there are fewer sources than asked for.
    pub source: u32,
    /// Inner product of the latents.
    pub score: f32,
}

impl Hit {
    /// No source.
    pub const NONE: u32 = u32::MAX;

    /// Larger products come first, then smaller indices.
    pub fn order(&self, other: &Self) -> std::cmp::Ordering {
        other.score.abs().total_cmp(&self.score.abs()).then(self.source.cmp(&other.source))
    }
}
