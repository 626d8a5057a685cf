//! In: past windows. Out: the timeline: how many links there were, which came and went, which regime ruled, how fast
//! things drifted; and the controls to go there, play, mark and compare.

use egui::{Align, Button, Color32, Layout, PointerButton, RichText, Stroke, Ui};
use egui_plot::{AxisHints, Bar, BarChart, Line, PlotPoints, Points, Span, VLine};

use super::actions::mark;
use super::format;
use super::plots::{few_marks, plain_plot};
use super::widgets::named;
use crate::model::{Command, HistoryPoint, ViewModel};
use crate::theme::{Theme, mix, text_size};

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

pub(super) fn timeline_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    let Some(latest) = vm.history.last() else {
        ui.centered_and_justified(|ui| {
            ui.label(RichText::new("Links over time appear with the first window.").color(theme.text_weak));
        });
        return;
    };
    controls_ui(ui, theme, vm, out);
    plot_ui(ui, theme, vm, latest, out);
}

fn controls_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        ui.spacing_mut().button_padding.x = 6.0;
        let button = |ui: &mut Ui, text: &str, name: &str, help: &str| {
            let button = Button::new(RichText::new(text).size(text_size::SMALL)).small();
            named(ui.add(button), name).on_hover_text(help.to_owned()).clicked()
        };
        if button(ui, "|◀", "First window", "The first window kept") {
            let first = vm.recording.iter().next().map(|snapshot| snapshot.window);
            out.push(Command::ShowWindow(first.or(Some(0))));
        }
        if button(ui, "◀", "One window back", "One window back (←)") {
            out.push(Command::StepWindow(-1));
        }
        let (text, name) = if vm.time.playing { ("▮▮", "Stop playing") } else { ("▶", "Play the past") };
        if button(ui, text, name, &format!("{name} (K)")) {
            out.push(Command::SetPlaying(!vm.time.playing));
        }
        if button(ui, "▶|", "One window on", "One window on (→)") {
            out.push(Command::StepWindow(1));
        }
        speed_ui(ui, vm, out);
        for (second, letter, at) in [(false, "A", vm.time.mark_a), (true, "B", vm.time.mark_b)] {
            let text = RichText::new(letter).size(text_size::SMALL);
            let help = format!("Put mark {letter} at the window shown, or take it away ({letter})");
            let on = at.is_some();
            if named(ui.selectable_label(on, text), &format!("Timeline mark {letter}")).on_hover_text(help).clicked() {
                out.push(mark(vm, second));
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            live_ui(ui, theme, vm, out);
            remarks_ui(ui, theme, vm, out);
        });
    });
}

fn speed_ui(ui: &mut Ui, vm: &ViewModel, out: &mut Vec<Command>) {
    let text = RichText::new(format!("{}/s", vm.time.windows_per_s)).size(text_size::SMALL);
    let menu = ui.menu_button(text, |ui| {
        for speed in [1.0_f32, 2.0, 4.0, 8.0, 16.0, 32.0] {
            if ui.selectable_label(vm.time.windows_per_s == speed, format!("{speed} windows per second")).clicked() {
                out.push(Command::SetSpeed(speed));
            }
        }
    });
    named(menu.response, "Speed of playing");
}

fn live_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    let live = vm.time.at.is_none() && !vm.time.comparing;
    let color = if live { theme.success } else { theme.on_accent };
    let mut button = Button::new(RichText::new("LIVE").size(text_size::SMALL).color(color)).small();
    if !live {
        button = button.fill(theme.accent);
    }
    let response = named(ui.add(button), "Show the newest window").on_hover_text("Follow the newest window (L)");
    if response.clicked() && !live {
        out.push(Command::ShowWindow(None));
    }
}

/// What the marks mean, where the view stands, and what came and went since the user last looked.
fn remarks_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    let small = |text: String, color| RichText::new(text).size(text_size::SMALL).color(color);
    ui.spacing_mut().item_spacing.x = 10.0;
    if let Some(snapshot) = vm.snapshot.as_ref().filter(|_| ui.available_width() > 70.0) {
        ui.label(small(format!("window {}", format::window(snapshot.window)), theme.text_weak));
    }
    let unseen = vm.unseen_changes();
    if unseen > 0 && ui.available_width() > 170.0 {
        let text = format!("{} since you looked", format::counted(unseen, "change"));
        let chip = Button::new(small(text, theme.on_accent)).fill(theme.accent).small();
        if ui.add(chip).on_hover_text("Click when you have seen them").clicked() {
            out.push(Command::MarkSeen);
        }
    }
    if ui.available_width() > 190.0 {
        ui.label(small("drift".into(), theme.hyper_text)).on_hover_text("Mean change of the weights per window");
        ui.label(small("− dropped".into(), theme.error));
        ui.label(small("+ added".into(), theme.success));
        ui.label(small("links".into(), theme.text_strong));
    }
}

