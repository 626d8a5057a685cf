//! In: past windows. Out: the timeline strip: how many links there were, which came and went, and which regime ruled.

use egui::{Color32, FontId, RichText, Stroke, Ui};
use egui_plot::{AxisHints, Bar, BarChart, GridInput, GridMark, Line, Plot, PlotPoints, Points, Span, VLine};

use super::format;
use crate::model::{HistoryPoint, ViewModel};
use crate::theme::{Theme, text_size};

/// A run of windows under one regime: `(regime, first window, last window)`.
pub fn regime_bands(history: &[HistoryPoint]) -> Vec<(u32, u64, u64)> {
    let mut bands: Vec<(u32, u64, u64)> = Vec::new();
    for point in history {
        match bands.last_mut() {
            Some((regime, _, last)) if *regime == point.regime => *last = point.window,
            _ => bands.push((point.regime, point.window, point.window)),
        }
    }
    bands
}

pub(super) fn timeline_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel) {
    let Some(latest) = vm.history.last() else {
        ui.centered_and_justified(|ui| {
            ui.label(RichText::new("Links over time appear with the first window.").color(theme.text_weak));
        });
        return;
    };
    let line: Vec<[f64; 2]> = vm.history.iter().map(|p| [p.window as f64, f64::from(p.edges)]).collect();
    let bars = |height: fn(&HistoryPoint) -> f64, color: Color32| -> Vec<Bar> {
        vm.history
            .iter()
            .filter(|point| height(point) != 0.0)
            .map(|point| Bar::new(point.window as f64, height(point)).width(0.8).stroke(Stroke::NONE).fill(color))
            .collect()
    };
    let added = BarChart::new("added", bars(|p| f64::from(p.added), theme.success)).color(theme.success);
    let dropped = BarChart::new("dropped", bars(|p| -f64::from(p.dropped), theme.error)).color(theme.error);
    let most = vm.history.iter().map(|p| p.edges.max(p.added)).max().unwrap_or(0);
    let least = vm.history.iter().map(|p| p.dropped).max().unwrap_or(0);
    let first = vm.history.first().map_or(0, |p| p.window);
    // A window of room at either end, and at least a few windows wide, so that one bar does not fill the strip.
    let (from, to) = (first as f64 - 0.5, (latest.window.max(first + 12)) as f64 + 0.5);
    let bands = regime_bands(&vm.history);
    let several = bands.len() > 1;
    let history = &vm.history;
    Plot::new("scarcity_timeline")
        .show_background(false)
        .show_grid([false, true])
        .grid_color(theme.outline)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .allow_axis_zoom_drag(false)
        .x_grid_spacer(|input| few_marks(input, 8.0))
        .y_grid_spacer(|input| few_marks(input, 4.0))
        .set_margin_fraction(egui::vec2(0.0, 0.08))
        .custom_x_axes(vec![axis(AxisHints::new_x(), theme)])
        .custom_y_axes(vec![axis(AxisHints::new_y(), theme).min_thickness(26.0).label_spacing(14.0..=20.0)])
        .label_formatter(move |at| {
            let x = match at {
                egui_plot::HoverPosition::NearDataPoint { position, .. }
                | egui_plot::HoverPosition::Elsewhere { position } => position.x,
            };
            nearest(history, x).map(describe)
        })
        .height(ui.available_height())
        .show(ui, |plot| {
            plot.set_plot_bounds_x(from..=to);
            plot.set_plot_bounds_y(-(f64::from(least) * 1.2).max(0.0)..=(f64::from(most) * 1.4).max(4.0));
            for (regime, first, last) in &bands {
                let color = theme.regime(*regime).gamma_multiply(if theme.is_dark() { 0.13 } else { 0.16 });
                let name = if several { format!("regime {regime}") } else { String::new() };
                let range = *first as f64 - 0.5..=*last as f64 + 0.5;
                plot.span(Span::new(name, range).fill(color).border_width(0.0).label_align(egui::Align2::LEFT_TOP));
            }
            plot.bar_chart(added);
            plot.bar_chart(dropped);
            plot.line(Line::new("links", PlotPoints::from(line)).color(theme.text_strong).width(1.5));
            let now = [latest.window as f64, f64::from(latest.edges)];
            plot.points(Points::new("latest", PlotPoints::from(vec![now])).color(theme.text_strong).radius(2.5));
            plot.vline(VLine::new("now", latest.window as f64).color(theme.accent_text).width(1.0));
        });
}

/// Remarks beside the panel's title: what the marks mean and where the run stands.
pub(super) fn timeline_title_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel) {
    let Some(latest) = vm.history.last() else { return };
    let small = |text: String, color| RichText::new(text).size(text_size::SMALL).color(color);
    ui.label(small(format!("window {}", format::count(latest.window)), theme.text_weak));
    ui.label(small("links".into(), theme.text_strong));
    ui.label(small("+ added".into(), theme.success));
    ui.label(small("− dropped".into(), theme.error));
}

/// About so many round marks, however flat the strip.
fn few_marks(input: GridInput, about: f64) -> Vec<GridMark> {
    let (least, most) = input.bounds;
    let rough = ((most - least) / about).max(0.25);
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= rough);
    let step_size = step.unwrap_or(rough).max(1.0);
    let (first, last) = ((least / step_size).ceil() as i64, (most / step_size).floor() as i64);
    (first..=last).map(|mark| GridMark { value: mark as f64 * step_size, step_size }).collect()
}

fn axis<'a>(hints: AxisHints<'a>, theme: &Theme) -> AxisHints<'a> {
    hints
        .formatter(|mark, _| whole(mark.value.abs()))
        .tick_label_color(theme.text_weak)
        .tick_label_font(FontId::proportional(text_size::SMALL))
}

fn whole(value: f64) -> String {
    if (value - value.round()).abs() < 1e-9 { format::number(value.round()) } else { String::new() }
}

fn nearest(history: &[HistoryPoint], x: f64) -> Option<&HistoryPoint> {
    let after = history.partition_point(|point| (point.window as f64) < x);
    let candidates = [after.checked_sub(1).and_then(|i| history.get(i)), history.get(after)];
    candidates.into_iter().flatten().min_by(|a, b| (a.window as f64 - x).abs().total_cmp(&(b.window as f64 - x).abs()))
}

fn describe(point: &HistoryPoint) -> String {
    format!(
        "window {}\n{}\n{} added, {} dropped\nregime {}",
        format::count(point.window),
        format::counted(u64::from(point.edges), "link"),
        point.added,
        point.dropped,
        point.regime
    )
}
