//! In: what the governor allows. Out: how much of the configured work discovery does, taken over between windows.

use super::config::EncoderConfig;

/// Numbers in a latent at least: with fewer, one epoch's errors are larger than any correlation.
const LEAST_SKETCH: usize = 16;

/// Limits on discovery. The default is no limit: everything as configured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Share of the configured judging, `(0, 1]`: its root is the share of the pairs judged at a time, and of the
    /// times.
    pub batch: f64,
    /// Whether a window that others wait behind is taken in without being judged.
    pub prompt: bool,
    /// Bootstrap replicates at most.
    pub resamples: usize,
    /// Largest lag of a candidate.
    pub max_lag: usize,
    /// Whether joint causes and products are looked for.
    pub joint: bool,
    /// Share of the memory for looking back, `(0, 1]`. Below 1 the views and the rows kept for them are given up and
    /// the history is kept more coarsely; back at 1 they begin anew.
    pub memory: f64,
    /// Share of the configured numbers in a latent, `(0, 1]`, taken over between two epochs of screening.
    pub sketch: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            batch: 1.0,
            prompt: false,
            resamples: usize::MAX,
            max_lag: usize::MAX,
            joint: true,
            memory: 1.0,
            sketch: 1.0,
        }
    }
}

impl Limits {
    /// Limited in memory alone.
    pub fn of_memory(memory: f64) -> Self {
        Self { memory, ..Self::default() }
    }

    /// Share of the pairs judged at a time, and share of the times: the work follows `batch`.
    pub fn pace(&self) -> f64 {
        self.batch.clamp(1e-3, 1.0).sqrt()
    }

    /// Numbers in a latent at this share of the configured ones: a power of two that the attention's heads divide.
    pub fn sketch_dim(share: f64, config: &EncoderConfig) -> usize {
        let mut dim = config.sketch_dim;
        while dim as f64 > share * config.sketch_dim as f64 && dim / 2 >= LEAST_SKETCH.max(config.attention_heads) {
            dim /= 2;
        }
        dim
    }

    /// Of `configured`, how many pairs to judge or blocks to keep.
    pub fn share_of(share: f64, configured: usize, least: usize) -> usize {
        if share >= 1.0 {
            return configured;
        }
        ((configured as f64 * share.max(0.0)).ceil() as usize).max(least.min(configured))
    }
}

/// Bytes held for looking back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Rows kept to look at again.
    pub cache_bytes: usize,
    /// Histories of the robust views.
    pub views_bytes: usize,
    /// History of second moments in data units.
    pub history_bytes: usize,
}
