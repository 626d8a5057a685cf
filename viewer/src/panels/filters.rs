//! In: the links and the filter. Out: the filters panel: one slider per property over the histogram it cuts, and how many
//! links it hides. Nothing is ever hidden silently.

use egui::{Align, CornerRadius, Label, Layout, Rect, RichText, ScrollArea, Sense, Ui, pos2, vec2};

use super::derived::Histogram;
use super::format;
use super::state::UiState;
use super::status_bar::shown_text;
use super::widgets::{check, named, slide};
use crate::model::{Command, Filter, ViewModel};
use crate::theme::{Theme, space, text_size};

const HISTOGRAM_HEIGHT: f32 = 18.0;
/// Room for the value to the right of a slider.
const VALUE_WIDTH: f32 = 58.0;

pub(super) fn filters_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, state: &UiState, out: &mut Vec<Command>) {
    let mut filter = vm.filter;
    ui.spacing_mut().button_padding.y = 1.0;
    status_ui(ui, theme, vm, &mut filter);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        let derived = &state.derived;
        let hidden = derived.hidden;
        heading(ui, theme, "Weight at least", "In standard deviations", hidden.weight);
        let end = derived.weight_end.max(1.0);
        histogram(ui, theme, &derived.weight);
        slider(ui, &mut filter.min_weight, 0.0..=end, "Weight at least", format::number);

        heading(ui, theme, "Interval at most", "Width of the 95 % interval relative to |effect|", hidden.ci);
        histogram(ui, theme, &derived.ci);
        let any = |ratio: f64| {
            if ratio >= Filter::ANY_CI_RATIO { "any".into() } else { format!("×{}", format::number(ratio)) }
        };
        slider(ui, &mut filter.max_ci_ratio, 0.0..=Filter::ANY_CI_RATIO, "Interval at most", any);

        heading(ui, theme, "Stability at least", "Share of resampled data sets that agree", hidden.stability);
        histogram(ui, theme, &derived.stability);
        slider(ui, &mut filter.min_stability, 0.0..=1.0, "Stability at least", format::percent);

        heading(ui, theme, "Lag from, to", "Rows between cause and effect", hidden.lag);
        histogram(ui, theme, &derived.lag);
        lag_ui(ui, vm, &mut filter);

        sign_ui(ui, theme, &mut filter, state);
        regime_ui(ui, theme, vm, &mut filter, state);
    });
    if filter != vm.filter {
        out.push(Command::SetFilter(filter));
    }
}

fn status_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, filter: &mut Filter) {
    ui.horizontal(|ui| {
        ui.set_min_height(20.0);
        let text = shown_text(vm).unwrap_or_else(|| "no links yet".into());
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if *filter != Filter::default() && named(ui.small_button("Reset"), "Reset filters").clicked() {
                *filter = Filter::default();
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let color = if vm.filter == Filter::default() { theme.text_weak } else { theme.warning };
                ui.add(Label::new(RichText::new(text).size(text_size::SMALL).color(color)).truncate());
            });
        });
    });
}

fn heading(ui: &mut Ui, theme: &Theme, name: &str, help: &str, hidden: usize) {
    ui.add_space(space::XS);
    let row = ui.horizontal(|ui| {
        ui.label(RichText::new(name).color(theme.text));
        if hidden > 0 {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let text = format!("hides {}", format::count(hidden as u64));
                ui.label(RichText::new(text).size(text_size::SMALL).color(theme.warning));
            });
        }
    });
    row.response.on_hover_text(help);
}

fn slider<N: egui::emath::Numeric>(
    ui: &mut Ui,
    value: &mut N,
    range: std::ops::RangeInclusive<N>,
    name: &str,
    text: impl Fn(f64) -> String,
) {
    ui.spacing_mut().slider_width = (ui.available_width() - VALUE_WIDTH).max(60.0);
    slide(ui, name, value, range, false, text);
}

