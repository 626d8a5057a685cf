//! In: innovations, what is left of each variable after its lagged parents. Out: same-time links, and their direction
//! where the past of their ends or the shape of the innovations tells it.

use super::calibrate::adjusted;
use super::directions::Directions;
use super::innovations::{Innovations, pairs};
use super::structure::{Orientation, Past, Shared, orient};

/// A same-time link between two variables, `a < b`.
#[derive(Debug, Clone, Copy)]
pub struct SameTime {
    /// One end.
    pub a: usize,
    /// The other end.
    pub b: usize,
    /// `ln p` of no link given all other innovations.
    pub ln_p: f64,
    /// Benjamini–Hochberg value of `ln_p` among all pairs.
    pub q: f64,
    /// Partial correlation of the innovations.
    pub partial: f64,
    /// Log odds of `a → b` (positive) or `b → a` (negative).
    pub direction: f64,
    /// Whether both ends may follow something that was not measured.
    pub latent: bool,
    /// Effect of `a` on `b` given the other innovations, in standard deviations of the variables, and standard error.
    pub effect_ab: (f64, f64),
    /// Effect of `b` on `a`, likewise.
    pub effect_ba: (f64, f64),
}

/// Log odds beyond which a same-time link counts as oriented.
pub const ORIENTED: f64 = 4.5;

/// Inverse of the share of an innovation that those of others leave open, from which on others determine it.
const DETERMINED: f64 = 300.0;

/// False discovery rate up to which pairs of innovations are looked at together.
const SKELETON_FDR: f64 = 0.05;

/// Same-time partners a variable may have on average before they count as signs of a common shock, and the false
/// discovery rate at which a same-time link is taken for granted.
const MOST_PARTNERS: f64 = 4.0;
pub const CERTAIN_FDR: f64 = 0.01;

/// What same-time links are looked for in.
#[derive(Debug)]
pub struct SameTimeQuestion<'a> {
    /// Innovations in data units.
    pub innovations: Innovations<'a>,
    /// Third and fourth moments of innovations.
    pub directions: &'a Directions,
    /// Rows in which a variable was observed, on average.
    pub rows: f64,
    /// `ln p` per pair from more robust tests, where there are any.
    pub ln_p: Option<Vec<f64>>,
    /// What the direction is read from.
    pub past: Past<'a>,
}

/// Same-time links between all pairs of variables.
pub fn same_time(question: &SameTimeQuestion<'_>) -> Vec<SameTime> {
    let SameTimeQuestion { innovations, rows, .. } = question;
    let n = innovations.vars();
    let Some(precision) = innovations.precision() else { return Vec::new() };
    let dof = (rows - n as f64 - 1.0).max(3.0);
    let ln_p = question.ln_p.clone().unwrap_or_else(|| innovations.ln_p_of_pairs(&precision, *rows));
    let orientations = orientations(question, &ln_p);
    // What others determine, as parts do a total, shares everything with them and nothing of its own.
    let testable = |var: usize| innovations.varies(var) && precision[var * n + var] < DETERMINED;
    let mut links: Vec<SameTime> = pairs(n)
        .zip(ln_p)
        .zip(orientations)
        .filter(|&(((a, b), _), _)| testable(a) && testable(b))
        .map(|(((a, b), ln_p), orientation)| {
            let (paa, pbb, pab) = (precision[a * n + a], precision[b * n + b], precision[a * n + b]);
            // Regression of one innovation on all others: coefficient −P_ab / P_bb, residual variance 1 / P_bb.
            let effect = |from: usize, to: usize, p_to: f64, p_from: f64| {
                let unit = innovations.sd(to) / innovations.sd(from);
                (-pab / p_to * unit, ((p_from - pab * pab / p_to).max(1e-12) / (p_to * dof)).sqrt() * unit)
            };
            // The direction found has its effect in data units given the target's other causes.
            let known = |from: usize, to: usize, forward: bool| {
                let stands = if forward { orientation.log_odds > 0.0 } else { orientation.log_odds < 0.0 };
                stands.then(|| innovations.effect_given(from, to, &orientation.causes, *rows)).flatten()
            };
            SameTime {
                a,
                b,
                ln_p: ln_p.max(orientation.ln_p),
                q: 1.0,
                partial: (-pab / (paa * pbb).sqrt()).clamp(-0.999_999, 0.999_999),
                direction: if orientation.in_triangle { 0.0 } else { orientation.log_odds },
                latent: orientation.in_triangle,
                effect_ab: known(a, b, true).unwrap_or_else(|| effect(a, b, pbb, paa)),
                effect_ba: known(b, a, false).unwrap_or_else(|| effect(b, a, paa, pbb)),
            }
        })
        .collect();
    let ln_p: Vec<f64> = links.iter().map(|link| link.ln_p).collect();
    links.iter_mut().zip(adjusted(&ln_p)).for_each(|(link, q)| link.q = q);
    links
}

/// Same-time parents whose direction is beyond doubt, as columns, per target.
pub fn oriented_parents(same: &[SameTime], vars: usize) -> Vec<Vec<usize>> {
    let mut parents = vec![Vec::new(); vars];
    for link in same.iter().filter(|link| link.q < CERTAIN_FDR && link.direction.abs() > ORIENTED) {
        let (from, to) = if link.direction > 0.0 { (link.a, link.b) } else { (link.b, link.a) };
        // Lag 0 of a variable is its own index among the columns.
        parents[to].push(from);
    }
    parents
}

/// What is known of the direction of every pair, in order.
fn orientations(question: &SameTimeQuestion<'_>, ln_p: &[f64]) -> Vec<Orientation> {
    let n = question.innovations.vars();
    let q = adjusted(ln_p);
    let certain = q.iter().filter(|&&q| q < CERTAIN_FDR).count();
    // Nothing is known against a pair that was not looked at: its own test stands.
    let open = Orientation { ln_p: f64::NEG_INFINITY, ..Orientation::default() };
    // Everything shares with everything: a common shock, which makes any direction a delusion.
    if 2.0 * certain as f64 / n as f64 > MOST_PARTNERS {
        return vec![open; ln_p.len()];
    }
    let shared: Vec<(usize, Shared)> = pairs(n)
        .zip(q)
        .enumerate()
        .filter(|&(_, (_, q))| q < SKELETON_FDR)
        .map(|(at, ((a, b), _))| {
            let sign = question.innovations.correlation(a, b).signum();
            (at, Shared { a, b, by_shape: question.directions.log_odds(a, b, sign), ln_p: ln_p[at] })
        })
        .collect();
    let links: Vec<Shared> = shared.iter().map(|&(_, pair)| pair).collect();
    let mut out = vec![open; ln_p.len()];
    for ((at, _), found) in shared.iter().zip(orient(&question.past, &links)) {
        out[*at] = found;
    }
    out
}
