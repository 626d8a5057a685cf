//! In: the links shown. Out: all of them in a table: sorted by any column, only the lines in sight laid out, selected
//! here and in the graph alike, copied and written as text.

mod field;

use std::sync::Arc;

use egui::{Align, Button, Label, Layout, RichText, Sense, Ui};
use egui_extras::{Column, TableBuilder};
use scarcity_engine::types::{LinkKey, Snapshot};

use super::derived::{is_directed, var_name};
use super::format;
use super::state::UiState;
use super::widgets::named;
use crate::model::{Command, ExportFormat, Filter, Selection, ViewModel};
use crate::theme::{Theme, size, space, text_size};
use field::Field;

/// What the lines were sorted for.
type SortedFor = (usize, Filter, bool, usize, Field, bool);

/// Order of the table, remembered.
#[derive(Debug, Clone)]
pub(super) struct TableState {
    field: Field,
    descending: bool,
    sorted_for: Option<SortedFor>,
    /// Keeps the snapshot alive whose address `sorted_for` holds.
    of: Option<Arc<Snapshot>>,
    lines: Vec<u32>,
    seen_selection: Selection,
}

impl Default for TableState {
    fn default() -> Self {
        Self {
            field: Field::Weight,
            descending: true,
            sorted_for: None,
            of: None,
            lines: Vec::new(),
            seen_selection: Selection::None,
        }
    }
}

impl TableState {
    fn refresh(&mut self, vm: &ViewModel, snapshot: &Arc<Snapshot>) {
        let left_out = vm.hidden.len() * 1_000_003 + if vm.isolated { vm.focused.len() + 1 } else { 0 };
        let wanted = (Arc::as_ptr(snapshot) as usize, vm.filter, vm.isolated, left_out, self.field, self.descending);
        if self.sorted_for == Some(wanted) {
            return;
        }
        self.sorted_for = Some(wanted);
        self.of = Some(Arc::clone(snapshot));
        let edges = &snapshot.edges;
        self.lines = (0..edges.len() as u32)
            .filter(|line| {
                let edge = &edges[*line as usize];
                let key = edge.link.key;
                vm.filter.shows(edge) && vm.shows_variable(key.source) && vm.shows_variable(key.target)
            })
            .collect();
        let (field, descending) = (self.field, self.descending);
        self.lines.sort_by(|a, b| {
            let (a, b) = (&edges[*a as usize], &edges[*b as usize]);
            let order = field.compare(a, b, &snapshot.names);
            let order = if descending { order.reverse() } else { order };
            order.then(a.link.key.cmp(&b.link.key))
        });
    }

    fn sort_by(&mut self, field: Field) {
        if self.field == field {
            self.descending = !self.descending;
        } else {
            self.field = field;
            // Names from A on, numbers from the largest on, except where small means sure.
            self.descending = !(field.is_text() || matches!(field, Field::Q | Field::Interval | Field::Lag));
        }
    }
}

