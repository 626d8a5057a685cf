//! In: what each view says. Out: one p-value per link and per pair, in which views agree on average and the share of
//! curved effects is learnt from the data.

use std::f64::consts::LN_2;

use super::calibrate::adjusted;
use super::columns::Columns;
use super::evidence::TargetEvidence;
use super::products::looked_at;

/// What all views together say about one target; sources and lags as asked.
#[derive(Debug, Clone, Default)]
pub struct Blend {
    /// Per source and lag: `ln p` of no effect.
    pub ln_lag: Vec<f64>,
    /// Per source and lag: `ln p` of no linear effect, of which most are null.
    pub ln_linear: Vec<f64>,
    /// Per source: `ln p` of no effect at any lag.
    pub ln_pair: Vec<f64>,
    /// Per source and lag: whether the first view selected it.
    pub selected: Vec<bool>,
    /// Whether a curved effect or a product on this target is beyond doubt.
    pub nonlinear: bool,
    /// Share of the target's variance that is left over, in the view that leaves least.
    pub rss: f64,
}

/// False discovery rate at which linear and curved discoveries are counted against each other.
const COUNTING_FDR: f64 = 0.05;
/// False discovery rate at which a target's regression is sure not to be linear.
const CERTAIN_FDR: f64 = 0.01;

/// Views in agreement: logarithms of p-values are averaged, so that a discovery has to hold in all of them. A pair's
/// evidence is the weighted Bonferroni minimum over its tests (Genovese, Roeder & Wasserman 2006), the weight of the
/// curved ones growing with how many curved discoveries there are.
pub fn blend(views: &[&[TargetEvidence]], columns: Columns) -> Vec<Blend> {
    let Some(first) = views.first() else { return Vec::new() };
    let share = 1.0 / views.len() as f64;
    let mean = |target: usize, pick: &dyn Fn(&TargetEvidence) -> Vec<f64>| -> Vec<f64> {
        let mut sum: Vec<f64> = Vec::new();
        for view in views {
            let values = pick(&view[target]);
            sum.resize(values.len(), 0.0);
            sum.iter_mut().zip(values).for_each(|(s, v)| *s += share * v);
        }
        sum
    };
    let targets = 0..first.len();
    let linear: Vec<Vec<f64>> =
        targets.clone().map(|t| mean(t, &|e| e.lags.iter().map(|l| l.ln_linear).collect())).collect();
    let curved: Vec<Vec<f64>> =
        targets.clone().map(|t| mean(t, &|e| e.lags.iter().map(|l| l.ln_curved).collect())).collect();
    let weight = if columns.curved { curved_weight(&linear, &curved) } else { 0.0 };
    let (ln_line, ln_curve) = ((1.0 - weight).ln(), weight.max(1e-9).ln());
    let ln_products = (looked_at(columns).max(1) as f64).ln();
    let ln_lags = (columns.max_lag as f64).ln();
    let q_curved = adjusted(&curved.concat());
    let mut q_of_target = q_curved.iter();
    targets
        .map(|t| {
            let joint = mean(t, &|e| e.ln_joint.clone());
            let product = mean(t, &|e| e.ln_product.clone());
            let products_of_lag = mean(t, &|e| e.lags.iter().map(|l| l.ln_product).collect());
            let ln_lag: Vec<f64> = linear[t]
                .iter()
                .zip(&curved[t])
                .zip(&products_of_lag)
                .map(|((line, curve), product)| {
                    let curve = if columns.curved { curve - ln_curve } else { 0.0 };
                    (line - ln_line).min(curve).min(product + ln_products).min(0.0)
                })
                .collect();
            let best = |of: &[f64], s: usize| {
                of[s * columns.max_lag..(s + 1) * columns.max_lag].iter().copied().fold(0.0, f64::min) + ln_lags
            };
            let ln_pair = (0..joint.len())
                .map(|s| {
                    let line = joint[s].min(best(&linear[t], s)) + LN_2 - ln_line;
                    let curve = if columns.curved { best(&curved[t], s) - ln_curve } else { 0.0 };
                    line.min(curve).min(product[s] + ln_products).min(0.0)
                })
                .collect();
            let selected = first[t].lags.iter().map(|l| l.selected).collect();
            let bent = q_of_target.by_ref().take(curved[t].len()).filter(|&&q| q < CERTAIN_FDR).count() > 0;
            let in_every_view = |s: usize| views.iter().all(|view| view[t].ln_product[s] < 0.0);
            let nonlinear = bent || (0..product.len()).any(in_every_view);
            let rss = views.iter().map(|view| view[t].rss).fold(1.0, f64::min);
            Blend { ln_lag, ln_linear: linear[t].clone(), ln_pair, selected, nonlinear, rss }
        })
        .collect()
}

/// Share of curved among all discoveries, held between 2 % and one half.
fn curved_weight(linear: &[Vec<f64>], curved: &[Vec<f64>]) -> f64 {
    let discoveries = |of: &[Vec<f64>]| adjusted(&of.concat()).into_iter().filter(|&q| q < COUNTING_FDR).count() as f64;
    let (line, curve) = (discoveries(linear), discoveries(curved));
    ((curve + 0.5) / (line + curve + 1.0)).clamp(0.02, 0.5)
}
