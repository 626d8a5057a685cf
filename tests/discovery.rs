//! Discovery on planted systems: what was put in must come out, and not much else.

use std::sync::Arc;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use scarcity_engine::Config;
use scarcity_engine::compute;
use scarcity_engine::mpie::Pipeline;
use scarcity_engine::stream::{StreamConfig, WindowBuilder};
use scarcity_engine::synth::{Mechanism, Noise, System, Term, VarSpec, contemporaneous, hyper, regimes};
use scarcity_engine::types::{LinkScore, Samples};

use super::planted::{compare, device, discover, rows};

#[test]
fn planted_links_are_found_at_their_lag_with_few_false_ones() {
    let (mut found, mut planted, mut wrong) = (0, 0, 0);
    for seed in 0..6 {
        let (samples, truth) = rows(VarSpec::default().build(seed), 2_000, seed + 100);
        let (f, p, w) = compare(&discover(&samples, 3, &Config::default()).0, &truth);
        println!("seed {seed}: {f} of {p} found, {w} false");
        (found, planted, wrong) = (found + f, planted + p, wrong + w);
    }
    assert!(found as f64 >= 0.98 * planted as f64, "{found} of {planted}");
    assert!(wrong as f64 <= 0.05 * (found + wrong) as f64, "{wrong} false beside {found} true");
}

#[test]
fn effects_are_in_data_units_and_their_intervals_cover_the_truth() {
    let (mut covered, mut all) = (0, 0);
    for seed in 0..8 {
        let mut system = VarSpec::default().build(seed);
        system.scale = (0..10).map(|v| 10f64.powi(v - 4)).collect();
        system.offset = (0..10).map(|v| 1e3 * f64::from(v)).collect();
        let (samples, truth) = rows(system, 2_000, seed + 200);
        let (scores, _) = discover(&samples, 3, &Config::default());
        for edge in truth.edges.iter().filter(|e| e.source != e.target) {
            let link = scores
                .iter()
                .find(|l| (l.key.source, l.key.target, l.key.lag) == (edge.source, edge.target, edge.lag))
                .unwrap();
            assert!((link.effect / edge.coef - 1.0).abs() < 0.8, "{} for {}", link.effect, edge.coef);
            covered += usize::from(link.ci_lo <= edge.coef && edge.coef <= link.ci_hi);
            all += 1;
        }
    }
    let coverage = covered as f64 / all as f64;
    println!("coverage of 95 % intervals: {coverage:.3} over {all} links");
    assert!((0.90..=0.99).contains(&coverage), "{coverage}");
}

#[test]
fn independent_noise_yields_no_graph() {
    let mut accepted = 0;
    for seed in 0..10 {
        let spec = VarSpec { links_per_var: 0.0, ..VarSpec::default() };
        let (samples, _) = rows(spec.build(seed), 1_000, seed);
        accepted += discover(&samples, 3, &Config::default()).0.iter().filter(|l| l.accepted).count();
    }
    assert!(accepted <= 2, "{accepted} links in ten data sets without any");
}

#[test]
fn gain_is_measured_on_rows_the_fit_has_not_seen() {
    let (samples, truth) = rows(VarSpec::default().build(3), 2_000, 5);
    let (scores, _) = discover(&samples, 3, &Config::default());
    for link in scores.iter().filter(|l| l.accepted && l.directed) {
        assert!(link.gain > 0.0 && link.gain < 1.0, "{link:?}");
    }
    // A stronger link gains more: the ranking of gains follows the planted strength.
    let strong = |e: &&scarcity_engine::types::TruthEdge| e.source != e.target;
    let mut pairs: Vec<(f64, f64)> = truth
        .edges
        .iter()
        .filter(strong)
        .filter_map(|e| {
            let key = (e.source, e.target, e.lag);
            let link = scores.iter().find(|l| (l.key.source, l.key.target, l.key.lag) == key)?;
            Some((e.coef.abs(), link.gain))
        })
        .collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let half = pairs.len() / 2;
    let mean = |part: &[(f64, f64)]| part.iter().map(|p| p.1).sum::<f64>() / part.len() as f64;
    assert!(mean(&pairs[half..]) > mean(&pairs[..half]));
}

