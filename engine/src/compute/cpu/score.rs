//! In: second moments of blocks, weights of replicates, questions. Out: partial R² of every candidate in every
//! replicate, eight replicates side by side in vector registers.
//!
//! Questions about one target come one after another, and share all but the entering columns: what the base says of
//! itself and of the target is factorised once for all of them.

use rayon::prelude::*;

use crate::compute::score::{Score, Scored};

use super::replicates::{LANES, Lanes, Replicated};

const MOST: usize = Score::MOST;
/// Questions a thread takes at a time.
const STRETCH: usize = 64;

pub(super) fn score(request: &Score<'_>) -> Vec<Scored> {
    let (columns, blocks, width) = (request.columns, request.blocks, request.width());
    let mut out = vec![Scored::default(); request.count()];
    let per_group = request.per_group().max(1);
    let size = columns * columns;
    let groups = request.moments.par_chunks_exact(blocks * size).zip(request.questions.par_chunks(per_group * width));
    out.par_chunks_mut(per_group).zip(groups).for_each(|(out, (of_blocks, questions))| {
        let moments = Replicated::new(of_blocks, columns, request.weights, blocks);
        out.par_chunks_mut(STRETCH).zip(questions.par_chunks(STRETCH * width)).for_each(|(out, questions)| {
            answer(request, &moments, questions, out);
        });
    });
    out
}