/// Drawn over the slider's rail, so that the handle stands where it cuts.
fn histogram(ui: &mut Ui, theme: &Theme, histogram: &Histogram) {
    let width = (ui.available_width() - VALUE_WIDTH).max(60.0);
    let (rect, _) = ui.allocate_exact_size(vec2(width, HISTOGRAM_HEIGHT), Sense::hover());
    let peak = histogram.peak();
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, egui::Stroke::new(1.0, theme.outline));
    // The rail follows directly.
    ui.add_space(-ui.spacing().item_spacing.y);
    if peak == 0 {
        return;
    }
    let bins = histogram.shown.len();
    // The slider's handle stops half its width from either end of the rail.
    let inset = 6.0_f32.min(rect.width() / 4.0);
    let step = (rect.width() - 2.0 * inset) / bins as f32;
    let gap = if step > 4.0 { 1.0 } else { 0.0 };
    for (bin, (shown, hidden)) in histogram.shown.iter().zip(&histogram.hidden).enumerate() {
        let x = rect.left() + inset + bin as f32 * step;
        let mut y = rect.bottom() - 1.0;
        for (count, color) in [(*shown, theme.accent_text), (*hidden, theme.outline_strong)] {
            if count > 0 {
                // Square root, so that a single link beside a thousand is still seen.
                let height = ((count as f32 / peak as f32).sqrt() * (rect.height() - 2.0)).max(2.0);
                let bar = Rect::from_min_max(pos2(x, (y - height).max(rect.top())), pos2(x + step - gap, y));
                ui.painter().rect_filled(bar, CornerRadius::ZERO, color);
                y = bar.top();
            }
        }
    }
}

fn lag_ui(ui: &mut Ui, vm: &ViewModel, filter: &mut Filter) {
    let end = vm.snapshot.as_ref().map_or(vm.settings.max_lag as u32, |snapshot| snapshot.max_lag).max(1);
    let (mut from, mut to) = (filter.min_lag.min(end), filter.max_lag.min(end));
    slider(ui, &mut from, 0..=end, "Lag at least", |lag| format!("{lag:.0}"));
    slider(ui, &mut to, 0..=end, "Lag at most", |lag| format!("{lag:.0}"));
    if from != filter.min_lag.min(end) {
        filter.min_lag = from;
        to = to.max(from);
    }
    if to != filter.max_lag.min(end) {
        // At its end the slider hides nothing, also not what a later run with longer lags finds.
        filter.max_lag = if to == end { Filter::ANY_LAG } else { to };
        filter.min_lag = filter.min_lag.min(to);
    }
}

fn sign_ui(ui: &mut Ui, theme: &Theme, filter: &mut Filter, state: &UiState) {
    let derived = &state.derived;
    heading(ui, theme, "Sign", "Of the weight", derived.hidden.sign);
    ui.horizontal(|ui| {
        for (name, hide, count, color) in [
            ("positive", &mut filter.hide_positive, derived.signs[0], theme.positive_text),
            ("negative", &mut filter.hide_negative, derived.signs[1], theme.negative_text),
        ] {
            let mut shown = !*hide;
            let text = RichText::new(format!("{name}  {}", format::count(count))).color(color);
            named(check(ui, theme, &mut shown, text), &format!("Show {name} links"));
            *hide = !shown;
        }
    });
}

/// One box per regime, with a bar for how many links it has.
fn regime_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, filter: &mut Filter, state: &UiState) {
    let regimes = &state.derived.regimes;
    // A single regime leaves nothing to choose.
    if regimes.len() < 2 && filter.hidden_regimes == 0 {
        return;
    }
    heading(ui, theme, "Regime", "In which the link was last accepted", state.derived.hidden.regime);
    let most = regimes.values().copied().max().unwrap_or(1).max(1);
    let current = vm.snapshot.as_ref().map(|snapshot| snapshot.regime);
    for (regime, count) in regimes {
        ui.horizontal(|ui| {
            let mut shown = !filter.hides_regime(*regime);
            let now = if current == Some(*regime) { ", now" } else { "" };
            let name = format!("regime {regime}{now}");
            let text = RichText::new(format!("{name}  {}", format::count(*count))).color(theme.text);
            if named(check(ui, theme, &mut shown, text), &format!("Show links of {name}")).changed() {
                filter.set_regime(*regime, shown);
            }
            let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 6.0), Sense::hover());
            let width = rect.width() * *count as f32 / most as f32;
            let bar = Rect::from_min_size(rect.min, vec2(width, rect.height()));
            ui.painter().rect_filled(bar, CornerRadius::same(3), theme.regime(*regime).gamma_multiply(0.7));
        });
    }
}
