//! In: what is drawn. Out: the key to it, in the bottom right corner of the 3D pane; always true to the encoding.

use egui::{Align2, Area, Context, Id, Margin, Order, Rect, RichText, Sense, Stroke, Ui, pos2, vec2};

use super::state::UiState;
use super::widgets::{Ending, diamond, line_sample, named};
use crate::model::{ChangeKind, ViewModel};
use crate::theme::{Theme, card_frame, space, text_size};

/// Width of the unfolded legend with its margins, in points.
pub(super) const LEGEND_WIDTH: f32 = 190.0;
/// The legend starts folded in a 3D pane narrower than this, in points.
const ROOMY: f32 = 640.0;

/// Whether the legend is unfolded in a pane of that width.
pub(super) fn is_open(state: &UiState, scene: Rect) -> bool {
    state.legend_open.unwrap_or(scene.width() >= ROOMY)
}

pub(super) fn legend_ui(ctx: &Context, theme: &Theme, vm: &ViewModel, state: &mut UiState, scene: Rect) -> Rect {
    let open = is_open(state, scene);
    Area::new(Id::new("scarcity_legend"))
        .order(Order::Middle)
        .pivot(Align2::RIGHT_BOTTOM)
        .fixed_pos(scene.max - vec2(space::M, space::M))
        .constrain_to(scene)
        .show(ctx, |ui| {
            card_frame(theme).inner_margin(Margin::symmetric(8, 5)).show(ui, |ui| {
                ui.spacing_mut().item_spacing = vec2(8.0, 1.0);
                ui.spacing_mut().interact_size.y = 16.0;
                let title = if open { "Legend  −" } else { "Legend  +" };
                let button =
                    egui::Button::new(RichText::new(title).size(text_size::SMALL).color(theme.text_weak)).frame(false);
                let name = if open { "Fold the legend" } else { "Unfold the legend" };
                if named(ui.add(button), name).clicked() {
                    state.legend_open = Some(!open);
                }
                if open {
                    entries_ui(ui, theme, vm);
                }
            });
        })
        .response
        .rect
}

fn entries_ui(ui: &mut Ui, theme: &Theme, vm: &ViewModel) {
    if vm.time.comparing && vm.comparison.is_some() {
        changes_ui(ui, theme);
        return;
    }
    entry(ui, theme, "positive effect", |ui, rect| {
        line_sample(ui, rect, theme.positive, 2.5, false, Ending::Plain);
    });
    entry(ui, theme, "negative effect", |ui, rect| {
        line_sample(ui, rect, theme.negative, 2.5, true, Ending::Plain);
    });
    entry(ui, theme, "cause to effect, later", |ui, rect| {
        line_sample(ui, rect, theme.node, 1.5, false, Ending::Arrow);
    });
    entry(ui, theme, "same row, undirected", |ui, rect| {
        line_sample(ui, rect, theme.node, 1.5, false, Ending::Plain);
    });
    entry(ui, theme, "width: |weight|", |ui, rect| {
        for (i, width) in [1.0, 2.5, 5.0].into_iter().enumerate() {
            let x = rect.left() + i as f32 * rect.width() / 3.0;
            let line = [pos2(x, rect.center().y), pos2(x + rect.width() / 3.0 - 2.0, rect.center().y)];
            ui.painter().line_segment(line, Stroke::new(width, theme.node));
        }
    });
    entry(ui, theme, "opacity: confidence", |ui, rect| {
        for (i, opacity) in [0.2, 0.5, 1.0].into_iter().enumerate() {
            let x = rect.left() + i as f32 * rect.width() / 3.0;
            let line = [pos2(x, rect.center().y), pos2(x + rect.width() / 3.0 - 2.0, rect.center().y)];
            ui.painter().line_segment(line, Stroke::new(3.0, theme.node.gamma_multiply(opacity)));
        }
    });
    if vm.settings.sleeves {
        entry(ui, theme, "sleeve: 95 % interval", |ui, rect| {
            let line = [rect.left_center(), rect.right_center()];
            ui.painter().line_segment(line, Stroke::new(8.0, theme.positive.gamma_multiply(0.25)));
            ui.painter().line_segment(line, Stroke::new(2.5, theme.positive));
        });
    }
    if !vm.settings.reduced_motion {
        entry(ui, theme, "moving marks: rows of lag", |ui, rect| {
            line_sample(ui, rect, theme.positive, 2.5, false, Ending::Plain);
            for x in [0.45, 0.75] {
                let at = rect.left_center() + vec2(x * rect.width(), 0.0);
                ui.painter()
                    .line_segment([at - vec2(3.0, 0.0), at + vec2(3.0, 0.0)], Stroke::new(2.5, theme.selection));
            }
        });
    }
    entry(ui, theme, "arc: explained by own past", |ui, rect| {
        let (middle, radius) = (rect.center(), 6.0);
        ui.painter().circle_filled(middle, radius, theme.node);
        let arc = (0..=12).map(|i| {
            let angle = i as f32 / 12.0 * 4.0;
            middle + 0.66 * radius * vec2(angle.sin(), -angle.cos())
        });
        ui.painter().line(arc.collect(), Stroke::new(1.6, theme.scene));
    });
    entry(ui, theme, "hyperedge: joint effect", |ui, rect| {
        ui.painter().line_segment([rect.left_center(), rect.right_center()], Stroke::new(1.5, theme.hyper));
        diamond(ui, rect.center(), 5.0, theme.hyper);
    });
    if !vm.pins.is_empty() {
        entry(ui, theme, "ring: held in place", |ui, rect| {
            ui.painter().circle_filled(rect.center(), 4.0, theme.node);
            ui.painter().circle_stroke(rect.center(), 6.5, Stroke::new(1.0, theme.selection));
        });
    }
    if matches!(vm.what_if.answer, Some(Ok(_))) {
        entry(ui, theme, "colour: predicted response", |ui, rect| {
            for (i, color) in [theme.negative, theme.node, theme.positive].into_iter().enumerate() {
                let middle = pos2(rect.left() + (i as f32 + 0.5) * rect.width() / 3.0, rect.center().y);
                ui.painter().circle_filled(middle, 4.0, color);
            }
        });
    }
    if vm.settings.show_truth && vm.truth.is_some() {
        entry(ui, theme, "planted link, found", |ui, rect| {
            let halo = Stroke::new(8.0, theme.truth.gamma_multiply(0.35));
            ui.painter().line_segment([rect.left_center(), rect.right_center()], halo);
            line_sample(ui, rect, theme.positive, 2.0, false, Ending::Plain);
        });
        entry(ui, theme, "planted link, missed", |ui, rect| {
            for y in [-2.0, 2.0] {
                line_sample(ui, rect.translate(vec2(0.0, y)), theme.truth, 1.0, true, Ending::Plain);
            }
        });
    }
}

/// While a comparison is shown, colour means what became of a link.
fn changes_ui(ui: &mut Ui, theme: &Theme) {
    use ChangeKind::{Added, Removed, Reversed, Same, Stronger, Weaker};
    for kind in [Added, Removed, Reversed, Stronger, Weaker, Same] {
        entry(ui, theme, &format!("{} from A to B", kind.word()), |ui, rect| {
            line_sample(ui, rect, theme.change(kind), 2.5, kind == Removed, Ending::Plain);
        });
    }
}

fn entry(ui: &mut Ui, theme: &Theme, text: &str, sample: impl FnOnce(&Ui, Rect)) {
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(30.0, 15.0), Sense::hover());
        sample(ui, rect);
        ui.label(RichText::new(text).size(text_size::SMALL).color(theme.text));
    });
}
