//! In: latents, epoch after epoch. Out: for each target the sources and lags most worth an exact look, of all there are,
//! in memory proportional to the number of targets.
//!
//! One epoch's inner products are noisy: with 64 numbers in a latent their error has a standard deviation of 1/8. But the
//! errors of epochs are independent and the truth is not. So a source enters a target's pool when it is among the best
//! of one epoch, its product is followed from then on, and it stays while its average holds up: a true parent comes
//! in sooner or later and stays, an accident is forgotten.

use rayon::prelude::*;

use crate::compute::encode::Latents;
use crate::compute::screen::{Hit, Screen};
use crate::compute::{Compute, Precision};

/// Newcomers per target and epoch.
const NEW: usize = 32;
/// Sources followed per target.
const POOL: usize = 128;
/// Epochs of zeros every source is taken to have behind it: what has just come in did so because its error was large.
const DOUBT: f32 = 2.0;

/// A source that is followed.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Followed {
    /// Index among the lagged latents: `(lag - 1) · vars + var`.
    source: u32,
    sum: f32,
    epochs: f32,
}

impl Followed {
    fn strength(&self) -> f32 {
        self.sum.abs() / (self.epochs + DOUBT)
    }
}

/// The pools of all targets.
#[derive(Debug)]
pub struct Screening {
    vars: usize,
    pools: Vec<Vec<Followed>>,
    epochs: u64,
}

impl Screening {
    /// Empty pools.
    pub fn new(vars: usize) -> Self {
        Self { vars, pools: vec![Vec::new(); vars], epochs: 0 }
    }

    /// Epochs seen.
    pub fn epochs(&self) -> u64 {
        self.epochs
    }

    /// Takes in an epoch.
    pub fn take_in(&mut self, latents: &Latents, dim: usize, precision: Precision, device: &mut dyn Compute) {
        let vars = self.vars;
        let request =
            Screen { targets: &latents.innovations, sources: &latents.lagged, vars, dim, keep: NEW, precision };
        let hits = device.screen(&request);
        let mut wide = vec![0.0f32; precision.numbers(latents.lagged.len())];
        precision.widen(&latents.lagged, &mut wide);
        let words = precision.words(dim);
        self.pools.par_iter_mut().zip(hits.par_chunks_exact(NEW)).enumerate().for_each(|(target, (pool, hits))| {
            let mut own = vec![0.0f32; dim];
            precision.widen(&latents.innovations[target * words..(target + 1) * words], &mut own);
            for followed in pool.iter_mut() {
                let latent = &wide[followed.source as usize * dim..][..dim];
                followed.sum += own.iter().zip(latent).map(|(a, b)| a * b).sum::<f32>();
                followed.epochs += 1.0;
            }
            for hit in hits.iter().filter(|hit| hit.source != Hit::NONE) {
                if !pool.iter().any(|f| f.source == hit.source) {
                    pool.push(Followed { source: hit.source, sum: hit.score, epochs: 1.0 });
                }
            }
            pool.sort_by(|a, b| b.strength().total_cmp(&a.strength()).then(a.source.cmp(&b.source)));
            pool.truncate(POOL);
        });
        self.epochs += 1;
    }

    /// The best `count` sources of a target, as variable and lag, best first.
    pub fn best(&self, target: usize, count: usize) -> impl Iterator<Item = (usize, usize)> {
        let vars = self.vars;
        self.pools[target].iter().take(count).map(move |f| (f.source as usize % vars, f.source as usize / vars + 1))
    }
}
