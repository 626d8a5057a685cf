//! In: how things are looked at, before each change. Out: the way back, and forward again.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Filter, Focus, KnobValue};

/// How the graph is looked at: what undo takes back.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewState {
    /// Filter.
    pub filter: Filter,
    /// Focus.
    pub focus: Option<Focus>,
    /// Whether only that is shown.
    pub isolated: bool,
    /// Variables hidden by hand.
    pub hidden: BTreeSet<u32>,
    /// Variables held in place.
    pub pins: BTreeMap<u32, [f32; 3]>,
    /// Camera: target, yaw, pitch, distance.
    pub pose: [f32; 6],
    /// Settings of the engine that differ from their defaults, by path.
    pub knobs: BTreeMap<String, KnobValue>,
}

/// Steps that can be taken back.
const DEPTH: usize = 200;
/// Changes of one kind within so many seconds are one step: a slider being dragged, a wheel being turned.
const ONE_GESTURE_S: f32 = 0.8;

/// The way back and forward.
#[derive(Debug, Clone, Default)]
pub struct Undo {
    back: Vec<ViewState>,
    forward: Vec<ViewState>,
    last: Option<(&'static str, f32)>,
}

impl Undo {
    /// Notes how things were before a change of this kind.
    pub fn before(&mut self, kind: &'static str, state: &ViewState, now_s: f32) {
        let same_gesture = self.last.is_some_and(|(last, at)| last == kind && now_s - at < ONE_GESTURE_S);
        self.last = Some((kind, now_s));
        if same_gesture || self.back.last() == Some(state) {
            return;
        }
        self.back.push(state.clone());
        self.forward.clear();
        if self.back.len() > DEPTH {
            self.back.remove(0);
        }
    }

    /// How things were before the last change.
    pub fn undo(&mut self, now: &ViewState) -> Option<ViewState> {
        self.last = None;
        let state = self.back.pop()?;
        self.forward.push(now.clone());
        Some(state)
    }

    /// What was taken back.
    pub fn redo(&mut self, now: &ViewState) -> Option<ViewState> {
        self.last = None;
        let state = self.forward.pop()?;
        self.back.push(now.clone());
        Some(state)
    }

    /// Whether there is something to undo and to redo.
    pub fn can(&self) -> (bool, bool) {
        (!self.back.is_empty(), !self.forward.is_empty())
    }

    /// Where the camera was at the newest step from which it has moved.
    pub fn last_pose(&self, now: [f32; 6]) -> Option<[f32; 6]> {
        self.back.iter().rev().map(|state| state.pose).find(|pose| *pose != now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(min_weight: f64) -> ViewState {
        ViewState { filter: Filter { min_weight, ..Filter::default() }, ..ViewState::default() }
    }

    #[test]
    fn a_drag_is_one_step_and_redo_follows_undo() {
        let mut undo = Undo::default();
        for tick in 0..20 {
            undo.before("filter", &state(f64::from(tick) * 0.01), tick as f32 * 0.05);
        }
        undo.before("filter", &state(0.2), 10.0);
        let now = state(0.5);
        let back = undo.undo(&now).expect("one step");
        assert_eq!(back, state(0.2));
        let first = undo.undo(&back).expect("the drag");
        assert_eq!(first, state(0.0));
        assert_eq!(undo.undo(&first), None);
        assert_eq!(undo.redo(&first), Some(state(0.2)));
        assert_eq!(undo.can(), (true, true));
        undo.before("pins", &state(0.2), 30.0);
        assert!(!undo.can().1, "a new change forgets what was taken back");
    }
}
