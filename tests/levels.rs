//! Variables whose levels wander by themselves: what drives them must show all the same, and a level that stands must not
//! be taken for one that wanders.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use scarcity_engine::Config;
use scarcity_engine::synth::VarSpec;
use scarcity_engine::types::{Samples, Truth};

use super::planted::{compare, discover, rows};

/// A planted system of ten variables with a random walk of its own and a shared wave added to what is seen of each.
fn wandering(seed: u64) -> (Samples, Truth) {
    let (mut samples, truth) = rows(VarSpec::default().build(seed), 1_000, seed + 300);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut level = vec![0.0; samples.vars];
    for (t, row) in samples.values.chunks_exact_mut(level.len()).enumerate() {
        for (var, (value, level)) in row.iter_mut().zip(&mut level).enumerate() {
            *level += 0.2 * ((0..12).map(|_| rng.random_range(0.0..1.0)).sum::<f64>() - 6.0);
            *value += *level + 2.0 * (t as f64 / 15.0 + var as f64).sin();
        }
    }
    (samples, truth)
}

/// Planted links found, planted in all, false ones, and in how many of the systems levels were found to wander.
fn over_systems(system: impl Fn(u64) -> (Samples, Truth), config: &Config) -> (usize, usize, usize, usize) {
    (0..6).fold((0, 0, 0, 0), |(found, planted, wrong, wander), seed| {
        let (samples, truth) = system(seed);
        let (scores, snapshots) = discover(&samples, 3, config);
        let (f, p, w) = compare(&scores, &truth);
        (found + f, planted + p, wrong + w, wander + usize::from(snapshots.last().unwrap().levels_wander))
    })
}

#[test]
fn links_between_wandering_levels_are_found_and_few_beside_them() {
    let mut config = Config::default();
    let (found, planted, wrong, wander) = over_systems(wandering, &config);
    config.mpie.encoder.moving_levels = false;
    let (plain_found, _, plain_wrong, never) = over_systems(wandering, &config);
    println!("{found} of {planted}, {wrong} false; without looking at levels {plain_found} and {plain_wrong}");
    assert_eq!((wander, never), (6, 0));
    assert!(found as f64 >= 0.8 * planted as f64, "{found} of {planted}");
    assert!(wrong as f64 <= 0.2 * found as f64, "{wrong} false beside {found}");
    assert!(
        2 * wrong < plain_wrong && found >= plain_found,
        "no better than without: {plain_found}, {plain_wrong} false"
    );
}

#[test]
fn levels_that_stand_are_left_alone() {
    let standing = |seed| rows(VarSpec::default().build(seed), 1_000, seed + 300);
    assert_eq!(over_systems(standing, &Config::default()).3, 0);
}
