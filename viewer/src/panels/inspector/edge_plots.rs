//! In: what the newest rows and the recording show of a link. Out: the inspector's plots about it: scatter, lags, history,
//! and what holding other causes fixed took away.

use egui::{RichText, Ui};
use egui_plot::{HLine, Line, PlotPoints, Points, VLine};
use scarcity_engine::types::{Edge, Snapshot};
use scarcity_engine::whatif::LinkExplanation;

use super::super::derived::var_name;
use super::super::format;
use super::super::plots::{PLOT_HEIGHT, band, remark, small_plot, whisker};
use super::super::state::UiState;
use super::super::widgets::{Mark, Row, named, section};
use crate::model::{Command, Selection, ViewModel};
use crate::theme::{Theme, text_size};

/// Adjustments listed.
const LISTED: usize = 8;

pub(super) fn edge_plots_ui(
    ui: &mut Ui,
    theme: &Theme,
    vm: &ViewModel,
    snapshot: &Snapshot,
    edge: &Edge,
    state: &mut UiState,
    out: &mut Vec<Command>,
) {
    let key = edge.link.key;
    match vm.explanation.as_ref().filter(|seen| seen.key == key) {
        Some(seen) => {
            scatter_ui(ui, theme, snapshot, edge, seen, state);
            lags_ui(ui, theme, snapshot, edge, seen);
            removed_ui(ui, theme, snapshot, seen, out);
        }
        None => {
            section(ui, theme, "In the data");
            remark(ui, theme, "The plots appear when the newest rows have been looked at.");
        }
    }
    state.link_history.refresh(vm, key);
    history_ui(ui, theme, edge, &state.link_history.windows);
}

fn scatter_ui(
    ui: &mut Ui,
    theme: &Theme,
    snapshot: &Snapshot,
    edge: &Edge,
    seen: &LinkExplanation,
    state: &mut UiState,
) {
    let [source, target] = [seen.key.source, seen.key.target].map(|index| var_name(snapshot, index));
    let lag = seen.key.lag;
    let ago = if lag == 0 { String::new() } else { format!(", {} before", format::lag(lag)) };
    section(ui, theme, &format!("{target} against {source}{ago}"));
    ui.horizontal(|ui| {
        for (adjusted, word, help) in [
            (false, "as measured", "Pairs of values in the newest rows"),
            (true, "others held fixed", "With the target's own past and its other causes taken out of both"),
        ] {
            let text = RichText::new(word).size(text_size::SMALL);
            let label = ui.selectable_label(state.scatter_adjusted == adjusted, text);
            if named(label, &format!("Scatter {word}")).on_hover_text(help).clicked() {
                state.scatter_adjusted = adjusted;
            }
        }
    });
    let points = if state.scatter_adjusted { &seen.adjusted_pairs } else { &seen.pairs };
    let color = theme.sign(edge.weight);
    let fit = line_through(points);
    let name = format!("Scatter of {target} against {source}");
    small_plot(ui, theme, "scatter", &name, PLOT_HEIGHT + 16.0, |plot| {
        let dots = Points::new("rows", PlotPoints::from(points.clone()));
        plot.points(dots.color(theme.node.gamma_multiply(0.45)).radius(1.6));
        if let Some(ends) = fit {
            plot.line(Line::new("least squares", PlotPoints::from(ends.to_vec())).color(color).width(2.0));
        }
    });
    let rows = format!(
        "{} of rows {} – {}. Slope with the others held fixed: {}.",
        format::counted(points.len() as u64, "pair"),
        format::count(seen.rows.0),
        format::count(seen.rows.1),
        format::with_interval(seen.slope[0], seen.slope[1], seen.slope[2])
    );
    remark(ui, theme, rows);
}

/// The ends of the least-squares line within the range of the points.
fn line_through(points: &[[f64; 2]]) -> Option<[[f64; 2]; 2]> {
    let count = points.len() as f64;
    if count < 3.0 {
        return None;
    }
    let mean: [f64; 2] = std::array::from_fn(|axis| points.iter().map(|p| p[axis]).sum::<f64>() / count);
    let (xy, xx) = points.iter().fold((0.0, 0.0), |(xy, xx), p| {
        let [dx, dy] = [p[0] - mean[0], p[1] - mean[1]];
        (xy + dx * dy, xx + dx * dx)
    });
    if xx <= 0.0 {
        return None;
    }
    let ends = points.iter().fold([f64::INFINITY, f64::NEG_INFINITY], |[a, b], p| [a.min(p[0]), b.max(p[0])]);
    Some(ends.map(|x| [x, mean[1] + xy / xx * (x - mean[0])]))
}

