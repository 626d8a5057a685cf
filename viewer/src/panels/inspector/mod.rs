//! In: what is selected. Out: the inspector: everything known about it, in words and numbers.

mod edge;
mod edge_plots;
mod hyper;
mod node;
mod summary;

pub(super) use hyper::hyper_title;
pub use summary::inflation_sentence;

use egui::{Button, Label, RichText, ScrollArea, Ui};
use scarcity_engine::types::{Edge, Snapshot};

use super::derived::{edge_title, find_edge, is_directed};
use super::format;
use super::state::UiState;
use super::widgets::{Mark, Row, named};
use crate::model::{Command, Selection, ViewModel};
use crate::theme::{Theme, space, text_size};

pub(super) fn inspector_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, state: &mut UiState, out: &mut Vec<Command>) {
    let Some(snapshot) = vm.snapshot.as_deref() else {
        ui.label(RichText::new("The graph appears with the first window.").color(theme.text_weak));
        return;
    };
    // Its own scroll position for each thing, so that a click on a link starts at the top of that link.
    ScrollArea::vertical().id_salt(format!("{:?}", vm.selection)).auto_shrink(false).show(ui, |ui| {
        match vm.selection {
            Selection::Edge(key) => match find_edge(snapshot, key) {
                Some(edge) => edge::edge_ui(ui, theme, vm, snapshot, edge, state, out),
                None => gone_ui(ui, theme, "This link has left the graph.", out),
            },
            Selection::Node(index) if (index as usize) < snapshot.names.len() => {
                node::node_ui(ui, theme, vm, snapshot, index, out);
            }
            Selection::Node(_) => gone_ui(ui, theme, "This variable is not in the data.", out),
            Selection::Hyper(index) => match snapshot.hyperedges.get(index as usize) {
                Some(hyper) => hyper::hyper_ui(ui, theme, snapshot, hyper, out),
                None => gone_ui(ui, theme, "This hyperedge has left the graph.", out),
            },
            Selection::None => summary::summary_ui(ui, theme, vm, snapshot, state, out),
        }
    });
}

fn gone_ui(ui: &mut Ui, theme: &Theme, text: &str, out: &mut Vec<Command>) {
    ui.label(RichText::new(text).color(theme.text_weak));
    if ui.button("Show the summary").clicked() {
        out.push(Command::Select(Selection::None));
    }
}

/// Name of the selected thing and the two things one does with it.
fn title_ui(ui: &mut Ui, theme: &Theme, kind: &str, title: &str, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(kind).size(text_size::SMALL).color(theme.text_weak));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if named(ui.add(Button::new("Clear").small()), "Clear the selection").on_hover_text("Esc").clicked() {
                out.push(Command::Select(Selection::None));
            }
            if named(ui.add(Button::new("Go to").small()), "Go to the selection").on_hover_text("F").clicked() {
                out.push(Command::FocusSelection);
            }
        });
    });
    ui.add(Label::new(RichText::new(title).size(text_size::TITLE).color(theme.text_strong)).wrap());
    ui.add_space(space::XS);
}

/// One link in a list; a click selects it.
fn edge_row_ui(
    ui: &mut Ui,
    theme: &Theme,
    snapshot: &Snapshot,
    edge: &Edge,
    text: &str,
    heaviest: f64,
    out: &mut Vec<Command>,
) {
    let lag = format::lag(edge.link.key.lag);
    let name = format!("{}, lag {lag}, weight {}", edge_title(snapshot, edge), format::number(edge.weight));
    let short_lag = match edge.link.key.lag {
        0 => "same row".to_owned(),
        lag => format!("lag {lag}"),
    };
    let row = Row {
        text: text.into(),
        remark: RichText::new(short_lag).size(text_size::SMALL).into(),
        value: RichText::new(format::weight(edge.weight)).color(theme.sign_text(edge.weight)).into(),
        name: &name,
        mark: Some(Mark {
            color: theme.sign(edge.weight),
            share: (edge.weight.abs() / heaviest.max(1e-12)) as f32,
            dashed: edge.weight < 0.0,
        }),
        selected: false,
    };
    if row.show(ui, theme).clicked() {
        out.push(Command::Select(Selection::Edge(edge.link.key)));
    }
}

/// The strongest |weight| of the snapshot, which bars are relative to.
fn heaviest(snapshot: &Snapshot) -> f64 {
    snapshot.edges.iter().map(|edge| edge.weight.abs()).filter(|weight| weight.is_finite()).fold(0.0, f64::max)
}

/// `→ b` or `– b`: the far end of a link seen from its source.
fn towards(edge: &Edge, name: &str) -> String {
    if is_directed(edge) { format!("→ {name}") } else { format!("– {name}") }
}
