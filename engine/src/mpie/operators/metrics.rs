//! In: what was found and the truth. Out: how good it is, as a graph, as a decision, as a ranking and as probabilities.

use std::collections::BTreeMap;

use super::graph::{LaggedLink, Mark};
use crate::types::LinkKey;

/// Outcomes of yes-or-no decisions.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Confusion {
    /// Found and there.
    pub true_positives: u64,
    /// Found and not there.
    pub false_positives: u64,
    /// There and not found.
    pub false_negatives: u64,
    /// Neither.
    pub true_negatives: u64,
}

impl Confusion {
    /// From `(found, there)` per question.
    pub fn new(decisions: impl IntoIterator<Item = (bool, bool)>) -> Self {
        let mut counts = Self::default();
        for decision in decisions {
            match decision {
                (true, true) => counts.true_positives += 1,
                (true, false) => counts.false_positives += 1,
                (false, true) => counts.false_negatives += 1,
                (false, false) => counts.true_negatives += 1,
            }
        }
        counts
    }

    /// Share of what was found that is there; `None` where nothing was found.
    pub fn precision(&self) -> Option<f64> {
        ratio(self.true_positives, self.true_positives + self.false_positives)
    }

    /// Share of what is there that was found; `None` where nothing is there.
    pub fn recall(&self) -> Option<f64> {
        ratio(self.true_positives, self.true_positives + self.false_negatives)
    }

    /// Harmonic mean of precision and recall; `None` where nothing was found and nothing is there.
    pub fn f1(&self) -> Option<f64> {
        ratio(2 * self.true_positives, 2 * self.true_positives + self.false_positives + self.false_negatives)
    }

    /// Share of what was found that is not there; 0 where nothing was found (Benjamini & Hochberg 1995).
    pub fn false_discovery_rate(&self) -> f64 {
        ratio(self.false_positives, self.true_positives + self.false_positives).unwrap_or(0.0)
    }

    /// Share of what is not there that was found; `None` where everything is there.
    pub fn false_positive_rate(&self) -> Option<f64> {
        ratio(self.false_positives, self.false_positives + self.true_negatives)
    }
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Structural Hamming distance between two lagged graphs: links to add, remove, or, at lag 0, to turn or re-mark
/// (Tsamardinos, Brown & Aliferis 2006). A lag-0 pair counts once, however it differs.
pub fn structural_hamming_distance(found: &[LaggedLink], truth: &[LaggedLink]) -> usize {
    let (found, truth) = (by_adjacency(found), by_adjacency(truth));
    let missing_or_other = truth.iter().filter(|(pair, ends)| found.get(pair) != Some(ends)).count();
    let extra = found.keys().filter(|pair| !truth.contains_key(pair)).count();
    missing_or_other + extra
}

/// Ends of each adjacency: which of `smaller → larger` and `larger → smaller` are drawn. Lagged links are adjacencies
/// of their own.
fn by_adjacency(links: &[LaggedLink]) -> BTreeMap<LinkKey, (bool, bool, bool)> {
    let mut pairs: BTreeMap<LinkKey, (bool, bool, bool)> = BTreeMap::new();
    for link in links {
        let LinkKey { source, target, lag } = link.key;
        let turned = lag == 0 && source > target;
        let key = if turned { LinkKey { source: target, target: source, lag } } else { link.key };
        let ends = pairs.entry(key).or_default();
        match link.mark {
            Mark::Directed if turned => ends.1 = true,
            Mark::Directed => ends.0 = true,
            Mark::Undirected => ends.2 = true,
            Mark::Conflicting => *ends = (true, true, ends.2),
        }
    }
    pairs
}

/// Thresholds in descending order: `(score, positives, negatives)` at exactly that score. NaN counts as the lowest.
fn thresholds(scored: &[(f64, bool)]) -> Vec<(f64, u64, u64)> {
    let mut sorted: Vec<(f64, bool)> =
        scored.iter().map(|&(score, there)| (if score.is_nan() { f64::NEG_INFINITY } else { score }, there)).collect();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut groups: Vec<(f64, u64, u64)> = Vec::new();
    for (score, there) in sorted {
        if groups.last().is_none_or(|group| group.0 != score) {
            groups.push((score, 0, 0));
        }
        if let Some(group) = groups.last_mut() {
            if there { group.1 += 1 } else { group.2 += 1 }
        }
    }
    groups
}

/// Area under the ROC curve of `(score, there)`: the chance that something there scores above something not there, ties
/// counting half. `None` without either.
pub fn auroc(scored: &[(f64, bool)]) -> Option<f64> {
    let groups = thresholds(scored);
    let positives: u64 = groups.iter().map(|group| group.1).sum();
    let negatives: u64 = groups.iter().map(|group| group.2).sum();
    if positives == 0 || negatives == 0 {
        return None;
    }
    let (mut above, mut area) = (0.0, 0.0);
    for &(_, there, not) in &groups {
        area += not as f64 * (above + 0.5 * there as f64);
        above += there as f64;
    }
    Some(area / (positives as f64 * negatives as f64))
}

/// Area under the precision–recall curve of `(score, there)` as average precision: the precision at each threshold,
/// weighted by the recall it adds, without interpolation (Davis & Goadrich 2006). Ties share a threshold. `None` where
/// nothing is there.
pub fn auprc(scored: &[(f64, bool)]) -> Option<f64> {
    let (mut hits, mut found, mut area) = (0_u64, 0_u64, 0.0);
    for (_, there, not) in thresholds(scored) {
        hits += there;
        found += there + not;
        area += there as f64 * hits as f64 / found as f64;
    }
    (hits > 0).then(|| area / hits as f64)
}

/// Predictions of about the same probability, and what became of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReliabilityBin {
    /// Lower end of the bin, included.
    pub lo: f64,
    /// Upper end, left to the next bin except at 1.
    pub hi: f64,
    /// Predictions in it.
    pub count: u64,
    /// Their mean; 0 where there are none.
    pub predicted: f64,
    /// Share of them that came true; 0 where there are none.
    pub observed: f64,
}

