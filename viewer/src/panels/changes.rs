//! In: two marks. Out: what changed from the one to the other, as a table, and whether the graph shows it.

use egui::{Align, Layout, RichText, ScrollArea, Ui};
use scarcity_engine::types::Snapshot;

use super::actions::mark;
use super::derived::var_name;
use super::format;
use super::widgets::{Mark, Row, named};
use crate::model::{ChangeKind, Changed, Command, Comparison, Selection, ViewModel};
use crate::theme::{Theme, size, text_size};

pub(super) fn changes_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    marks_ui(ui, vm, out);
    let Some(comparison) = &vm.comparison else {
        let text = "Put mark A at one window (key A) and mark B at another (key B) to see what changed in between.";
        ui.add(egui::Label::new(RichText::new(text).color(theme.text_weak)).wrap());
        return;
    };
    summary_ui(ui, theme, comparison);
    let changed: Vec<&Changed> = comparison.links.iter().filter(|link| link.kind != ChangeKind::Same).collect();
    if changed.is_empty() {
        ui.label(
            RichText::new("The two graphs have the same links, each within the other's interval.").color(theme.text),
        );
        return;
    }
    ScrollArea::vertical().auto_shrink(false).show_rows(ui, size::LIST_ROW, changed.len(), |ui, rows| {
        for row in rows {
            change_ui(ui, theme, vm, &comparison.union, changed[row], out);
        }
    });
}

fn marks_ui(ui: &mut Ui, vm: &ViewModel, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        for (second, letter, at) in [(false, "A", vm.time.mark_a), (true, "B", vm.time.mark_b)] {
            let text = at
                .map_or(format!("{letter}: not set"), |window| format!("{letter}: window {}", format::window(window)));
            let button = ui.small_button(text);
            if named(button, &format!("Mark {letter}"))
                .on_hover_text("Put it at the window shown, or take it away")
                .clicked()
            {
                out.push(mark(vm, second));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if vm.comparison.is_some() {
                let on = vm.time.comparing;
                let button = ui.selectable_label(on, RichText::new("Show in the graph").size(text_size::SMALL));
                if named(button, "Show the changes in the graph").on_hover_text("D").clicked() {
                    out.push(Command::SetComparing(!on));
                }
            }
        });
    });
    ui.separator();
}

fn summary_ui(ui: &mut Ui, theme: &Theme, comparison: &Comparison) {
    ui.horizontal_wrapped(|ui| {
        for kind in [
            ChangeKind::Added,
            ChangeKind::Removed,
            ChangeKind::Reversed,
            ChangeKind::Stronger,
            ChangeKind::Weaker,
            ChangeKind::Same,
        ] {
            let text = format!("{} {}", format::count(comparison.count(kind) as u64), kind.word());
            ui.label(RichText::new(text).size(text_size::SMALL).color(theme.change_text(kind)));
        }
    });
}

fn change_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, snapshot: &Snapshot, link: &Changed, out: &mut Vec<Command>) {
    let key = link.key;
    let title = format!("{} → {}", var_name(snapshot, key.source), var_name(snapshot, key.target));
    let weight = |weight: f64| if weight == 0.0 { "–".to_owned() } else { format::weight(weight) };
    let name = format!("{title}, lag {}, {}", key.lag, link.kind.word());
    let row = Row {
        text: RichText::new(format!("{title}  ·  lag {}", key.lag)).into(),
        remark: RichText::new(link.kind.word()).size(text_size::SMALL).color(theme.change_text(link.kind)).into(),
        value: RichText::new(format!("{} → {}", weight(link.before), weight(link.after))).into(),
        name: &name,
        mark: Some(Mark { color: theme.change(link.kind), share: 1.0, dashed: link.kind == ChangeKind::Removed }),
        selected: vm.selection == Selection::Edge(key),
    };
    if row.show(ui, theme).clicked() {
        out.push(Command::Select(Selection::Edge(key)));
    }
}