fn lags_ui(ui: &mut Ui, theme: &Theme, snapshot: &Snapshot, edge: &Edge, seen: &LinkExplanation) {
    section(ui, theme, "At every lag, in standard deviations");
    let name = format!("Effect of {} at every lag", var_name(snapshot, seen.key.source));
    small_plot(ui, theme, "lags", &name, PLOT_HEIGHT, |plot| {
        plot.hline(HLine::new("zero", 0.0).color(theme.outline_strong).width(1.0));
        for point in &seen.lags {
            let x = f64::from(point.lag);
            let here = point.lag == seen.key.lag;
            let color = if here { theme.sign(edge.weight) } else { theme.node };
            whisker(plot, "alone", x - 0.12, point.alone, theme.node.gamma_multiply(0.4));
            whisker(plot, "others held fixed", x + 0.12, point.given, color);
        }
        plot.vline(VLine::new("this lag", f64::from(seen.key.lag)).color(theme.outline_strong).width(1.0));
    });
    remark(
        ui,
        theme,
        "Faint: correlation. Full: effect with the target's own past and its other causes held fixed; 95 % intervals.",
    );
}

fn removed_ui(ui: &mut Ui, theme: &Theme, snapshot: &Snapshot, seen: &LinkExplanation, out: &mut Vec<Command>) {
    section(ui, theme, "What holding others fixed took away");
    let text = format!(
        "Alone {} sd; with everything held fixed {} sd. The source adds {} to the {} of the target that the others explain.",
        format::weight(seen.effect_alone),
        format::weight(seen.effect_given),
        format::percent((seen.r2_with - seen.r2_without).max(0.0)),
        format::percent(seen.r2_without)
    );
    remark(ui, theme, text);
    for adjustment in seen.adjustments.iter().take(LISTED) {
        let variable = adjustment.term.var;
        let own = if variable == seen.key.target { " (own past)" } else { "" };
        let name = format!("{}{own}, {} before", var_name(snapshot, variable), format::lag(adjustment.term.lag));
        let taken = seen.effect_alone - adjustment.effect;
        let share = (taken / seen.effect_alone).abs().min(1.0) as f32;
        let row = Row {
            text: RichText::new(&name).into(),
            remark: "".into(),
            value: RichText::new(format!("→ {}", format::weight(adjustment.effect))).into(),
            name: &name,
            mark: Some(Mark { color: theme.accent_text, share, dashed: false }),
            selected: false,
        };
        let response =
            row.show(ui, theme).on_hover_text("The link's size in standard deviations with only this held fixed");
        if response.clicked() {
            out.push(Command::Select(Selection::Node(variable)));
        }
    }
    if seen.adjustments.len() > LISTED {
        remark(ui, theme, format!("and {} more", seen.adjustments.len() - LISTED));
    }
}

fn history_ui(ui: &mut Ui, theme: &Theme, edge: &Edge, windows: &[(u64, Edge)]) {
    if windows.len() < 2 {
        return;
    }
    let color = theme.sign(edge.weight);
    let x = |window: u64| window as f64 + 1.0;
    section(ui, theme, "Effect over windows");
    let interval: Vec<[f64; 3]> = windows.iter().map(|(w, e)| [x(*w), e.link.ci_lo, e.link.ci_hi]).collect();
    let effect: Vec<[f64; 2]> = windows.iter().map(|(w, e)| [x(*w), e.link.effect]).collect();
    small_plot(ui, theme, "effect_history", "Effect over windows", PLOT_HEIGHT - 20.0, |plot| {
        band(plot, "interval", &interval, color.gamma_multiply(0.22));
        plot.hline(HLine::new("zero", 0.0).color(theme.outline_strong).width(1.0));
        plot.line(Line::new("effect", PlotPoints::from(effect)).color(color).width(1.8));
    });
    section(ui, theme, "Stability over windows");
    let stability: Vec<[f64; 2]> = windows.iter().map(|(w, e)| [x(*w), e.link.stability]).collect();
    small_plot(ui, theme, "stability_history", "Stability over windows", PLOT_HEIGHT - 40.0, |plot| {
        plot.set_plot_bounds_y(0.0..=1.05);
        plot.line(Line::new("stability", PlotPoints::from(stability)).color(theme.accent_text).width(1.5));
    });
}
