//! In: a target and its strongest sources. Out: pairs of sources that together explain more than the sum of what each
//! explains alone, on blocks the fit has not seen.

use crate::types::HyperEdge;

use super::assess::Assessment;
use super::bootstrap::{Fit, SubMoments, fit, loss, total};
use super::columns::Columns;
use super::correlation::Correlation;
use super::history::History;
use super::projector::Projector;

/// What joint causes of a target are looked for in.
#[derive(Debug, Clone, Copy)]
pub struct JointQuestion<'a> {
    /// Second moments in data units.
    pub history: &'a History,
    /// First row of the target's regime.
    pub start_row: u64,
    /// Correlations from there on.
    pub corr: &'a Correlation,
    /// What they hold.
    pub columns: Columns,
    /// Strongest sources looked at.
    pub sources: usize,
    /// Replicates.
    pub n_resamples: usize,
    /// Their seed.
    pub seed: u64,
}

/// Pairs of a target's strongest sources that together explain more than the sum of what each explains alone.
pub fn joint_causes(a: &Assessment, question: &JointQuestion<'_>) -> Vec<HyperEdge> {
    let JointQuestion { history, columns, .. } = *question;
    let mut strongest: Vec<(f64, usize)> =
        a.links.iter().filter(|l| l.entered.is_some()).map(|l| (l.ln_p, columns.of(l.source, l.lag))).collect();
    strongest.sort_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
    strongest.truncate(question.sources);
    let chosen: Vec<usize> = strongest.into_iter().map(|(_, c)| c).collect();
    if chosen.len() < 2 {
        return Vec::new();
    }
    let own: Vec<usize> = columns.lags_of(a.target).filter(|c| a.entered.contains(c)).collect();
    let pairs = promising(&Projector::with(question.corr, a.target, &own), &chosen, columns);
    if pairs.is_empty() {
        return Vec::new();
    }
    let first = history.block_at(question.start_row);
    let gather = |cols: &[usize]| SubMoments::gather(history.blocks(), first, history.dim(), cols, a.target);
    synergies(gather, &own, &chosen, &pairs, question.n_resamples, question.seed)
        .into_iter()
        .map(|s| s.hyperedge(a.target, columns))
        .collect()
}

/// A pair of lagged sources whose joint gain exceeds the parts.
#[derive(Debug, Clone)]
struct Synergy {
    /// Column of the first source.
    first: usize,
    /// Column of the second source.
    second: usize,
    /// Out-of-bag R² gain of both over the target's own past.
    joint: f64,
    /// Sum of the out-of-bag gains of each alone.
    parts: f64,
    /// 95 % interval of the excess over replicates.
    interval: (f64, f64),
    /// Share of replicates with a positive excess.
    stability: f64,
}

impl Synergy {
    fn hyperedge(&self, target: usize, columns: Columns) -> HyperEdge {
        let mut sources = [self.first, self.second].map(|c| (columns.var(c) as u32, columns.lag(c) as u32));
        sources.sort_unstable();
        HyperEdge {
            sources: sources.to_vec(),
            target: target as u32,
            gain_joint: self.joint,
            gain_parts: self.parts,
            ci_lo: self.interval.0,
            ci_hi: self.interval.1,
            stability: self.stability,
            hits: 0,
            first_window: 0,
            last_window: 0,
        }
    }
}

/// Smallest excess worth reporting, as a share of the target's variance: correlated parents of any linear system
/// exceed the sum of their parts a little.
const MIN_EXCESS: f64 = 0.02;

/// Whether the excess is large in itself and makes up most of the joint gain: a mild excess is what any two correlated
/// parents show.
fn stands_out(joint: f64, parts: f64) -> bool {
    joint - parts > MIN_EXCESS.max(0.5 * joint)
}