pub(super) fn table_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, state: &mut UiState, out: &mut Vec<Command>) {
    let Some(snapshot) = &vm.snapshot else {
        ui.label(RichText::new("The links appear with the first window.").color(theme.text_weak));
        return;
    };
    let table = &mut state.table;
    table.refresh(vm, snapshot);
    head_ui(ui, theme, table, snapshot, out);
    let scroll_to = selected_elsewhere(table, vm, snapshot);
    let mut sort = None;
    let small = |text: String| RichText::new(text).size(text_size::SMALL);
    // All columns are in sight where the window is 1280 points wide.
    ui.spacing_mut().item_spacing.x = space::S;
    let mut builder = TableBuilder::new(ui)
        .id_salt("scarcity_links")
        .striped(true)
        .sense(Sense::click())
        .cell_layout(Layout::left_to_right(Align::Center))
        .auto_shrink(false)
        .columns(Column::remainder().at_least(70.0).clip(true), 1)
        .column(Column::exact(28.0))
        .column(Column::remainder().at_least(80.0).clip(true))
        .columns(Column::exact(56.0), 2)
        .column(Column::exact(112.0).clip(true))
        .columns(Column::exact(52.0), 3)
        .columns(Column::exact(44.0), 2);
    if let Some(line) = scroll_to {
        builder = builder.scroll_to_row(line, None);
    }
    builder
        .header(20.0, |mut header| {
            for field in Field::ALL {
                header.col(|ui| {
                    let arrow = match (table.field == field, table.descending) {
                        (true, true) => " ▼",
                        (true, false) => " ▲",
                        _ => "",
                    };
                    let text = small(format!("{}{arrow}", field.title())).color(theme.text_weak);
                    let button = ui.add(Button::new(text).frame(false));
                    if named(button, &format!("Sort by {}", field.title())).on_hover_text(field.help()).clicked() {
                        sort = Some(field);
                    }
                });
            }
        })
        .body(|body| {
            body.rows(size::LIST_ROW - 1.0, table.lines.len(), |mut row| {
                let Some(edge) = table.lines.get(row.index()).and_then(|line| snapshot.edges.get(*line as usize))
                else {
                    return;
                };
                let key = edge.link.key;
                row.set_selected(vm.selection == Selection::Edge(key));
                row.set_hovered(vm.hovered == Selection::Edge(key));
                let mut line = egui::Rect::NOTHING;
                for field in Field::ALL {
                    let (cell, _) = row.col(|ui| {
                        let color = match field {
                            _ if vm.selection == Selection::Edge(key) => theme.on_accent,
                            Field::Weight | Field::Effect => theme.sign_text(edge.weight),
                            Field::Source | Field::Target => theme.text_strong,
                            _ => theme.text,
                        };
                        ui.add(Label::new(small(field.text(edge, snapshot)).color(color)).truncate().selectable(false));
                    });
                    line = line.union(cell);
                }
                let response = row.response();
                let name = format!("link {}", super::derived::edge_title(snapshot, edge));
                response.widget_info(|| {
                    let selected = vm.selection == Selection::Edge(key);
                    egui::WidgetInfo::selected(egui::WidgetType::SelectableLabel, true, selected, &name)
                });
                place_node(&response, line);
                if response.hovered() && vm.hovered != Selection::Edge(key) {
                    out.push(Command::Hover(Selection::Edge(key)));
                }
                if response.clicked() {
                    out.push(Command::Select(Selection::Edge(key)));
                }
                if response.double_clicked() {
                    out.push(Command::FocusSelection);
                }
            });
        });
    if let Some(field) = sort {
        table.sort_by(field);
    }
}

/// A line is made of cells and has no place of its own for assistive technology until it is told one.
fn place_node(response: &egui::Response, rect: egui::Rect) {
    response.ctx.accesskit_node_builder(response.id, |node| {
        node.set_bounds(egui::accesskit::Rect {
            x0: rect.min.x.into(),
            y0: rect.min.y.into(),
            x1: rect.max.x.into(),
            y1: rect.max.y.into(),
        });
        node.add_action(egui::accesskit::Action::Click);
    });
}

/// The line of a link that was just selected in another place.
fn selected_elsewhere(table: &mut TableState, vm: &ViewModel, snapshot: &Snapshot) -> Option<usize> {
    if table.seen_selection == vm.selection {
        return None;
    }
    table.seen_selection = vm.selection;
    let Selection::Edge(key) = vm.selection else { return None };
    table.lines.iter().position(|line| snapshot.edges[*line as usize].link.key == key)
}

fn head_ui(ui: &mut Ui, theme: &Theme, table: &TableState, snapshot: &Snapshot, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let all = snapshot.edges.len();
        let text = if table.lines.len() < all {
            format!(
                "{} of {}; filters and focus leave out the rest",
                format::count(table.lines.len() as u64),
                format::counted(all as u64, "link")
            )
        } else {
            format::counted(all as u64, "link")
        };
        ui.label(RichText::new(text).size(text_size::SMALL).color(theme.text_weak));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let links =
                || -> Vec<LinkKey> { table.lines.iter().map(|line| snapshot.edges[*line as usize].link.key).collect() };
            if named(ui.small_button("CSV"), "Save the table as CSV").on_hover_text("Save the lines below").clicked() {
                out.push(Command::ExportLinks(links()));
            }
            if named(ui.small_button("Parquet"), "Save the links as Parquet").clicked() {
                out.push(Command::Export(ExportFormat::Parquet, None));
            }
            if named(ui.small_button("Copy"), "Copy the table")
                .on_hover_text("Copy the lines below, for a spreadsheet")
                .clicked()
            {
                out.push(Command::Copy(as_text(table, snapshot)));
            }
        });
    });
}

/// The table as tab-separated text with every digit.
fn as_text(table: &TableState, snapshot: &Snapshot) -> String {
    let mut text = String::from("source\tlag\ttarget\tdirected\tweight_sd\teffect\tci_lo\tci_hi\tstability\tq_value\n");
    for line in &table.lines {
        let edge = &snapshot.edges[*line as usize];
        let link = &edge.link;
        text.push_str(&format!(
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n",
            var_name(snapshot, link.key.source),
            link.key.lag,
            var_name(snapshot, link.key.target),
            is_directed(edge),
            edge.weight,
            link.effect,
            link.ci_lo,
            link.ci_hi,
            link.stability,
            link.q_value
        ));
    }
    text
}
