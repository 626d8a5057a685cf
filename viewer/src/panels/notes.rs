//! In: how the input was understood and what its first rows showed. Out: these notes as a short list.

use egui::{Label, RichText, Ui};
use scarcity_engine::types::{Note, NoteKind};

use super::widgets::section;
use crate::theme::{Theme, text_size};

/// Notes that ask for care when reading the graph; the others only inform.
fn needs_care(kind: NoteKind) -> bool {
    matches!(
        kind,
        NoteKind::UnitRoot
            | NoteKind::Trend
            | NoteKind::Season
            | NoteKind::HeavyTails
            | NoteKind::Duplicate
            | NoteKind::NearConstant
    )
}

/// A note's advice names options of the command; here they are knobs.
fn for_the_window(text: &str) -> String {
    text.replace("--trend auto", "the knob “trend” at auto").replace("--season auto", "the knob “season” at auto")
}

/// The notes below a title; nothing where there are none.
pub(super) fn notes_ui(ui: &mut Ui, theme: &Theme, notes: &[Note], title: &str) {
    if notes.is_empty() {
        return;
    }
    section(ui, theme, &format!("{title} ({})", notes.len()));
    for note in notes {
        let (mark, color) = if needs_care(note.kind) { ("!", theme.warning) } else { ("i", theme.accent_text) };
        ui.horizontal_top(|ui| {
            ui.label(RichText::new(mark).monospace().strong().color(color));
            ui.add(
                Label::new(
                    RichText::new(format!("{}.", for_the_window(&note.text))).size(text_size::SMALL).color(theme.text),
                )
                .wrap(),
            );
        });
    }
}
