//! In: an unbroken series. Out: whether it wanders like a random walk, returns to a level or to a line, or neither can
//! be said.
//!
//! Two tests with opposite null hypotheses. The augmented Dickey–Fuller test takes a unit root for granted until the
//! series is seen to return; the test of Kwiatkowski, Phillips, Schmidt and Shin (1992) takes stationarity for granted
//! until the series is seen to wander. A verdict needs both, or one of them beyond doubt.

use super::dot::dot;
use super::line::Line;
use super::regression::{Deterministic, Factor, Products};
use crate::types::TrendVerdict;

/// Rows below which nothing is said: the tests have hardly any power there.
const FEWEST_ROWS: usize = 50;
/// Least share of variance in the line of a trend worth speaking of.
const TREND_SHARE: f64 = 0.05;
/// Least ratio of a trend's slope to its standard error, that of a two-sided probability of 1e-3.
const TREND_T: f64 = 3.29;
/// Critical values `c(T) = b0 + b1/T + b2/T² + b3/T³` of the t ratio (MacKinnon 2010, table 2, one variable).
struct Surface {
    one_percent: [f64; 4],
    five_percent: [f64; 4],
}

const CONSTANT: Surface =
    Surface { one_percent: [-3.43035, -6.5393, -16.786, -79.433], five_percent: [-2.86154, -2.8903, -4.234, -40.04] };
const TREND: Surface =
    Surface { one_percent: [-3.95877, -9.0531, -28.428, -134.155], five_percent: [-3.41049, -4.3904, -9.036, -45.374] };

/// Critical values of the stationarity test at 5 % and 1 % (Kwiatkowski et al. 1992, table 1).
const LEVEL_5: f64 = 0.463;
const LEVEL_1: f64 = 0.739;
const AROUND_LINE_5: f64 = 0.146;
const AROUND_LINE_1: f64 = 0.216;

/// Result of the augmented Dickey–Fuller test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DickeyFuller {
    /// t ratio of the lagged level.
    pub tau: f64,
    /// Coefficient of the lagged level, minus one less the sum of the autoregression's coefficients.
    pub gamma: f64,
    /// Standard deviation of the residuals.
    pub sigma: f64,
    /// Lagged differences in the regression.
    pub lags: usize,
    /// Critical value at 5 %; the unit root is rejected below.
    pub critical_5: f64,
    /// Critical value at 1 %.
    pub critical_1: f64,
}

/// The verdict on a series without missing values.
pub fn judge(x: &[f64]) -> TrendVerdict {
    use TrendVerdict::{Stationary, TrendStationary, Undecided, UnitRoot};
    if x.len() < FEWEST_ROWS {
        return Undecided;
    }
    let line = Line::through(x);
    let around_level: Vec<f64> = x.iter().map(|x| x - line.level).collect();
    let around_line = line.residuals(x);
    let (Some(level), Some(trend)) =
        (dickey_fuller(&around_level, Deterministic::Constant), dickey_fuller(&around_line, Deterministic::Trend))
    else {
        return Undecided;
    };
    if trend.tau < trend.critical_5 {
        // Around a line the series is stationary, so the slope's standard error follows from the long-run variance.
        let t = line.slope.abs() * line.spread.sqrt() * trend.gamma.abs() / trend.sigma;
        if t > TREND_T && line.share >= TREND_SHARE {
            let sure = trend.tau < trend.critical_1 || kpss(&around_line) < AROUND_LINE_1;
            return if sure { TrendStationary } else { Undecided };
        }
    }
    let returns = level.tau < level.critical_5 || trend.tau < trend.critical_5;
    if returns {
        let sure = level.tau < level.critical_1 || trend.tau < trend.critical_1 || kpss(&around_level) < LEVEL_1;
        return if sure { Stationary } else { Undecided };
    }
    let wanders = kpss(&around_level) > LEVEL_5 && kpss(&around_line) > AROUND_LINE_5;
    if wanders { UnitRoot } else { Undecided }
}

