//! In: readings of the machine and the governor's rules. Out: gauges with their past, what is drawn and what it costs, and
//! the rules as a table that can be changed.

use egui::{Align, CornerRadius, DragValue, Grid, Layout, Rect, RichText, ScrollArea, Sense, Slider, Ui, pos2, vec2};

use super::format;
use super::plots::remark;
use super::widgets::{check, named, section};
use crate::model::{Command, Lod, PolicyView, Reading, ViewModel};
use crate::theme::{Theme, space, text_size};

type Of = fn(&Reading) -> Option<f32>;

pub(super) fn governor_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        section(ui, theme, "This machine");
        let shares: [(&str, Of); 5] = [
            ("Processor", |r| r.cpu),
            ("Memory", |r| r.memory),
            ("Graphics processor", |r| r.gpu),
            ("Graphics memory", |r| r.vram),
            ("Queue", |r| r.queue),
        ];
        for (name, of) in shares {
            gauge_ui(ui, theme, vm, name, of, 1.0, |value| format::percent(f64::from(value)));
        }
        gauge_ui(ui, theme, vm, "Frames per second", |r| r.fps, 60.0, |value| format!("{value:.0}"));
        if let Some(bytes) = vm.readings.last().and_then(|reading| reading.own_bytes) {
            let text = format!(
                "This program holds {}, of it {} for the recording.",
                format::bytes(bytes),
                format::bytes(vm.recording.bytes() as u64)
            );
            remark(ui, theme, text);
        }
        lod_ui(ui, theme, vm, out);
        policies_ui(ui, theme, vm, out);
    });
}

/// A name, the newest value, and the last minutes as a strip of bars.
fn gauge_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, name: &str, of: Of, whole: f32, text: impl Fn(f32) -> String) {
    let newest = vm.readings.last().and_then(of);
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).color(theme.text_weak));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let shown = newest.map_or_else(|| "not known".to_owned(), &text);
            let color = if newest.is_some() { theme.text_strong } else { theme.text_weak };
            ui.label(RichText::new(shown).color(color));
        });
    });
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 16.0), Sense::hover());
    let label = format!("{name}: {}", newest.map_or_else(|| "not known".to_owned(), &text));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::ProgressIndicator, true, &label));
    ui.painter().rect_filled(rect, CornerRadius::same(2), theme.field);
    let values: Vec<Option<f32>> = vm.readings.iter().map(of).collect();
    let wide = rect.width() as usize / 2;
    let recent = &values[values.len().saturating_sub(wide)..];
    for (at, value) in recent.iter().enumerate() {
        let Some(value) = value else { continue };
        let share = (value / whole).clamp(0.0, 1.0);
        let x = rect.right() - (recent.len() - at) as f32 * 2.0;
        let bar = Rect::from_min_max(pos2(x, rect.bottom() - share * rect.height()), pos2(x + 1.5, rect.bottom()));
        let color = if share > 0.9 && whole == 1.0 { theme.warning } else { theme.accent_text };
        ui.painter().rect_filled(bar, CornerRadius::ZERO, color.gamma_multiply(0.75));
    }
    ui.add_space(2.0);
}