#[test]
fn missing_cells_do_not_hide_links() {
    let (mut samples, truth) = rows(VarSpec::default().build(1), 3_000, 7);
    for (at, value) in samples.values.iter_mut().enumerate() {
        if (at * 2_654_435_761) % 100 < 8 {
            *value = f64::NAN;
        }
    }
    let (found, planted, wrong) = compare(&discover(&samples, 3, &Config::default()).0, &truth);
    assert!(found + 1 >= planted && wrong <= 1, "{found} of {planted}, {wrong} false");
}

#[test]
fn no_lag_crosses_a_break() {
    // Two trajectories, one the other's copy a thousand rows later: joined they would lag-correlate at the seam only,
    // so the Gram matrix must simply have fewer rows.
    let (mut samples, _) = rows(VarSpec::default().build(2), 640, 3);
    let whole = discover(&samples, 3, &Config::default()).0;
    samples.breaks = (0..640).step_by(4).collect();
    let (broken, snapshots) = discover(&samples, 3, &Config::default());
    // Runs of four rows hold no row with four rows before it: nothing can be regressed, nothing is accepted.
    assert!(whole.iter().any(|l| l.accepted));
    assert!(broken.iter().all(|l| !l.accepted), "accepted across breaks");
    assert!(snapshots.last().unwrap().edges.is_empty());
}

#[test]
fn a_change_of_regime_is_seen_and_the_graph_follows() {
    let system = regimes(&VarSpec::default(), 1_500, 4);
    let (samples, truth) = rows(system, 4_500, 8);
    let (scores, snapshots) = discover(&samples, 3, &Config::default());
    let last = snapshots.last().unwrap();
    assert!(last.regime >= 2, "two changes were planted, regime {} is in force", last.regime);
    let begin = truth.segments.last().unwrap().start;
    assert!(last.regime_start_row.abs_diff(begin) <= 192, "began at {begin}, said {}", last.regime_start_row);
    let seen = snapshots.iter().find(|s| s.regime >= 1).unwrap();
    let delay = seen.rows - truth.segments[1].start;
    println!("first change seen after {delay} rows");
    assert!(delay <= 512, "seen after {delay} rows");
    let (found, planted, wrong) = compare(&scores, &truth);
    println!("after the last change: {found} of {planted} found, {wrong} false");
    assert!(found as f64 >= 0.9 * planted as f64 && wrong <= 2, "{found} of {planted}, {wrong} false");
}

#[test]
fn a_steady_system_has_one_regime() {
    for seed in 0..5 {
        let (samples, _) = rows(VarSpec::default().build(seed), 6_000, seed + 40);
        let snapshot = discover(&samples, 3, &Config::default()).1.pop().unwrap();
        assert_eq!(snapshot.regime, 0, "seed {seed}");
    }
}

/// Same-time links oriented right, oriented wrong, and planted, over a few systems.
fn oriented(noise: Noise, count: usize) -> (usize, usize, usize) {
    let (mut right, mut turned, mut all) = (0, 0, 0);
    for seed in 0..4 {
        let spec = VarSpec { noise, ..VarSpec::default() };
        let (samples, truth) = rows(contemporaneous(&spec, seed), count, seed + 9);
        let (scores, _) = discover(&samples, 3, &Config::default());
        let holds = |s: u32, t: u32| {
            scores.iter().any(|l| l.accepted && l.directed && (l.key.source, l.key.target, l.key.lag) == (s, t, 0))
        };
        for edge in truth.edges.iter().filter(|e| e.lag == 0) {
            all += 1;
            right += usize::from(holds(edge.source, edge.target));
            turned += usize::from(holds(edge.target, edge.source));
        }
    }
    println!("{noise:?}: {right} of {all} same-time links oriented, {turned} the wrong way");
    (right, turned, all)
}

#[test]
fn same_time_links_are_oriented_whatever_the_noise() {
    for noise in [Noise::Gaussian, Noise::Laplace] {
        let (right, turned, all) = oriented(noise, 2_000);
        assert!(right as f64 >= 0.9 * all as f64 && turned <= 1, "{noise:?}: {right}, {turned} of {all}");
    }
}

