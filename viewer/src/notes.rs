//! In: things worth telling. Out: notes in the view model that leave by themselves, unless they are errors.

use bevy::prelude::Resource;

use crate::model::{Toast, ToastKind, ViewModel};

const STAYS_S: f32 = 12.0;
/// The oldest goes when there are more.
const MAX_NOTES: usize = 5;

/// When each note leaves.
#[derive(Debug, Default, Resource)]
pub struct Notes {
    next_id: u64,
    leaves_s: Vec<(u64, f32)>,
}

impl Notes {
    /// Adds a note; the same text is not added twice.
    pub fn tell(&mut self, model: &mut ViewModel, kind: ToastKind, text: impl Into<String>, now_s: f32) {
        let text = text.into();
        if model.toasts.iter().any(|t| t.text == text) {
            return;
        }
        self.next_id += 1;
        model.toasts.push(Toast { id: self.next_id, kind, text });
        if kind != ToastKind::Error {
            self.leaves_s.push((self.next_id, now_s + STAYS_S));
        }
        if model.toasts.len() > MAX_NOTES {
            model.toasts.remove(0);
            self.leaves_s.retain(|(id, _)| model.toasts.iter().any(|toast| toast.id == *id));
        }
    }

    /// Takes away what has been there long enough.
    pub fn expire(&mut self, model: &mut ViewModel, now_s: f32) {
        for (id, _) in self.leaves_s.extract_if(.., |(_, at)| *at <= now_s) {
            model.toasts.retain(|t| t.id != id);
        }
    }
}
