//! In: same-time links and what regressions needed. Out: how much less the evidence for a lagged link counts because an
//! assumption of its test visibly fails.

use super::config::EvaluatorConfig;
use super::contemporaneous::{CERTAIN_FDR, ORIENTED};
use super::drafts::Draft;
use super::innovations::pairs;
use super::verdict::Found;

/// How much less a p-value counts where the data show that an assumption of its test fails.
const DOUBT: f64 = std::f64::consts::LN_10;
/// Share of what a curved regression explains that its terms may miss for want of the right shape. Where next to nothing
/// else is left over, whatever goes with a cause then seems to be one.
const INDESCRIBABLE: f64 = 5e-4;

/// How much more than its own log-likelihood ratio a shock takes from the evidence: the source's past, selected beside
/// it, makes a shock of its value, and that pair of columns is what was tested.
const SHOCK: f64 = 2.0;
/// Log-likelihood ratio up to which chance makes a shock of a value: odds of 20.
const SURE: f64 = 3.0;

/// Share of links that show only given others up to which effects that cancel are a matter of chance.
const CANCELLING: f64 = 0.2;
/// Normal quantile of the one-sided bound on that share.
const BOUND: f64 = 1.645;

/// Of links that show only once other causes are known, the share that must be taken for false. A few of them there are
/// in any system; where there are many, they take something unmeasured out of the causes beside them (Wilson's bound).
pub fn false_among_masked(masked: usize, found: usize) -> f64 {
    let n = (found as f64).max(1.0);
    let share = masked as f64 / n;
    let z2 = BOUND * BOUND;
    let least =
        (share + z2 / (2.0 * n) - BOUND * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt()) / (1.0 + z2 / n);
    if least > CANCELLING { 1.0 - CANCELLING / share } else { 0.0 }
}

/// What is added to `ln p` before the decision: hypotheses in doubt weigh less in the false discovery rate (Genovese,
/// Roeder & Wasserman 2006).
pub struct Doubts {
    vars: usize,
    switched_on: bool,
    /// Per target: it may follow something that was not measured, or its regression needs curved terms, for then there
    /// may be more of them than were tried.
    of_target: Vec<f64>,
    /// Log-likelihood ratio that what the terms cannot describe may give any link to a target.
    misfit: Vec<f64>,
    /// Per pair that shares with a third as well: how surely they share at the same time. A common cause that lasts makes
    /// lagged links too, but none stronger than the same-time one.
    of_pair: Vec<f64>,
}

impl Doubts {
    /// From everything found.
    pub fn new(found: &Found<'_>, vars: usize, config: &EvaluatorConfig) -> Self {
        let mut shared = vec![0.0; vars * vars];
        for link in found.same {
            if link.q < CERTAIN_FDR && (link.latent || link.direction.abs() <= ORIENTED) {
                shared[link.a * vars + link.b] = -link.ln_p;
                shared[link.b * vars + link.a] = -link.ln_p;
            }
        }
        let open = |a: usize, b: usize| shared[a * vars + b] > 0.0;
        let (mut of_target, mut of_pair) = (vec![0.0; vars], vec![0.0; vars * vars]);
        for (a, b) in pairs(vars).filter(|&(a, b)| open(a, b)) {
            // Beyond what a graph of causes explains, both share with a third that they share with too.
            if (0..vars).any(|c| open(a, c) && open(b, c)) {
                (of_target[a], of_target[b]) = (DOUBT, DOUBT);
                (of_pair[a * vars + b], of_pair[b * vars + a]) = (shared[a * vars + b], shared[a * vars + b]);
            }
        }
        let mut misfit = vec![0.0; vars];
        for (target, blend) in found.look.blend.iter().enumerate().filter(|(_, blend)| blend.nonlinear) {
            of_target[target] = DOUBT;
            let rss = blend.rss.max(1e-6);
            misfit[target] = 0.5 * found.look.rows[target] * INDESCRIBABLE * (1.0 - rss) / rss;
        }
        Self { vars, switched_on: config.calibrate, of_target, of_pair, misfit }
    }

    /// A draft's `ln p` as it counts.
    pub fn weigh(&self, draft: &Draft, ln_p: f64) -> f64 {
        if !self.switched_on {
            return ln_p;
        }
        let (source, target) = (draft.score.key.source as usize, draft.score.key.target as usize);
        let of_pair = self.of_pair[source * self.vars + target];
        let added = self.of_target[target] + of_pair.max(SHOCK * (draft.shock - SURE).max(0.0));
        // The root of twice a log-likelihood ratio, for which `-ln p` stands, is about normal, shifted by what the null
        // allows.
        let beyond = ((-ln_p).sqrt() - self.misfit[target].sqrt()).max(0.0);
        (added - beyond * beyond).min(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::false_among_masked;

    #[test]
    fn a_few_links_that_cancel_are_chance_and_many_are_not() {
        assert_eq!(false_among_masked(0, 0), 0.0);
        assert_eq!(false_among_masked(4, 50), 0.0);
        // Two of five are too few to tell.
        assert_eq!(false_among_masked(2, 5), 0.0);
        let false_share = false_among_masked(35, 70);
        assert!((false_share - 0.6).abs() < 1e-12, "{false_share}");
    }
}
