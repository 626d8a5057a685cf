//! In: correlations, the lagged columns each variable was found to depend on, pairs whose innovations share something.
//! Out: which of two causes the other within a row, how sure that is, and what is left of pairs that are no link at all.
//!
//! With a lag everything has an instrument: what drove the source before. If `a → b`, the past that drives `a` says
//! nothing more about `b` once `a` is known; conditioning on `b` instead makes it matter. The sparsest regressions
//! therefore tell the direction, with Gaussian noise too. Greedy search over acyclic graphs (Chickering 2002) on the
//! Bayesian information criterion (Schwarz 1978); non-Gaussian innovations add what they know.

use std::collections::BTreeMap;

use super::columns::Columns;
use super::correlation::Correlation;
use super::elimination::{Elimination, criterion};
use super::projector::Projector;

/// A pair of variables whose innovations share something.
#[derive(Debug, Clone, Copy)]
pub struct Shared {
    /// One end.
    pub a: usize,
    /// The other end, behind the first.
    pub b: usize,
    /// Log odds of `a → b` from the shape of the innovations.
    pub by_shape: f64,
    /// `ln p` of their sharing nothing.
    pub ln_p: f64,
}

/// What the search says about such a pair.
#[derive(Debug, Clone, Default)]
pub struct Orientation {
    /// Log odds of `a → b` (positive) or `b → a` (negative); 0 where nothing can be told.
    pub log_odds: f64,
    /// `ln p` of no link given the causes of its target: high for two causes of one effect, which only look linked.
    pub ln_p: f64,
    /// All same-time causes of the target, in the direction found; empty where there is no link.
    pub causes: Vec<usize>,
    /// Whether the pair is part of a triangle of links: a cause of all three that was not measured explains that better.
    pub in_triangle: bool,
}

/// Most that the order of the others may add to the odds of a direction which they force.
const FORCED: f64 = 10.0;

/// What the sparsest regression of a variable on given same-time causes looks like.
#[derive(Debug, Clone, Default)]
struct Fit {
    /// Minus half the information criterion.
    score: f64,
    /// `ln p` of each same-time cause.
    causes: Vec<f64>,
}

struct Search<'a> {
    corr: &'a Correlation,
    /// Lagged columns that may matter to each variable: its own and its partners'.
    lagged: Vec<Vec<usize>>,
    known: BTreeMap<(usize, Vec<usize>), Fit>,
    /// Causes of each variable, ascending.
    causes: Vec<Vec<usize>>,
    shape: BTreeMap<(usize, usize), f64>,
}

/// What directions are read from.
#[derive(Debug)]
pub struct Past<'a> {
    /// Correlations of lagged columns.
    pub corr: &'a Correlation,
    /// Their layout.
    pub columns: Columns,
    /// The columns selected for each variable.
    pub selected: Vec<Vec<usize>>,
    /// Directed pairs that were asked about.
    pub asked: usize,
}

/// Orients the pairs, in the order given.
pub fn orient(past: &Past<'_>, pairs: &[Shared]) -> Vec<Orientation> {
    let mut search = Search::new(past, pairs);
    search.climb(pairs);
    let trust = trust(past, pairs.len() as f64);
    let triangles = search.triangles();
    pairs
        .iter()
        .map(|pair| {
            let mut found = search.orientation(pair);
            let trusted = trust * (found.log_odds - pair.by_shape) + pair.by_shape;
            // Where past and shape disagree, and the past is not trusted, nothing is known.
            found.log_odds = if trusted * found.log_odds > 0.0 { trusted } else { 0.0 };
            found.in_triangle = triangles.contains(&(pair.a, pair.b));
            found
        })
        .collect()
}

/// Partners of a variable whose past is looked at, and rows needed per column.
const MOST_PARTNERS: usize = 8;
const ROWS_PER_COLUMN: f64 = 8.0;

/// Level at which lagged columns are selected, about: so many of those without an effect are by chance.
const BY_CHANCE: f64 = 0.005;

