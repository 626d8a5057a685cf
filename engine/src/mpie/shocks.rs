//! In: the regressions of all variables. Out: per selected lagged link, how much better the source's shock explains the
//! target than the source's value does: the mark of a common cause that was not measured.
//!
//! If `a(t−l)` causes `b(t)`, all of its value does, what it inherited from its own past included. If both follow
//! something unmeasured, only what was new in `a(t−l)` has to do with `b(t)`: the past of `a` is then no instrument but
//! opens a path through the collider `a(t−l)`.

use rayon::prelude::*;

use super::columns::Columns;
use super::correlation::Correlation;
use super::projector::{Projector, Regressed};

/// What a selected lagged column of another variable owes to that variable's shock.
#[derive(Debug, Clone, Copy)]
pub struct Shock {
    /// The column.
    pub column: usize,
    /// Log-likelihood ratio of the shock against the value; positive speaks for a common cause.
    pub ratio: f64,
    /// Log-likelihood ratio of the value against nothing, the source's other lags left out.
    pub alone: f64,
    /// Whether the source says nothing of the target, or the opposite, unless the other causes are known: what is
    /// selected then serves to take something unmeasured out of them, or two effects happen to cancel.
    pub masked: bool,
}

/// A t statistic that chance reaches in one of twenty.
const CHANCE: f64 = 2.0;

/// Per target, its selected lagged columns of other variables. `corr` gives the correlations that hold for a target.
pub fn shocks<'a>(
    corr: impl Fn(usize) -> &'a Correlation + Sync,
    columns: Columns,
    selected: &[&[usize]],
) -> Vec<Vec<Shock>> {
    (0..columns.vars)
        .into_par_iter()
        .map(|target| {
            let of_other = |&c: &usize| is_lag(columns, c) && columns.var(c) != target;
            let links: Vec<usize> = selected[target].iter().copied().filter(of_other).collect();
            let corr = corr(target);
            let masked = masked(corr, columns, target, selected[target], &links);
            let of_link = |(link, masked)| Shock { masked, ..shock(corr, columns, selected, target, link) };
            links.into_iter().zip(masked).map(of_link).collect()
        })
        .collect()
}

/// Per link, whether its effect given only the target's own past is none or has the other sign.
fn masked(corr: &Correlation, columns: Columns, target: usize, selected: &[usize], links: &[usize]) -> Vec<bool> {
    let own: Vec<usize> = columns.lags_of(target).collect();
    let own = Projector::with(corr, target, &own);
    let full = Projector::with(corr, target, selected);
    let beta = full.solve().beta;
    links
        .iter()
        .map(|&link| {
            let Some(k) = full.entered.iter().position(|&c| c == link) else { return false };
            let t2 = own.drop_of(link) / own.rss * corr.count(target, link);
            t2 < CHANCE * CHANCE || own.covariance[link] * beta[k] < 0.0
        })
        .collect()
}

fn is_lag(columns: Columns, column: usize) -> bool {
    column < columns.linear_len() && columns.lag(column) > 0
}

fn shock(corr: &Correlation, columns: Columns, selected: &[&[usize]], target: usize, link: usize) -> Shock {
    let (source, lag) = (columns.var(link), columns.lag(link));
    // The past behind the source at that lag, as far back as there are columns.
    let past: Vec<usize> = selected[source]
        .iter()
        .filter(|&&c| is_lag(columns, c) && columns.lag(c) + lag <= columns.max_lag + 1)
        .map(|&c| columns.of(columns.var(c), columns.lag(c) + lag))
        .collect();
    let before = Projector::of(corr, Regressed::column(corr, link), &past);
    let beta = before.solve().beta;
    let of_source = |c: usize| is_lag(columns, c) && columns.var(c) == source;
    let rest: Vec<usize> = selected[target].iter().copied().filter(|&c| !of_source(c)).collect();
    let others = Projector::with(corr, target, &rest);
    let by_value = others.drop_of(link);
    // The shock is the link's column less what its past says of it.
    let weights: Vec<(usize, f64)> =
        std::iter::once((link, 1.0)).chain(before.entered.iter().zip(&beta).map(|(&c, b)| (c, -b))).collect();
    let covariance: f64 = weights.iter().map(|&(c, w)| w * others.covariance[c]).sum();
    let variance: f64 = weights
        .iter()
        .flat_map(|&a| weights.iter().map(move |&b| (a, b)))
        .map(|((a, x), (b, y))| x * y * others.residual(a, b))
        .sum();
    let by_shock = if variance > 1e-6 { (covariance * covariance / variance).min(0.999_999 * others.rss) } else { 0.0 };
    let half = 0.5 * corr.count(target, link);
    // Several lags with effects of their own explain more than a shock, whose lags stand in a fixed proportion.
    let lags: Vec<usize> = selected[target].iter().copied().filter(|&c| of_source(c)).collect();
    let price = 0.5 * (lags.len() as f64 - 1.0) * (2.0 * half).max(1.0).ln();
    let free = half * ((others.rss - by_shock) / (others.rss - others.joint_drop(&lags))).ln();
    let ratio = half * ((others.rss - by_value) / (others.rss - by_shock)).ln();
    Shock {
        column: link,
        ratio: if free > price { ratio.min(0.0) } else { ratio },
        alone: half * (others.rss / (others.rss - by_value)).ln(),
        masked: false,
    }
}
