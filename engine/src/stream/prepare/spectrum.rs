//! In: a series. Out: its periodogram, and the same relative to the smooth part of the spectrum around each frequency.

use std::f64::consts::{LN_2, TAU};

/// Ordinates on either side of a frequency that its background is taken from, at most.
const WIDEST: usize = 64;
/// The same, at least.
const NARROWEST: usize = 8;

/// Lengths whose transform splits into small parts: the largest product of twos, threes and fives up to `rows`.
pub fn smooth_length(rows: usize) -> usize {
    (1..=rows)
        .rev()
        .find(|&n| {
            let mut rest = n;
            for prime in [2, 3, 5] {
                while rest.is_multiple_of(prime) {
                    rest /= prime;
                }
            }
            rest == 1
        })
        .unwrap_or(0)
}

/// Squared moduli of the discrete Fourier transform at frequencies 1 … below half of the rows, in cycles per series;
/// entry `k` is frequency `k + 1`. The mean is at frequency 0 and plays no part.
pub fn periodogram(values: &[f64]) -> Vec<f64> {
    let n = values.len();
    let turns: Vec<(f64, f64)> = (0..n).map(|k| (-TAU * k as f64 / n.max(1) as f64).sin_cos()).collect();
    let series: Vec<(f64, f64)> = values.iter().map(|&x| (x, 0.0)).collect();
    let transformed = transform(&series, 0, 1, n, &turns);
    (1..n.div_ceil(2)).map(|k| transformed[k].0.powi(2) + transformed[k].1.powi(2)).collect()
}

/// Transform of the `n` values at `offset`, `offset + stride`, …: those of its interleaved parts, put together by the
/// smallest factor of `n` (Cooley and Tukey 1965). `turns` holds sine and cosine for the whole length.
fn transform(x: &[(f64, f64)], offset: usize, stride: usize, n: usize, turns: &[(f64, f64)]) -> Vec<(f64, f64)> {
    if n <= 1 {
        return x.get(offset).copied().into_iter().collect();
    }
    let factor = [2, 3, 5].into_iter().find(|&prime| n.is_multiple_of(prime)).unwrap_or(n);
    let length = n / factor;
    let parts: Vec<Vec<(f64, f64)>> = if length == 1 {
        (0..factor).map(|part| vec![x[offset + part * stride]]).collect()
    } else {
        (0..factor).map(|part| transform(x, offset + part * stride, stride * factor, length, turns)).collect()
    };
    (0..n)
        .map(|k| {
            let mut sum = parts[0][k % length];
            for (index, part) in parts.iter().enumerate().skip(1) {
                let (sin, cos) = turns[index * k * stride % turns.len()];
                let (re, im) = part[k % length];
                sum.0 += re * cos - im * sin;
                sum.1 += re * sin + im * cos;
            }
            sum
        })
        .collect()
}

/// Each ordinate over the mean level of its surroundings, which is estimated by their median so that a line does not
/// hide itself. Where the spectrum is smooth, the ratios are close to independent exponential variables of mean 1. The
/// surroundings shrink towards low frequencies, where spectra are steepest.
pub fn relative(ordinates: &[f64]) -> Vec<f64> {
    let mut around = Vec::with_capacity(2 * WIDEST + 1);
    let mut background = |k: usize| {
        let reach = k.div_ceil(2).clamp(NARROWEST, WIDEST);
        let (from, to) = (k.saturating_sub(reach), (k + reach + 1).min(ordinates.len()));
        around.clear();
        around.extend((from..to).filter(|&j| j.abs_diff(k) > 1).map(|j| ordinates[j]));
        let middle = around.len() / 2;
        if around.is_empty() { 0.0 } else { *around.select_nth_unstable_by(middle, f64::total_cmp).1 / LN_2 }
    };
    let mut level = 0.0;
    let mut ratios = Vec::with_capacity(ordinates.len());
    for (k, &ordinate) in ordinates.iter().enumerate() {
        // A smooth background need not be taken afresh at every frequency.
        if k < WIDEST || k % NARROWEST == 0 || level == 0.0 {
            level = background(k);
        }
        ratios.push(if level > 0.0 { ordinate / level } else { 0.0 });
    }
    ratios
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use super::{periodogram, relative, smooth_length};

    #[test]
    fn the_transform_is_that_of_the_definition() {
        for n in [1, 2, 8, 30, 45, 100, 7 * 2] {
            let x: Vec<f64> = (0..n).map(|t| ((t * t + 3) % 11) as f64 - 0.1 * t as f64).collect();
            let found = periodogram(&x);
            assert_eq!(found.len(), (n - 1) / 2);
            for (k, ordinate) in found.iter().enumerate() {
                let part = |f: fn(f64) -> f64| {
                    x.iter().enumerate().map(|(t, x)| x * f(TAU * ((k + 1) * t) as f64 / n as f64)).sum::<f64>()
                };
                let direct = part(f64::cos).powi(2) + part(f64::sin).powi(2);
                assert!((ordinate - direct).abs() < 1e-8 * (1.0 + direct), "length {n}, frequency {k}");
            }
        }
        assert_eq!([smooth_length(4096), smooth_length(365), smooth_length(7)], [4096, 360, 6]);
    }

    #[test]
    fn a_line_stands_out_of_a_steep_background() {
        let steep: Vec<f64> = (1..1000).map(|k| 1e6 / f64::from(k).powi(2)).collect();
        let flat = relative(&steep);
        assert!(flat[8..].iter().all(|r| (0.3..3.0).contains(r)), "{flat:?}");
        let mut with_line = steep.clone();
        with_line[300] *= 50.0;
        let ratios = relative(&with_line);
        assert!(ratios[300] > 20.0 && ratios[300] / ratios[280] > 20.0);
    }
}