fn lod_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    section(ui, theme, "What is drawn");
    let mut lod = vm.lod;
    check(ui, theme, &mut lod.auto, "by itself, to keep up").on_hover_text(
        "Layout steps, links, resolution and names give way, in this order, when a frame takes too long",
    );
    let all = vm.visible_edges;
    let links = format!("{} of {}", format::count(vm.drawn_edges as u64), format::counted(all as u64, "link"));
    let text = format!("{links}; a frame takes {:.1} ms", vm.frame_ms);
    remark(ui, theme, text);
    let mut moved = false;
    let mut slider = |ui: &mut Ui, name: &str, slider: Slider<'_>, help: &str| {
        ui.label(RichText::new(name).size(text_size::SMALL).color(theme.text_weak)).on_hover_text(help);
        ui.spacing_mut().slider_width = (ui.available_width() - 70.0).max(60.0);
        moved |= named(ui.add(slider), name).changed();
    };
    let most = (all.max(1_000) as u32).max(lod.max_edges.min(1_000_000));
    let per_link_us = if vm.drawn_edges > 0 { vm.frame_ms * 1e3 / vm.drawn_edges as f32 } else { 0.0 };
    let cost = format!("The most important links first; now at most {per_link_us:.1} µs per link and frame");
    slider(
        ui,
        "Links drawn",
        Slider::new(&mut lod.max_edges, 100..=most).logarithmic(true).custom_formatter(|v, _| format::short(v)),
        &cost,
    );
    slider(ui, "Names drawn", Slider::new(&mut lod.max_labels, 0..=400), "Names drawn at most");
    let pixels = Slider::new(&mut lod.resolution, 0.4..=1.0).custom_formatter(|v, _| format!("{:.0} %", v * 100.0));
    slider(ui, "Resolution", pixels, "Pixels of the graph per pixel of the window, along each side");
    slider(
        ui,
        "Layout steps per frame",
        Slider::new(&mut lod.layout_steps, 1..=8),
        "More settles sooner and costs more",
    );
    let target = Slider::new(&mut lod.target_ms, 8.0..=100.0).custom_formatter(|v, _| format!("{v:.0} ms"));
    ui.label(RichText::new("A frame may take").size(text_size::SMALL).color(theme.text_weak));
    named(ui.add(target), "A frame may take");
    if moved {
        // A hand on a slider is above the controller.
        lod.auto = false;
    }
    ui.horizontal(|ui| {
        let usual = Lod { target_ms: lod.target_ms, ..Lod::default() };
        if lod != usual && named(ui.small_button("Reset"), "Reset what is drawn").clicked() {
            lod = usual;
        }
    });
    if lod != vm.lod {
        out.push(Command::SetLod(lod));
    }
}

fn policies_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    section(ui, theme, "Rules of the governor");
    if vm.policies.is_empty() {
        remark(ui, theme, "The settings name no rules.");
        return;
    }
    remark(ui, theme, "From the settings in force. They are kept with the session and act once the governor runs.");
    let mut policies = vm.policies.clone();
    let small = |text: &str| RichText::new(text).size(text_size::SMALL).color(theme.text_weak);
    ScrollArea::horizontal().id_salt("policies").show(ui, |ui| {
        Grid::new("scarcity_policies").num_columns(7).striped(true).spacing([8.0, 3.0]).show(ui, |ui| {
            for title in ["on", "where", "when", "limit", "do", "factor", "first"] {
                ui.label(small(title));
            }
            ui.end_row();
            policies.iter_mut().for_each(|policy| policy_ui(ui, theme, policy));
        });
    });
    if policies != vm.policies {
        out.push(Command::SetPolicies(policies));
    }
    ui.add_space(space::M);
}

fn policy_ui(ui: &mut Ui, theme: &Theme, policy: &mut PolicyView) {
    let name = format!("{} of {}", policy.action, policy.subsystem);
    named(ui.checkbox(&mut policy.enabled, ""), &format!("{name}: in force"));
    ui.label(RichText::new(&policy.subsystem).color(theme.text));
    ui.horizontal(|ui| {
        ui.label(RichText::new(&policy.metric).color(theme.text));
        let way = if policy.above { ">" } else { "<" };
        if named(ui.small_button(way), &format!("{name}: direction")).on_hover_text("Turn round").clicked() {
            policy.above = !policy.above;
        }
    });
    let speed = policy.threshold.abs().max(0.1) * 0.01;
    named(ui.add(DragValue::new(&mut policy.threshold).speed(speed)), &format!("{name}: limit"));
    ui.label(RichText::new(&policy.action).color(theme.text));
    named(ui.add(DragValue::new(&mut policy.factor).range(0.05..=4.0).speed(0.01)), &format!("{name}: factor"));
    named(ui.add(DragValue::new(&mut policy.priority).range(0..=9).speed(0.05)), &format!("{name}: priority"));
    ui.end_row();
}
