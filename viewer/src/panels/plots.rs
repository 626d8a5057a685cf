//! In: numbers. Out: the small plots of the panels, all alike: no grid, few marks, no zooming by accident.

use egui::{Color32, FontId, Response, RichText, Stroke, Ui};
use egui_plot::{AxisHints, GridInput, GridMark, Line, Plot, PlotPoints, PlotUi, Polygon};

use super::format;
use crate::theme::{Theme, text_size};

/// Height of a small plot, in points.
pub(super) const PLOT_HEIGHT: f32 = 112.0;

/// A plot of the panel's width.
pub(super) fn small_plot(
    ui: &mut Ui,
    theme: &Theme,
    id: &str,
    name: &str,
    height: f32,
    add: impl FnOnce(&mut PlotUi<'_>),
) -> Response {
    let shown = plain_plot(theme, id)
        .height(height)
        .set_margin_fraction(egui::vec2(0.03, 0.08))
        .x_grid_spacer(|input| few_marks(input, 4.0))
        .y_grid_spacer(|input| few_marks(input, 3.0))
        .custom_x_axes(vec![axis(AxisHints::new_x(), theme)])
        .custom_y_axes(vec![axis(AxisHints::new_y(), theme).min_thickness(30.0)])
        .show(ui, add);
    shown.response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Image, true, name));
    shown.response
}

/// A plot that stays where it is, with lines across only.
pub(super) fn plain_plot(theme: &Theme, id: &str) -> Plot<'static> {
    Plot::new(id.to_owned())
        .show_background(false)
        .show_grid([false, true])
        .grid_color(theme.outline)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .allow_double_click_reset(false)
        .allow_axis_zoom_drag(false)
}

/// A remark in small print.
pub(super) fn remark(ui: &mut Ui, theme: &Theme, text: impl Into<String>) {
    ui.add(egui::Label::new(RichText::new(text).size(text_size::SMALL).color(theme.text_weak)).wrap());
}

/// An estimate with its interval at `x`.
pub(super) fn whisker(plot: &mut PlotUi<'_>, name: &str, x: f64, [value, low, high]: [f64; 3], color: Color32) {
    if low.is_finite() && high.is_finite() {
        plot.line(Line::new(name, PlotPoints::from(vec![[x, low], [x, high]])).color(color).width(1.5));
    }
    if value.is_finite() {
        let at = egui_plot::Points::new(name, PlotPoints::from(vec![[x, value]]));
        plot.points(at.color(color).radius(3.0));
    }
}

/// The band between two lines, drawn as quadrilaterals: a polygon must be convex to be filled.
pub(super) fn band(plot: &mut PlotUi<'_>, name: &str, points: &[[f64; 3]], color: Color32) {
    for pair in points.windows(2) {
        let [[x0, low0, high0], [x1, low1, high1]] = [pair[0], pair[1]];
        if [low0, high0, low1, high1].iter().all(|value| value.is_finite()) {
            let corners = vec![[x0, low0], [x1, low1], [x1, high1], [x0, high0]];
            plot.polygon(Polygon::new(name, PlotPoints::from(corners)).fill_color(color).stroke(Stroke::NONE));
        }
    }
}

/// About so many round marks.
pub(super) fn few_marks(input: GridInput, about: f64) -> Vec<GridMark> {
    let (least, most) = input.bounds;
    let span = most - least;
    if !(span.is_finite() && span > 0.0) {
        return Vec::new();
    }
    let rough = span / about;
    let power = 10f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= rough);
    let step_size = step.unwrap_or(rough);
    let (first, last) = ((least / step_size).ceil() as i64, (most / step_size).floor() as i64);
    (first..=last.min(first + 40)).map(|mark| GridMark { value: mark as f64 * step_size, step_size }).collect()
}

fn axis<'a>(hints: AxisHints<'a>, theme: &Theme) -> AxisHints<'a> {
    hints
        .formatter(|mark, _| format::number(mark.value))
        .tick_label_color(theme.text_weak)
        .tick_label_font(FontId::proportional(text_size::SMALL))
}
