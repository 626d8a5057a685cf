//! In: the newest panes of a stream, and all of it as far as it is kept. Out: the histories of the views, with newer maps,
//! or less a baseline, where that is due.

use rayon::prelude::*;

use super::super::cache::PaneCache;
use super::super::history::History;
use super::super::levels;
use super::super::view::{BATCH, PaneRows, View, add};
use super::Views;
use crate::compute::Compute;
use crate::runtime::give_back_memory;
use crate::types::Pane;

/// Entries of the Gram matrices of the past that a successor looks at with every window; of four panes at least.
const PACE: usize = 1_200_000;

impl Views {
    /// Adds the newest panes, already in the cache; `settle` has everything looked at again with the newest maps.
    pub fn take_in(&mut self, panes: &[Pane], cache: &PaneCache, settle: bool, device: &mut dyn Compute) {
        if self.look_at_levels(cache, settle, device) {
            self.settled = settle;
            return;
        }
        let taken: Vec<Option<Vec<PaneRows>>> =
            self.views.par_iter_mut().map(|view| view.take_in(panes, cache, settle)).collect();
        let again: Vec<usize> = (0..taken.len()).filter(|&at| taken[at].is_none()).collect();
        let rows: Vec<(usize, PaneRows)> =
            (0..).zip(taken).flat_map(|(at, rows)| rows.into_iter().flatten().map(move |rows| (at, rows))).collect();
        add(&mut self.histories(), &rows, device);
        self.settled = settle;
        if let Some(all) = cache.panes() {
            if !again.is_empty() {
                self.look_again(&again, all, device);
            }
            // More than have just come, or it would never arrive.
            let most = PACE / self.columns().map_or(1, |c| c.dim() * c.dim()).max(1);
            self.advance(all, most.clamp(4, 64).max(2 * panes.len()), device);
            while settle && self.views.iter().any(View::has_successor) {
                self.advance(all, BATCH, device);
            }
        }
    }

    /// Whether the stream was found to wander, or to have stopped; every view has then looked at all of it anew.
    fn look_at_levels(&mut self, cache: &PaneCache, settle: bool, device: &mut dyn Compute) -> bool {
        let due = self.levels && self.views.first().is_some_and(|view| view.is_due(cache, settle));
        let (Some(columns), Some(all)) = (self.columns().filter(|_| due), cache.panes()) else { return false };
        let wander = levels::wander(all, columns.max_lag, self.wander);
        if wander == self.wander {
            return false;
        }
        self.wander = wander;
        let half_lives = if wander { &levels::QUICK[..] } else { &self.half_lives };
        self.views.par_iter_mut().zip(half_lives).for_each(|(view, &half_life)| view.take_off(half_life, all));
        self.look_again(&(0..self.views.len()).collect::<Vec<_>>(), all, device);
        true
    }

    fn histories(&mut self) -> Vec<&mut History> {
        self.views.iter_mut().map(|view| &mut view.history).collect()
    }

    /// Has the successors of views look at some more panes of the stream.
    fn advance(&mut self, all: &[Pane], most: usize, device: &mut dyn Compute) {
        let rows: Vec<Vec<PaneRows>> =
            self.views.par_iter_mut().filter(|v| v.has_successor()).map(|v| v.next_of_successor(all, most)).collect();
        let rows: Vec<(usize, PaneRows)> =
            (0..).zip(rows).flat_map(|(at, rows)| rows.into_iter().map(move |rows| (at, rows))).collect();
        let mut histories: Vec<&mut History> = self.views.iter_mut().filter_map(View::history_of_successor).collect();
        add(&mut histories, &rows, device);
        let mut handed_over = false;
        for view in &mut self.views {
            handed_over |= view.hand_over(all.len());
        }
        if handed_over {
            // A whole history at once: more than the next matrices will want.
            give_back_memory();
        }
    }

    /// Has some views look at the whole stream again, some panes at a time.
    pub(super) fn look_again(&mut self, which: &[usize], all: &[Pane], device: &mut dyn Compute) {
        for panes in all.chunks(BATCH) {
            let rows: Vec<(usize, PaneRows)> = self
                .views
                .par_iter_mut()
                .enumerate()
                .filter(|(at, _)| which.contains(at))
                .flat_map_iter(|(at, view)| view.walk(panes).into_iter().map(move |rows| (at, rows)))
                .collect();
            add(&mut self.histories(), &rows, device);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::{self, ComputeConfig};
    use crate::mpie::view::ViewKind;

    fn views(max_bytes: usize) -> Views {
        let kind = ViewKind { half_life: 0, curved: true };
        Views { views: vec![View::new(kind, 2, 2, (4, max_bytes), 8)], ..Views::default() }
    }

    /// 16 rows of two variables that wander.
    fn pane(index: u64) -> Pane {
        let first_row = index * 16;
        let values = (0..16).flat_map(|t| {
            let t = (first_row + t) as f64;
            [(t * 0.37).sin() + t * 0.01, (t * t * 0.011).cos()]
        });
        let run = (0..16).map(|t| (first_row + t) as u32).collect();
        Pane { index, first_row, values: values.collect(), vars: 2, run, missing: 0 }
    }

    #[test]
    fn a_successor_arrives_at_what_looking_at_once_gives() {
        let mut device = compute::open(&ComputeConfig { threads: 1, ..ComputeConfig::default() }).unwrap();
        // Where memory does not hold two histories, everything is looked at again at once.
        let (mut step_by_step, mut at_once) = (views(1 << 20), views(1));
        let mut cache = PaneCache::new(10_000, 1 << 20);
        let (mut under_way, mut arrived) = (0, 0);
        for index in 0..200 {
            let pane = pane(index);
            cache.push(&pane);
            for views in [&mut step_by_step, &mut at_once] {
                views.take_in(std::slice::from_ref(&pane), &cache, false, &mut *device);
            }
            if step_by_step.views[0].has_successor() {
                under_way += 1;
                continue;
            }
            arrived += 1;
            let [a, b] = [&step_by_step, &at_once].map(|v| v.views[0].history.correlation(0));
            assert_eq!((a.rows, step_by_step.views[0].made_at_rows), (b.rows, at_once.views[0].made_at_rows));
            assert!(a.matrix.iter().zip(&b.matrix).all(|(a, b)| (a - b).abs() < 1e-9), "after pane {index}");
        }
        assert!(under_way > 2 && arrived > 100, "{under_way} windows under way, {arrived} arrived");
    }
}