#[test]
fn what_an_unmeasured_driver_leaves_behind_is_doubted() {
    // 0 drives 1 a row later and 2 two rows later, and is not measured; 3 really drives 4, about as strongly.
    let term = |source, target, lag, coef| Term { source, target, lag, coef };
    let own = (1..8).map(|v| term(v, v, 1, 0.75));
    let links = [term(0, 1, 1, 0.6), term(0, 2, 2, 0.6), term(3, 4, 1, 0.3), term(5, 6, 2, 0.3)];
    let mechanism = Mechanism { terms: own.chain(links).collect(), hyperedges: Vec::new() };
    let (mut kept, mut fooled) = (0, 0);
    for seed in 0..6 {
        let names = (0..8).map(|v| format!("x{v}")).collect();
        let (all, _) = rows(System::new(names, Noise::Gaussian, mechanism.clone()), 1_500, seed);
        let values = all.values.chunks_exact(8).flat_map(|row| row[1..].to_vec()).collect();
        let measured = Samples { values, vars: 7, breaks: Vec::new() };
        let (scores, _) = discover(&measured, 3, &Config::default());
        let accepted = |s: u32, t: u32| {
            scores.iter().filter(|l| l.accepted && (l.key.source, l.key.target) == (s - 1, t - 1)).count()
        };
        kept += usize::from(accepted(3, 4) > 0) + usize::from(accepted(5, 6) > 0);
        fooled += usize::from(accepted(1, 2) > 0);
    }
    println!("{kept} of 12 causes kept, fooled in {fooled} of 6");
    assert!(kept >= 11 && fooled <= 1, "{kept} of 12 kept, fooled in {fooled} of 6");
}

#[test]
fn nothing_is_accepted_of_logs_that_stand_still_and_burst_together() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let vars = 8;
    let (mut row, mut busy) = (vec![0.0; vars], 0.0_f64);
    let mut values = Vec::new();
    for t in 0..1_200 {
        busy = 0.95 * busy + f64::from(u8::from(rng.random_range(0.0..1.0) < 0.03)) * 4.0;
        for value in &mut row {
            // A reading now and then, of what the common load has made of it, later in some than in others.
            if rng.random_range(0.0..1.0) < 0.4 {
                *value = (busy * rng.random_range(0.5..2.0) + (f64::from(t) / 40.0).sin()).round();
            }
        }
        values.extend_from_slice(&row);
    }
    let samples = Samples { values, vars, breaks: Vec::new() };
    let (scores, snapshots) = discover(&samples, 3, &Config::default());
    let last = snapshots.last().unwrap();
    assert!(last.weak, "inflation {}", last.inflation);
    assert!(scores.iter().all(|l| !l.accepted) && last.edges.is_empty() && last.hyperedges.is_empty());
    assert!(scores[0].score > 0.0, "the order stays");
}

#[test]
fn joint_causes_become_hyperedges_and_pairwise_systems_have_none() {
    let (samples, truth) = rows(hyper(8, 1), 3_000, 2);
    let snapshot = discover(&samples, 3, &Config::default()).1.pop().unwrap();
    for planted in &truth.hyperedges {
        let found = snapshot.hyperedges.iter().find(|h| h.sources == planted.sources && h.target == planted.target);
        let found = found.unwrap_or_else(|| panic!("{planted:?} not in {:?}", snapshot.hyperedges));
        assert!(found.gain_joint > found.gain_parts && found.ci_lo > 0.0, "{found:?}");
    }
    let mut false_ones = 0;
    for seed in 0..10 {
        let (samples, _) = rows(VarSpec::default().build(seed), 2_000, seed + 60);
        let snapshot = discover(&samples, 3, &Config::default()).1.pop().unwrap();
        false_ones += usize::from(!snapshot.hyperedges.is_empty());
    }
    assert!(false_ones <= 1, "hyperedges in {false_ones} of 10 pairwise systems");
}

