//! In: the reading a step down is to relieve, before and after. Out: how much would come back with the level.

use super::super::metric::{self, Response};
use super::super::policy::View;

/// Seconds after which a third is left of what is remembered as freed, at first.
const FADE_S: f64 = 45.0;
/// A step up that had to be taken back within so many of these was too early: it is remembered twice as long.
const RELAPSE: f64 = 4.0;
/// The memory of it is made longer by this much at most.
const LONGEST: f64 = 8.0;

/// What steps down have freed of a store, as seen a cooldown after each: it would come back with the level. What others
/// let go of meanwhile looks the same, so that the memory of it fades: no lever stays down for it. Where it faded too
/// soon, so that what came back had to be given up again, it fades more slowly from then on.
#[derive(Debug, Clone)]
pub struct Freed {
    metric: String,
    amount: f64,
    as_of_s: f64,
    fade_s: f64,
    /// When all of it was last let back in.
    back_s: f64,
    /// The last step, while its effect is watched.
    step: Option<Step>,
}

/// A step down.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// What had been freed before it.
    freed: f64,
    /// The value then.
    before: f64,
    /// The most that has been seen to be freed since.
    most: f64,
}

impl Default for Freed {
    fn default() -> Self {
        Self { metric: String::new(), amount: 0.0, as_of_s: 0.0, fade_s: FADE_S, back_s: f64::NEG_INFINITY, step: None }
    }
}

impl Freed {
    /// A step down is proposed, because of this metric.
    pub fn expect(&mut self, metric: &str, view: &View<'_>) {
        if self.metric != metric {
            *self = Self { metric: metric.to_owned(), ..Self::default() };
        }
        let freed = self.faded(view.t_s);
        self.step = view.now(self.seen_in()).map(|before| Step { freed, before, most: 0.0 });
    }

    /// The step's effect must have begun to show by now. Our own part falls by nobody else's doing: what it falls by
    /// counts for as long as the level stays, for what is in use is let go of when its user has done with it.
    pub fn measure(&mut self, view: &View<'_>) {
        let Some((step, now)) = self.step.zip(view.now(self.seen_in())) else { return };
        let amount = step.freed + (step.before - now).max(0.0);
        // A new low by a trifle is no news, and must not keep what is remembered from fading.
        if amount > 1.05 * step.most {
            self.amount = amount;
            self.as_of_s = view.t_s;
        }
        let most = if amount > 1.05 * step.most { amount } else { step.most };
        self.step = own_part(&self.metric).map(|_| Step { most, ..step });
    }

    /// A step down is asked for.
    pub fn down(&mut self, t_s: f64) {
        let since_s = t_s - self.back_s;
        if since_s < RELAPSE * self.fade_s {
            self.fade_s = (2.0 * self.fade_s).min(LONGEST * FADE_S);
        } else if since_s.is_finite() {
            self.fade_s = FADE_S;
        }
        self.back_s = f64::NEG_INFINITY;
    }

    /// A step up is asked for, after which `share` of what was freed stays so.
    pub fn up(&mut self, t_s: f64, share: f64) {
        self.amount *= share;
        self.step = None;
        if share <= 0.0 {
            self.back_s = t_s;
        }
    }

    /// What would come back of a metric.
    pub fn of(&self, metric: &str, t_s: f64) -> f64 {
        if self.metric == metric { self.faded(t_s) } else { 0.0 }
    }

    /// The reading in which it shows: this process's part where that is known, so that what others do is left out.
    fn seen_in(&self) -> &str {
        own_part(&self.metric).unwrap_or(&self.metric)
    }

    fn faded(&self, t_s: f64) -> f64 {
        self.amount * (-(t_s - self.as_of_s).max(0.0) / self.fade_s).exp()
    }
}

/// The reading of this process's part of a store.
pub fn own_part(metric: &str) -> Option<&'static str> {
    match metric::find(metric)?.response {
        Response::Held(own) => own,
        _ => None,
    }
}
