//! In: tests of all links. Out: p-values corrected for the inflation of the null bulk, adjusted for multiplicity, and
//! the evidence that orders pairs.

use super::tails::{chi2_of_ln_p, ln_p_of_chi2};

/// Median of a chi-square with one degree of freedom.
const CHI2_MEDIAN: f64 = 0.454_936;

/// Links at which the estimated inflation counts half.
const FEW: f64 = 60.0;

/// Factor by which the statistics of the candidate links exceed their null expectation: most candidates are null, so
/// their median should be the null's (genomic control, Devlin & Roeder 1999). At least 1: evidence is never added. Drawn
/// towards 1 where there are few, whose median is noisy and whose graph may be dense.
pub fn inflation(ln_p: &[f64]) -> f64 {
    if ln_p.is_empty() {
        return 1.0;
    }
    let mut sorted = ln_p.to_vec();
    let middle = sorted.len() / 2;
    let (_, median, _) = sorted.select_nth_unstable_by(middle, f64::total_cmp);
    let share = ln_p.len() as f64 / (ln_p.len() as f64 + FEW);
    1.0 + share * (chi2_of_ln_p(*median) / CHI2_MEDIAN - 1.0).max(0.0)
}

/// Takes the inflation out of one test.
pub fn deflate(ln_p: f64, inflation: f64) -> f64 {
    if inflation <= 1.0 { ln_p } else { ln_p_of_chi2(chi2_of_ln_p(ln_p) / inflation) }
}

/// Benjamini–Hochberg adjusted p-values, in the order given.
pub fn adjusted(ln_p: &[f64]) -> Vec<f64> {
    let m = ln_p.len() as f64;
    let mut order: Vec<usize> = (0..ln_p.len()).collect();
    order.sort_by(|&a, &b| ln_p[a].total_cmp(&ln_p[b]).then(a.cmp(&b)));
    let mut out = vec![1.0; ln_p.len()];
    let mut least = 1.0_f64;
    for (rank, &at) in order.iter().enumerate().rev() {
        least = least.min((ln_p[at] + (m / (rank as f64 + 1.0)).ln()).exp());
        out[at] = least;
    }
    out
}
