//! Scoring on every device.

use scarcity_engine::compute::WeightedGram;
use scarcity_engine::compute::score::Score;

use super::devices::{Fresh, devices, poison};
use super::reference;

#[test]
fn scores_agree_with_the_reference() {
    // Variables, lags with lag 0, block rows, blocks, replicates, own lags in the base, entering lags.
    for (vars, lags, block_rows, blocks, replicates, base, entering) in
        [(2, 2, 64, 1, 1, 1, 1), (3, 4, 64, 7, 33, 3, 3), (17, 4, 64, 8, 33, 3, 3), (5, 2, 129, 3, 100, 1, 1)]
    {
        let mut fresh = Fresh::new();
        let rows = block_rows * blocks;
        // Every variable follows its neighbour.
        let mut series: Vec<f32> = fresh.singles((rows + lags - 1) * vars);
        for t in 1..rows + lags - 1 {
            for v in 0..vars {
                let cause = series[(t - 1) * vars + (v + 1) % vars];
                series[t * vars + v] += 0.5 * cause;
            }
        }
        let ones = vec![1.0; rows];
        let gram = WeightedGram { series: &series, vars, lags, constant: true, block_rows, weights: &ones };
        let weights: Vec<f32> =
            (0..replicates * blocks).map(|at| if at < blocks { 1.0 } else { (fresh.word() % 3) as f32 }).collect();
        let column = |var: usize, lag: usize| (1 + lag * vars + var) as u32;
        let mut questions = Vec::new();
        for (target, source) in (0..vars).flat_map(|t| (0..vars).map(move |s| (t, s))).filter(|(t, s)| t != s) {
            questions.push(0);
            questions.extend((1..=base).map(|lag| column(target, lag)));
            questions.extend((1..=entering).map(|lag| column(source, lag)));
            questions.push(column(target, 0));
        }
        for mut device in devices() {
            poison(&mut device);
            let moments = device.backend.weighted_gram(&gram).unwrap();
            let request = Score {
                moments: &moments,
                columns: gram.columns(),
                weights: &weights,
                blocks,
                base: base + 1,
                entering,
                questions: &questions,
                floor: 0.01,
            };
            poison(&mut device);
            let found = device.backend.score(&request).unwrap();
            assert_eq!(found.len(), vars * (vars - 1));
            for (at, found) in found.iter().enumerate() {
                let gains = reference::gains(&request, at);
                let others = &gains[1..];
                let n = others.len().max(1) as f64;
                let mean = others.iter().sum::<f64>() / n;
                let spread = (others.iter().map(|g| g * g).sum::<f64>() / n - mean * mean).max(0.0).sqrt();
                let clear = others.iter().all(|g| (g - 0.01).abs() > 1e-4);
                let stability = others.iter().filter(|&&g| g > 0.01).count() as f64 / n;
                // Of one, by differences of single-precision sums: a few units in the sixth place.
                for (what, found, exact, allowed) in [
                    ("gain", found.gain, gains[0], 1e-5),
                    ("mean", found.mean, mean, 1e-5),
                    ("spread", found.spread, spread, 1e-4),
                    ("stability", found.stability, stability, if clear { 1e-6 } else { 1.0 }),
                ] {
                    let allowed = allowed * device.tolerance.single.max(1e-5) / 1e-5;
                    assert!(
                        (f64::from(found) - exact).abs() < allowed,
                        "{}: {what} of question {at} of {vars} variables, seed {}: {found} instead of {exact}",
                        device.name,
                        fresh.seed
                    );
                }
            }
        }
    }
}

#[test]
fn any_number_of_questions_is_answered() {
    let (vars, lags, block_rows, blocks, replicates) = (65, 2, 64, 2, 3);
    let mut fresh = Fresh::new();
    let series = fresh.singles((block_rows * blocks + lags - 1) * vars);
    let ones = vec![1.0; block_rows * blocks];
    let gram = WeightedGram { series: &series, vars, lags, constant: true, block_rows, weights: &ones };
    let weights = [1.0, 1.0, 2.0, 0.0, 0.0, 2.0];
    let column = |var: usize, lag: usize| (1 + lag * vars + var) as u32;
    let pairs = (0..vars).flat_map(|t| (0..vars).map(move |s| (t, s))).filter(|(t, s)| t != s);
    let questions: Vec<u32> = pairs.flat_map(|(t, s)| [0, column(t, 1), column(s, 1), column(t, 0)]).collect();
    for mut device in devices() {
        let moments = device.backend.weighted_gram(&gram).unwrap();
        for count in [1, 3, 127, 128, 129, 1000, 4097] {
            let request = Score {
                moments: &moments,
                columns: gram.columns(),
                weights: &weights,
                blocks,
                base: 2,
                entering: 1,
                questions: &questions[..4 * count],
                floor: 0.01,
            };
            poison(&mut device);
            let found = device.backend.score(&request).unwrap();
            assert_eq!(found.len(), count);
            for (at, found) in found.iter().enumerate() {
                let gain = reference::gains(&request, at)[0];
                let off = (f64::from(found.gain) - gain).abs();
                let allowed = device.tolerance.single.max(1e-5);
                assert!(off < allowed, "{}: {at} of {count}, seed {}: {off}", device.name, fresh.seed);
            }
        }
        assert_eq!(replicates * blocks, weights.len());
    }
}

#[test]
fn a_source_that_copies_the_target_s_past_adds_nothing() {
    let mut fresh = Fresh::new();
    let rows = 200;
    let series: Vec<f32> = (0..=rows)
        .flat_map(|_| {
            let x = fresh.number() as f32;
            [x, x]
        })
        .collect();
    let ones = vec![1.0; rows];
    let gram = WeightedGram { series: &series, vars: 2, lags: 2, constant: true, block_rows: 50, weights: &ones };
    for mut device in devices() {
        let moments = device.backend.weighted_gram(&gram).unwrap();
        let request = Score {
            moments: &moments,
            columns: 5,
            weights: &[1.0; 8],
            blocks: 4,
            base: 2,
            entering: 1,
            questions: &[0, 3, 4, 1],
            floor: 0.01,
        };
        let found = device.backend.score(&request).unwrap()[0];
        assert!(found.gain < 1e-5 && found.stability == 0.0, "{}: {found:?}", device.name);
    }
}
