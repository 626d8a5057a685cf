//! In: what happened. Out: a list of it, newest first; a click goes there.

use egui::{RichText, ScrollArea, Ui};
use scarcity_engine::types::{Insight, LinkKey, Snapshot};

use super::derived::var_name;
use super::format;
use super::widgets::{Mark, Row};
use crate::model::{ChangeKind, Command, Selection, ViewModel};
use crate::theme::{Theme, size, text_size};

pub(super) fn events_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    let Some(snapshot) = vm.snapshot.as_deref().filter(|_| !vm.events.is_empty()) else {
        ui.label(RichText::new("Nothing has happened yet.").color(theme.text_weak));
        return;
    };
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, size::LIST_ROW, vm.events.len(), |ui, rows| {
        for row in rows {
            event_ui(ui, theme, snapshot, &vm.events[vm.events.len() - 1 - row], out);
        }
    });
}

fn event_ui(ui: &mut Ui, theme: &Theme, snapshot: &Snapshot, event: &Insight, out: &mut Vec<Command>) {
    let (window, text, color, selection) = told(theme, snapshot, event);
    let name = format!("window {}: {text}", format::window(window));
    let row = Row {
        text: RichText::new(&text).into(),
        remark: "".into(),
        value: RichText::new(format!("window {}", format::window(window)))
            .size(text_size::SMALL)
            .color(theme.text_weak)
            .into(),
        name: &name,
        mark: Some(Mark { color, share: 1.0, dashed: false }),
        selected: false,
    };
    let response = row.show(ui, theme).on_hover_text("Click to select; double click to see that window");
    if response.clicked() && selection != Selection::None {
        out.push(Command::Select(selection));
    }
    if response.double_clicked() {
        out.push(Command::ShowWindow(Some(window)));
    }
}

/// An event as window, sentence, colour and what it is about.
fn told(theme: &Theme, snapshot: &Snapshot, event: &Insight) -> (u64, String, egui::Color32, Selection) {
    let link = |key: &LinkKey| {
        format!("{} → {} (lag {})", var_name(snapshot, key.source), var_name(snapshot, key.target), key.lag)
    };
    match event {
        Insight::NewEdge { link: key, effect, window } => (
            *window,
            format!("New link {}, effect {}", link(key), format::number(*effect)),
            theme.change(ChangeKind::Added),
            Selection::Edge(*key),
        ),
        Insight::VanishedEdge { link: key, window } => {
            (*window, format!("Link {} has gone", link(key)), theme.change(ChangeKind::Removed), Selection::Edge(*key))
        }
        Insight::ReversedEdge { link: key, before, after, window } => (
            *window,
            format!("Link {} changed sign: {} → {} sd", link(key), format::weight(*before), format::weight(*after)),
            theme.change(ChangeKind::Reversed),
            Selection::Edge(*key),
        ),
        Insight::RegimeChange { regime, start_row, targets, window } => {
            let names: Vec<String> = targets.iter().take(4).map(|target| var_name(snapshot, *target)).collect();
            let more = if targets.len() > 4 { format!(" and {} more", targets.len() - 4) } else { String::new() };
            (
                *window,
                format!(
                    "Regime {regime} began at row {}: {}{more} changed",
                    format::count(*start_row),
                    names.join(", ")
                ),
                theme.regime(*regime),
                Selection::None,
            )
        }
        Insight::NewHyperEdge { sources, target, excess, window } => {
            let names: Vec<String> = sources.iter().map(|(source, _)| var_name(snapshot, *source)).collect();
            (
                *window,
                format!(
                    "{} act jointly on {}, {} beyond the parts",
                    names.join(" and "),
                    var_name(snapshot, *target),
                    format::percent(*excess)
                ),
                theme.hyper,
                snapshot
                    .hyperedges
                    .iter()
                    .position(|h| h.target == *target && h.sources == *sources)
                    .map_or(Selection::Node(*target), |at| Selection::Hyper(at as u32)),
            )
        }
    }
}