fn plot_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, latest: &HistoryPoint, out: &mut Vec<Command>) {
    let history = &vm.history;
    let line: Vec<[f64; 2]> = history.iter().map(|p| [at(p.window), f64::from(p.edges)]).collect();
    let bars = |height: fn(&HistoryPoint) -> f64, color: Color32| -> Vec<Bar> {
        history
            .iter()
            .filter(|point| height(point) != 0.0)
            .map(|point| Bar::new(at(point.window), height(point)).width(0.8).stroke(Stroke::NONE).fill(color))
            .collect()
    };
    let added = BarChart::new("added", bars(|p| f64::from(p.added), theme.success)).color(theme.success);
    let dropped = BarChart::new("dropped", bars(|p| -f64::from(p.dropped), theme.error)).color(theme.error);
    let most = history.iter().map(|p| p.edges.max(p.added)).max().unwrap_or(0);
    let least = history.iter().map(|p| p.dropped).max().unwrap_or(0);
    let top = (f64::from(most) * 1.4).max(4.0);
    let first = history.first().map_or(0, |p| p.window);
    // Drift has no unit in common with counts: its highest value stands at a third of the height.
    let wildest = history.iter().map(|p| f64::from(p.drift)).fold(0.0, f64::max);
    let drift: Vec<[f64; 2]> = if wildest > 0.0 {
        history.iter().map(|p| [at(p.window), f64::from(p.drift) / wildest * top / 3.0]).collect()
    } else {
        Vec::new()
    };
    // A window of room at either end, and at least a few windows wide, so that one bar does not fill the strip.
    let (from, to) = (at(first) - 0.5, at(latest.window.max(first + 12)) + 0.5);
    let bands = regime_bands(history);
    let several = bands.len() > 1;
    let shown = vm.snapshot.as_ref().map_or(latest.window, |snapshot| snapshot.window);
    let links_then = nearest(history, at(shown)).map_or(latest.edges, |point| point.edges);
    let response = plain_plot(theme, "scarcity_timeline")
        .x_grid_spacer(|input| few_marks(input, 8.0))
        .y_grid_spacer(|input| few_marks(input, 4.0))
        .set_margin_fraction(egui::vec2(0.0, 0.08))
        .custom_x_axes(vec![axis(AxisHints::new_x(), theme)])
        .custom_y_axes(vec![axis(AxisHints::new_y(), theme).min_thickness(26.0).label_spacing(14.0..=20.0)])
        .label_formatter(move |place| {
            let x = match place {
                egui_plot::HoverPosition::NearDataPoint { position, .. }
                | egui_plot::HoverPosition::Elsewhere { position } => position.x,
            };
            nearest(history, x).map(describe)
        })
        .height(ui.available_height())
        .show(ui, |plot| {
            plot.set_plot_bounds_x(from..=to);
            plot.set_plot_bounds_y(-(f64::from(least) * 1.2).max(0.0)..=top);
            for (regime, first, last) in bands.iter().filter(|_| several) {
                // Faint, and equally so in every hue: the regime is the ground, not the figure.
                let color = mix(theme.panel, theme.regime(*regime), 0.10);
                let name = format!("regime {regime}");
                let range = at(*first) - 0.5..=at(*last) + 0.5;
                plot.span(Span::new(name, range).fill(color).border_width(0.0).label_align(egui::Align2::LEFT_TOP));
            }
            plot.bar_chart(added);
            plot.bar_chart(dropped);
            if !drift.is_empty() {
                plot.line(
                    Line::new("drift", PlotPoints::from(drift)).color(theme.hyper.gamma_multiply(0.8)).width(1.0),
                );
            }
            plot.line(Line::new("links", PlotPoints::from(line)).color(theme.text_strong).width(1.5));
            let now = [at(shown), f64::from(links_then)];
            plot.points(Points::new("shown", PlotPoints::from(vec![now])).color(theme.text_strong).radius(3.0));
            plot.vline(VLine::new("shown", at(shown)).color(theme.accent_text).width(1.5));
            for (letter, mark) in [("A", vm.time.mark_a), ("B", vm.time.mark_b)] {
                if let Some(window) = mark {
                    plot.vline(VLine::new(letter, at(window)).color(theme.selection).width(1.5));
                    let place = egui_plot::PlotPoint::new(at(window), top * 0.92);
                    let text = RichText::new(letter).strong().color(theme.selection);
                    plot.text(egui_plot::Text::new(letter, place, text));
                }
            }
            plot.pointer_coordinate().map(|point| point.x)
        });
    let wanted =
        response.inner.filter(|_| response.response.dragged_by(PointerButton::Primary) || response.response.clicked());
    response.response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::WidgetType::Slider, true, "Timeline: click or drag to go to a window")
    });
    if let Some(point) = wanted.and_then(|x| nearest(history, x)) {
        // The end of the strip is the present.
        let window = (point.window < latest.window).then_some(point.window);
        if vm.time.at != window {
            out.push(Command::ShowWindow(window));
        }
    }
}

/// Windows are counted from one for people.
fn at(window: u64) -> f64 {
    window as f64 + 1.0
}

fn axis<'a>(hints: AxisHints<'a>, theme: &Theme) -> AxisHints<'a> {
    hints
        .formatter(|mark, _| whole(mark.value.abs()))
        .tick_label_color(theme.text_weak)
        .tick_label_font(egui::FontId::proportional(text_size::SMALL))
}

fn whole(value: f64) -> String {
    if (value - value.round()).abs() < 1e-9 { format::number(value.round()) } else { String::new() }
}

fn nearest(history: &[HistoryPoint], x: f64) -> Option<&HistoryPoint> {
    let after = history.partition_point(|point| at(point.window) < x);
    let candidates = [after.checked_sub(1).and_then(|i| history.get(i)), history.get(after)];
    candidates.into_iter().flatten().min_by(|a, b| (at(a.window) - x).abs().total_cmp(&(at(b.window) - x).abs()))
}

fn describe(point: &HistoryPoint) -> String {
    format!(
        "window {}\n{}\n{} added, {} dropped\nregime {}\ndrift {} sd",
        format::window(point.window),
        format::counted(u64::from(point.edges), "link"),
        point.added,
        point.dropped,
        point.regime,
        format::number(f64::from(point.drift))
    )
}
