//! In: one Gram matrix per pane. Out: the stream's second moments as a list of blocks whose length grows with the
//! logarithm of the stream: newest panes singly, older ones merged pairwise (an exponential histogram).

use std::collections::{BTreeSet, VecDeque};

use crate::compute::{LaggedGram, packed, packed_len};

use super::correlation::Correlation;

/// Second moments of some consecutive panes.
#[derive(Debug, Clone)]
pub struct Block {
    /// Number of the first pane: the block's identity for the bootstrap.
    pub first_pane: u64,
    /// First row of the stream in the block.
    pub first_row: u64,
    /// Rows in the sums.
    pub rows: f64,
    /// Merges behind the block: it holds up to `2^level` panes.
    pub level: u32,
    /// Upper triangle of the sums of products of `[1, columns]`.
    sums: Vec<f64>,
    /// Upper triangle of the pair counts; `None` = every pair has `rows`.
    counts: Option<Vec<f64>>,
}

impl Block {
    /// Sum of products of two columns of `[1, columns]`, and the rows in it.
    pub fn moment(&self, dim: usize, i: usize, j: usize) -> (f64, f64) {
        let at = packed(dim, i, j);
        let count = self.counts.as_ref().map_or(self.rows, |c| c[at]);
        (self.sums[at], count)
    }

    fn absorb(&mut self, newer: &Self) {
        if self.counts.is_some() || newer.counts.is_some() {
            let mut counts = self.counts.take().unwrap_or_else(|| vec![self.rows; self.sums.len()]);
            for (at, count) in counts.iter_mut().enumerate() {
                *count += newer.counts.as_ref().map_or(newer.rows, |c| c[at]);
            }
            self.counts = Some(counts);
        }
        for (sum, add) in self.sums.iter_mut().zip(&newer.sums) {
            *sum += add;
        }
        self.rows += newer.rows;
        self.level = self.level.max(newer.level) + 1;
    }
}

/// The blocks, oldest first, and the exact total over all of them.
#[derive(Debug)]
pub struct History {
    /// `1 + columns`.
    dim: usize,
    per_level: usize,
    /// Bytes that blocks and totals may take together.
    max_bytes: usize,
    blocks: VecDeque<Block>,
    barriers: BTreeSet<u64>,
    total_sums: Vec<f64>,
    total_counts: Option<Vec<f64>>,
    total_rows: f64,
}

impl History {
    /// A history of Gram matrices of size `dim`, with `per_level` blocks kept at each resolution.
    pub fn new(dim: usize, per_level: usize) -> Self {
        Self {
            dim,
            per_level,
            max_bytes: usize::MAX,
            blocks: VecDeque::new(),
            barriers: BTreeSet::new(),
            total_sums: vec![0.0; packed_len(dim)],
            total_counts: None,
            total_rows: 0.0,
        }
    }

    /// Bounds the memory: what would go beyond is merged, oldest first, so that two blocks are left at least.
    #[must_use]
    pub fn within(mut self, max_bytes: usize) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// `1 + columns`.
    pub fn dim(&self) -> usize {
        self.dim
    }

    /// The blocks, oldest first.
    pub fn blocks(&self) -> &VecDeque<Block> {
        &self.blocks
    }

    /// Keeps so many blocks at each resolution from now on; merges what is there down to them.
    pub fn set_per_level(&mut self, per_level: usize) {
        self.per_level = per_level;
        // Each pass merges at most one pair per level.
        for _ in 0..self.blocks.len() {
            self.compact();
        }
        self.blocks.shrink_to_fit();
    }

    /// Bytes of the blocks and of the totals.
    pub fn bytes(&self) -> usize {
        let of = |sums: &[f64], counts: &Option<Vec<f64>>| size_of_val(sums) + counts.as_deref().map_or(0, size_of_val);
        let blocks: usize = self.blocks.iter().map(|b| of(&b.sums, &b.counts)).sum();
        blocks + of(&self.total_sums, &self.total_counts)
    }

    /// Rows in all blocks.
    pub fn rows(&self) -> f64 {
        self.total_rows
    }

    /// Rows of the stream at which blocks may not be merged, because a regression starts there.
    pub fn set_barriers(&mut self, first_rows: impl IntoIterator<Item = u64>) {
        self.barriers = first_rows.into_iter().collect();
    }

    /// Rows set by [`History::set_barriers`].
    pub fn barriers(&self) -> &BTreeSet<u64> {
        &self.barriers
    }

