//! In: what happened, step by step. Out: what it was like: late seconds, work kept, actions, reversals, settling.

use super::{END_S, Levels, OFF_S, ON_S, STEP_S};

/// Share of the work from which on a run counts as back to normal.
const RECOVERED: f64 = 0.95;
/// Seconds over which work is averaged to say so.
const SMOOTH_S: f64 = 1.0;

/// What one run was like.
#[derive(Debug, Clone)]
pub struct Measures {
    /// Seconds in which latency was above its target or memory was exhausted.
    pub violation_s: f64,
    /// Highest latency, in milliseconds.
    pub worst_ms: f64,
    /// Work done of work asked for, while the load was there and in the minute after it.
    pub kept: (f64, f64),
    /// Changes of any lever.
    pub actions: u32,
    /// Changes of a lever against its change before.
    pub reversals: u32,
    /// Seconds after the load from which on at least 95 % of the work was done; `None` = never.
    pub settle_s: Option<f64>,
    /// Whether all levers were back at 1 at the end.
    pub recovered: bool,
    /// Work asked for while the load was there and after it.
    asked: (f64, f64),
    last: [f64; 3],
    smooth: f64,
    below_s: f64,
}

impl Measures {
    pub(super) fn new() -> Self {
        Self {
            asked: (0.0, 0.0),
            violation_s: 0.0,
            worst_ms: 0.0,
            kept: (0.0, 0.0),
            actions: 0,
            reversals: 0,
            settle_s: Some(0.0),
            recovered: false,
            last: [0.0; 3],
            smooth: 1.0,
            below_s: OFF_S,
        }
    }

    pub(super) fn step(&mut self, t_s: f64, (served, wanted): (f64, f64), (violated, latency_ms): (bool, f64)) {
        self.violation_s += if violated { STEP_S } else { 0.0 };
        self.worst_ms = self.worst_ms.max(latency_ms);
        if (ON_S..OFF_S).contains(&t_s) {
            self.kept.0 += served;
            self.asked.0 += wanted;
        } else if t_s >= OFF_S {
            self.kept.1 += served;
            self.asked.1 += wanted;
        }
        self.smooth += STEP_S / SMOOTH_S * (served / wanted.max(1e-9) - self.smooth);
        if t_s >= OFF_S && self.smooth < RECOVERED {
            self.below_s = t_s;
        }
    }

    pub(super) fn action(&mut self, _t_s: f64, from: Levels, to: Levels) {
        let pairs = [(from.batch, to.batch), (from.detail, to.detail), (from.cache, to.cache)];
        for (last, (from, to)) in self.last.iter_mut().zip(pairs) {
            let change = to - from;
            if change == 0.0 {
                continue;
            }
            self.actions += 1;
            self.reversals += u32::from(*last * change < 0.0);
            *last = change;
        }
    }

    pub(super) fn end(&mut self, levels: Levels) {
        // Work that had to wait and is caught up on is done late, not twice.
        let share = |done: f64, asked: f64| if asked > 0.0 { (done / asked).min(1.0) } else { 1.0 };
        self.kept = (share(self.kept.0, self.asked.0), share(self.kept.1, self.asked.1));
        let stuck = END_S - self.below_s < 2.0 * SMOOTH_S;
        self.settle_s = (!stuck).then_some(self.below_s - OFF_S);
        self.recovered = !stuck && [levels.batch, levels.detail, levels.cache].iter().all(|level| *level >= 0.99);
    }
}

/// Means over runs, with the worst where that is what counts.
#[derive(Debug, Clone, Copy)]
pub struct Summary {
    /// Mean seconds of violation.
    pub violation_s: f64,
    /// Mean of the worst latencies.
    pub worst_ms: f64,
    /// Mean work kept during the load.
    pub kept_during: f64,
    /// Mean work kept after it.
    pub kept_after: f64,
    /// Mean number of actions.
    pub actions: f64,
    /// Most actions in any run.
    pub most_actions: u32,
    /// Mean number of reversals.
    pub reversals: f64,
    /// Mean settling time of the runs that settled.
    pub settle_s: f64,
    /// Share of the runs that settled with all levers back.
    pub recovered: f64,
}

impl Summary {
    /// Summarises runs.
    pub fn of(runs: &[Measures]) -> Self {
        let n = runs.len().max(1) as f64;
        let mean = |of: &dyn Fn(&Measures) -> f64| runs.iter().map(of).sum::<f64>() / n;
        let settled: Vec<f64> = runs.iter().filter_map(|run| run.settle_s).collect();
        Self {
            violation_s: mean(&|r| r.violation_s),
            worst_ms: mean(&|r| r.worst_ms),
            kept_during: mean(&|r| r.kept.0),
            kept_after: mean(&|r| r.kept.1),
            actions: mean(&|r| f64::from(r.actions)),
            most_actions: runs.iter().map(|r| r.actions).max().unwrap_or(0),
            reversals: mean(&|r| f64::from(r.reversals)),
            settle_s: if settled.is_empty() {
                f64::INFINITY
            } else {
                settled.iter().sum::<f64>() / settled.len() as f64
            },
            recovered: mean(&|r| f64::from(u8::from(r.recovered))),
        }
    }

    /// All measures as one number, each in units of its target on a step: work lost during (0.15) and after the load
    /// (0.01), late seconds (3), settling (6 s), reversals (4). A run that never settles counts the whole minute.
    pub fn cost(&self) -> f64 {
        (1.0 - self.kept_during) / 0.15
            + (1.0 - self.kept_after) / 0.01
            + self.violation_s / 3.0
            + self.settle_s.min(END_S - OFF_S) / 6.0
            + self.reversals / 4.0
    }
}