/// The augmented Dickey–Fuller test of a series whose mean (and line, with [`Deterministic::Trend`]) is off already:
/// that changes nothing but the precision. The number of lagged differences is the one with the lowest BIC among those
/// up to `12 (n/100)^¼` (Schwert 1989), all compared over the same rows. `None` for a series without variation.
pub fn dickey_fuller(x: &[f64], terms: Deterministic) -> Option<DickeyFuller> {
    let most = longest_lag(x.len()).min(x.len().saturating_sub(1) / 3);
    let fixed = if terms == Deterministic::Trend { 2 } else { 1 };
    let table = Products::of(x, most, terms);
    let rows = table.rows as f64;
    let candidates = Factor::of(&table, &(0..table.columns).collect::<Vec<_>>());
    let bic = |lags: usize| {
        let entered = fixed + 1 + lags;
        rows * (candidates.rss_after(entered) / rows).ln() + entered as f64 * rows.ln()
    };
    let lags = (0..=most).min_by(|&a, &b| bic(a).total_cmp(&bic(b)))?;

    // Once more over all rows that this many lags leave, with the lagged level last: its pivot then holds all of it.
    let table = Products::of(x, lags, terms);
    let order: Vec<usize> = (0..fixed).chain(fixed + 1..table.columns).chain([fixed]).collect();
    let factor = Factor::of(&table, &order);
    let rows = table.rows as f64;
    let sigma = (factor.rss_after(table.columns) / (rows - table.columns as f64).max(1.0)).sqrt();
    let (&share, &pivot) = (factor.shares.last()?, factor.pivots.last()?);
    if !(sigma > 0.0 && pivot > 0.0) {
        return None;
    }
    let surface = if terms == Deterministic::Trend { &TREND } else { &CONSTANT };
    let critical = |b: &[f64; 4]| b[0] + (b[1] + (b[2] + b[3] / rows) / rows) / rows;
    Some(DickeyFuller {
        tau: share / sigma,
        gamma: share / pivot,
        sigma,
        lags,
        critical_5: critical(&surface.five_percent),
        critical_1: critical(&surface.one_percent),
    })
}

fn longest_lag(rows: usize) -> usize {
    (12.0 * (rows as f64 / 100.0).powf(0.25)) as usize
}

