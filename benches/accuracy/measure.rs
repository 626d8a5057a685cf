//! In: the links found in one data set, and its truth. Out: how good they are.
//!
//! Self-loops are never looked at, and what was not mentioned ranks below everything that was. A pair has the highest
//! score of its rows and is accepted when any of them is. Lag 0 counts only where the truth has same-time links.

use std::collections::{BTreeMap, BTreeSet};

use scarcity_engine::mpie::operators::metrics::{self, Confusion};
use scarcity_engine::types::LinkScore;

use super::suite::Truth;

/// Quality on one data set; `None` where the truth does not say.
#[derive(Debug, Default)]
pub struct Measured {
    /// Ranking of the ordered pairs.
    pub auprc: Option<f64>,
    pub auroc: Option<f64>,
    /// F1 at the threshold that is best for it.
    pub best_f1: Option<f64>,
    /// The decision at default settings, over pairs.
    pub f1: Option<f64>,
    pub fdr: Option<f64>,
    /// The same over (source, target, lag).
    pub lag_auprc: Option<f64>,
    pub lag_f1: Option<f64>,
    /// Share of the true linear effects inside their 95 % interval.
    pub coverage: Option<f64>,
    /// Share of the intervals of absent links that hold zero.
    pub nulls: Option<f64>,
    /// From opening the file to the result.
    pub seconds: f64,
    /// Of every link whose lag can be checked: its stability, whether it was accepted, whether it is true.
    pub stability: Vec<(f64, bool, bool)>,
}

/// Measures `links`; none at all counts as chance in the rankings and not at all in the decisions.
pub fn measure(truth: &Truth, links: &[LinkScore], seconds: f64) -> Measured {
    let (vars, lags) = (truth.n_vars, truth.max_lag + 1);
    let mut pairs = Scored::new(vars * vars);
    let mut lagged = Scored::new(vars * vars * lags);
    for link in links.iter().filter(|l| l.key.source != l.key.target) {
        let pair = link.key.source as usize * vars + link.key.target as usize;
        // A same-time link that could not be oriented is no decision about a direction.
        let accepted = link.accepted && link.directed;
        pairs.note(pair, link.score, accepted);
        if (link.key.lag as usize) < lags {
            lagged.note(pair * lags + link.key.lag as usize, link.score, accepted);
        }
    }
    let positive: BTreeSet<usize> = truth.summary.iter().map(|(source, target)| source * vars + target).collect();
    let off_diagonal = || (0..vars * vars).filter(move |pair| pair / vars != pair % vars);
    let of_pairs = pairs.against(off_diagonal(), |pair| positive.contains(&pair));
    let decided = !links.is_empty();
    let mut out = Measured {
        auprc: of_pairs.auprc(),
        auroc: metrics::auroc(&of_pairs.ranking),
        best_f1: decided.then(|| of_pairs.best_f1()).flatten(),
        f1: decided.then(|| of_pairs.f1()),
        fdr: decided.then(|| of_pairs.decision.false_discovery_rate()),
        seconds,
        ..Measured::default()
    };
    if truth.lag_truth {
        let there: BTreeSet<usize> = truth
            .edges
            .iter()
            .filter(|e| e.source != e.target)
            .map(|e| (e.source * vars + e.target) * lags + e.lag)
            .collect();
        let first = if there.iter().any(|at| at % lags == 0) { 0 } else { 1 };
        let asked = off_diagonal().flat_map(move |pair| (first..lags).map(move |lag| pair * lags + lag));
        let of_lags = lagged.against(asked, |at| there.contains(&at));
        out.lag_auprc = of_lags.auprc();
        out.lag_f1 = decided.then(|| of_lags.f1());
        let at = |l: &LinkScore| (l.key.source as usize * vars + l.key.target as usize) * lags + l.key.lag as usize;
        out.stability = links
            .iter()
            .filter(|l| l.key.lag >= 1 && (l.key.lag as usize) < lags && l.key.source != l.key.target)
            .map(|l| (l.stability, l.accepted, there.contains(&at(l))))
            .collect();
    }
    (out.coverage, out.nulls) = intervals(truth, links);
    out
}

/// Scores and decisions by place.
struct Scored {
    score: Vec<f64>,
    accepted: Vec<bool>,
}

/// The same beside the truth.
struct Compared {
    ranking: Vec<(f64, bool)>,
    decision: Confusion,
}

impl Scored {
    fn new(places: usize) -> Self {
        Self { score: vec![f64::NEG_INFINITY; places], accepted: vec![false; places] }
    }

    fn note(&mut self, at: usize, score: f64, accepted: bool) {
        if score.is_finite() {
            self.score[at] = self.score[at].max(score);
        }
        self.accepted[at] |= accepted;
    }

    fn against(&self, asked: impl Iterator<Item = usize> + Clone, there: impl Fn(usize) -> bool) -> Compared {
        Compared {
            ranking: asked.clone().map(|at| (self.score[at], there(at))).collect(),
            decision: Confusion::new(asked.map(|at| (self.accepted[at], there(at)))),
        }
    }
}

impl Compared {
    /// `None` where every answer is the same and there is nothing to rank.
    fn auprc(&self) -> Option<f64> {
        let there = self.ranking.iter().filter(|(_, there)| *there).count();
        if there == self.ranking.len() { None } else { metrics::auprc(&self.ranking) }
    }

    /// Best F1 over all thresholds; ties share one.
    fn best_f1(&self) -> Option<f64> {
        let positives = self.ranking.iter().filter(|(_, there)| *there).count();
        let mut sorted = self.ranking.clone();
        sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (mut hits, mut best) = (0, 0.0_f64);
        for (at, &(score, there)) in sorted.iter().enumerate() {
            hits += usize::from(there);
            if sorted.get(at + 1).is_none_or(|next| next.0 != score) {
                best = best.max(2.0 * hits as f64 / (positives + at + 1) as f64);
            }
        }
        (positives > 0).then_some(best)
    }

    /// 0 where nothing was found and nothing is there.
    fn f1(&self) -> f64 {
        self.decision.f1().unwrap_or(0.0)
    }
}

/// Coverage of true effects, and of zero by the intervals of absent links; only linear truths have a number to cover.
fn intervals(truth: &Truth, links: &[LinkScore]) -> (Option<f64>, Option<f64>) {
    let coefficients: BTreeMap<(usize, usize, usize), f64> = truth
        .edges
        .iter()
        .filter(|e| e.source != e.target)
        .filter_map(|e| Some(((e.source, e.target, e.lag), e.coef?)))
        .collect();
    if !truth.linear || coefficients.is_empty() {
        return (None, None);
    }
    let (mut covered, mut zero) = (Vec::new(), Vec::new());
    for link in links {
        let key = link.key;
        if key.source == key.target || ![link.effect, link.ci_lo, link.ci_hi].iter().all(|v| v.is_finite()) {
            continue;
        }
        let holds = |value: f64| link.ci_lo <= value && value <= link.ci_hi;
        match coefficients.get(&(key.source as usize, key.target as usize, key.lag as usize)) {
            Some(&coefficient) => covered.push(holds(coefficient)),
            None => zero.push(holds(0.0)),
        }
    }
    (share(&covered), share(&zero))
}

fn share(of: &[bool]) -> Option<f64> {
    (!of.is_empty()).then(|| of.iter().filter(|&&yes| yes).count() as f64 / of.len() as f64)
}
