//! Series that share a factor nobody measured, and act on each other by what is their own: the factor must not be taken
//! for links that take it out again.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use scarcity_engine::Config;
use scarcity_engine::types::Samples;

use super::planted::discover;

const VARS: usize = 16;
const ROWS: usize = 2_000;
const MAX_LAG: usize = 3;

/// `(source, target, lag)`.
fn links() -> Vec<(usize, usize, usize)> {
    (0..VARS).filter(|i| i % 4 != 3).map(|i| (i, (i + 5) % VARS, 1 + i % MAX_LAG)).collect()
}

fn rows(seed: u64) -> Samples {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut normal = || (0..12).map(|_| rng.random_range(0.0..1.0)).sum::<f64>() - 6.0;
    let loads: Vec<f64> = (0..VARS).map(|_| 1.0 + 0.25 * normal()).collect();
    let own: Vec<f64> = (0..ROWS * VARS).map(|_| normal()).collect();
    let mut values = own.clone();
    for row in values.chunks_exact_mut(VARS) {
        let factor = normal();
        row.iter_mut().zip(&loads).for_each(|(value, load)| *value += load * factor);
    }
    for t in MAX_LAG..ROWS {
        for (source, target, lag) in links() {
            values[t * VARS + target] += 0.8 * own[(t - lag) * VARS + source];
        }
    }
    Samples { values, vars: VARS, breaks: Vec::new() }
}

#[test]
fn a_factor_is_not_taken_for_links_that_take_it_out() {
    let (mut found, mut wrong) = (0, 0);
    for seed in 0..3 {
        let (scores, _) = discover(&rows(seed), MAX_LAG, &Config::default());
        let accepted = scores.iter().filter(|link| link.accepted && link.key.lag > 0);
        for key in accepted.map(|link| link.key) {
            match links().contains(&(key.source as usize, key.target as usize, key.lag as usize)) {
                true => found += 1,
                false => wrong += 1,
            }
        }
    }
    assert!(found >= 30, "{found} of {} links", 3 * links().len());
    // Without a look at how many links show only beside others there are as many false ones as true.
    assert!(3 * wrong <= found, "{wrong} wrong beside {found}");
}
