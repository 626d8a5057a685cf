//! Sketches, latents and screening on every device.

use scarcity_engine::compute::encode::{Encode, Norm};
use scarcity_engine::compute::screen::{Hit, Screen};
use scarcity_engine::compute::sketch::{Projection, Sketch, TensorSketch};
use scarcity_engine::compute::{Backend, Precision};

use super::devices::{Device, Fresh, devices, poison};
use super::reference;

fn numbers(words: &[u32], precision: Precision) -> Vec<f64> {
    let mut wide = vec![0.0; precision.numbers(words.len())];
    precision.widen(words, &mut wide);
    wide.into_iter().map(f64::from).collect()
}

fn kept(values: &[f64], precision: Precision) -> Vec<u32> {
    let mut wide: Vec<f32> = values.iter().map(|&v| v as f32).collect();
    let mut words = vec![0; precision.words(wide.len())];
    precision.narrow(&mut wide, &mut words);
    words
}

/// Devices, each in both precisions, with what may be wrong.
fn in_both() -> impl Iterator<Item = (Device, Precision, f64)> {
    Precision::ALL.into_iter().flat_map(|precision| {
        devices().into_iter().map(move |device| {
            let tolerance = match precision {
                Precision::Half => device.tolerance.half,
                Precision::Single => device.tolerance.single,
            };
            (device, precision, tolerance)
        })
    })
}

