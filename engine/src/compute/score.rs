//! In: second moments of blocks, weights of bootstrap replicates, questions. Out: what scoring is asked for with, and how
//! much each candidate adds to its target's own past, in how many replicates.

/// Scores candidates: how much of what the base columns leave of the target do the entering columns explain, on all rows
/// and in every bootstrap replicate?
#[derive(Debug, Clone, Copy)]
pub struct Score<'a> {
    /// `[groups, blocks, columns, columns]` second moments, as [`super::WeightedGram`] yields them. Questions come in as
    /// many groups of equal size, each about its own matrices: targets with candidates of their own.
    pub moments: &'a [f32],
    /// Columns of each matrix.
    pub columns: usize,
    /// `[replicates, blocks]`: weight of each block in each replicate, replicate 0 standing for all rows.
    pub weights: &'a [f32],
    /// Number of blocks of a group.
    pub blocks: usize,
    /// Base columns of every question.
    pub base: usize,
    /// Entering columns of every question; `base + entering + 1` is at most [`Score::MOST`].
    pub entering: usize,
    /// `[questions, base + entering + 1]`: columns of the base, entering columns, the target's column.
    pub questions: &'a [u32],
    /// Gain a replicate must show to count as agreeing.
    pub floor: f32,
}

impl Score<'_> {
    /// Columns of a question at most, so that its matrix fits registers or workgroup memory.
    pub const MOST: usize = 10;

    /// Pivots below this share of their diagonal count as zero: the column is a combination of those before it.
    pub const TOLERANCE: f32 = 1e-5;

    /// Columns of a question.
    pub fn width(&self) -> usize {
        self.base + self.entering + 1
    }

    /// Number of questions.
    pub fn count(&self) -> usize {
        self.questions.len() / self.width()
    }

    /// Questions of a group.
    pub fn per_group(&self) -> usize {
        let groups = self.moments.len() / (self.blocks * self.columns * self.columns).max(1);
        self.count() / groups.max(1)
    }

    /// Number of replicates, replicate 0 included.
    pub fn replicates(&self) -> usize {
        self.weights.len() / self.blocks.max(1)
    }
}

/// The answer to one question.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct Scored {
    /// Partial R² on all rows: share of the base's residual sum of squares that the entering columns explain.
    pub gain: f32,
    /// Mean partial R² of the replicates.
    pub mean: f32,
    /// Standard deviation of the replicates' partial R².
    pub spread: f32,
    /// Share of the replicates whose partial R² is above the floor.
    pub stability: f32,
}
