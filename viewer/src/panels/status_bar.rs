//! In: how far the run is. Out: the bar at the bottom: progress with Cancel while it runs, what was found when it is over,
//! and how many links the filters hide.

use egui::{Align, Button, Label, Layout, RichText, Sense, Ui, vec2};
use scarcity_engine::types::{Progress, RunState};

use super::format;
use super::widgets::{bar, named};
use crate::model::{Command, ViewModel};
use crate::theme::{Theme, space, text_size};

pub(super) fn status_bar_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            shown_ui(ui, theme, vm);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| run_ui(ui, theme, vm, out));
        });
    });
}

/// `showing 37 of 52 links`, or how many there are when nothing is hidden.
pub(super) fn shown_text(vm: &ViewModel) -> Option<String> {
    let all = vm.snapshot.as_ref()?.edges.len();
    Some(if vm.visible_edges < all {
        format!("showing {} of {}", format::count(vm.visible_edges as u64), format::counted(all as u64, "link"))
    } else {
        format!("showing all {}", format::counted(all as u64, "link"))
    })
}

fn shown_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel) {
    let Some(mut text) = shown_text(vm) else { return };
    let mut hides = vm.snapshot.as_ref().is_some_and(|snapshot| vm.visible_edges < snapshot.edges.len());
    if vm.drawn_edges < vm.visible_edges {
        text.push_str(&format!(", drawing {}", format::count(vm.drawn_edges as u64)));
        hides = true;
    }
    let color = if hides { theme.warning } else { theme.text_weak };
    ui.label(RichText::new(text).size(text_size::SMALL).color(color));
}

fn run_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel, out: &mut Vec<Command>) {
    let text = |text: String| RichText::new(text).size(text_size::SMALL).color(theme.text);
    let progress = &vm.progress;
    if vm.is_demo {
        ui.add(Label::new(text(format!("Demo · {} so far", format::counted(progress.rows, "row")))).truncate());
        return;
    }
    let over = matches!(progress.state, RunState::Finished | RunState::Cancelled | RunState::Failed);
    if over {
        ui.add(Label::new(text(found_text(vm))).truncate());
        return;
    }
    if vm.source_name.is_empty() {
        return;
    }
    if let Some(share) = share_done(progress) {
        let (rect, response) = ui.allocate_exact_size(vec2(140.0, 6.0), Sense::hover());
        bar(ui, theme, rect, share, theme.accent_text);
        response.widget_info(|| {
            let mut info = egui::WidgetInfo::labeled(egui::WidgetType::ProgressIndicator, true, "Progress");
            info.value = Some(share);
            info
        });
    }
    ui.add(Label::new(text(progress_text(vm))).truncate());
    if named(ui.add(Button::new(text("Cancel".into())).small()), "Cancel the run")
        .on_hover_text("Stop reading; what was found stays")
        .clicked()
    {
        out.push(Command::CancelRun);
    }
}

fn share_done(progress: &Progress) -> Option<f64> {
    progress.rows_expected.filter(|expected| *expected > 0).map(|expected| progress.rows as f64 / expected as f64)
}

/// `1,204,000 of 2,000,000 rows · 48.2k rows/s · 17 s left`.
pub(super) fn progress_text(vm: &ViewModel) -> String {
    let progress = &vm.progress;
    let mut parts = vec![match progress.rows_expected {
        Some(expected) => {
            format!("{} of {}", format::count(progress.rows), format::counted(expected.max(progress.rows), "row"))
        }
        None => format::counted(progress.rows, "row"),
    }];
    match progress.state {
        _ if vm.paused || progress.state == RunState::Paused => parts.push("paused".into()),
        RunState::Waiting => parts.push("waiting for new rows".into()),
        _ => {
            parts.push(format::rows_per_s(progress.rows_per_s));
            if let Some(eta) = progress.eta_s {
                parts.push(format!("{} left", format::duration(eta)));
            }
        }
    }
    if progress.bad_rows > 0 {
        parts.push(format!("{} skipped", format::counted(progress.bad_rows, "unreadable row")));
    }
    parts.join("  ·  ")
}

/// `Found 14 links in 120,000 rows (52 s)`, with why it ended early if it did.
pub(super) fn found_text(vm: &ViewModel) -> String {
    let progress = &vm.progress;
    let (links, hyper) =
        vm.snapshot.as_ref().map_or((0, 0), |snapshot| (snapshot.edges.len(), snapshot.hyperedges.len()));
    let mut found = format::counted(links as u64, "link");
    if hyper > 0 {
        found = format!("{found} and {}", format::counted(hyper as u64, "hyperedge"));
    }
    let rows = format::counted(progress.rows, "row");
    let took = format::duration(progress.elapsed_s);
    let bad = match progress.bad_rows {
        0 => String::new(),
        bad => format!("; {} skipped", format::counted(bad, "unreadable row")),
    };
    match progress.state {
        RunState::Cancelled => format!("Cancelled: {found} found in the first {rows}{bad}"),
        RunState::Failed => format!("Stopped by an error: {found} found in the first {rows}{bad}"),
        _ if progress.windows == 0 => format!("Finished: {rows} are fewer than one window, so nothing could be tested"),
        _ => format!("Found {found} in {rows} ({took}){bad}"),
    }
}
