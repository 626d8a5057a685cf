//! In: a variable. Out: its moments, how much its own past explains, what drives it and what it drives.

use egui::{RichText, Ui};
use egui_plot::{Bar, BarChart, HLine, Line, PlotPoints};
use scarcity_engine::types::{Edge, Note, Snapshot};
use scarcity_engine::whatif::VariableSeries;

use super::super::derived::{edges_where, is_directed, var_name};
use super::super::format;
use super::super::notes::notes_ui;
use super::super::plots::{PLOT_HEIGHT, band, remark, small_plot};
use super::super::what_if::first_question;
use super::super::widgets::{fact, named, section, share};
use super::{edge_row_ui, heaviest, hyper::hyper_row_ui, title_ui, towards};
use crate::model::{Command, Focus, Reach, ViewModel};
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
    hold_ui(ui, vm, index, out);
    let own: Vec<Note> = vm.notes.iter().filter(|note| note.variables.contains(&index)).cloned().collect();
    notes_ui(ui, theme, &own, "Notes on this variable");
    if let Some(series) = vm.series.as_ref().filter(|series| series.var == index) {
        series_ui(ui, theme, &var_name(snapshot, index), series);
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

/// What one does with a variable.
fn hold_ui(ui: &mut Ui, vm: &ViewModel, index: u32, out: &mut Vec<Command>) {
    ui.add_space(4.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let pinned = vm.pins.contains_key(&index);
        let (word, name) =
            if pinned { ("Let go", "Let the variable go") } else { ("Pin", "Hold the variable in place") };
        if named(ui.small_button(word), name).on_hover_text("P; dragging it in the graph pins it too").clicked() {
            out.push(Command::SetPinned(index, !pinned));
        }
        if named(ui.small_button("Hide"), "Hide the variable").on_hover_text("H; Shift+H shows all").clicked() {
            out.push(Command::SetHidden(index, true));
        }
        if named(ui.small_button("Neighbours"), "Focus on its neighbourhood").on_hover_text("F, then [ and ]").clicked()
        {
            let reach = Reach::Neighbours(1);
            out.push(Command::SetFocus(Some(Focus { roots: vec![index], reach })));
        }
        if named(ui.small_button("What if…"), "Ask what follows from acting on it").on_hover_text("W").clicked() {
            out.push(Command::AskWhatIf(first_question(vm, index)));
        }
    });
}

fn series_ui(ui: &mut Ui, theme: &Theme, name: &str, series: &VariableSeries) {
    section(ui, theme, "Newest rows");
    small_plot(ui, theme, "series", &format!("Newest rows of {name}"), PLOT_HEIGHT - 20.0, |plot| {
        let thick: Vec<[f64; 3]> = series.values.clone();
        if thick.iter().any(|[_, low, high]| low != high) {
            band(plot, "range", &thick, theme.accent_text.gamma_multiply(0.35));
        }
        let middle: Vec<[f64; 2]> = thick.iter().map(|[x, low, high]| [*x, (low + high) / 2.0]).collect();
        plot.line(Line::new("value", PlotPoints::from(middle)).color(theme.accent_text).width(1.0));
    });
    section(ui, theme, "Correlation with its own past");
    small_plot(ui, theme, "autocorrelation", &format!("Autocorrelation of {name}"), PLOT_HEIGHT - 36.0, |plot| {
        let bars: Vec<Bar> = series.autocorrelation.iter().map(|[lag, r]| Bar::new(*lag, *r).width(0.5)).collect();
        plot.bar_chart(BarChart::new("correlation", bars).color(theme.node.gamma_multiply(0.7)));
        for limit in [-series.chance, series.chance] {
            plot.hline(HLine::new("chance", limit).color(theme.outline_strong).width(1.0));
        }
    });
    remark(ui, theme, "Between the lines: what chance alone would give. Lags in rows.");
}
