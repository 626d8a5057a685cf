//! In: the wish to take something out of the window. Out: a sheet with every format, what it holds, and one click each.

use egui::{Align, Align2, Area, Context, Id, Layout, Margin, Order, RichText};

use super::format;
use super::plots::remark;
use super::widgets::{close_button, named, slide};
use crate::model::{Command, ExportFormat, ViewModel};
use crate::theme::{Theme, card_frame, space, text_size};

fn about(format: ExportFormat) -> &'static str {
    match format {
        ExportFormat::Html => "one page: picture, table, settings, and the command that repeats the run",
        ExportFormat::Svg => "the picture as lines and text, for papers",
        ExportFormat::Png(_) => "the window, enlarged",
        ExportFormat::Film => "the recording window by window; pictures where ffmpeg is missing",
        ExportFormat::Csv => {
            "three files: every link shown with interval, lag and regime; the variables; the hyperedges"
        }
        ExportFormat::Parquet => "every link shown, typed and small",
        ExportFormat::Json => "nodes, links and hyperedges with every attribute",
        ExportFormat::GraphMl => "for yEd, Gephi, igraph, networkx",
        ExportFormat::Gexf => "for Gephi",
        ExportFormat::Dot => "for Graphviz",
        ExportFormat::Npz => "graph, val_matrix, p_matrix, conf_matrix [N, N, lags]",
    }
}

pub(super) fn export_ui(ctx: &Context, theme: &Theme, vm: &ViewModel, open: &mut bool, out: &mut Vec<Command>) {
    if !*open {
        return;
    }
    let scale_id = Id::new("scarcity_export_scale");
    let mut scale: u32 = ctx.data(|data| data.get_temp(scale_id)).unwrap_or(2);
    let area = Area::new(Id::new("scarcity_export"))
        .order(Order::Foreground)
        .pivot(Align2::CENTER_CENTER)
        .fixed_pos(ctx.content_rect().center())
        .show(ctx, |ui| {
            card_frame(theme).inner_margin(Margin::same(18)).show(ui, |ui| {
                ui.set_width(500.0_f32.min(ctx.content_rect().width() - 60.0));
                ui.horizontal(|ui| {
                    ui.label(RichText::new("Export").size(text_size::TITLE).color(theme.text_strong));
                    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                        if close_button(ui, theme, "Close the export sheet").clicked() {
                            *open = false;
                        }
                    });
                });
                if vm.snapshot.is_none() {
                    remark(ui, theme, "There is nothing to export before the first window.");
                }
                for format in ExportFormat::ALL {
                    let format = if matches!(format, ExportFormat::Png(_)) { ExportFormat::Png(scale) } else { format };
                    ui.horizontal(|ui| {
                        let button = ui
                            .add_enabled_ui(vm.snapshot.is_some(), |ui| {
                                ui.add_sized([222.0, 24.0], egui::Button::new(format.title()))
                            })
                            .inner;
                        if named(button, &format!("Export {}", format.title())).clicked() {
                            out.push(Command::Export(format, None));
                            *open = false;
                        }
                        remark(ui, theme, about(format));
                    });
                }
                ui.add_space(space::S);
                ui.horizontal(|ui| {
                    remark(ui, theme, "Enlarge the picture");
                    slide(ui, "Enlarge the picture", &mut scale, 1..=8, false, |scale| format!("×{scale:.0}"));
                });
                let what = if vm.leaves_out() || vm.visible_edges < vm.snapshot.as_ref().map_or(0, |s| s.edges.len()) {
                    format!(
                        "Graphs hold what is shown: {}. Table and NPZ formats say so in their names of columns.",
                        format::counted(vm.visible_edges as u64, "link")
                    )
                } else {
                    "Graphs hold what is shown: everything.".to_owned()
                };
                remark(ui, theme, what);
            });
        });
    ctx.data_mut(|data| data.insert_temp(scale_id, scale));
    if ctx.input(|input| input.pointer.any_pressed()) && !area.response.contains_pointer() {
        *open = false;
    }
}