/// Share of lagged among all links up to which the past is not trusted; from twice as many on it is, fully.
const SLOW: f64 = 0.25;

/// How far the past can be trusted as an instrument: little where hardly anything of one variable follows from the past
/// of another, for then sampling is slower than what happens.
fn trust(past: &Past<'_>, same_time: f64) -> f64 {
    let Past { columns, selected, asked, .. } = past;
    let crossing = |j: usize| selected[j].iter().filter(|&&c| c < columns.linear_len() && columns.var(c) != j).count();
    let by_chance = BY_CHANCE * (asked * columns.max_lag) as f64;
    let lagged = ((0..columns.vars).map(crossing).sum::<usize>() as f64 - by_chance).max(0.0);
    let share = lagged / (lagged + same_time).max(1.0);
    ((share - SLOW) / SLOW).clamp(0.0, 1.0)
}

impl<'a> Search<'a> {
    fn new(past: &Past<'a>, pairs: &[Shared]) -> Self {
        let vars = past.columns.vars;
        let mut partners = vec![Vec::new(); vars];
        let mut shape = BTreeMap::new();
        for pair in pairs {
            partners[pair.a].push((pair.ln_p, pair.b));
            partners[pair.b].push((pair.ln_p, pair.a));
            shape.insert((pair.a, pair.b), 0.5 * pair.by_shape);
            shape.insert((pair.b, pair.a), -0.5 * pair.by_shape);
        }
        let most = (past.corr.rows / ROWS_PER_COLUMN) as usize;
        let lagged = partners
            .into_iter()
            .enumerate()
            .map(|(var, mut partners)| {
                // The past of the closest partners, as far as the rows allow: a hub has hundreds of them.
                partners.sort_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
                let mut lagged = past.selected[var].clone();
                for &(_, partner) in partners.iter().take(MOST_PARTNERS) {
                    lagged.extend(&past.selected[partner]);
                    lagged.sort_unstable();
                    lagged.dedup();
                    if lagged.len() >= most {
                        break;
                    }
                }
                lagged
            })
            .collect();
        Self { corr: past.corr, lagged, known: BTreeMap::new(), causes: vec![Vec::new(); vars], shape }
    }

    /// The sparsest regression of a variable on its same-time causes and whatever of the past still matters.
    fn fit(&mut self, target: usize, causes: &[usize]) -> &Fit {
        let key = (target, causes.to_vec());
        if !self.known.contains_key(&key) {
            let columns: Vec<usize> = causes.iter().chain(&self.lagged[target]).copied().collect();
            self.known.insert(key.clone(), sparsest(self.corr, target, &columns, causes.len()));
        }
        &self.known[&key]
    }

    fn score(&mut self, target: usize, causes: &[usize]) -> f64 {
        self.fit(target, causes).score
    }

    /// What making `source` a cause of `target`, or no longer one, is worth.
    fn gain(&mut self, source: usize, target: usize, add: bool) -> f64 {
        let now = self.causes[target].clone();
        let then = if add { with(&now, source) } else { without(&now, source) };
        let shape = self.shape.get(&(source, target)).copied().unwrap_or(0.0);
        self.score(target, &then) - self.score(target, &now) + if add { shape } else { -shape }
    }

    fn is_cause(&self, source: usize, target: usize) -> bool {
        self.causes[target].binary_search(&source).is_ok()
    }

    /// Whether `to` follows from `from`; the edge between them does not count.
    fn leads(&self, from: usize, to: usize) -> bool {
        let mut seen = vec![false; self.causes.len()];
        let mut open: Vec<usize> = self.causes[to].iter().copied().filter(|&c| c != from).collect();
        while let Some(at) = open.pop() {
            if at == from {
                return true;
            }
            if !std::mem::replace(&mut seen[at], true) {
                open.extend(&self.causes[at]);
            }
        }
        false
    }

