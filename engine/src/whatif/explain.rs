//! In: rows, a link and the target's other causes. Out: what can be seen of the link in the data: the pairs of values,
//! its size at every lag with and without the other causes held fixed, and which of them took how much of it away.

use super::regression::{Moments, Term};
use super::rows::Rows;
use crate::types::LinkKey;

/// Points of a scatter plot at most.
const SCATTER_POINTS: usize = 400;
/// Points of a series at most.
const SERIES_POINTS: usize = 480;
/// Two-sided 95 % quantile of the normal distribution.
const Z95: f64 = 1.959_964;

/// The link at one lag, in standard deviations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LagPoint {
    /// Rows between cause and effect.
    pub lag: u32,
    /// Correlation, with the ends of its 95 % interval.
    pub alone: [f64; 3],
    /// Effect with the target's own past and its other causes held fixed, with the ends of its 95 % interval.
    pub given: [f64; 3],
}

/// What holding one other cause fixed does to the link.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adjustment {
    /// What is held fixed.
    pub term: Term,
    /// The effect with only that held fixed, in standard deviations.
    pub effect: f64,
}

/// What can be seen of a link in the newest rows.
#[derive(Debug, Clone, PartialEq)]
pub struct LinkExplanation {
    /// The link.
    pub key: LinkKey,
    /// First row used, and the row after the last.
    pub rows: (u64, u64),
    /// Rows in which every value needed is there.
    pub rows_used: f64,
    /// `[source(t - lag), target(t)]` in data units, thinned evenly.
    pub pairs: Vec<[f64; 2]>,
    /// The same with the target's own past and its other causes taken out of both, in data units about zero.
    pub adjusted_pairs: Vec<[f64; 2]>,
    /// Slope through `adjusted_pairs`, in data units, with its 95 % interval.
    pub slope: [f64; 3],
    /// The link at every lag from 0 (or 1, for the target itself) on.
    pub lags: Vec<LagPoint>,
    /// Effect with nothing held fixed, in standard deviations.
    pub effect_alone: f64,
    /// Effect with everything held fixed, in standard deviations.
    pub effect_given: f64,
    /// What each of the others does on its own, the largest change first.
    pub adjustments: Vec<Adjustment>,
    /// Share of the target's variance that the others explain without the source.
    pub r2_without: f64,
    /// The same with the source.
    pub r2_with: f64,
}

/// Looks at a link in the rows from `start_row` on. `causes` are the target's other causes in the graph; its own past
/// up to `max_lag` is held fixed as well. `None` where too few rows are complete.
pub fn explain_link(
    rows: &Rows,
    key: LinkKey,
    causes: &[Term],
    max_lag: u32,
    start_row: u64,
) -> Option<LinkExplanation> {
    let target = Term { var: key.target, lag: 0 };
    let source = Term { var: key.source, lag: key.lag };
    let others = others(key, causes, max_lag);
    let terms: Vec<Term> = [source].into_iter().chain(others.iter().copied()).collect();
    let moments = Moments::gather(rows, target, &terms, start_row, usize::MAX >> 1);
    let everything: Vec<usize> = (0..terms.len()).collect();
    let whole = moments.fit(&everything, None)?;
    let alone = moments.fit(&[0], None)?;
    let without = moments.fit(&everything[1..], None)?;
    let scale = alone.sd[0] / alone.sd[1];
    let mut adjustments: Vec<Adjustment> = (1..terms.len())
        .filter_map(|at| {
            moments.fit(&[0, at], None).map(|fit| Adjustment { term: terms[at], effect: fit.beta[0] * scale })
        })
        .collect();
    let effect_alone = alone.beta[0] * scale;
    let by = |a: &Adjustment| (a.effect - effect_alone).abs();
    adjustments.sort_by(|a, b| by(b).total_cmp(&by(a)).then(a.term.cmp(&b.term)));
    let (pairs, adjusted_pairs) = scatter(rows, target, &terms, &moments, start_row);
    let half = Z95 * whole.se[0];
    Some(LinkExplanation {
        key,
        rows: (rows.first_row().max(start_row), rows.end_row()),
        rows_used: whole.rows,
        pairs,
        adjusted_pairs,
        slope: [whole.beta[0], whole.beta[0] - half, whole.beta[0] + half],
        lags: lags(rows, key, causes, max_lag, start_row),
        effect_alone,
        effect_given: whole.beta[0] * scale,
        adjustments,
        r2_without: without.r2,
        r2_with: whole.r2,
    })
}

