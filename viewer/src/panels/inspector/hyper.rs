//! In: a hyperedge. Out: its sources, and how much more they explain together than one by one.

use egui::{Label, RichText, Ui};
use scarcity_engine::types::{HyperEdge, Snapshot};

use super::super::derived::var_name;
use super::super::format;
use super::super::widgets::{Row, fact, interval, section, share};
use super::title_ui;
use crate::model::{Command, Selection};
use crate::theme::{Theme, text_size};

/// `a + b → c`.
pub(in crate::panels) fn hyper_title(snapshot: &Snapshot, hyper: &HyperEdge) -> String {
    let sources: Vec<String> = hyper.sources.iter().map(|(source, _)| var_name(snapshot, *source)).collect();
    format!("{} → {}", sources.join(" + "), var_name(snapshot, hyper.target))
}

pub(super) fn hyper_ui(ui: &mut Ui, theme: &Theme, snapshot: &Snapshot, hyper: &HyperEdge, out: &mut Vec<Command>) {
    title_ui(ui, theme, "Hyperedge", &hyper_title(snapshot, hyper), out);
    let excess = hyper.gain_joint - hyper.gain_parts;
    let text = format!(
        "Together the sources explain {} of what {} does beyond its own past, {} points more than one by one.",
        format::percent(hyper.gain_joint),
        var_name(snapshot, hyper.target),
        format::number(excess * 100.0)
    );
    ui.add(Label::new(RichText::new(text).color(theme.text)).wrap());

    section(ui, theme, &format!("Sources ({})", hyper.sources.len()));
    for (source, lag) in &hyper.sources {
        variable_row_ui(ui, theme, snapshot, *source, &format::lag(*lag), out);
    }
    section(ui, theme, "Target");
    variable_row_ui(ui, theme, snapshot, hyper.target, "", out);

    section(ui, theme, "Out-of-bag gain");
    share(
        ui,
        theme,
        "Together",
        hyper.gain_joint,
        theme.hyper,
        "Out-of-bag R² of all sources together, beyond the \
        target's own past.",
    );
    share(
        ui,
        theme,
        "Sum of the parts",
        hyper.gain_parts,
        theme.outline_strong,
        "Sum of the gains of each source alone.",
    );

    section(ui, theme, "Joint effect beyond the parts, 95 % interval");
    let text = format::with_interval(excess, hyper.ci_lo, hyper.ci_hi);
    ui.label(RichText::new(text).size(text_size::TITLE - 2.0).color(theme.hyper_text));
    interval(ui, theme, theme.hyper, excess, hyper.ci_lo, hyper.ci_hi);
    let help = "Share of resampled data sets in which the joint effect exceeds the parts.";
    share(ui, theme, "Stability", hyper.stability, theme.accent_text, help);

    section(ui, theme, "History");
    let hits = format::counted(u64::from(hyper.hits), "window");
    fact(ui, theme, "Accepted in", &hits, "Windows in which the hyperedge was accepted.");
    fact(ui, theme, "First window", &format::window(hyper.first_window), "");
    fact(ui, theme, "Last window", &format::window(hyper.last_window), "");
}

fn variable_row_ui(ui: &mut Ui, theme: &Theme, snapshot: &Snapshot, index: u32, remark: &str, out: &mut Vec<Command>) {
    let name = var_name(snapshot, index);
    let row = Row {
        text: RichText::new(&name).into(),
        value: RichText::new(remark).size(text_size::SMALL).color(theme.text_weak).into(),
        name: &name,
        remark: "".into(),
        mark: None,
        selected: false,
    };
    if row.show(ui, theme).clicked() {
        out.push(Command::Select(Selection::Node(index)));
    }
}

/// One hyperedge in a list; a click selects it.
pub(super) fn hyper_row_ui(ui: &mut Ui, theme: &Theme, snapshot: &Snapshot, index: u32, out: &mut Vec<Command>) {
    let Some(hyper) = snapshot.hyperedges.get(index as usize) else { return };
    let title = hyper_title(snapshot, hyper);
    let excess = hyper.gain_joint - hyper.gain_parts;
    let name = format!("hyperedge {title}, joint gain {}", format::percent(excess));
    let row = Row {
        text: RichText::new(format!("◆ {title}")).into(),
        value: RichText::new(format!("+{}", format::percent(excess))).color(theme.hyper_text).into(),
        name: &name,
        remark: "".into(),
        mark: None,
        selected: false,
    };
    if row.show(ui, theme).clicked() {
        out.push(Command::Select(Selection::Hyper(index)));
    }
}
