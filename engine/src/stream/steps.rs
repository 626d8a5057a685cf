//! In: the inspected values of a time column. Out: its steps: how long, which way, how many of each kind.

use super::profile::{ColumnProfile, NO_STAMP};
use super::roles::TimeScale;

/// The steps of a time column over the inspected rows, within each series.
pub(super) struct Steps {
    pub forward: Vec<f64>,
    pub equal: usize,
    pub missing: usize,
    /// First row, from 1, whose time lies before the row above.
    pub backwards: Option<usize>,
}

impl Steps {
    pub fn of(profile: &ColumnProfile, series: Option<&ColumnProfile>, scale: TimeScale) -> Self {
        let mut steps = Self { forward: Vec::new(), equal: 0, missing: 0, backwards: None };
        let mut last: Option<(f64, Option<u64>)> = None;
        for row in 0..profile.numbers().len() {
            let value = match scale {
                TimeScale::Number => profile.numbers()[row],
                TimeScale::Stamp { .. } if profile.stamps()[row] == NO_STAMP => f64::NAN,
                TimeScale::Stamp { origin_ns } => TimeScale::seconds(origin_ns, profile.stamps()[row]),
            };
            if value.is_nan() {
                steps.missing += 1;
                continue;
            }
            let key = series.and_then(|s| s.keys().get(row).copied());
            if let Some((before, before_key)) = last
                && before_key == key
            {
                match value - before {
                    step if step > 0.0 => steps.forward.push(step),
                    0.0 => steps.equal += 1,
                    _ => steps.backwards = steps.backwards.or(Some(row + 1)),
                }
            }
            last = Some((value, key));
        }
        steps
    }

    /// Share of the steps up to `longest` that differ from `usual` by more than a quarter.
    pub fn uneven_share(&self, usual: f64, longest: f64) -> f64 {
        let counted = || self.forward.iter().filter(|&&step| step <= longest);
        let uneven = counted().filter(|&&step| (step - usual).abs() > 0.25 * usual).count();
        uneven as f64 / counted().count().max(1) as f64
    }

    /// Median of the steps forward.
    pub fn median(&self) -> Option<f64> {
        let mut sorted = self.forward.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    }
}
