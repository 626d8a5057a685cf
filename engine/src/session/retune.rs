//! In: other settings of discovery, and the newest windows. Out: a pipeline that has judged these by those settings, so
//! that a knob acts on a run under way.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use crate::compute::Compute;
use crate::mpie::{Ages, Limits, MpieConfig, Pipeline};
use crate::runtime::Knob;
use crate::types::{LinkKey, Snapshot, Window};

/// Rows looked at again at most, and cells (32 MB): a run of any length holds no more.
const KEPT_ROWS: u64 = 20_000;
const KEPT_CELLS: usize = 4 << 20;

/// What a pipeline is made of, the newest windows, and the knob that asks for another one.
#[derive(Debug)]
pub(super) struct Retuner {
    settings: Knob<MpieConfig>,
    seen: u64,
    names: Arc<[String]>,
    seed: u64,
    limits: Knob<Limits>,
    kept: VecDeque<Window>,
    cells: usize,
}

impl Retuner {
    pub(super) fn new(settings: Knob<MpieConfig>, names: Arc<[String]>, seed: u64, limits: Knob<Limits>) -> Self {
        Self { seen: settings.version(), settings, names, seed, limits, kept: VecDeque::new(), cells: 0 }
    }

    /// A pipeline by the settings in force, from now on those it is not due for.
    pub(super) fn pipeline(&mut self) -> Pipeline {
        self.seen = self.settings.version();
        let mut pipeline = Pipeline::new(&self.settings.get(), Arc::clone(&self.names), self.seed);
        pipeline.govern(self.limits.clone());
        pipeline
    }

    /// Whether settings have changed since the last pipeline, and there are rows to judge by them.
    pub(super) fn is_due(&self) -> bool {
        self.settings.version() != self.seen && !self.kept.is_empty()
    }

    /// Keeps a window; the oldest go. Where memory is short none is kept.
    pub(super) fn keep(&mut self, window: &Window) {
        if self.limits.get().memory < 1.0 {
            self.kept.clear();
            self.cells = 0;
            return;
        }
        self.cells += cells(window);
        self.kept.push_back(window.clone());
        while let (Some(first), Some(last)) = (self.kept.front(), self.kept.back()) {
            let rows = last.rows.end.saturating_sub(first.rows.start);
            if self.kept.len() == 1 || (rows <= KEPT_ROWS && self.cells <= KEPT_CELLS) {
                break;
            }
            self.cells = self.cells.saturating_sub(cells(first));
            self.kept.pop_front();
        }
    }

    /// Bytes of the rows kept.
    pub(super) fn bytes(&self) -> usize {
        self.cells * size_of::<f64>()
    }

    /// Has a new pipeline judge the kept rows by the settings it was made of, as what follows `before`; `None` where no
    /// window is kept or `cancelled` said so between two windows, and the pipeline then knows part of them only.
    pub(super) fn replay(
        &self,
        pipeline: &mut Pipeline,
        before: Option<&Snapshot>,
        device: &mut dyn Compute,
        cancelled: impl Fn() -> bool,
    ) -> Option<Snapshot> {
        let mut newest = None;
        for (at, window) in self.kept.iter().enumerate() {
            if cancelled() {
                return None;
            }
            let mut window = window.clone();
            if at == 0 {
                // Windows before it are gone, and with them the panes it shares with them.
                window.new_panes = window.panes.len();
            }
            newest = Some(pipeline.step(&window, device, at + 1 == self.kept.len()));
        }
        // The last of these windows was judged without limits; the stream goes on within them.
        pipeline.govern(self.limits.clone());
        let mut after = Arc::unwrap_or_clone(newest?.snapshot);
        if let Some(before) = before {
            let ages = Ages::of(before);
            pipeline.resume(&ages);
            as_change(&mut after, before, &ages);
        }
        Some(after)
    }
}

/// Cells of a window that no earlier one holds.
fn cells(window: &Window) -> usize {
    let new = window.panes.len().saturating_sub(window.new_panes);
    window.panes[new..].iter().map(|pane| pane.values.len()).sum()
}

