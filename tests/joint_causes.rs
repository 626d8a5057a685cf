//! Three causes that act only together: the product is found, named with all three, and nothing else is.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use scarcity_engine::Config;
use scarcity_engine::types::Samples;

use super::planted::discover;

const VARS: usize = 6;
const ROWS: usize = 5_000;

/// Three sources with lags, and their target.
const PLANTED: [([(usize, usize); 3], usize); 2] = [([(0, 1), (1, 2), (2, 1)], 3), ([(1, 1), (3, 3), (4, 2)], 5)];

fn rows(seed: u64) -> Samples {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut normal = || (0..12).map(|_| rng.random_range(0.0..1.0)).sum::<f64>() - 6.0;
    let mut values = vec![0.0; ROWS * VARS];
    for t in 3..ROWS {
        for v in 0..VARS {
            values[t * VARS + v] = 0.3 * values[(t - 1) * VARS + v] + normal();
        }
        for (sources, target) in PLANTED {
            let product: f64 = sources.iter().map(|&(source, lag)| values[(t - lag) * VARS + source]).product();
            values[t * VARS + target] += 0.4 * product.clamp(-4.0, 4.0);
        }
    }
    Samples { values, vars: VARS, breaks: Vec::new() }
}

#[test]
fn three_causes_that_act_only_together_become_one_hyperedge() {
    let (mut found, mut wrong) = (0, 0);
    for seed in 0..5 {
        let (_, snapshots) = discover(&rows(seed), 3, &Config::default());
        for edge in &snapshots.last().unwrap().hyperedges {
            let sources: Vec<(usize, usize)> =
                edge.sources.iter().map(|&(v, lag)| (v as usize, lag as usize)).collect();
            match PLANTED.iter().any(|&(planted, target)| sources == planted && edge.target as usize == target) {
                true => found += 1,
                false => wrong += 1,
            }
        }
    }
    assert!(found >= 9, "{found} of 10 found");
    assert!(wrong <= 1, "{wrong} beside them");
}
