//! In: where the pointer is. Out: what the graphics card finds there, and which nodes deserve a name; both come a frame or
//! two after the question, so that nothing waits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bevy::prelude::Resource;

use crate::model::Selection;

/// Frames drawn after the last change, within which answers come.
const FRAMES: u32 = 8;

/// Questions of the panes to the renderer, and its answers. Clones share both.
#[derive(Debug, Clone, Default, Resource)]
pub struct Probe(Arc<Mutex<Asked>>);

#[derive(Debug, Default)]
struct Asked {
    pointer: Option<[f32; 2]>,
    /// Asked instead of the pointer's place.
    pointed: Option<[f32; 2]>,
    slack_px: f32,
    under: Selection,
    /// Indices into the graph's places, and where they are.
    named: Vec<(u32, [f32; 3])>,
    changed: u64,
    frames_left: u32,
}

impl Probe {
    fn asked(&self) -> MutexGuard<'_, Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks what is at `pointer` (pixels from the pane's top left corner), or `slack_px` beside it. `changed` is another
    /// number whenever the picture is another. Returns what was found last.
    pub fn ask(&self, pointer: Option<[f32; 2]>, slack_px: f32, changed: u64) -> Selection {
        let mut asked = self.asked();
        let pointer = asked.pointed.or(pointer);
        if asked.pointer != pointer || asked.changed != changed {
            asked.frames_left = FRAMES;
        }
        (asked.pointer, asked.slack_px, asked.changed) = (pointer, slack_px, changed);
        if pointer.is_none() {
            asked.under = Selection::None;
        }
        asked.under
    }

    /// Points at a place, as long as that is not taken back: for apps without a pointer.
    pub fn point(&self, at: Option<[f32; 2]>) {
        self.asked().pointed = at;
    }

    /// What was found last.
    pub fn under(&self) -> Selection {
        self.asked().under
    }

    /// Whether another frame is needed for an answer to come; counts it.
    pub fn waits(&self) -> bool {
        let mut asked = self.asked();
        let waits = asked.frames_left > 0;
        asked.frames_left = asked.frames_left.saturating_sub(1);
        waits
    }

    /// Nodes that deserve a name, and where they are.
    pub fn named(&self) -> Vec<(u32, [f32; 3])> {
        self.asked().named.clone()
    }

    /// The question: a place of the pane and how far beside it counts.
    pub(super) fn question(&self) -> (Option<[f32; 2]>, f32) {
        let asked = self.asked();
        (asked.pointer, asked.slack_px)
    }

    /// The answer about the pointer.
    pub(super) fn answer(&self, under: Selection) {
        let mut asked = self.asked();
        asked.under = if asked.pointer.is_some() { under } else { Selection::None };
    }

    /// The answer about names.
    pub(super) fn name(&self, named: Vec<(u32, [f32; 3])>) {
        self.asked().named = named;
    }
}