    /// Adds, drops and reverses links as long as one of these helps, the best first.
    fn climb(&mut self, pairs: &[Shared]) {
        // Each step raises the score, so that none is seen twice; the bound only guards against rounding.
        for _ in 0..20 * pairs.len() {
            let mut best = (1e-6, None);
            for pair in pairs {
                for (from, to) in [(pair.a, pair.b), (pair.b, pair.a)] {
                    let mut consider = |gain: f64, change: [(usize, usize, bool); 2]| {
                        if gain > best.0 {
                            best = (gain, Some(change));
                        }
                    };
                    if self.is_cause(from, to) {
                        let dropped = self.gain(from, to, false);
                        consider(dropped, [(from, to, false); 2]);
                        if !self.leads(from, to) {
                            consider(dropped + self.gain(to, from, true), [(from, to, false), (to, from, true)]);
                        }
                    } else if !self.is_cause(to, from) && !self.leads(to, from) {
                        consider(self.gain(from, to, true), [(from, to, true); 2]);
                    }
                }
            }
            let Some(change) = best.1 else { return };
            for (from, to, add) in change {
                self.causes[to] = if add { with(&self.causes[to], from) } else { without(&self.causes[to], from) };
            }
        }
    }

    fn orientation(&mut self, pair: &Shared) -> Orientation {
        let (from, to, sign) = if self.is_cause(pair.a, pair.b) {
            (pair.a, pair.b, 1.0)
        } else if self.is_cause(pair.b, pair.a) {
            (pair.b, pair.a, -1.0)
        } else {
            return Orientation { ln_p: self.least_sure(pair), ..Orientation::default() };
        };
        let causes = self.causes[to].clone();
        let at = causes.iter().position(|&c| c == from).unwrap_or(0);
        let ln_p = self.fit(to, &causes).causes[at];
        let turned =
            if self.leads(from, to) { FORCED } else { -(self.gain(from, to, false) + self.gain(to, from, true)) };
        Orientation { log_odds: sign * turned.max(0.0), ln_p, causes, in_triangle: false }
    }

    /// `ln p` of no link between two variables that the graph does not link: the higher of both directions, given what
    /// else causes them.
    fn least_sure(&mut self, pair: &Shared) -> f64 {
        let mut of = |from: usize, to: usize| {
            let causes = with(&self.causes[to], from);
            let at = causes.iter().position(|&c| c == from).unwrap_or(0);
            self.fit(to, &causes).causes[at]
        };
        of(pair.a, pair.b).max(of(pair.b, pair.a))
    }

    /// Links that are part of a triangle, as `(a, b)` with `a < b`.
    fn triangles(&self) -> Vec<(usize, usize)> {
        let linked = |a: usize, b: usize| self.is_cause(a, b) || self.is_cause(b, a);
        let mut found = Vec::new();
        for (target, causes) in self.causes.iter().enumerate() {
            for &a in causes {
                for &b in causes.iter().filter(|&&b| a < b && linked(a, b)) {
                    let of = |x: usize, y: usize| (x.min(y), x.max(y));
                    found.extend([of(a, b), of(a, target), of(b, target)]);
                }
            }
        }
        found
    }
}

/// Backward elimination of all but the first `kept` columns, by the information criterion.
fn sparsest(corr: &Correlation, target: usize, columns: &[usize], kept: usize) -> Fit {
    let rows = corr.count(target, target).max(2.0);
    let causes = &columns[..kept];
    let mut fit = Elimination::of(&Projector::with(corr, target, columns));
    fit.thin_out(rows, |column| !causes.contains(&column));
    let ln_p = |cause: &usize| fit.entered.iter().position(|c| c == cause).map_or(0.0, |k| fit.ln_p(k, rows));
    let score = -0.5 * criterion(fit.rss, fit.entered.len(), rows);
    Fit { score, causes: causes.iter().map(ln_p).collect() }
}

fn with(causes: &[usize], cause: usize) -> Vec<usize> {
    let mut all = causes.to_vec();
    all.push(cause);
    all.sort_unstable();
    all
}

fn without(causes: &[usize], cause: usize) -> Vec<usize> {
    causes.iter().copied().filter(|&c| c != cause).collect()
}
