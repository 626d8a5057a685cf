//! In: latents. Out: each target's best sources, by inner products of blocks, of which only the best are kept.

use rayon::prelude::*;

use crate::compute::Precision;
use crate::compute::screen::{Hit, Screen};

use super::product::{Dense, product};

/// Targets and sources multiplied together: the block of scores stays in the second-level cache.
const TARGETS: usize = 96;
const SOURCES: usize = 512;

/// `[targets, keep]`, best first.
pub(super) fn screen(request: &Screen<'_>) -> Vec<Hit> {
    let (n, m, dim, keep) = (request.target_count(), request.source_count(), request.dim, request.keep);
    let targets = by_number(request.targets, n, dim, request.precision);
    let sources = by_number(request.sources, m, dim, request.precision);
    let mut out = vec![Hit { source: Hit::NONE, score: 0.0 }; n * keep];
    out.par_chunks_mut(TARGETS * keep).enumerate().for_each(|(block, out)| {
        let first = block * TARGETS;
        let count = out.len() / keep;
        let left = Dense::part(&targets, n, first, count);
        let mut best: Vec<Best> = (0..count).map(|_| Best::new(keep)).collect();
        let mut scores = vec![0.0f32; count * SOURCES];
        for from in (0..m).step_by(SOURCES) {
            let width = SOURCES.min(m - from);
            let scores = &mut scores[..count * width];
            scores.fill(0.0);
            product(&left, &Dense::part(&sources, m, from, width), dim, scores, false);
            for (at, scores) in scores.chunks_exact(width).enumerate() {
                best[at].offer(scores, from, first + at, request.vars);
            }
        }
        for (best, out) in best.into_iter().zip(out.chunks_exact_mut(keep)) {
            let found = best.sorted();
            out[..found.len()].copy_from_slice(&found);
        }
    });
    out
}

/// `[count, dim]` as `[dim, count]` singles: numbers of all latents side by side, as products want them.
fn by_number(words: &[u32], count: usize, dim: usize, precision: Precision) -> Vec<f32> {
    let mut wide = vec![0.0f32; dim * count];
    let of_some = 64 * dim;
    wide.par_chunks_mut(of_some).zip(words.par_chunks(precision.words(of_some))).for_each(|(wide, words)| {
        precision.widen(words, wide);
    });
    let mut out = vec![0.0f32; dim * count];
    out.par_chunks_mut(count.max(1)).enumerate().for_each(|(d, out)| {
        out.iter_mut().enumerate().for_each(|(at, out)| *out = wide[at * dim + d]);
    });
    out
}

/// The best so far, the worst of them known.
struct Best {
    hits: Vec<Hit>,
    keep: usize,
    worst: usize,
    floor: f32,
}

impl Best {
    fn new(keep: usize) -> Self {
        Self { hits: Vec::with_capacity(keep), keep, worst: 0, floor: -1.0 }
    }

    /// Looks at the scores of sources `from …`.
    fn offer(&mut self, scores: &[f32], from: usize, target: usize, vars: usize) {
        // Nearly every stretch holds nothing: one comparison dismisses it.
        for (stretch, scores) in scores.chunks(32).enumerate() {
            let largest = scores.iter().fold(0.0f32, |m, s| m.max(s.abs()));
            if largest <= self.floor {
                continue;
            }
            for (at, &score) in scores.iter().enumerate() {
                let source = from + stretch * 32 + at;
                if score.abs() > self.floor && source % vars != target {
                    self.insert(Hit { source: source as u32, score });
                }
            }
        }
    }

    fn insert(&mut self, hit: Hit) {
        if self.hits.len() < self.keep {
            self.hits.push(hit);
            if self.hits.len() < self.keep {
                return;
            }
        } else {
            self.hits[self.worst] = hit;
        }
        let worst = self.hits.iter().enumerate().max_by(|a, b| a.1.order(b.1));
        if let Some((at, hit)) = worst {
            self.worst = at;
            self.floor = hit.score.abs();
        }
    }

    fn sorted(mut self) -> Vec<Hit> {
        self.hits.sort_by(Hit::order);
        self.hits
    }
}
