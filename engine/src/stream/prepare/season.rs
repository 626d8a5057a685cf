//! In: an unbroken series. Out: the season in it, if there is one: period, share of variance, p-value.
//!
//! A season is a line in the spectrum that keeps its phase. A peak alone is none: autoregressions have broad ones, and
//! random walks have all their power at low frequencies. So the peak is tested against the spectrum around it, and the
//! period it names must repeat: the same pattern in every cycle, and more alike a whole period apart than half a one.

use super::cycles::Cycles;
use super::dot::dot;
use super::line::Line;
use super::spectrum::{periodogram, relative, smooth_length};
use crate::types::Season;

/// Repetitions that must be in the rows before anything is called a season.
const FEWEST_CYCLES: usize = 5;
/// Rows below which nothing is said.
const FEWEST_ROWS: usize = 40;
/// Shortest period: of two rows there is only an alternation, which any negative autoregression has.
const SHORTEST: usize = 3;
/// Largest p-value of the spectral peak.
const ALPHA: f64 = 1e-3;
/// Least share of variance.
const LEAST_SHARE: f64 = 0.05;
/// Multiples of the peak's period tried: a spike once a week has seven strong lines, and any of them may be the highest.
const MOST_MULTIPLES: usize = 12;
/// Least correlation of the patterns of both halves.
const ALIKE: f64 = 0.7;
/// A shorter period is preferred when it explains this share of what the best one does.
const NEARLY_AS_GOOD: f64 = 0.9;

/// The dominant season of a series without missing values.
pub fn detect(x: &[f64]) -> Option<Season> {
    if x.len() < FEWEST_ROWS {
        return None;
    }
    let flat = Line::through(x).residuals(x);
    let (cycles, p_value) = spectral_peak(&flat)?;
    if p_value > ALPHA {
        return None;
    }
    let (period, share) = best_period(&flat, smooth_length(x.len() - 2) as f64 / cycles, cycles)?;
    // Chance alone lets `c` cycles of a smooth curve, of some two degrees of freedom each, agree by 1/√(c(c-1)).
    let repetitions = (x.len() / period) as f64;
    let chance = 1.0 / (repetitions * (repetitions - 1.0)).sqrt();
    let season = Season { period_rows: u32::try_from(period).unwrap_or(u32::MAX), share, p_value };
    (share >= LEAST_SHARE.max(3.0 * chance) && keeps_its_phase(&flat, period)).then_some(season)
}

/// Whether rows a whole period apart are more alike than rows half of one apart, and the pattern of the first half of
/// the rows that of the second. The cycles of an autoregression drift out of step.
fn keeps_its_phase(flat: &[f64], period: usize) -> bool {
    let mut around = Vec::with_capacity(flat.len());
    Cycles::of(flat).deviations(period, |_, deviation| around.push(deviation));
    let apart = |lag: usize| autocorrelation(&around, lag);
    // Both halves begin at the same phase.
    let (first, second) = flat.split_at(flat.len() / (2 * period) * period);
    let (first, second) = (Cycles::of(first).pattern(period), Cycles::of(second).pattern(period));
    let alike = dot(&first, &second) / (dot(&first, &first) * dot(&second, &second)).sqrt();
    apart(period) > apart(period / 2).max(0.0) && alike > ALIKE
}

/// Frequency of the highest peak over its surroundings, in cycles per transformed length, and the p-value of Fisher's g
/// (1929): the largest of `m` ordinates over their sum. What is tested is the series without its second-order
/// autoregression (Yule–Walker): a steep spectrum then does not leak, and a cycle that drifts out of step is no peak.
fn spectral_peak(flat: &[f64]) -> Option<(f64, f64)> {
    let (one, two) = (autocorrelation(flat, 1), autocorrelation(flat, 2));
    let rest = 1.0 - one * one;
    let own = if rest > f64::EPSILON { [one * (1.0 - two) / rest, (two - one * one) / rest] } else { [one, 0.0] };
    let whitened: Vec<f64> = flat.windows(3).map(|rows| rows[2] - own[0] * rows[1] - own[1] * rows[0]).collect();
    let length = smooth_length(whitened.len());
    let ordinates = periodogram(&whitened[whitened.len() - length..]);
    let ratios = relative(&ordinates);
    let sum: f64 = ratios.iter().sum();
    let candidates = ratios.iter().enumerate().skip(FEWEST_CYCLES - 1);
    let (at, &peak) = candidates.max_by(|a, b| a.1.total_cmp(b.1))?;
    let m = ratios.len() as f64;
    // The first term of Fisher's exact series, an upper bound that is tight where it matters.
    let p_value = (m * (1.0 - peak / sum).max(0.0).powf(m - 1.0)).min(1.0);
    (sum > 0.0).then_some(((at + 1) as f64, p_value))
}