/// Pairs of sources worth resampling: their joint gain stands out from the parts already in the sample. `own`
/// has the target's own past entered.
fn promising(own: &Projector<'_>, sources: &[usize], columns: Columns) -> Vec<(usize, usize)> {
    let joint = |a: usize, b: usize| own.joint_drop(&[a, b]);
    let parts = |a: usize, b: usize| own.drop_of(a) + own.drop_of(b);
    (0..sources.len())
        .flat_map(|a| (a + 1..sources.len()).map(move |b| (a, b)))
        .filter(|&(a, b)| columns.var(sources[a]) != columns.var(sources[b]))
        .filter(|&(a, b)| stands_out(joint(sources[a], sources[b]), parts(sources[a], sources[b])))
        .collect()
}

/// Tests `pairs` of `sources` on replicates. `own` are the target's own lags, present in every model.
fn synergies(
    gather: impl Fn(&[usize]) -> SubMoments,
    own: &[usize],
    sources: &[usize],
    pairs: &[(usize, usize)],
    replicates: usize,
    seed: u64,
) -> Vec<Synergy> {
    let columns: Vec<usize> = own.iter().chain(sources).copied().collect();
    let sub = gather(&columns);
    if sub.blocks.len() < 4 {
        return Vec::new();
    }
    let base: Vec<usize> = (0..=own.len()).collect();
    let mut single = vec![Vec::new(); sources.len()];
    let mut joint = vec![Vec::new(); pairs.len()];
    for r in 0..replicates {
        let (inside, outside) = sub.resample(seed, r as u64);
        let spread = total(&outside, sub.dim);
        if outside[0] < 16.0 || spread <= 0.0 {
            continue;
        }
        let Some(without) = out_of_bag_loss(&inside, &outside, sub.dim, &base) else { continue };
        let gain = |extra: &[usize]| -> Option<f64> {
            let keep: Vec<usize> = base.iter().copied().chain(extra.iter().map(|e| 1 + own.len() + e)).collect();
            Some((without - out_of_bag_loss(&inside, &outside, sub.dim, &keep)?) / spread)
        };
        for (s, gains) in single.iter_mut().enumerate() {
            gains.push(gain(&[s]).unwrap_or(0.0));
        }
        for (gains, &(a, b)) in joint.iter_mut().zip(pairs) {
            gains.push(gain(&[a, b]).unwrap_or(0.0));
        }
    }
    let n = joint.first().map_or(0, Vec::len);
    if n < 4 {
        return Vec::new();
    }
    let mean = |values: &[f64]| values.iter().sum::<f64>() / n as f64;
    pairs
        .iter()
        .zip(&joint)
        .filter_map(|(&(a, b), joint)| {
            let mut excess: Vec<f64> = (0..n).map(|r| joint[r] - single[a][r] - single[b][r]).collect();
            let stability = excess.iter().filter(|&&e| e > 0.0).count() as f64 / n as f64;
            excess.sort_by(f64::total_cmp);
            let at = |q: f64| excess[((q * (n - 1) as f64).round() as usize).min(n - 1)];
            let interval = (at(0.025), at(0.975));
            let (joint, parts) = (mean(joint), mean(&single[a]) + mean(&single[b]));
            (interval.0 > MIN_EXCESS && stands_out(joint, parts)).then_some(Synergy {
                first: sources[a],
                second: sources[b],
                joint,
                parts,
                interval,
                stability,
            })
        })
        .collect()
}

/// Loss on `outside` of the regression on the `keep` variables fitted on `inside`.
fn out_of_bag_loss(inside: &[f64], outside: &[f64], dim: usize, keep: &[usize]) -> Option<f64> {
    let index: Vec<usize> = keep.iter().copied().chain([dim - 1]).collect();
    let small = |full: &[f64]| -> Vec<f64> {
        index.iter().flat_map(|&i| index.iter().map(move |&j| full[i * dim + j])).collect()
    };
    let Fit { beta, .. } = fit(&small(inside), index.len())?;
    Some(loss(&beta, &small(outside), index.len()))
}