#[test]
fn work_and_memory_per_window_do_not_grow_with_the_stream() {
    let mut history = scarcity_engine::mpie::History::new(4, 16);
    let gram = compute::LaggedGram { dim: 4, sums: vec![1.0; 10], counts: Vec::new(), rows: 64.0 };
    for pane in 0..20_000 {
        history.push(pane, pane * 64, gram.clone());
    }
    assert!(history.blocks().len() <= 16 * 12, "{} blocks", history.blocks().len());
    let rows: f64 = history.blocks().iter().map(|b| b.rows).sum();
    assert_eq!(rows, 20_000.0 * 64.0);
    assert_eq!(history.rows(), rows);
}

#[test]
fn blocks_stranded_by_regimes_that_passed_find_their_place() {
    let mut history = scarcity_engine::mpie::History::new(4, 16);
    let gram = compute::LaggedGram { dim: 4, sums: vec![1.0; 10], counts: Vec::new(), rows: 64.0 };
    for pane in 0..9_000u64 {
        history.push(pane, pane * 64, gram.clone());
        if pane % 37 == 0 {
            history.set_barriers([pane * 64]);
        }
    }
    assert!(history.blocks().len() <= 16 * 12, "{} blocks", history.blocks().len());
    assert_eq!(history.blocks().iter().map(|b| b.rows).sum::<f64>(), 9_000.0 * 64.0);
    assert_eq!(history.rows_from(0), history.rows());
}

/// Two variables that drive each other: every candidate is a true link, so none of them tells what chance looks like.
#[test]
fn a_graph_without_null_links_keeps_its_links() {
    let mut values = vec![0.0; 6_000];
    let noise =
        rows(VarSpec { vars: 2, links_per_var: 0.0, own: 0.0..0.01, ..VarSpec::default() }.build(0), 3_000, 21).0;
    for t in 1..3_000 {
        values[2 * t] = 0.5 * values[2 * t - 1] + noise.values[2 * t];
        values[2 * t + 1] = -0.5 * values[2 * t - 2] + noise.values[2 * t + 1];
    }
    let (scores, _) = discover(&Samples { values, vars: 2, breaks: Vec::new() }, 1, &Config::default());
    let accepted = scores.iter().filter(|l| l.accepted && l.key.lag == 1).count();
    assert_eq!(accepted, 2, "{scores:?}");
}

#[test]
fn a_random_walk_still_drives_what_it_drives_after_100_000_rows() {
    let noise =
        rows(VarSpec { vars: 3, links_per_var: 0.0, own: 0.0..0.01, ..VarSpec::default() }.build(0), 100_000, 22).0;
    let mut values = vec![0.0; noise.values.len()];
    for t in 1..100_000 {
        let (now, before) = (3 * t, 3 * t - 3);
        values[now] = values[before] + noise.values[now];
        // Acts through its last step, which hides in the level.
        let step = if t > 1 { values[before] - values[before - 3] } else { 0.0 };
        values[now + 1] = 0.5 * values[before + 1] + 0.4 * step + noise.values[now + 1];
        values[now + 2] = 0.5 * values[before + 2] + noise.values[now + 2];
    }
    let (scores, _) = discover(&Samples { values, vars: 3, breaks: Vec::new() }, 2, &Config::default());
    assert!(scores.iter().any(|l| l.accepted && (l.key.source, l.key.target) == (0, 1) && l.key.lag > 0));
    let wrong = scores.iter().filter(|l| l.accepted && (l.key.source, l.key.target) != (0, 1)).count();
    assert!(wrong <= 1, "{wrong} false links");
}

#[test]
fn many_missing_cells_are_no_change_of_regime() {
    for seed in 0..4 {
        let (mut samples, _) = rows(VarSpec::default().build(seed), 8_000, seed + 70);
        for (at, value) in samples.values.iter_mut().enumerate() {
            if (at as u64 * 2_654_435_761 + seed) % 1_000 < 300 {
                *value = f64::NAN;
            }
        }
        let snapshot = discover(&samples, 3, &Config::default()).1.pop().unwrap();
        assert_eq!((snapshot.regime, snapshot.regime_start_row), (0, 0), "seed {seed}");
    }
}

