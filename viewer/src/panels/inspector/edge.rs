//! In: a link. Out: what it means in words, its effect against zero, its evidence and its history.

use egui::{Label, RichText, Sense, Ui, vec2};
use scarcity_engine::types::{Edge, Snapshot};

use super::super::derived::{edge_title, edges_where, is_directed, var_name};
use super::super::format;
use super::super::state::UiState;
use super::super::widgets::{Ending, fact, interval, line_sample, section, share};
use super::edge_plots::edge_plots_ui;
use super::{edge_row_ui, heaviest, title_ui};
use crate::model::{Command, ViewModel};
use crate::theme::{Theme, text_size};

pub(super) fn edge_ui(
    ui: &mut Ui,
    theme: &Theme,
    vm: &ViewModel,
    snapshot: &Snapshot,
    edge: &Edge,
    state: &mut UiState,
    out: &mut Vec<Command>,
) {
    title_ui(ui, theme, "Link", &edge_title(snapshot, edge), out);
    sign_ui(ui, theme, edge);
    ui.add(Label::new(RichText::new(sentence(snapshot, edge)).color(theme.text)).wrap());
    if !vm.filter.shows(edge) {
        ui.label(RichText::new("The filters hide this link in the graph.").color(theme.warning));
    }
    let link = &edge.link;

    section(ui, theme, "Effect in data units, 95 % interval");
    let effect = format::with_interval(link.effect, link.ci_lo, link.ci_hi);
    ui.label(RichText::new(effect).size(text_size::TITLE - 2.0).color(theme.sign_text(link.effect)));
    interval(ui, theme, theme.sign(link.effect), link.effect, link.ci_lo, link.ci_hi);

    section(ui, theme, "Strength and evidence");
    fact(ui, theme, "Lag", &format::lag(link.key.lag), "Rows between cause and effect.");
    let weight = format!("{} sd", format::number(edge.weight));
    fact(
        ui,
        theme,
        "Weight",
        &weight,
        "Smoothed effect in standard deviations: by how many of its own standard \
        deviations the target moves when the source moves by one. Sets the line's width.",
    );
    let help = "Share of resampled data sets in which the link keeps its sign and stays selected.";
    share(ui, theme, "Stability", link.stability, theme.accent_text, help);
    fact(ui, theme, "Gain", &format::percent(link.gain), "Out-of-bag R² beyond what the target's own past explains.");
    fact(ui, theme, "p", &format::p_value(link.p_value), "Calibrated p-value of no link.");
    fact(
        ui,
        theme,
        "q",
        &format::p_value(link.q_value),
        "p-value adjusted for the number of pairs tested \
        (Benjamini–Hochberg).",
    );

    edge_plots_ui(ui, theme, vm, snapshot, edge, state, out);

    section(ui, theme, "History");
    let hits = format::counted(u64::from(edge.hits), "window");
    fact(ui, theme, "Accepted in", &hits, "Windows in which the link was accepted.");
    fact(ui, theme, "First window", &format::window(edge.first_window), "");
    fact(ui, theme, "Last window", &format::window(edge.last_window), "");
    fact(ui, theme, "Regime", &edge.regime.to_string(), "Regime in which it was last accepted.");
    pair_ui(ui, theme, snapshot, edge, out);
}

fn sign_ui(ui: &mut Ui, theme: &Theme, edge: &Edge) {
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(34.0, 14.0), Sense::hover());
        let ending = if is_directed(edge) { Ending::Arrow } else { Ending::Plain };
        line_sample(ui, rect, theme.sign(edge.weight), 2.5, edge.weight < 0.0, ending);
        let sign = if edge.weight < 0.0 { "negative" } else { "positive" };
        let when = match (edge.link.key.lag, is_directed(edge)) {
            (0, false) => "same row, direction not identified".into(),
            (0, true) => "same row".into(),
            (lag, _) => format!("{} later", format::lag(lag)),
        };
        let text = RichText::new(format!("{sign}, {when}")).color(theme.sign_text(edge.weight));
        ui.add(Label::new(text).wrap());
    });
}

/// The link as a sentence, in data units.
fn sentence(snapshot: &Snapshot, edge: &Edge) -> String {
    let key = edge.link.key;
    let [source, target] = [key.source, key.target].map(|index| var_name(snapshot, index));
    let size = format::number(edge.link.effect.abs());
    if !is_directed(edge) {
        return format!("{source} and {target} move together within a row; which drives which is not known.");
    }
    let way = if edge.link.effect < 0.0 { "lowers" } else { "raises" };
    let when = if key.lag == 0 { "in the same row".into() } else { format!("{} later", format::lag(key.lag)) };
    format!("One unit more of {source} {way} {target} by {size}, {when}, all else equal.")
}

/// Other links between the same two variables, above all the reverse one.
fn pair_ui(ui: &mut Ui, theme: &Theme, snapshot: &Snapshot, edge: &Edge, out: &mut Vec<Command>) {
    let key = edge.link.key;
    let most = heaviest(snapshot);
    let reverse = edges_where(snapshot, |other| {
        let other = other.link.key;
        (other.source, other.target) == (key.target, key.source)
    });
    let same_way = edges_where(snapshot, |other| {
        let other = other.link.key;
        (other.source, other.target) == (key.source, key.target) && other.lag != key.lag
    });
    for (title, edges) in [("Reverse link", reverse), ("Same link at other lags", same_way)] {
        if !edges.is_empty() {
            section(ui, theme, title);
            for other in edges {
                edge_row_ui(ui, theme, snapshot, other, &edge_title(snapshot, other), most, out);
            }
        }
    }
}