/// The target's own past and its causes but for this link.
fn others(key: LinkKey, causes: &[Term], max_lag: u32) -> Vec<Term> {
    let source = Term { var: key.source, lag: key.lag };
    let own = (1..=max_lag).map(|lag| Term { var: key.target, lag });
    let mut others: Vec<Term> =
        own.chain(causes.iter().copied()).filter(|t| *t != source && (t.var, t.lag) != (key.target, 0)).collect();
    others.sort_unstable();
    others.dedup();
    others
}

fn lags(rows: &Rows, key: LinkKey, causes: &[Term], max_lag: u32, start_row: u64) -> Vec<LagPoint> {
    let target = Term { var: key.target, lag: 0 };
    // Other lags of the same source are what is being asked about, unless they are causes themselves.
    let first = u32::from(key.source == key.target);
    (first..=max_lag)
        .filter_map(|lag| {
            let at = LinkKey { lag, ..key };
            let terms: Vec<Term> =
                [Term { var: key.source, lag }].into_iter().chain(others(at, causes, max_lag)).collect();
            let moments = Moments::gather(rows, target, &terms, start_row, usize::MAX >> 1);
            let alone = moments.fit(&[0], None)?;
            let given = moments.fit(&(0..terms.len()).collect::<Vec<_>>(), None)?;
            let scale = alone.sd[0] / alone.sd[1];
            let with_interval = |beta: f64, se: f64| [beta, beta - Z95 * se, beta + Z95 * se].map(|b| b * scale);
            Some(LagPoint {
                lag,
                alone: with_interval(alone.beta[0], alone.se[0]),
                given: with_interval(given.beta[0], given.se[0]),
            })
        })
        .collect()
}

/// Pairs of values of the first term and the target, as they are and with the other terms taken out of both.
fn scatter(
    rows: &Rows,
    target: Term,
    terms: &[Term],
    moments: &Moments,
    start_row: u64,
) -> (Vec<[f64; 2]>, Vec<[f64; 2]>) {
    let others: Vec<usize> = (1..terms.len()).collect();
    let start = rows.place(start_row);
    let complete =
        |place: &usize| terms.iter().chain([&target]).all(|term| rows.value(*place, term.var, term.lag).is_finite());
    let places: Vec<usize> = (start..rows.len()).filter(complete).collect();
    let every = places.len().div_ceil(SCATTER_POINTS).max(1);
    let of_target = moments.fit(&others, None);
    let of_source = {
        let moments = Moments::gather(rows, terms[0], &terms[1..], start_row, usize::MAX >> 1);
        moments.fit(&(0..others.len()).collect::<Vec<_>>(), None)
    };
    let mut pairs = Vec::new();
    let mut residuals = Vec::new();
    for &place in places.iter().step_by(every) {
        let at = |term: &Term| rows.value(place, term.var, term.lag);
        let (x, y) = (at(&terms[0]), at(&target));
        pairs.push([x, y]);
        let explained = |beta: &[f64]| terms[1..].iter().zip(beta).map(|(term, b)| b * at(term)).sum::<f64>();
        let of = |fit: &Option<super::regression::Fit>| fit.as_ref().map_or(0.0, |fit| explained(&fit.beta));
        residuals.push([x - of(&of_source), y - of(&of_target)]);
    }
    // Without an intercept the residuals are off by a constant.
    let count = residuals.len().max(1) as f64;
    let mean: [f64; 2] = std::array::from_fn(|axis| residuals.iter().map(|pair| pair[axis]).sum::<f64>() / count);
    for pair in &mut residuals {
        (0..2).for_each(|axis| pair[axis] -= mean[axis]);
    }
    (pairs, residuals)
}

/// A variable in the newest rows.
#[derive(Debug, Clone, PartialEq)]
pub struct VariableSeries {
    /// Which.
    pub var: u32,
    /// `[row, least, most]` of each stretch of rows, in data units.
    pub values: Vec<[f64; 3]>,
    /// `[lag, correlation]` with its own past, from lag 1 on.
    pub autocorrelation: Vec<[f64; 2]>,
    /// Below this absolute value a correlation may be chance.
    pub chance: f64,
}

