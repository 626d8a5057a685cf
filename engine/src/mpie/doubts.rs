//! In: same-time links and what regressions needed. Out: how much less the evidence for a lagged link counts because an
//! assumption of its test visibly fails.

use super::calibrate::adjusted;
use super::config::EvaluatorConfig;
use super::contemporaneous::ORIENTED;
use super::drafts::Draft;
use super::innovations::pairs;
use super::verdict::Found;

/// How much less a p-value counts where the data show that an assumption of its test fails.
const DOUBT: f64 = std::f64::consts::LN_10;
/// The same where a regression needs curved terms.
const CURVED_DOUBT: f64 = 2.0 * DOUBT;
/// False discovery rate at which a same-time link casts doubt on its ends.
const DOUBT_FDR: f64 = 0.01;

/// How much more than its own log-likelihood ratio a shock takes from the evidence: the source's past, selected beside
/// it, makes a shock of its value, and that pair of columns is what was tested.
const SHOCK: f64 = 2.0;
/// Log-likelihood ratio up to which chance makes a shock of a value: odds of 20.
const SURE: f64 = 3.0;

/// What is added to `ln p` before the decision: hypotheses in doubt weigh less in the false discovery rate (Genovese,
/// Roeder & Wasserman 2006).
pub struct Doubts {
    vars: usize,
    switched_on: bool,
    /// Per target: it may follow something that was not measured, or its regression needs curved terms, for then there
    /// may be more of them than were tried.
    of_target: Vec<f64>,
    /// Per pair that shares with a third as well: how surely they share at the same time. A common cause that lasts makes
    /// lagged links too, but none stronger than the same-time one.
    of_pair: Vec<f64>,
}

impl Doubts {
    /// From everything found.
    pub fn new(found: &Found<'_>, vars: usize, config: &EvaluatorConfig) -> Self {
        let mut shared = vec![0.0; vars * vars];
        let ln_p: Vec<f64> = found.same.iter().map(|s| s.ln_p).collect();
        for (link, q) in found.same.iter().zip(adjusted(&ln_p)) {
            if q < DOUBT_FDR && (link.latent || link.direction.abs() <= ORIENTED) {
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
        for (doubt, _) in of_target.iter_mut().zip(&found.look.blend).filter(|(_, blend)| blend.nonlinear) {
            *doubt = CURVED_DOUBT;
        }
        Self { vars, switched_on: config.calibrate, of_target, of_pair }
    }

    /// What is added to a draft's `ln p`.
    pub fn about(&self, draft: &Draft) -> f64 {
        let (source, target) = (draft.score.key.source as usize, draft.score.key.target as usize);
        let of_pair = self.of_pair[source * self.vars + target];
        if self.switched_on { self.of_target[target] + of_pair.max(SHOCK * (draft.shock - SURE).max(0.0)) } else { 0.0 }
    }
}