    /// Adds the newest pane.
    pub fn push(&mut self, pane: u64, first_row: u64, gram: LaggedGram) {
        let LaggedGram { sums, counts, .. } = gram;
        let counts = (!counts.is_empty()).then_some(counts);
        if counts.is_some() || self.total_counts.is_some() {
            let before = self.total_rows;
            let total = self.total_counts.get_or_insert_with(|| vec![before; sums.len()]);
            for (at, value) in total.iter_mut().enumerate() {
                *value += counts.as_ref().map_or(gram.rows, |c| c[at]);
            }
        }
        for (total, add) in self.total_sums.iter_mut().zip(&sums) {
            *total += add;
        }
        self.total_rows += gram.rows;
        self.blocks.push_back(Block { first_pane: pane, first_row, rows: gram.rows, level: 0, sums, counts });
        self.compact();
    }

    /// Merges the oldest pair of any level that has outgrown its share.
    fn compact(&mut self) {
        self.free_stranded();
        let mut level = 0;
        loop {
            let at_level: Vec<usize> = (0..self.blocks.len()).filter(|&b| self.blocks[b].level == level).collect();
            if at_level.len() > self.per_level {
                let pair = at_level.windows(2).find(|pair| pair[1] == pair[0] + 1 && !self.barred(pair[0], pair[1]));
                if let Some(&[older, newer]) = pair
                    && let Some(absorbed) = self.blocks.remove(newer)
                {
                    self.blocks[older].absorb(&absorbed);
                }
            }
            if !self.blocks.iter().any(|b| b.level > level) {
                break;
            }
            level += 1;
        }
        while self.blocks.len() > 2 && self.bytes() > self.max_bytes {
            self.merge_oldest();
        }
    }

    /// Merges the oldest pair between which no regression starts, or the oldest of all where one starts between any two:
    /// memory is bounded whatever the stream does.
    fn merge_oldest(&mut self) {
        let pairs = 0..self.blocks.len() - 1;
        let older = pairs.into_iter().find(|&at| !self.barred(at, at + 1)).unwrap_or(0);
        if let Some(newer) = self.blocks.remove(older + 1) {
            let level = self.blocks[older].level.max(newer.level);
            self.blocks[older].absorb(&newer);
            // Not one more each time: there are to be about as many levels as the stream has doublings.
            self.blocks[older].level = level;
        }
    }

    /// Whether a regression starts behind the older of two neighbouring blocks and no later than the newer one.
    fn barred(&self, older: usize, newer: usize) -> bool {
        let rows = self.blocks[older].first_row + 1..=self.blocks[newer].first_row;
        self.barriers.range(rows).next().is_some()
    }

    /// A block that stood beside a barrier is left among larger ones when the barrier moves on, and would never find a
    /// partner of its level: it joins the newer neighbour.
    fn free_stranded(&mut self) {
        let mut at = 0;
        while at + 1 < self.blocks.len() {
            let (level, next) = (self.blocks[at].level, self.blocks[at + 1].level);
            if level < next && !self.barred(at, at + 1) {
                if let Some(newer) = self.blocks.remove(at + 1) {
                    self.blocks[at].absorb(&newer);
                    self.blocks[at].level = next;
                }
                at = at.saturating_sub(1);
            } else {
                at += 1;
            }
        }
    }

    /// Rows in the blocks that start at or after `start_row`.
    pub fn rows_from(&self, start_row: u64) -> f64 {
        self.blocks.range(self.block_at(start_row)..).map(|b| b.rows).sum()
    }

    /// Index of the first block that starts at or after `row`.
    pub fn block_at(&self, row: u64) -> usize {
        self.blocks.partition_point(|b| b.first_row < row)
    }

    /// Correlations of all columns over the rows from `start_row` on.
    pub fn correlation(&self, start_row: u64) -> Correlation {
        let first = self.block_at(start_row);
        if first == 0 {
            return Correlation::from_packed(self.dim, self.total_rows, &self.total_sums, self.total_counts.as_deref());
        }
        let mut sums = vec![0.0; packed_len(self.dim)];
        let mut rows = 0.0;
        let partial = self.blocks.range(first..).any(|b| b.counts.is_some());
        let mut counts = partial.then(|| vec![0.0; sums.len()]);
        for block in self.blocks.range(first..) {
            rows += block.rows;
            for (sum, add) in sums.iter_mut().zip(&block.sums) {
                *sum += add;
            }
            if let Some(counts) = &mut counts {
                for (at, count) in counts.iter_mut().enumerate() {
                    *count += block.counts.as_ref().map_or(block.rows, |c| c[at]);
                }
            }
        }
        Correlation::from_packed(self.dim, rows, &sums, counts.as_deref())
    }
}
