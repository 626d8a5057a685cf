//! In: what is drawn and what it costs. Out: the sliders of the level of detail, each with its cost now.

use egui::{RichText, Ui};

use super::super::format;
use super::super::plots::remark;
use super::super::widgets::{check, named, section, slide};
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
    let all = vm.visible_edges;
    let most = (all.max(1_000) as u32).max(lod.max_edges.min(1_000_000));
    let hidden = all.saturating_sub(vm.drawn_edges);
    let each_us = if vm.drawn_edges > 0 { graph_ms * 1e3 / vm.drawn_edges as f32 } else { 0.0 };
    let links = match hidden {
        0 => format!("all {}, at most {}", format::count(all as u64), ms(graph_ms)),
        hidden => format!("hides {}, saves ≤ {}", format::count(hidden as u64), ms(each_us * hidden as f32 / 1e3)),
    };
    let help = format!("The most important links first; at most {each_us:.1} µs per link and frame");
    heading(ui, theme, "Links drawn", &links, &help);
    let mut moved = slide(ui, "Links drawn", &mut lod.max_edges, 100..=most, true, format::short);
    let names = format!("{} drawn, {}", vm.cost.labels, ms(vm.cost.labels_ms));
    heading(ui, theme, "Names drawn", &names, "Names drawn at most");
    moved |= slide(ui, "Names drawn", &mut lod.max_labels, 0..=400, false, |v| format!("{v:.0}"));
    let groups = check(ui, theme, &mut lod.clusters, "discs for groups too small to be told apart");
    groups.on_hover_text("From a distance, one disc per group, as large as it is numerous");
    let share = lod.resolution * lod.resolution;
    let saved =
        if share < 0.999 { format!("{:.0} % fewer pixels", 100.0 * (1.0 - share)) } else { "every pixel".to_owned() };
    heading(ui, theme, "Resolution", &saved, "Pixels of the graph per pixel of the window, along each side");
    moved |= slide(ui, "Resolution", &mut lod.resolution, 0.4..=1.0, false, |v| format!("{:.0} %", v * 100.0));
    let steps = match (vm.layout_frozen, vm.layout_settled) {
        (true, _) => "held: none",
        (_, true) => "at rest: none",
        _ => "beside the frame",
    };
    let help = "More settles sooner; the layout works on a thread of its own and takes processor time from discovery";
    heading(ui, theme, "Layout steps per frame", steps, help);
    moved |= slide(ui, "Layout steps per frame", &mut lod.layout_steps, 1..=8, false, |v| format!("{v:.0}"));
    if moved {
        // A hand on a slider is above the controller.
        lod.auto = false;
    }
    let load = format!("{:.0} % of it used", 100.0 * vm.frame_ms / vm.lod.target_ms.max(1.0));
    heading(ui, theme, "A frame may take", &load, "What the controller keeps to");
    slide(ui, "A frame may take", &mut lod.target_ms, 8.0..=100.0, false, |v| format!("{v:.0} ms"));
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

/// The name of a slider, and on the right what it costs now.
fn heading(ui: &mut Ui, theme: &Theme, name: &str, cost: &str, help: &str) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(name).size(text_size::SMALL).color(theme.text)).on_hover_text(help);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let cost = RichText::new(cost).size(text_size::SMALL).color(theme.text_weak);
            ui.add(egui::Label::new(cost).truncate());
        });
    });
    ui.spacing_mut().slider_width = (ui.available_width() - 70.0).max(60.0);
}

fn ms(value: f32) -> String {
    if value < 10.0 { format!("{value:.1} ms") } else { format!("{value:.0} ms") }
}