#[test]
fn a_sensor_that_starts_late_and_small_is_not_constant() {
    let (mut samples, truth) = rows(VarSpec::default().build(8), 2_000, 23);
    let late = truth.edges.iter().find(|e| e.source != e.target).unwrap().source as usize;
    for (row, values) in samples.values.chunks_exact_mut(10).enumerate() {
        values[late] = if row < 200 { 0.0 } else { values[late] * 1e-7 };
    }
    let (scores, _) = discover(&samples, 3, &Config::default());
    assert!(scores.iter().any(|l| l.accepted && l.key.source == late as u32 && l.key.lag > 0));
}

#[test]
fn live_is_batch() {
    let (samples, truth) = rows(VarSpec::default().build(5), 3_000, 55);
    let whole = discover(&samples, 3, &Config::default()).0;
    for size in [1, 64] {
        let mut builder = WindowBuilder::new(samples.vars, &StreamConfig::default(), 3);
        let names: Arc<[String]> = (0..samples.vars).map(|v| format!("v{v}")).collect();
        let config = Config::default();
        let mut pipeline = Pipeline::new(&config.mpie, names, config.seed);
        let mut device = device();
        let mut step = |windows: Vec<scarcity_engine::types::Window>| {
            windows.iter().for_each(|window| drop(pipeline.step(window, &mut *device, false)));
        };
        for chunk in samples.values.chunks(size * samples.vars) {
            step(builder.push(&Samples { values: chunk.to_vec(), vars: samples.vars, breaks: Vec::new() }));
        }
        step(builder.flush().into_iter().collect());
        pipeline.finish(&mut *device);
        assert_eq!(pipeline.scores(), whole, "{size} rows at a time");
    }
    // Offline: one look at everything, nothing remembered from earlier windows.
    let mut config = Config::default();
    config.mpie.evaluator.refresh_growth = 1e9;
    let offline = discover(&samples, 3, &config).0;
    let auprc = |scores: &[LinkScore]| {
        let planted = |l: &LinkScore| truth.edges.iter().any(|e| (e.source, e.target) == (l.key.source, l.key.target));
        let mut seen = std::collections::BTreeSet::new();
        let pairs: Vec<bool> =
            scores.iter().filter(|l| seen.insert((l.key.source, l.key.target))).map(planted).collect();
        let hits = pairs.iter().filter(|hit| **hit).count() as f64;
        let mut found = 0.0;
        let precision = pairs.iter().zip(1..).filter(|(hit, _)| **hit).map(|(_, rank)| {
            found += 1.0;
            found / f64::from(rank)
        });
        precision.sum::<f64>() / hits
    };
    let (live, batch) = (auprc(&whole), auprc(&offline));
    println!("AUPRC live {live:.4}, offline {batch:.4}");
    assert!((live - batch).abs() <= 0.01, "{live} against {batch}");
}

#[test]
fn noise_with_heavy_tails_costs_little() {
    let spec = VarSpec { noise: Noise::Laplace, ..VarSpec::default() };
    let (samples, truth) = rows(spec.build(5), 2_000, 11);
    let (found, planted, wrong) = compare(&discover(&samples, 3, &Config::default()).0, &truth);
    assert!(found as f64 >= 0.95 * planted as f64 && wrong <= 1, "{found} of {planted}, {wrong} false");
}

#[test]
fn constant_and_duplicated_columns_are_survived() {
    let (samples, _) = rows(VarSpec::default().build(6), 1_000, 12);
    let vars = samples.vars + 2;
    let values: Vec<f64> = samples
        .values
        .chunks_exact(samples.vars)
        .flat_map(|row| row.iter().copied().chain([row[0], 7.0]).collect::<Vec<_>>())
        .collect();
    let (scores, _) = discover(&Samples { values, vars, breaks: Vec::new() }, 3, &Config::default());
    assert!(scores.iter().all(|l| l.score.is_finite() && l.effect.is_finite() && !l.stability.is_nan()));
    let constant = vars as u32 - 1;
    assert!(!scores.iter().any(|l| l.accepted && (l.key.source == constant || l.key.target == constant)));
}
