//! Second moments on every device.

use scarcity_engine::compute::{LaggedRows, WeightedGram, packed};

use super::devices::{Fresh, devices, poison};
use super::reference;

#[test]
fn weighted_lagged_grams_agree_with_the_reference() {
    // Variables, lags, rows, rows of a block, constant.
    let cases = [
        (1, 1, 1, 1, false),
        (1, 3, 3, 2, true),
        (3, 1, 127, 128, true),
        (5, 4, 128, 64, true),
        (16, 4, 129, 64, false),
        (43, 3, 1000, 1000, true),
        (129, 1, 4097, 4097, true),
    ];
    for mut device in devices() {
        for (vars, lags, rows, block_rows, constant) in cases {
            let mut fresh = Fresh::new();
            let series = fresh.singles((rows + lags - 1) * vars);
            let weights: Vec<f32> = (0..rows).map(|_| (fresh.word() % 4) as f32).collect();
            let request = WeightedGram { series: &series, vars, lags, constant, block_rows, weights: &weights };
            poison(&mut device);
            let found = device.backend.weighted_gram(&request).unwrap();
            let size = request.columns() * request.columns();
            assert_eq!(found.len(), rows.div_ceil(block_rows) * size);
            for (block, found) in found.chunks_exact(size).enumerate() {
                let (exact, scale) = reference::moments(&request, block);
                for at in 0..size {
                    let error = (f64::from(found[at]) - exact[at]).abs();
                    assert!(
                        error <= device.tolerance.single * scale[at].max(1e-3),
                        "{}: {vars} × {lags}, {rows} rows, seed {}: entry {at} is {} instead of {}",
                        device.name,
                        fresh.seed,
                        found[at],
                        exact[at]
                    );
                }
            }
        }
    }
}

#[test]
fn grams_of_panes_keep_their_digits_far_from_zero_and_around_gaps() {
    for mut device in devices() {
        for (dim, rows, gaps) in [(2, 1, false), (7, 64, false), (65, 64, true), (128, 63, false), (300, 64, true)] {
            let mut fresh = Fresh::new();
            // Columns at levels up to a million standard deviations away from zero.
            let values: Vec<f64> = (0..rows * dim)
                .map(|at| match at % dim {
                    0 => 1.0,
                    _ if gaps && fresh.word().is_multiple_of(11) => f64::NAN,
                    c => 10f64.powi((c % 7) as i32) + fresh.number(),
                })
                .collect();
            poison(&mut device);
            let pane = LaggedRows { values, dim };
            let found = device.backend.lagged_grams(&[&pane, &pane]).unwrap().swap_remove(1);
            assert_eq!(found.rows, rows as f64);
            assert_eq!(found.counts.is_empty(), !pane.values.iter().any(|v| v.is_nan()));
            let mean = |column: usize| {
                let there = pane.values.iter().skip(column).step_by(dim).filter(|v| !v.is_nan());
                let (sum, n) = there.fold((0.0, 0.0), |(sum, n), v| (sum + v, n + 1.0));
                if column == 0 { 0.0 } else { sum / f64::max(n, 1.0) }
            };
            let means: Vec<f64> = (0..dim).map(mean).collect();
            for (i, j) in (0..dim).flat_map(|i| (0..dim).map(move |j| (i, j))) {
                let pairs = || {
                    pane.values
                        .chunks_exact(dim)
                        .map(|row| (row[i], row[j]))
                        .filter(|(a, b)| !a.is_nan() && !b.is_nan())
                };
                let exact: f64 = pairs().map(|(a, b)| a * b).sum();
                let count = pairs().count() as f64;
                if let Some(&counted) = found.counts.get(packed(dim, i, j)) {
                    assert_eq!(counted, count, "{}", device.name);
                }
                // What is left once the means are taken off is what discovery works with.
                let spread = |k: usize| pairs().map(|(a, b)| [a, b][k] - means[[i, j][k]]).map(|d| d * d).sum::<f64>();
                let scale = (spread(0) * spread(1)).sqrt().max(1e-3) + exact.abs() * 1e-10;
                let level = means[i].abs().max(1.0) * means[j].abs().max(1.0) * rows as f64;
                let error = (found.sums[packed(dim, i, j)] - exact).abs();
                let allowed = device.tolerance.single
                    * (scale + (means[i].abs() + means[j].abs()) * rows as f64 * 1e-1)
                    + level * 1e-13;
                assert!(error <= allowed, "{}, {dim} × {rows}, seed {}: {i}, {j}: {error}", device.name, fresh.seed);
            }
        }
    }
}
