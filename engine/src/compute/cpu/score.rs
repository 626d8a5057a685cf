//! In: second moments of blocks, weights of replicates, questions. Out: partial R² of every candidate in every
//! replicate, eight replicates side by side in vector registers.

use rayon::prelude::*;

use crate::compute::score::{Score, Scored};

use super::product::{Dense, product};

/// Replicates side by side.
const LANES: usize = 8;
const MOST: usize = Score::MOST;

type Lanes = [f32; LANES];

pub(super) fn score(request: &Score<'_>) -> Vec<Scored> {
    let (columns, blocks, replicates) = (request.columns, request.blocks, request.replicates());
    let padded = replicates.next_multiple_of(LANES);
    let width = request.width();
    // Replicates of an entry side by side: one product of the blocks' entries with their weights.
    let mut weights = vec![0.0f32; blocks * padded];
    for (r, of_blocks) in request.weights.chunks_exact(blocks).enumerate() {
        for (b, &weight) in of_blocks.iter().enumerate() {
            weights[b * padded + r] = weight;
        }
    }
    let size = columns * columns;
    let mut out = vec![Scored::default(); request.count()];
    let per_group = request.per_group().max(1);
    let groups = request.moments.par_chunks_exact(blocks * size).zip(request.questions.par_chunks(per_group * width));
    out.par_chunks_mut(per_group).zip(groups).for_each(|(out, (of_blocks, questions))| {
        let mut moments = vec![0.0f32; size * padded];
        product(&Dense::new(of_blocks, size), &Dense::new(&weights, padded), blocks, &mut moments, false);
        out.par_iter_mut().zip(questions.par_chunks_exact(width)).with_min_len(64).for_each(|(out, question)| {
            let mut gains = [0.0f32; LANES];
            let (mut all, mut sum, mut squares, mut agree) = (0.0, 0.0f32, 0.0f32, 0.0f32);
            for group in (0..padded).step_by(LANES) {
                gather_and_solve(&moments, question, columns, padded, group, request.base, &mut gains);
                for (lane, &gain) in gains.iter().enumerate() {
                    match group + lane {
                        0 => all = gain,
                        r if r < replicates => {
                            sum += gain;
                            squares += gain * gain;
                            agree += f32::from(u8::from(gain > request.floor));
                        }
                        _ => {}
                    }
                }
            }
            let n = (replicates as f32 - 1.0).max(1.0);
            let mean = sum / n;
            *out =
                Scored { gain: all, mean, spread: (squares / n - mean * mean).max(0.0).sqrt(), stability: agree / n };
        });
    });
    out
}

fn gather_and_solve(
    moments: &[f32],
    question: &[u32],
    columns: usize,
    padded: usize,
    group: usize,
    base: usize,
    gains: &mut Lanes,
) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
        #[expect(unsafe_code, reason = "calls code compiled for instructions found to be there")]
        // SAFETY: the processor has just said that it has both.
        return unsafe { solve_fma(moments, question, columns, padded, group, base, gains) };
    }
    solve::<false>(moments, question, columns, padded, group, base, gains);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn solve_fma(
    moments: &[f32],
    question: &[u32],
    columns: usize,
    padded: usize,
    group: usize,
    base: usize,
    gains: &mut Lanes,
) {
    solve::<true>(moments, question, columns, padded, group, base, gains);
}

/// Cholesky factorisation of the question's matrix, all lanes at once. What is left of the target's diagonal after the
/// base and after all columns are the two residual sums of squares.
#[inline(always)]
fn solve<const FUSED: bool>(
    moments: &[f32],
    question: &[u32],
    columns: usize,
    padded: usize,
    group: usize,
    base: usize,
    gains: &mut Lanes,
) {
    let n = question.len();
    let mut lower = [[0.0f32; LANES]; MOST * (MOST + 1) / 2];
    let mut left = [0.0f32; LANES];
    let mut after_base = [0.0f32; LANES];
    for i in 0..n {
        let row = i * (i + 1) / 2;
        for j in 0..=i {
            let entry = (question[i] as usize * columns + question[j] as usize) * padded + group;
            let mut value: Lanes = [0.0; LANES];
            value.copy_from_slice(&moments[entry..entry + LANES]);
            let diagonal = value;
            let other = j * (j + 1) / 2;
            for m in 0..j {
                if i == j && i + 1 == n && m == base {
                    after_base = value;
                }
                for k in 0..LANES {
                    let (a, b) = (lower[row + m][k], lower[other + m][k]);
                    // One rounding where the processor has the instruction; emulating it would cost more than the rest.
                    value[k] = if FUSED { f32::mul_add(-a, b, value[k]) } else { value[k] - a * b };
                }
            }
            if i > j {
                // The diagonal holds reciprocals.
                for k in 0..LANES {
                    lower[row + j][k] = value[k] * lower[other + j][k];
                }
            } else if i + 1 == n {
                left = value;
            } else {
                for k in 0..LANES {
                    let sound = value[k] > Score::TOLERANCE * diagonal[k] && value[k] > 0.0;
                    lower[row + j][k] = if sound { 1.0 / value[k].sqrt() } else { 0.0 };
                }
            }
        }
    }
    for k in 0..LANES {
        let ratio = if after_base[k] > 0.0 { left[k].max(0.0) / after_base[k] } else { 1.0 };
        gains[k] = (1.0 - ratio).clamp(0.0, 1.0);
    }
}