/// Reliability diagram of `(probability, there)` in `bins` bins of equal width over `[0, 1]`. Probabilities are clamped
/// to it; NaN is left out.
pub fn reliability(predictions: &[(f64, bool)], bins: usize) -> Vec<ReliabilityBin> {
    let edge = |b: usize| b as f64 / bins as f64;
    let mut found: Vec<ReliabilityBin> = (0..bins)
        .map(|b| ReliabilityBin { lo: edge(b), hi: edge(b + 1), count: 0, predicted: 0.0, observed: 0.0 })
        .collect();
    for &(probability, there) in predictions.iter().filter(|(probability, _)| !probability.is_nan()) {
        let probability = probability.clamp(0.0, 1.0);
        let at = found.partition_point(|bin| bin.lo <= probability).saturating_sub(1);
        if let Some(bin) = found.get_mut(at) {
            bin.count += 1;
            bin.predicted += probability;
            bin.observed += f64::from(u8::from(there));
        }
    }
    for bin in found.iter_mut().filter(|bin| bin.count > 0) {
        bin.predicted /= bin.count as f64;
        bin.observed /= bin.count as f64;
    }
    found
}

/// Expected calibration error: mean distance between predicted and observed over the bins, weighted by their counts
/// (Naeini, Cooper & Hauskrecht 2015). `None` without predictions.
pub fn expected_calibration_error(bins: &[ReliabilityBin]) -> Option<f64> {
    let total: u64 = bins.iter().map(|bin| bin.count).sum();
    let error: f64 = bins.iter().map(|bin| bin.count as f64 * (bin.predicted - bin.observed).abs()).sum();
    (total > 0).then(|| error / total as f64)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn close(found: Option<f64>, expected: f64) -> bool {
        found.is_some_and(|found| (found - expected).abs() < 1e-12)
    }

    #[test]
    fn rates_follow_the_counts() {
        let found = Confusion { true_positives: 6, false_positives: 2, false_negatives: 4, true_negatives: 8 };
        assert!(close(found.precision(), 0.75) && close(found.recall(), 0.6) && close(found.f1(), 2.0 / 3.0));
        assert!(found.false_discovery_rate() == 0.25 && close(found.false_positive_rate(), 0.2));
        let nothing = Confusion::new([(false, false), (false, false)]);
        assert_eq!(nothing, Confusion { true_negatives: 2, ..Confusion::default() });
        assert_eq!((nothing.precision(), nothing.recall(), nothing.f1()), (None, None, None));
        assert_eq!(nothing.false_discovery_rate(), 0.0);
        let mixed = Confusion::new([(true, true), (true, false), (false, true)]);
        assert_eq!((mixed.true_positives, mixed.false_positives, mixed.false_negatives), (1, 1, 1));
    }

    #[test]
    fn each_difference_between_graphs_counts_once() {
        let truth = [LaggedLink::directed(0, 1, 1), LaggedLink::directed(2, 1, 0), LaggedLink::undirected(0, 3)];
        let distance = |found: &[LaggedLink]| structural_hamming_distance(found, &truth);
        assert_eq!(distance(&truth), 0);
        assert_eq!(distance(&[]), 3);
        assert_eq!(distance(&[truth[0], LaggedLink::directed(1, 2, 0), truth[2]]), 1, "turned");
        assert_eq!(distance(&[truth[0], LaggedLink::undirected(1, 2), truth[2]]), 1, "not oriented");
        let conflict = LaggedLink { key: LinkKey { source: 1, target: 2, lag: 0 }, mark: Mark::Conflicting };
        assert_eq!(distance(&[truth[0], conflict, truth[2]]), 1, "oriented both ways");
        assert_eq!(distance(&[LaggedLink::directed(0, 1, 2), truth[1], truth[2]]), 2, "another lag");
        assert_eq!(distance(&[LaggedLink::directed(1, 0, 1), truth[1], truth[2]]), 2, "a lagged link turned");
        let other = [LaggedLink::directed(5, 6, 1), truth[0]];
        assert_eq!(distance(&other), structural_hamming_distance(&truth, &other), "symmetric");
    }

    #[test]
    fn rankings_have_the_areas_of_a_count_by_hand() {
        // By descending score: there, not, there, not.
        let scored = [(0.9, true), (0.8, false), (0.7, true), (0.1, false)];
        assert!(close(auroc(&scored), 0.75));
        assert!(close(auprc(&scored), (1.0 + 2.0 / 3.0) / 2.0));
        let perfect = [(2.0, true), (1.0, false)];
        assert!(close(auroc(&perfect), 1.0) && close(auprc(&perfect), 1.0));
        assert!(auroc(&scored[..1]).is_none() && auprc(&[(0.1, false)]).is_none());
    }

    #[test]
    fn ties_share_a_threshold_whatever_their_order() {
        let tied = [(1.0, true), (1.0, false), (1.0, false), (1.0, false), (0.0, true)];
        let mut turned = tied;
        turned.reverse();
        assert_eq!((auroc(&tied), auprc(&tied)), (auroc(&turned), auprc(&turned)));
        assert!(close(auroc(&tied), 0.25));
        assert!(close(auprc(&tied), (0.25 + 0.4) / 2.0));
        assert!(close(auprc(&[(0.0, true), (0.0, false)]), 0.5));
        assert!(close(auroc(&[(f64::NAN, true), (-5.0, false)]), 0.0), "NaN ranks last");
    }

    #[test]
    fn auroc_is_the_chance_of_ranking_a_random_pair_right() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let scored: Vec<(f64, bool)> =
            (0..200).map(|_| (f64::from(rng.random_range(0..20)), rng.random_bool(0.3))).collect();
        let (mut right, mut pairs) = (0.0, 0.0);
        for there in scored.iter().filter(|s| s.1) {
            for not in scored.iter().filter(|s| !s.1) {
                pairs += 1.0;
                right += if there.0 > not.0 {
                    1.0
                } else if there.0 == not.0 {
                    0.5
                } else {
                    0.0
                };
            }
        }
        assert!(close(auroc(&scored), right / pairs));
    }

    #[test]
    fn calibrated_predictions_have_little_error_and_bold_ones_much() {
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let honest: Vec<(f64, bool)> = (0..20_000)
            .map(|_| {
                let probability: f64 = rng.random();
                (probability, rng.random_bool(probability))
            })
            .collect();
        let error = |predictions: &[(f64, bool)]| expected_calibration_error(&reliability(predictions, 10)).unwrap();
        assert!(error(&honest) < 0.02);
        // Half of what is called certain comes true.
        assert!((error(&[(1.0, true), (1.0, false)]) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn bins_hold_what_falls_between_their_ends() {
        let bins =
            reliability(&[(0.0, false), (0.5, true), (0.6, false), (1.0, true), (7.0, true), (f64::NAN, true)], 2);
        assert_eq!(bins.iter().map(|b| b.count).collect::<Vec<_>>(), [1, 4]);
        assert!((bins[1].predicted - 3.1 / 4.0).abs() < 1e-12 && bins[1].observed == 0.75);
        assert_eq!((bins[0].lo, bins[0].hi, bins[1].hi), (0.0, 0.5, 1.0));
        assert_eq!(expected_calibration_error(&reliability(&[], 5)), None);
        assert!(reliability(&[(0.5, true)], 0).is_empty());
    }
}
