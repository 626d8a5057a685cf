//! In: each target's best sources by screening, and the kept rows. Out: those that add to the target's own past in most
//! bootstrap replicates: the ones worth a regression.

use rayon::prelude::*;

use crate::compute::score::{Score, Scored};
use crate::compute::{Compute, WeightedGram};

use super::bootstrap::whole_and_replicates;
use super::kept::KeptRows;

/// Rows of a block of the bootstrap.
pub const BLOCK_ROWS: usize = 64;
/// Targets scored together: their rows fit the caches of a GPU and the memory of anything.
const TARGETS: usize = 64;
/// Own lags in the base at most, so that a question fits a kernel.
const OWN: usize = 4;

/// A source at a lag and what it adds.
#[derive(Debug, Clone, Copy)]
pub struct Candidate {
    /// Source variable.
    pub source: usize,
    /// Lag in rows.
    pub lag: usize,
    /// What the replicates say.
    pub scored: Scored,
}

/// Scores `asked[target]`, sources with lags; replicates must show a gain beyond the 95 % point of chance to agree.
pub fn score(
    kept: &KeptRows,
    asked: &[Vec<(usize, usize)>],
    max_lag: usize,
    n_resamples: usize,
    seed: u64,
    device: &mut dyn Compute,
) -> Vec<Vec<Candidate>> {
    let rows = kept.rows() / BLOCK_ROWS * BLOCK_ROWS;
    let most = asked.iter().map(Vec::len).max().unwrap_or(0);
    if rows == 0 || most == 0 {
        return vec![Vec::new(); asked.len()];
    }
    let own = max_lag.min(OWN);
    let vars = own + most + 1;
    let blocks = rows / BLOCK_ROWS;
    let skip = kept.rows() - rows;
    // A row whose lags reach across a break has no weight.
    let sound: Vec<f32> = kept.run().skip(skip).map(|run| f32::from(u8::from(run >= max_lag))).collect();
    let weights = whole_and_replicates(seed, n_resamples, blocks);
    let used = sound.iter().sum::<f32>();
    let mut out = Vec::with_capacity(asked.len());
    for (batch, asked) in asked.chunks(TARGETS).enumerate() {
        let mut series = vec![0.0f32; asked.len() * rows * vars];
        series.par_chunks_exact_mut(rows * vars).zip(asked).enumerate().for_each(|(at, (series, asked))| {
            let target = batch * TARGETS + at;
            let columns = (1..=own).map(|lag| (target, lag)).chain(asked.iter().copied());
            for (column, (var, lag)) in columns.enumerate().chain([(vars - 1, (target, 0))]) {
                let cells = kept.of(var);
                for t in lag.saturating_sub(skip)..rows {
                    let x = cells[skip + t - lag];
                    series[t * vars + column] = if x.is_nan() { 0.0 } else { x };
                }
            }
        });
        let gram = WeightedGram {
            series: &series,
            vars,
            lags: 1,
            constant: true,
            block_rows: BLOCK_ROWS,
            weights: &sound.repeat(asked.len()),
        };
        let moments = device.weighted_gram(&gram);
        let questions: Vec<u32> = (0..asked.len() * most)
            .flat_map(|q| (0..=own as u32).chain([(1 + own + q % most) as u32, vars as u32]))
            .collect();
        let scored = device.score(&Score {
            moments: &moments,
            columns: gram.columns(),
            weights: &weights,
            blocks,
            base: own + 1,
            entering: 1,
            questions: &questions,
            floor: 3.84 / used.max(4.0),
        });
        out.extend(asked.iter().zip(scored.chunks_exact(most)).map(|(asked, scored)| {
            asked.iter().zip(scored).map(|(&(source, lag), &scored)| Candidate { source, lag, scored }).collect()
        }));
    }
    out
}
