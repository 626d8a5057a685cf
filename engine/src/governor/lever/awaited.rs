//! In: a step and the reading in which it will show. Out: whether it has.

use super::super::policy::{Rule, View};

/// Share of a step's predicted effect from which on it counts as seen.
const SEEN: f64 = 0.4;

/// Share of the value by which it may move the other way: if by more, something else has happened since, and what is
/// read is news.
const AGAINST: f64 = 0.1;

/// A step that has not shown yet. Until it does, readings are of the time before it: sensors may be later than a
/// cooldown is long, and whoever acts on such news acts twice.
#[derive(Debug, Clone)]
pub struct Awaited {
    metric: &'static str,
    before: f64,
    predicted: f64,
}

impl Awaited {
    /// A step of a rule's lever; `None` where no reading follows its level.
    pub fn new(rule: &Rule, view: &View<'_>, from: f64, to: f64) -> Option<Self> {
        let metric = rule.follows()?;
        let before = view.now(metric)?;
        Some(Self { metric, before, predicted: before * to / from.max(1e-9) })
    }

    /// Whether it has shown; what can no longer be read is not waited for.
    pub fn is_seen(&self, view: &View<'_>) -> bool {
        let wanted = self.predicted - self.before;
        view.now(self.metric).is_none_or(|now| {
            let moved = (now - self.before) / wanted;
            moved >= SEEN || moved < 0.0 && (now - self.before).abs() > AGAINST * self.before
        })
    }
}