/// A variable over the newest rows, and its correlation with its own past.
pub fn variable_series(rows: &Rows, var: u32, max_lag: u32, start_row: u64) -> VariableSeries {
    let stretch = rows.len().div_ceil(SERIES_POINTS).max(1);
    let values = (0..rows.len())
        .step_by(stretch)
        .filter_map(|from| {
            let there = (from..(from + stretch).min(rows.len())).map(|place| rows.value(place, var, 0));
            let (low, high) = there
                .filter(|value| value.is_finite())
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
            (low <= high).then_some([(rows.first_row() + from as u64) as f64, low, high])
        })
        .collect();
    let mut used = 0.0_f64;
    let autocorrelation = (1..=max_lag.max(12))
        .filter_map(|lag| {
            let moments = Moments::gather(rows, Term { var, lag: 0 }, &[Term { var, lag }], start_row, usize::MAX >> 1);
            let fit = moments.fit(&[0], None)?;
            used = used.max(fit.rows);
            Some([f64::from(lag), fit.beta[0] * fit.sd[0] / fit.sd[1]])
        })
        .collect();
    VariableSeries { var, values, autocorrelation, chance: if used > 0.0 { Z95 / used.sqrt() } else { 1.0 } }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;
    use crate::types::Pane;

    /// z drives x after 1 row and y after 2; x drives y after 1 row only if `direct` is not zero.
    fn confounded(direct: f64, count: usize) -> Rows {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let mut values = vec![0.0; count * 3];
        for row in 0..count {
            let noise: [f64; 3] = std::array::from_fn(|_| StandardNormal.sample(&mut rng));
            let at =
                |values: &[f64], ago: usize, var: usize| if row >= ago { values[(row - ago) * 3 + var] } else { 0.0 };
            values[row * 3 + 2] = noise[2];
            values[row * 3] = 0.9 * at(&values, 1, 2) + 0.3 * noise[0];
            values[row * 3 + 1] = 0.8 * at(&values, 2, 2) + direct * at(&values, 1, 0) + 0.3 * noise[1];
        }
        let mut rows = Rows::new(3, 1 << 20);
        rows.push(&Pane { index: 0, first_row: 0, values, vars: 3, run: (0..count as u32).collect(), missing: 0 });
        rows
    }

    const X_TO_Y: LinkKey = LinkKey { source: 0, target: 1, lag: 1 };

    #[test]
    fn what_a_common_cause_made_is_removed_by_holding_it_fixed() {
        let rows = confounded(0.0, 4000);
        let cause = Term { var: 2, lag: 2 };
        let seen = explain_link(&rows, X_TO_Y, &[cause], 3, 0).expect("enough rows");
        assert!(seen.effect_alone > 0.8, "{}", seen.effect_alone);
        assert!(seen.effect_given.abs() < 0.06, "{}", seen.effect_given);
        assert_eq!(seen.adjustments[0].term, cause, "the common cause takes most of it away");
        assert!(seen.lags.iter().all(|point| point.given[1] <= point.given[0] && point.given[0] <= point.given[2]));
        assert!(seen.r2_with - seen.r2_without < 0.01);
    }

    #[test]
    fn a_real_effect_stays_and_its_slope_is_right() {
        let rows = confounded(0.5, 4000);
        let seen = explain_link(&rows, X_TO_Y, &[Term { var: 2, lag: 2 }], 3, 0).expect("enough rows");
        assert!((seen.slope[0] - 0.5).abs() < 0.05, "{:?}", seen.slope);
        assert!(seen.slope[1] < 0.5 && 0.5 < seen.slope[2]);
        assert!(seen.pairs.len() <= SCATTER_POINTS && seen.pairs.len() == seen.adjusted_pairs.len());
        let (xy, xx) = seen.adjusted_pairs.iter().fold((0.0, 0.0), |(xy, xx), [x, y]| (xy + x * y, xx + x * x));
        assert!((xy / xx - 0.5).abs() < 0.12, "the line fits the points: {}", xy / xx);
    }

    #[test]
    fn too_few_rows_are_no_explanation() {
        assert!(explain_link(&confounded(0.5, 5), X_TO_Y, &[], 3, 0).is_none());
        assert!(explain_link(&Rows::new(3, 100), X_TO_Y, &[], 3, 0).is_none());
    }

    #[test]
    fn a_series_is_thinned_and_correlates_with_its_past() {
        let rows = confounded(0.0, 4000);
        let series = variable_series(&rows, 2, 3, 0);
        assert!(series.values.len() <= SERIES_POINTS);
        assert_eq!(series.autocorrelation.len(), 12);
        assert!(series.autocorrelation.iter().all(|[_, r]| r.abs() < 3.0 * series.chance), "white noise");
    }
}
