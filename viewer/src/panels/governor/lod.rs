//! In: what is drawn and what it costs. Out: the sliders of the level of detail, each with its cost now.

use egui::{RichText, Slider, Ui};

use super::super::format;
use super::super::plots::remark;
use super::super::widgets::{check, named, section};
use crate::model::{Command, Lod, ViewModel};
use crate::theme::{Theme, text_size};

pub(super) fn lod_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    section(ui, theme, "What is drawn, and what it costs");
    let mut lod = vm.lod;
    check(ui, theme, &mut lod.auto, "by itself, to keep up").on_hover_text(
        "Layout steps, links, resolution and names give way, in this order, when a frame takes too long",
    );
    let graph_ms = vm.cost.graph_ms(vm.frame_ms);
    let text = format!(
        "While it moves, a frame takes {}: graph {}, panels {}, names {}",
        ms(vm.frame_ms),
        ms(graph_ms),
        ms(vm.cost.panels_ms),
        ms(vm.cost.labels_ms)
    );
    remark(ui, theme, text);
    let mut moved = false;
    let mut slider = |ui: &mut Ui, name: &str, slider: Slider<'_>, cost: String, help: &str| {
        ui.horizontal(|ui| {
            ui.label(RichText::new(name).size(text_size::SMALL).color(theme.text)).on_hover_text(help);
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let cost = RichText::new(cost).size(text_size::SMALL).color(theme.text_weak);
                ui.add(egui::Label::new(cost).truncate());
            });
        });
        ui.spacing_mut().slider_width = (ui.available_width() - 70.0).max(60.0);
        moved |= named(ui.add(slider), name).changed();
    };
    let all = vm.visible_edges;
    let most = (all.max(1_000) as u32).max(lod.max_edges.min(1_000_000));
    let hidden = all.saturating_sub(vm.drawn_edges);
    let each_us = if vm.drawn_edges > 0 { graph_ms * 1e3 / vm.drawn_edges as f32 } else { 0.0 };
    let links = match hidden {
        0 => format!("all {}, at most {}", format::count(all as u64), ms(graph_ms)),
        hidden => format!("hides {}, saves ≤ {}", format::count(hidden as u64), ms(each_us * hidden as f32 / 1e3)),
    };
    slider(
        ui,
        "Links drawn",
        Slider::new(&mut lod.max_edges, 100..=most).logarithmic(true).custom_formatter(|v, _| format::short(v)),
        links,
        &format!("The most important links first; at most {each_us:.1} µs per link and frame"),
    );
    let names = format!("{} drawn, {}", vm.cost.labels, ms(vm.cost.labels_ms));
    slider(ui, "Names drawn", Slider::new(&mut lod.max_labels, 0..=400), names, "Names drawn at most");
    let share = lod.resolution * lod.resolution;
    let saved =
        if share < 0.999 { format!("{:.0} % fewer pixels", 100.0 * (1.0 - share)) } else { "every pixel".into() };
    let pixels = Slider::new(&mut lod.resolution, 0.4..=1.0).custom_formatter(|v, _| format!("{:.0} %", v * 100.0));
    slider(ui, "Resolution", pixels, saved, "Pixels of the graph per pixel of the window, along each side");
    let steps = match (vm.layout_frozen, vm.layout_settled) {
        (true, _) => "held: none",
        (_, true) => "at rest: none",
        _ => "beside the frame",
    };
    slider(
        ui,
        "Layout steps per frame",
        Slider::new(&mut lod.layout_steps, 1..=8),
        steps.to_owned(),
        "More settles sooner; the layout works on a thread of its own and takes processor time from discovery",
    );
    let target = Slider::new(&mut lod.target_ms, 8.0..=100.0).custom_formatter(|v, _| format!("{v:.0} ms"));
    let load = format!("{:.0} % of it used", 100.0 * vm.frame_ms / vm.lod.target_ms.max(1.0));
    if moved {
        // A hand on a slider is above the controller.
        lod.auto = false;
    }
    ui.horizontal(|ui| {
        ui.label(RichText::new("A frame may take").size(text_size::SMALL).color(theme.text));
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.label(RichText::new(load).size(text_size::SMALL).color(theme.text_weak));
        });
    });
    named(ui.add(target), "A frame may take");
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

fn ms(value: f32) -> String {
    if value < 10.0 { format!("{value:.1} ms") } else { format!("{value:.0} ms") }
}