/// Largest difference, relative to the root mean square of what is exact.
fn error(found: &[f64], exact: &[f64]) -> f64 {
    assert_eq!(found.len(), exact.len());
    let scale = (exact.iter().map(|x| x * x).sum::<f64>() / exact.len().max(1) as f64).sqrt().max(1e-6);
    found.iter().zip(exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / scale
}

#[test]
fn sketches_agree_with_the_reference_and_add_up() {
    for (mut device, precision, tolerance) in in_both() {
        for (vars, lags, rows, dim) in [
            (1, 1, 1, 2),
            (5, 2, 3, 64),
            (3, 2, 127, 64),
            (129, 4, 128, 64),
            (65, 1, 1000, 512),
            (2, 3, 129, 2048),
            (3, 1, 4097, 64),
            (1000, 1, 3, 64),
        ] {
            let mut fresh = Fresh::new();
            let series = fresh.singles((rows + lags - 1) * vars);
            let weights = fresh.singles(rows * dim);
            let seed = fresh.word() as u32;
            for projection in [Projection::Signs, Projection::Count, Projection::Weights(&weights)] {
                let first_row = u32::MAX - 60;
                let request = Sketch { series: &series, vars, lags, dim, projection, seed, first_row, precision };
                let before: Vec<f64> = fresh.singles(request.latents() * dim).iter().map(|&x| f64::from(x)).collect();
                let mut latents = kept(&before, precision);
                poison(&mut device);
                device.backend.sketch(&request, &mut latents).unwrap();
                let added = reference::sketch(&request);
                let exact: Vec<f64> =
                    numbers(&kept(&before, precision), precision).iter().zip(&added).map(|(a, b)| a + b).collect();
                let found = error(&numbers(&latents, precision), &exact);
                assert!(
                    found < 2.0 * tolerance,
                    "{}: {vars} × {lags} × {rows} → {dim}, {projection:?}, {precision:?}, seed {}: {found}",
                    device.name,
                    fresh.seed
                );
            }
        }
    }
}

#[test]
fn tensor_sketches_agree_with_the_reference() {
    for mut device in devices() {
        for (columns, rows, dim) in [
            (1, 1, 2),
            (3, 127, 64),
            (129, 5, 128),
            (40, 33, 1024),
            (128, 3, 64),
            (7, 128, 64),
            (1000, 3, 64),
            (5, 1000, 512),
            (4097, 1, 64),
            (3, 4097, 64),
        ] {
            let mut fresh = Fresh::new();
            let values = fresh.singles(rows * columns);
            let request = TensorSketch { rows: &values, columns, dim, seed: fresh.word() as u32 };
            poison(&mut device);
            let found: Vec<f64> =
                device.backend.tensor_sketch(&request).unwrap().iter().map(|&x| f64::from(x)).collect();
            let found = error(&found, &reference::tensor_sketch(&request));
            assert!(found < 4.0 * device.tolerance.single, "{}: {columns} × {rows} → {dim}: {found}", device.name);
        }
    }
}

#[test]
fn latents_agree_with_the_reference() {
    for (mut device, precision, tolerance) in in_both() {
        for (vars, lags, dim, heads, norm, clip) in [
            (1, 2, 64, 1, Norm::LayerNorm, 4.0),
            (3, 4, 64, 4, Norm::RmsNorm, 2.0),
            (127, 3, 512, 8, Norm::LayerNorm, 3.0),
            (5, 9, 2048, 16, Norm::RmsNorm, 3.0),
            (128, 2, 64, 4, Norm::LayerNorm, 4.0),
            (129, 3, 1024, 4, Norm::RmsNorm, 3.0),
            (1000, 2, 64, 2, Norm::RmsNorm, 3.0),
            (4097, 2, 64, 4, Norm::LayerNorm, 4.0),
        ] {
            let mut fresh = Fresh::new();
            let sketches: Vec<f64> = (0..vars * lags * dim).map(|_| 40.0 * fresh.number().powi(3)).collect();
            let own = fresh.singles(vars * (lags - 1));
            let sketches = kept(&sketches, precision);
            let request = Encode { sketches: &sketches, vars, lags, dim, own: &own, norm, heads, clip, precision };
            poison(&mut device);
            let found = device.backend.encode(&request).unwrap();
            let [innovations, lagged, pooled] = reference::encode(&request, &numbers(&sketches, precision));
            for (what, found, exact) in [
                ("innovations", &found.innovations, innovations),
                ("lagged", &found.lagged, lagged),
                ("pooled", &found.pooled, pooled),
            ] {
                let worst = error(&numbers(found, precision), &exact);
                assert!(
                    worst < 3.0 * tolerance,
                    "{}: {what} of {vars} × {lags} × {dim}, {precision:?}, seed {}: {worst}",
                    device.name,
                    fresh.seed
                );
            }
        }
    }
}

#[test]
fn a_column_of_zeros_stays_zero() {
    for mut device in devices() {
        let request = Encode {
            sketches: &[0; 64],
            vars: 1,
            lags: 2,
            dim: 64,
            own: &[0.5],
            norm: Norm::LayerNorm,
            heads: 4,
            clip: 3.0,
            precision: Precision::Half,
        };
        let found = device.backend.encode(&request).unwrap();
        assert!(
            numbers(&found.pooled, Precision::Half)
                .iter()
                .chain(&numbers(&found.innovations, Precision::Half))
                .all(|&x| x == 0.0),
            "{}",
            device.name
        );
    }
}

#[test]
fn screening_finds_what_the_reference_finds() {
    for (mut device, precision, _) in in_both() {
        for (vars, lags, dim, keep) in [
            (1, 3, 64, 1),
            (3, 1, 64, 50),
            (127, 3, 64, 20),
            (1000, 2, 64, 50),
            (65, 3, 512, 7),
            (128, 1, 64, 20),
            (129, 2, 64, 20),
            // 4,097 sources.
            (241, 17, 64, 20),
        ] {
            let mut fresh = Fresh::new();
            let mut latents = |count: usize| {
                let numbers: Vec<f64> = fresh.singles(count * dim).into_iter().map(f64::from).collect();
                kept(&numbers, precision)
            };
            let (targets, sources) = (latents(vars), latents(vars * lags));
            let request = Screen { targets: &targets, sources: &sources, vars, dim, keep, precision };
            poison(&mut device);
            let found = device.backend.screen(&request).unwrap();
            let exact = reference::screen(&request, &numbers(&targets, precision), &numbers(&sources, precision));
            assert_eq!(found.len(), vars * keep);
            let mut same = 0;
            let mut all = 0;
            for (target, (found, exact)) in found.chunks_exact(keep).zip(&exact).enumerate() {
                let hits: Vec<&Hit> = found.iter().filter(|h| h.source != Hit::NONE).collect();
                assert_eq!(hits.len(), exact.len().min(keep), "{}: target {target}", device.name);
                assert!(hits.windows(2).all(|w| w[0].score.abs() >= w[1].score.abs()), "{}: not in order", device.name);
                for hit in &hits {
                    let own = exact.iter().find(|e| e.0 == hit.source as usize);
                    let (_, score) = own.unwrap_or_else(|| panic!("{}: {target} has itself as a source", device.name));
                    assert!((f64::from(hit.score) - score).abs() < 1e-4 * dim as f64, "{}", device.name);
                }
                let best: Vec<usize> = exact.iter().take(keep).map(|e| e.0).collect();
                same += hits.iter().filter(|h| best.contains(&(h.source as usize))).count();
                all += best.len();
            }
            assert!(same as f64 >= 0.99 * all as f64, "{}: {same} of {all} are the same", device.name);
        }
    }
}

#[test]
fn inner_products_of_latents_estimate_correlations() {
    // The reason for sketching at all: over many seeds, errors average out and spread as 1/√dim.
    let (vars, rows, dim) = (50, 1000, 64);
    let mut fresh = Fresh::new();
    let common = fresh.singles(rows);
    let series: Vec<f32> = (0..rows)
        .flat_map(|t| (0..vars).map(move |v| (t, v)))
        .map(|(t, v)| common[t] * (v % 5) as f32 / 4.0 + fresh.number() as f32)
        .collect();
    let mut cpu = scarcity_engine::compute::cpu::CpuCompute::new(2).unwrap();
    for (projection, factor) in [(Projection::Signs, dim as f64), (Projection::Count, 1.0)] {
        let (mut errors, mut squares, mut pairs) = (0.0, 0.0, 0.0);
        for seed in 0..40 {
            let request = Sketch {
                series: &series,
                vars,
                lags: 1,
                dim,
                projection,
                seed,
                first_row: 0,
                precision: Precision::Half,
            };
            let mut latents = vec![0; request.words()];
            Backend::sketch(&mut cpu, &request, &mut latents).unwrap();
            let latents = numbers(&latents, Precision::Half);
            for (i, j) in (0..vars).map(|i| (i, (i + 1 + seed as usize) % vars)) {
                let of = |v: usize| series.iter().skip(v).step_by(vars).map(|&x| f64::from(x));
                let exact: f64 = of(i).zip(of(j)).map(|(a, b)| a * b).sum();
                let scale = (of(i).map(|a| a * a).sum::<f64>() * of(j).map(|a| a * a).sum::<f64>()).sqrt();
                let product: f64 = (0..dim).map(|d| latents[i * dim + d] * latents[j * dim + d]).sum();
                let error = (product / factor - exact) / scale;
                errors += error;
                squares += error * error;
                pairs += 1.0;
            }
        }
        let spread = (squares / pairs).sqrt() * (dim as f64).sqrt();
        assert!((errors / pairs).abs() < 0.04, "{projection:?}: biased by {}", errors / pairs);
        assert!((0.7..1.6).contains(&spread), "{projection:?}: spread {spread}/√dim");
    }
}