/// The graph as the one after `before`: what the change of settings added and dropped, and nothing else.
fn as_change(after: &mut Snapshot, before: &Snapshot, ages: &Ages) {
    let keys = |snapshot: &Snapshot| snapshot.edges.iter().map(|edge| edge.link.key).collect::<BTreeSet<LinkKey>>();
    let (old, new) = (keys(before), keys(after));
    after.added = new.difference(&old).copied().collect();
    after.dropped = old.difference(&new).copied().collect();
    ages.lend(after.regime, after.edges.iter_mut(), after.hyperedges.iter_mut());
    after.regime = before.regime;
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;
    use crate::compute::{self, ComputeConfig};
    use crate::config::Config;
    use crate::runtime::knob;
    use crate::stream::{StreamConfig, WindowBuilder};
    use crate::synth::{Generator, VarSpec};
    use crate::types::Samples;

    fn windows(rows: usize) -> (Arc<[String]>, Vec<Window>) {
        let mut generator = Generator::new(VarSpec::default().build(3), 5);
        let names: Arc<[String]> = generator.names().into();
        let mut values = vec![0.0; rows * names.len()];
        values.chunks_exact_mut(names.len()).for_each(|row| generator.next_row(row));
        let mut builder = WindowBuilder::new(names.len(), &StreamConfig::default(), 3);
        let windows = builder.push(&Samples { values, vars: names.len(), breaks: Vec::new() });
        (names, windows)
    }

    #[test]
    fn a_retuned_run_finds_what_a_new_one_would_and_says_what_changed() {
        let (names, windows) = windows(1_500);
        let loose = Config::default().mpie;
        let mut strict = loose.clone();
        (strict.evaluator.gain_min, strict.evaluator.lambda_ci) = (0.9, 0.01);
        let (set, settings) = knob(loose);
        let limits = knob(Limits::default()).1;
        let mut device = compute::open(&ComputeConfig::default()).unwrap();
        let mut retuner = Retuner::new(settings, Arc::clone(&names), 7, limits.clone());
        let mut pipeline = retuner.pipeline();
        let mut before = None;
        for (at, window) in windows.iter().enumerate() {
            before = Some(pipeline.step(window, &mut *device, at + 1 == windows.len()).snapshot);
            retuner.keep(window);
        }
        let before = before.unwrap();
        assert!(!retuner.is_due());
        set.set(strict.clone());
        assert!(retuner.is_due());
        let mut again = retuner.pipeline();
        assert!(retuner.replay(&mut again, Some(&before), &mut *device, || true).is_none(), "cancelled");
        let after = retuner.replay(&mut again, Some(&before), &mut *device, || false).unwrap();
        assert!(!retuner.is_due());

        let mut fresh = Pipeline::new(&strict, names, 7);
        let last = windows.len() - 1;
        let wanted = windows.iter().enumerate().map(|(at, w)| fresh.step(w, &mut *device, at == last)).last().unwrap();
        let keys = |snapshot: &Snapshot| snapshot.edges.iter().map(|e| e.link.key).collect::<BTreeSet<_>>();
        assert_eq!(keys(&after), keys(&wanted.snapshot));
        assert!(after.edges.len() < before.edges.len(), "{} of {}", after.edges.len(), before.edges.len());
        assert_eq!(after.dropped.len(), keys(&before).difference(&keys(&after)).count());
        assert!(after.added.is_empty() || after.added.iter().all(|key| !keys(&before).contains(key)));
    }

    #[test]
    fn what_stood_before_is_as_old_as_it_was_and_stays_so() {
        let (names, windows) = windows(3_000);
        let config = Config::default().mpie;
        let mut other = config.clone();
        other.evaluator.n_resamples += 1;
        let (set, settings) = knob(config);
        let mut device = compute::open(&ComputeConfig::default()).unwrap();
        let mut retuner = Retuner::new(settings, names, 7, knob(Limits::default()).1);
        let mut pipeline = retuner.pipeline();
        let (early, late) = windows.split_at(windows.len() - 8);
        let mut before = None;
        for window in early {
            before = Some(Arc::unwrap_or_clone(pipeline.step(window, &mut *device, false).snapshot));
        }
        let mut before = before.unwrap();
        // Only the newest rows are looked at again, in a regime that is not the stream's first.
        early[early.len() / 2..].iter().for_each(|window| retuner.keep(window));
        before.regime = 3;
        set.set(other);
        let mut again = retuner.pipeline();
        let after = retuner.replay(&mut again, Some(&before), &mut *device, || false).unwrap();
        let mut next = None;
        for window in late {
            next = Some(again.step(window, &mut *device, false).snapshot);
        }
        let next = next.unwrap();
        let mut known = 0;
        for old in &before.edges {
            for graph in [&after, &*next] {
                if let Some(edge) = graph.edges.iter().find(|edge| edge.link.key == old.link.key) {
                    assert_eq!(edge.first_window, old.first_window);
                    assert!(edge.hits >= old.hits && edge.regime == 3, "{edge:?}");
                    known += 1;
                }
            }
        }
        assert!(known >= before.edges.len(), "{known} of twice {}", before.edges.len());
        assert_eq!((after.regime, next.regime), (3, 3));
    }

    #[test]
    fn what_is_kept_is_bounded_and_given_up_where_memory_is_short() {
        let (names, windows) = windows(24_000);
        let (_set, settings) = knob(Config::default().mpie);
        let (short, limits) = knob(Limits::default());
        let mut retuner = Retuner::new(settings, names, 7, limits);
        windows.iter().for_each(|window| retuner.keep(window));
        let rows = retuner.kept.back().unwrap().rows.end - retuner.kept.front().unwrap().rows.start;
        assert!(rows <= KEPT_ROWS && rows > KEPT_ROWS - 200, "{rows}");
        let held: usize = retuner.kept.iter().map(cells).sum();
        assert_eq!(retuner.bytes(), held * 8);
        short.set(Limits { memory: 0.5, ..Limits::default() });
        retuner.keep(&windows[0]);
        assert_eq!(retuner.bytes(), 0);
    }
}
