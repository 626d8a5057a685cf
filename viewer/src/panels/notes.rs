//! In: how the input was understood, what its first rows showed, and how far the tests can be trusted. Out: these notes as
//! a short list, and as a panel of their own.

use egui::{Label, RichText, ScrollArea, Ui};
use scarcity_engine::types::{LEVELS_WANDER, Note, NoteKind, STRAINED_INFLATION, Snapshot};

use super::derived::var_name;
use super::widgets::{named, section};
use crate::model::{Command, KnobValue, Selection, ViewModel};
use crate::theme::{Theme, text_size};

/// Notes that ask for care when reading the graph; the others only inform.
pub(super) fn needs_care(kind: NoteKind) -> bool {
    matches!(
        kind,
        NoteKind::UnitRoot
            | NoteKind::Trend
            | NoteKind::Season
            | NoteKind::HeavyTails
            | NoteKind::Duplicate
            | NoteKind::NearConstant
            | NoteKind::Combination
            | NoteKind::Governed
    )
}

/// A note's advice names options of the command; here they are knobs.
fn for_the_window(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match words.last().map(String::as_str) {
            Some("--trend") | Some("--season") => {
                let knob = words.pop().unwrap_or_default();
                words.push(format!("the knob “{}” at {word}", knob.trim_start_matches('-')));
            }
            _ => words.push(word.to_owned()),
        }
    }
    words.join(" ")
}

/// The knob a note advises to turn, and to what.
fn remedy(note: &Note) -> Option<(&'static str, String)> {
    let (option, path) = match note.kind {
        NoteKind::Season => ("--season ", "stream.prepare.season"),
        NoteKind::UnitRoot | NoteKind::Trend => ("--trend ", "stream.prepare.trend"),
        _ => return None,
    };
    let (_, advice) = note.text.split_once(option)?;
    let value = advice.split([' ', ',', ';', '.']).next().filter(|value| !value.is_empty())?;
    Some((path, value.to_owned()))
}

/// Does what the note advises, and runs the data again.
fn remedy_ui(ui: &mut Ui, theme: &Theme, note: &Note, vm: &ViewModel, out: &mut Vec<Command>) {
    let Some((path, value)) = remedy(note).filter(|_| !vm.is_demo) else { return };
    let text = match (note.kind, value.parse::<u32>()) {
        (NoteKind::Season, Ok(rows)) => format!("Take the season of {rows} rows off and run again"),
        (NoteKind::Season, _) => "Take the season off and run again".to_owned(),
        _ => "Take trends off and run again".to_owned(),
    };
    let button = egui::Button::new(RichText::new(&text).size(text_size::SMALL).color(theme.on_accent));
    if named(ui.add(button.fill(theme.accent).small()), &text).clicked() {
        out.push(Command::SetKnob(path.to_owned(), KnobValue::Word(value)));
        out.push(Command::Restart);
    }
}

/// The notes below a title; nothing where there are none.
pub(super) fn notes_ui(ui: &mut Ui, theme: &Theme, notes: &[Note], title: &str) {
    if notes.is_empty() {
        return;
    }
    section(ui, theme, &format!("{title} ({})", notes.len()));
    notes.iter().for_each(|note| note_ui(ui, theme, note));
}

fn note_ui(ui: &mut Ui, theme: &Theme, note: &Note) {
    let (mark, color) = if needs_care(note.kind) { ("!", theme.warning) } else { ("i", theme.accent_text) };
    ui.horizontal_top(|ui| {
        ui.label(RichText::new(mark).monospace().strong().color(color));
        let text = format!("{}.", for_the_window(&note.text));
        ui.add(Label::new(RichText::new(text).size(text_size::SMALL).color(theme.text)).wrap());
    });
}

/// How far the tests can be trusted on these data, where that must be said.
pub fn verdict(snapshot: &Snapshot) -> Option<String> {
    let times = format!("chance findings are {:.1} times as strong as they should be", snapshot.inflation);
    if snapshot.weak {
        return Some(format!(
            "Evidence is weak: many variables often stand still and {times}, so that no link is accepted. The order of \
             the scores is the best there is"
        ));
    }
    (snapshot.inflation > STRAINED_INFLATION)
        .then(|| format!("Read weak links with care: {times} (shared seasons, trends or shocks)"))
}

/// The panel of notes: the verdict first, then what needs care, then the rest.
pub(super) fn notes_panel_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    let Some(snapshot) = vm.snapshot.as_deref() else {
        ui.label(RichText::new("Notes appear once the first rows have been looked at.").color(theme.text_weak));
        return;
    };
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        if let Some(verdict) = verdict(snapshot) {
            ui.add(Label::new(RichText::new(format!("{verdict}.")).color(theme.warning)).wrap());
            ui.add_space(4.0);
        }
        if snapshot.levels_wander {
            ui.add(Label::new(RichText::new(format!("{}.", LEVELS_WANDER)).color(theme.text)).wrap());
            ui.add_space(4.0);
        }
        if vm.notes.is_empty() {
            let text = "Nothing about these data asks for care: no copies, unit roots, seasons or gaps were found.";
            ui.label(RichText::new(if vm.preparation.is_some() { text } else { "No notes so far." }).color(theme.text));
        }
        let mut notes: Vec<&Note> = vm.notes.iter().collect();
        notes.sort_by_key(|note| !needs_care(note.kind));
        for note in notes {
            note_ui(ui, theme, note);
            variables_ui(ui, theme, note, vm, snapshot, out);
        }
    });
}

/// What can be done about a note, and the variables it is about; a click selects one.
fn variables_ui(ui: &mut Ui, theme: &Theme, note: &Note, vm: &ViewModel, snapshot: &Snapshot, out: &mut Vec<Command>) {
    const NAMED: usize = 12;
    if note.variables.is_empty() && remedy(note).is_none() {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.add_space(14.0);
        remedy_ui(ui, theme, note, vm, out);
        for variable in note.variables.iter().take(NAMED) {
            let name = var_name(snapshot, *variable);
            let text = RichText::new(&name).size(text_size::SMALL).color(theme.accent_text);
            if named(ui.add(egui::Button::new(text).small()), &format!("Select {name}")).clicked() {
                out.push(Command::Select(Selection::Node(*variable)));
            }
        }
        if note.variables.len() > NAMED {
            let more = format!("and {} more", note.variables.len() - NAMED);
            ui.label(RichText::new(more).size(text_size::SMALL).color(theme.text_weak));
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn advice_names_knobs_instead_of_options() {
        let text = for_the_window("season of 12 rows in 1 of 9 variables; try --season 12 or --trend auto");
        assert_eq!(
            text,
            "season of 12 rows in 1 of 9 variables; try the knob “season” at 12 or the knob “trend” at auto"
        );
    }

    #[test]
    fn advice_can_be_taken_with_one_click() {
        let note = |kind, text: &str| Note { kind, variables: vec![0], text: text.to_owned() };
        let season =
            note(NoteKind::Season, "season of 24 rows in 3 of 9 variables: a (86 % of its variance); try --season 24");
        assert_eq!(remedy(&season), Some(("stream.prepare.season", "24".to_owned())));
        let roots = note(NoteKind::UnitRoot, "unit roots in g: try --trend auto");
        assert_eq!(remedy(&roots), Some(("stream.prepare.trend", "auto".to_owned())));
        assert_eq!(remedy(&note(NoteKind::Season, "season of 7 rows; left in, one season is removed")), None);
        assert_eq!(remedy(&note(NoteKind::HeavyTails, "heavy tails: a")), None);
    }
}