/// The stationarity statistic of residuals around a level or a line: the variance of their partial sums over the
/// long-run variance (Newey and West 1987, Bartlett weights).
pub fn kpss(residuals: &[f64]) -> f64 {
    let n = residuals.len() as f64;
    let product = |lag: usize| dot(&residuals[lag..], residuals);
    let longest = longest_lag(residuals.len());
    let weighted = |lag: usize| (1.0 - lag as f64 / (longest + 1) as f64) * product(lag);
    let long_run = (product(0) + 2.0 * (1..=longest).map(weighted).sum::<f64>()) / n;
    let mut sum = 0.0;
    let squares: f64 = residuals
        .iter()
        .map(|r| {
            sum += r;
            sum * sum
        })
        .sum();
    if long_run > 0.0 { squares / (n * n * long_run) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::{dickey_fuller, judge, kpss};
    use crate::stream::prepare::regression::Deterministic;
    use crate::types::TrendVerdict::{self, Stationary, TrendStationary, Undecided, UnitRoot};

    const DRAWS: u64 = 100;

    /// `x[t] = own x[t-1] + noise`, plus a straight line.
    fn autoregression(rows: usize, own: f64, slope: f64, seed: u64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut state = 0.0;
        let mut next = |own: f64| {
            let noise: f64 = StandardNormal.sample(&mut rng);
            state = own * state + noise;
            state
        };
        // A random walk starts where it starts; anything else is run in.
        (0..if own < 1.0 { 200 } else { 0 }).for_each(|_| {
            next(own);
        });
        (0..rows).map(|row| next(own) + slope * row as f64).collect()
    }

    fn count(rows: usize, own: f64, slope: f64, verdict: TrendVerdict) -> usize {
        (0..DRAWS).filter(|&seed| judge(&autoregression(rows, own, slope, seed)) == verdict).count()
    }

    /// The regression written out: normal equations of a small example solved by elimination.
    #[test]
    fn the_ratio_is_that_of_ordinary_least_squares() {
        let x = autoregression(60, 0.7, 0.02, 3);
        let mean = x.iter().sum::<f64>() / 60.0;
        let x: Vec<f64> = x.iter().map(|v| v - mean).collect();
        for terms in [Deterministic::Constant, Deterministic::Trend] {
            let found = dickey_fuller(&x, terms).unwrap();
            let design: Vec<Vec<f64>> = (found.lags + 1..60)
                .map(|t| {
                    let mut row = vec![x[t - 1], 1.0];
                    row.extend((terms == Deterministic::Trend).then_some(t as f64));
                    row.extend((1..=found.lags).map(|lag| x[t - lag] - x[t - lag - 1]));
                    row.push(x[t] - x[t - 1]);
                    row
                })
                .collect();
            let k = design[0].len() - 1;
            // Gauss–Jordan on [X'X | X'y | e₀] gives the coefficients and the first column of the inverse.
            let mut system: Vec<Vec<f64>> = (0..k)
                .map(|i| {
                    let mut row: Vec<f64> = (0..=k).map(|j| design.iter().map(|d| d[i] * d[j]).sum()).collect();
                    row.push(f64::from(u8::from(i == 0)));
                    row
                })
                .collect();
            for i in 0..k {
                let pivot = system[i][i];
                system[i].iter_mut().for_each(|v| *v /= pivot);
                let eliminated = system[i].clone();
                for (_, row) in system.iter_mut().enumerate().filter(|(j, _)| *j != i) {
                    let factor = row[i];
                    row.iter_mut().zip(&eliminated).for_each(|(v, e)| *v -= factor * e);
                }
            }
            let beta: Vec<f64> = system.iter().map(|row| row[k]).collect();
            let rss: f64 =
                design.iter().map(|d| (d[k] - d[..k].iter().zip(&beta).map(|(x, b)| x * b).sum::<f64>()).powi(2)).sum();
            let sigma = (rss / (design.len() - k) as f64).sqrt();
            let tau = beta[0] / (sigma * system[0][k + 1].sqrt());
            assert!((found.tau - tau).abs() < 1e-9, "{found:?} against {tau}");
            assert!((found.gamma - beta[0]).abs() < 1e-9 && (found.sigma - sigma).abs() < 1e-9);
        }
    }

    #[test]
    fn critical_values_are_those_of_the_tables() {
        let found = dickey_fuller(&autoregression(2000, 0.5, 0.0, 1), Deterministic::Constant).unwrap();
        assert!((found.critical_5 + 2.863).abs() < 2e-3 && (found.critical_1 + 3.434).abs() < 2e-3, "{found:?}");
        let small = dickey_fuller(&autoregression(100, 0.5, 0.0, 1), Deterministic::Trend).unwrap();
        assert!((small.critical_5 + 3.456).abs() < 5e-3, "{small:?}");
    }

    #[test]
    fn the_tests_keep_their_level() {
        let rejected = |rows: usize, terms: Deterministic| {
            let walk = |seed: u64| dickey_fuller(&autoregression(rows, 1.0, 0.0, 1000 + seed), terms).unwrap();
            (0..400u64).map(walk).filter(|t| t.tau < t.critical_5).count()
        };
        // 5 % of 400 is 20; three standard deviations are 13, and the lag choice costs a little.
        for rows in [100, 500] {
            for terms in [Deterministic::Constant, Deterministic::Trend] {
                let count = rejected(rows, terms);
                assert!((5..=38).contains(&count), "{count} of 400 random walks of {rows} rows, {terms:?}");
            }
        }
        let wanders = |seed: u64| {
            let noise = autoregression(500, 0.0, 0.0, seed);
            let mean = noise.iter().sum::<f64>() / 500.0;
            kpss(&noise.iter().map(|x| x - mean).collect::<Vec<_>>()) > super::LEVEL_5
        };
        let count = (0..400).filter(|&seed| wanders(seed)).count();
        assert!((5..=38).contains(&count), "{count} of 400 times white noise is said to wander");
    }

    #[test]
    fn random_walks_are_recognised() {
        assert!(count(2000, 1.0, 0.0, UnitRoot) >= 80, "{}", count(2000, 1.0, 0.0, UnitRoot));
        assert!(count(500, 1.0, 0.0, UnitRoot) >= 70, "{}", count(500, 1.0, 0.0, UnitRoot));
        // With drift, a straight line does not explain a walk either.
        assert!(count(1000, 1.0, 0.3, UnitRoot) >= 70, "{}", count(1000, 1.0, 0.3, UnitRoot));
        assert!(count(2000, 1.0, 0.0, Stationary) <= 5 && count(2000, 1.0, 0.0, TrendStationary) <= 5);
    }

    #[test]
    fn stationary_series_are_left_alone() {
        for own in [0.0, 0.5, 0.9] {
            let found = count(1000, own, 0.0, Stationary);
            assert!(found >= 95, "{found} of 100 with own {own}");
        }
        assert!(count(300, 0.9, 0.0, UnitRoot) <= 5, "{}", count(300, 0.9, 0.0, UnitRoot));
    }

    #[test]
    fn a_line_is_a_trend_and_not_a_walk() {
        let found = count(1000, 0.5, 0.02, TrendStationary);
        assert!(found >= 95, "{found} of 100");
        assert_eq!(count(1000, 0.5, 0.02, UnitRoot), 0);
        // A slope far below the noise is no trend.
        assert!(count(300, 0.5, 1e-4, TrendStationary) <= 3);
    }

    #[test]
    fn too_little_says_nothing() {
        assert_eq!(count(40, 1.0, 0.0, Undecided), 100);
        assert_eq!(judge(&[3.0; 500]), Undecided);
        // A perfect line leaves nothing to test.
        let line: Vec<f64> = (0..500).map(f64::from).collect();
        assert!(matches!(judge(&line), Undecided | TrendStationary));
        assert!(count(60, 0.95, 0.0, UnitRoot) <= 40, "{}", count(60, 0.95, 0.0, UnitRoot));
    }
}
