//! In: one view and a question. Out: what it says: correlations, evidence, and replicates of its regressions.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::super::bootstrap::{Fitted, Replicates, resampled};
use super::super::correlation::Correlation;
use super::super::encoding::Encoding;
use super::super::evidence::{Question, TargetEvidence, evidence};
use super::super::view::View;
use super::Setting;

/// What one view says.
#[derive(Debug)]
pub struct Sight {
    /// From every start row asked about.
    pub correlations: BTreeMap<u64, Correlation>,
    /// Per target.
    pub found: Vec<TargetEvidence>,
}

/// What a view says.
pub fn sight(view: &View, question: Question<'_>, setting: Setting<'_>) -> Sight {
    let correlations = correlations(view, question, setting.encoding);
    let found = evidence(view, &correlations, question, setting.config);
    Sight { correlations, found }
}

/// The correlations of a view from every start row asked about.
fn correlations(view: &View, question: Question<'_>, encoding: &Encoding) -> BTreeMap<u64, Correlation> {
    let mut out = BTreeMap::new();
    for &start in question.start_rows {
        out.entry(start).or_insert_with(|| {
            let mut corr = view.history.correlation(start);
            let values = view.columns.linear_len();
            for (column, present) in corr.present.iter_mut().enumerate().take(values) {
                *present = 1.0 - encoding.missing_share(view.columns.var(column));
            }
            corr
        });
    }
    out
}

/// Block-bootstrap replicates of what it says, per target.
pub fn replicates(
    view: &View,
    sight: &Sight,
    question: Question<'_>,
    n_resamples: usize,
    seed: u64,
) -> Vec<Replicates> {
    let Sight { correlations, found } = sight;
    found
        .par_iter()
        .map(|e| {
            let start_row = question.start_rows[e.target];
            let fitted = Fitted { target: e.target, entered: &e.entered, beta: &e.beta, start_row };
            resampled(&view.history, &correlations[&start_row], fitted, n_resamples, seed)
        })
        .collect()
}