/// The whole period that explains most, among those the peak's frequency and its fractions leave open, and its share.
fn best_period(flat: &[f64], peak_period: f64, cycles: f64) -> Option<(usize, f64)> {
    let longest = flat.len() / FEWEST_CYCLES;
    let series = Cycles::of(flat);
    let mut best: Vec<(usize, f64)> = Vec::new();
    for multiple in 1..=MOST_MULTIPLES {
        let centre = peak_period * multiple as f64;
        // A peak is known to one cycle in the whole series.
        let reach = (centre / cycles).max(1.0);
        let from = ((centre - reach).ceil() as usize).max(SHORTEST);
        let to = ((centre + reach).floor() as usize).min(longest);
        if from > longest {
            break;
        }
        let shares = (from..=to).map(|period| (period, series.share(period)));
        best.extend(shares.max_by(|a, b| a.1.total_cmp(&b.1)));
    }
    let most = best.iter().map(|b| b.1).fold(f64::NEG_INFINITY, f64::max);
    best.into_iter().find(|b| b.1 >= NEARLY_AS_GOOD * most && most > 0.0)
}

/// Correlation of a series of mean zero with itself, `lag` rows apart.
fn autocorrelation(x: &[f64], lag: usize) -> f64 {
    let power = dot(x, x);
    if power > 0.0 { dot(x.get(lag..).unwrap_or_default(), x) / power } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::detect;

    /// An autoregression of second order with a pattern on top.
    fn series(rows: usize, own: [f64; 2], season: impl Fn(usize) -> f64, seed: u64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut past = [0.0; 2];
        (0..rows)
            .map(|row| {
                let noise: f64 = StandardNormal.sample(&mut rng);
                let value = own[0] * past[0] + own[1] * past[1] + noise;
                past = [value, past[0]];
                value + season(row)
            })
            .collect()
    }

    fn found(rows: usize, own: [f64; 2], season: impl Fn(usize) -> f64 + Copy) -> usize {
        (0..100).filter(|&seed| detect(&series(rows, own, season, seed)).is_some()).count()
    }

    fn found_near(rows: usize, own: [f64; 2], season: impl Fn(usize) -> f64 + Copy, period: u32) -> usize {
        let near = |seed: &u64| {
            let season = detect(&series(rows, own, season, *seed));
            season.is_some_and(|s| s.period_rows.abs_diff(period) <= (period / 100).max(1))
        };
        (0..100).filter(near).count()
    }

    #[test]
    fn a_sinus_in_autoregressive_noise_is_found_at_its_period() {
        for (rows, period, amplitude) in [(1000, 24, 1.5), (4096, 24, 1.0), (2000, 7, 1.0), (3000, 365, 3.0)] {
            let wave = |row: usize| amplitude * (TAU * row as f64 / f64::from(period)).sin();
            let count = found_near(rows, [0.5, 0.0], wave, period);
            assert!(count >= 95, "period {period} in {rows} rows: {count} of 100");
        }
    }

    #[test]
    fn weekly_patterns_of_other_shapes_are_found() {
        let saw = |row: usize| (row % 7) as f64 * 0.5;
        assert!(found_near(500, [0.4, 0.0], saw, 7) >= 95, "{}", found_near(500, [0.4, 0.0], saw, 7));
        // All harmonics of a spike are equally strong; the period is that of the first.
        let spike = |row: usize| if row.is_multiple_of(12) { 5.0 } else { 0.0 };
        let count = (0..100)
            .filter(|&seed| detect(&series(1500, [0.2, 0.0], spike, seed)).is_some_and(|s| s.period_rows == 12))
            .count();
        assert!(count >= 90, "{count} of 100");
    }

    #[test]
    fn a_season_without_noise_is_found() {
        for scale in [0.0, 1e-3] {
            let wave: Vec<f64> = series(480, [0.0, 0.0], |row| 1e3 * (TAU * row as f64 / 24.0).sin(), 1);
            let mean = |row: usize| 1e3 * (TAU * row as f64 / 24.0).sin();
            let x: Vec<f64> = wave.iter().enumerate().map(|(row, v)| mean(row) + scale * (v - mean(row))).collect();
            let found = detect(&x).unwrap();
            assert!(found.period_rows == 24 && found.share > 0.99, "{found:?}");
        }
    }

    #[test]
    fn a_season_of_a_random_walk_is_found() {
        let wave = |row: usize| 2.0 * (TAU * row as f64 / 24.0).cos();
        let count = found_near(2000, [1.0, 0.0], wave, 24);
        assert!(count >= 90, "{count} of 100");
    }

    #[test]
    fn autoregressions_and_random_walks_have_no_season() {
        // The last is a broad peak at about 12 rows: a cycle that does not keep its phase.
        for own in [[0.0, 0.0], [0.95, 0.0], [-0.9, 0.0], [1.0, 0.0], [1.645, -0.9025]] {
            for rows in [100, 300, 1000, 4096] {
                let count = found(rows, own, |_| 0.0);
                assert!(count <= 5, "{count} of 100 with {own:?} in {rows} rows");
            }
        }
        assert_eq!(detect(&[1.0; 500]), None);
        assert_eq!(detect(&[]), None);
    }
}
