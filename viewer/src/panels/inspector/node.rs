//! In: a variable. Out: its moments, how much its own past explains, what drives it and what it drives.

use egui::{RichText, Ui};
use scarcity_engine::types::{Edge, Snapshot};

use super::super::derived::{edges_where, is_directed, var_name};
use super::super::format;
use super::super::widgets::{fact, section, share};
use super::{edge_row_ui, heaviest, hyper::hyper_row_ui, title_ui, towards};
use crate::model::{Command, ViewModel};
use crate::theme::Theme;

pub(super) fn node_ui(
    ui: &mut Ui,
    theme: &Theme,
    vm: &ViewModel,
    snapshot: &Snapshot,
    index: u32,
    out: &mut Vec<Command>,
) {
    title_ui(ui, theme, "Variable", &var_name(snapshot, index), out);
    if let Some(stats) = snapshot.nodes.get(index as usize) {
        let since = format!("since row {}", format::count(stats.regime_start_row));
        let help = "In the regime in force, in data units.";
        fact(ui, theme, "Mean", &format::number(stats.mean), help);
        fact(ui, theme, "Standard deviation", &format::number(stats.sd), help);
        fact(ui, theme, "This mechanism", &since, "First row of the regime in force for this variable.");
        let help = "Share of its variance that its own past explains (autoregression).";
        share(ui, theme, "Own past explains", stats.autoregression_r2, theme.accent_text, help);
        let color = if stats.missing > 0.2 { theme.warning } else { theme.text_weak };
        share(ui, theme, "Missing", stats.missing, color, "Share of its cells without a value.");
    }
    let directed = |edge: &Edge| is_directed(edge);
    let ends = |edge: &Edge| (edge.link.key.source == index, edge.link.key.target == index);
    let drives = edges_where(snapshot, |edge| directed(edge) && ends(edge).0);
    let driven = edges_where(snapshot, |edge| directed(edge) && ends(edge).1);
    let together = edges_where(snapshot, |edge| !directed(edge) && (ends(edge).0 || ends(edge).1));
    let far = |edge: &Edge| if ends(edge).0 { edge.link.key.target } else { edge.link.key.source };
    list_ui(ui, theme, vm, snapshot, "Drives", &drives, |edge| towards(edge, &var_name(snapshot, far(edge))), out);
    list_ui(
        ui,
        theme,
        vm,
        snapshot,
        "Driven by",
        &driven,
        |edge| format!("{} →", var_name(snapshot, edge.link.key.source)),
        out,
    );
    if !together.is_empty() {
        let name = |edge: &Edge| format!("– {}", var_name(snapshot, far(edge)));
        list_ui(ui, theme, vm, snapshot, "Moves with, direction unknown", &together, name, out);
    }
    let hyperedges: Vec<u32> = (0u32..)
        .zip(&snapshot.hyperedges)
        .filter(|(_, hyper)| hyper.target == index || hyper.sources.iter().any(|(source, _)| *source == index))
        .map(|(at, _)| at)
        .collect();
    if !hyperedges.is_empty() {
        section(ui, theme, &format!("Hyperedges ({})", hyperedges.len()));
        for at in hyperedges {
            hyper_row_ui(ui, theme, snapshot, at, out);
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "one list, drawn in one place")]
fn list_ui(
    ui: &mut Ui,
    theme: &Theme,
    vm: &ViewModel,
    snapshot: &Snapshot,
    title: &str,
    edges: &[&Edge],
    text: impl Fn(&Edge) -> String,
    out: &mut Vec<Command>,
) {
    section(ui, theme, &format!("{title} ({})", format::count(edges.len() as u64)));
    if edges.is_empty() {
        ui.label(RichText::new("nothing found so far").color(theme.text_weak));
    }
    let most = heaviest(snapshot);
    for edge in edges {
        ui.scope(|ui| {
            if !vm.filter.shows(edge) {
                ui.multiply_opacity(0.55);
            }
            edge_row_ui(ui, theme, snapshot, edge, &text(edge), most, out);
        });
    }
}