fn answer(request: &Score<'_>, moments: &Replicated, questions: &[u32], out: &mut [Scored]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        #[expect(unsafe_code, reason = "calls code compiled for instructions found to be there")]
        // SAFETY: the processor has just said that it has both.
        return unsafe { answer_fma(request, moments, questions, out) };
    }
    answer_all::<false>(request, moments, questions, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn answer_fma(request: &Score<'_>, moments: &Replicated, questions: &[u32], out: &mut [Scored]) {
    answer_all::<true>(request, moments, questions, out);
}

#[inline(always)]
fn answer_all<const FUSED: bool>(request: &Score<'_>, moments: &Replicated, questions: &[u32], out: &mut [Scored]) {
    let (width, base) = (request.width(), request.base);
    let mut factors = vec![Factor::new(); moments.vectors()];
    let mut known: &[u32] = &[];
    for (question, out) in questions.chunks_exact(width).zip(out) {
        let same = !known.is_empty() && known[..base] == question[..base] && known[width - 1] == question[width - 1];
        let mut sums = Sums::default();
        for (vector, factor) in factors.iter_mut().enumerate() {
            if !same {
                factor.found::<FUSED>(moments, vector, &question[..base], question[width - 1]);
            }
            let gains = factor.gains::<FUSED>(moments, vector, question, base);
            sums.add(&gains, vector, request.replicates(), request.floor);
        }
        known = question;
        *out = sums.scored(request.replicates());
    }
}

/// `L D L'` of a question's matrix in eight replicates, `L` with ones on its diagonal: no roots are taken.
#[derive(Clone)]
struct Factor {
    /// Rows of `L` below the diagonal.
    lower: [[Lanes; MOST]; MOST],
    /// Reciprocals of `D`; 0 where a column is a combination of those before it.
    inverse: [Lanes; MOST],
    /// Row of the target, not yet divided by `D`: the base's part, then the entering columns'.
    target: [Lanes; MOST],
    /// What the base leaves of the target's sum of squares.
    left: Lanes,
}

impl Factor {
    fn new() -> Self {
        const ZERO: Lanes = [0.0; LANES];
        Self { lower: [[ZERO; MOST]; MOST], inverse: [ZERO; MOST], target: [ZERO; MOST], left: ZERO }
    }

    /// The base and the target's share of it.
    #[inline(always)]
    fn found<const FUSED: bool>(&mut self, moments: &Replicated, vector: usize, base: &[u32], target: u32) {
        for i in 0..base.len() {
            self.append::<FUSED>(moments, vector, base, i);
        }
        self.left = *moments.of(target, target, vector);
        for (j, &column) in base.iter().enumerate() {
            let value = self.target_entry::<FUSED>(moments.of(target, column, vector), j);
            self.left = less::<FUSED>(self.left, &value, &times(&value, &self.inverse[j]));
            self.target[j] = value;
        }
    }

    /// Row `i` of the factor, about column `columns[i]`.
    #[inline(always)]
    fn append<const FUSED: bool>(&mut self, moments: &Replicated, vector: usize, columns: &[u32], i: usize) {
        let own = columns[i];
        let whole = *moments.of(own, own, vector);
        let mut left = whole;
        let mut row = [[0.0; LANES]; MOST];
        for j in 0..i {
            let mut value = *moments.of(own, columns[j], vector);
            for (own, other) in row.iter().zip(&self.lower[j]).take(j) {
                value = less::<FUSED>(value, own, other);
            }
            row[j] = value;
            self.lower[i][j] = times(&value, &self.inverse[j]);
            left = less::<FUSED>(left, &value, &self.lower[i][j]);
        }
        for k in 0..LANES {
            let sound = left[k] > Score::TOLERANCE * whole[k] && left[k] > 0.0;
            self.inverse[i][k] = if sound { 1.0 / left[k] } else { 0.0 };
        }
    }

    /// The target's entry for column `j`, those before it being known.
    #[inline(always)]
    fn target_entry<const FUSED: bool>(&self, entry: &Lanes, j: usize) -> Lanes {
        let mut value = *entry;
        for (own, other) in self.target.iter().zip(&self.lower[j]).take(j) {
            value = less::<FUSED>(value, own, other);
        }
        value
    }

    /// Share of what the base leaves that the entering columns explain.
    #[inline(always)]
    fn gains<const FUSED: bool>(
        &mut self,
        moments: &Replicated,
        vector: usize,
        question: &[u32],
        base: usize,
    ) -> Lanes {
        let last = question.len() - 1;
        let mut left = self.left;
        for j in base..last {
            self.append::<FUSED>(moments, vector, &question[..last], j);
            let value = self.target_entry::<FUSED>(moments.of(question[last], question[j], vector), j);
            left = less::<FUSED>(left, &value, &times(&value, &self.inverse[j]));
            self.target[j] = value;
        }
        let mut gains = [0.0; LANES];
        for k in 0..LANES {
            let ratio = if self.left[k] > 0.0 { left[k].max(0.0) / self.left[k] } else { 1.0 };
            gains[k] = (1.0 - ratio).clamp(0.0, 1.0);
        }
        gains
    }
}

/// `value - a b`: one rounding where the processor has the instruction; emulating it would cost more than the rest.
#[inline(always)]
fn less<const FUSED: bool>(mut value: Lanes, a: &Lanes, b: &Lanes) -> Lanes {
    for k in 0..LANES {
        value[k] = if FUSED { f32::mul_add(-a[k], b[k], value[k]) } else { value[k] - a[k] * b[k] };
    }
    value
}

#[inline(always)]
fn times(a: &Lanes, b: &Lanes) -> Lanes {
    let mut out = [0.0; LANES];
    for k in 0..LANES {
        out[k] = a[k] * b[k];
    }
    out
}

/// Sums over the replicates; replicate 0 stands for all rows and is kept apart.
#[derive(Default)]
struct Sums {
    all: f32,
    sum: Lanes,
    squares: Lanes,
    agree: Lanes,
}

impl Sums {
    #[inline(always)]
    fn add(&mut self, gains: &Lanes, vector: usize, replicates: usize, floor: f32) {
        if vector == 0 {
            self.all = gains[0];
        }
        for (k, &gain) in gains.iter().enumerate() {
            let replicate = vector * LANES + k;
            let counts = f32::from(u8::from(replicate > 0 && replicate < replicates));
            self.sum[k] += counts * gain;
            self.squares[k] += counts * gain * gain;
            self.agree[k] += if gain > floor { counts } else { 0.0 };
        }
    }

    #[inline(always)]
    fn scored(&self, replicates: usize) -> Scored {
        let n = (replicates as f32 - 1.0).max(1.0);
        let total = |lanes: &Lanes| lanes.iter().sum::<f32>() / n;
        let mean = total(&self.sum);
        let spread = (total(&self.squares) - mean * mean).max(0.0).sqrt();
        Scored { gain: self.all, mean, spread, stability: total(&self.agree) }
    }
}
