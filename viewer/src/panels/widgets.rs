//! In: a value and a place. Out: the small pieces panels are made of: lines of a list, bars, intervals, line samples.

use egui::{
    Align, Color32, CornerRadius, Label, Layout, Margin, Pos2, Rect, Response, RichText, Sense, Shape, Stroke,
    StrokeKind, TextEdit, TextStyle, TextWrapMode, Ui, WidgetInfo, WidgetText, WidgetType, pos2, vec2,
};

use super::format;
use crate::theme::{Theme, set_strong_edges, size, space, text_size};

/// Gives a control the name that assistive technology reads.
pub(super) fn named(response: Response, name: &str) -> Response {
    response.ctx.accesskit_node_builder(response.id, |node| node.set_label(name));
    response
}

/// A slider with its value beside it as a number that can be typed; both have a name. Returns whether it was moved.
pub(super) fn slide<N: egui::emath::Numeric>(
    ui: &mut Ui,
    name: &str,
    value: &mut N,
    range: std::ops::RangeInclusive<N>,
    logarithmic: bool,
    text: impl Fn(f64) -> String,
) -> bool {
    let whole = N::INTEGRAL;
    let speed = (range.end().to_f64() - range.start().to_f64()).abs() * 0.004;
    ui.horizontal(|ui| {
        let slider = egui::Slider::new(value, range.clone()).logarithmic(logarithmic).show_value(false);
        let slid = named(ui.add(slider), name).changed();
        let drag = egui::DragValue::new(value)
            .range(range)
            .speed(if whole { speed.max(0.05) } else { speed })
            .custom_formatter(|value, _| text(value));
        named(ui.add(drag), &format!("{name}, as a number")).changed() || slid
    })
    .inner
}

/// Title of a section within a panel.
pub(super) fn section(ui: &mut Ui, theme: &Theme, title: &str) {
    ui.add_space(space::M);
    ui.label(RichText::new(title).size(text_size::SMALL).color(theme.text_weak));
    ui.add_space(1.0);
}

/// One fact: its name on the left, its value on the right, what it means on hover.
pub(super) fn fact(ui: &mut Ui, theme: &Theme, name: &str, value: &str, help: &str) {
    let row = ui.horizontal(|ui| {
        ui.label(RichText::new(name).color(theme.text_weak));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.add(Label::new(RichText::new(value).color(theme.text_strong)).truncate());
        });
    });
    if !help.is_empty() {
        row.response.on_hover_text(help);
    }
}

/// One share, `[0, 1]`, as text and as a bar below.
pub(super) fn share(ui: &mut Ui, theme: &Theme, name: &str, value: f64, color: Color32, help: &str) {
    fact(ui, theme, name, &format::percent(value), help);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), size::BAR), Sense::hover());
    bar(ui, theme, rect, value, color);
    ui.add_space(space::XS);
}

/// A horizontal bar filled to `value`, `[0, 1]`.
pub(super) fn bar(ui: &Ui, theme: &Theme, rect: Rect, value: f64, color: Color32) {
    let round = CornerRadius::same((rect.height() / 2.0) as u8);
    ui.painter().rect_filled(rect, round, theme.widget);
    let value = if value.is_finite() { value.clamp(0.0, 1.0) as f32 } else { 0.0 };
    let filled = Rect::from_min_size(rect.min, vec2(rect.width() * value, rect.height()));
    ui.painter().rect_filled(filled, round, color);
}

/// An estimate and its interval, drawn against zero.
pub(super) fn interval(ui: &mut Ui, theme: &Theme, color: Color32, value: f64, lo: f64, hi: f64) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 40.0), Sense::hover());
    response.widget_info(|| {
        let text = format!("{}; zero is {} the interval", format::with_interval(value, lo, hi), inside(lo, hi));
        WidgetInfo::labeled(WidgetType::Label, true, text)
    });
    let ends = [value, lo, hi, 0.0].into_iter().filter(|end| end.is_finite());
    let (least, most) = ends.fold((0.0_f64, 0.0_f64), |(a, b), end| (a.min(end), b.max(end)));
    let room = if most > least { most - least } else { 1.0 };
    let inner = rect.shrink2(vec2(10.0, 0.0));
    let x = |at: f64| inner.left() + ((at - least) / room) as f32 * inner.width();
    let painter = ui.painter();
    painter.rect_filled(rect, CornerRadius::same(size::RADIUS), theme.field);
    let line_y = rect.top() + 15.0;
    let tick_y = line_y + 10.0;
    painter.vline(x(0.0), rect.top() + 4.0..=tick_y, Stroke::new(1.0, theme.outline_strong));
    let font = TextStyle::Small.resolve(ui.style());
    painter.text(pos2(x(0.0), rect.bottom() - 1.0), anchor(x(0.0), inner), "0", font, theme.text_weak);
    if lo.is_finite() && hi.is_finite() {
        painter.hline(x(lo)..=x(hi), line_y, Stroke::new(2.0, color));
        for end in [lo, hi] {
            painter.vline(x(end), line_y - 5.0..=line_y + 5.0, Stroke::new(2.0, color));
        }
    }
    if value.is_finite() {
        painter.circle(pos2(x(value), line_y), 4.5, color, Stroke::new(1.5, theme.field));
    }
}

fn inside(lo: f64, hi: f64) -> &'static str {
    if lo <= 0.0 && hi >= 0.0 { "inside" } else { "outside" }
}

fn anchor(x: f32, inner: Rect) -> egui::Align2 {
    if x < inner.left() + 4.0 {
        egui::Align2::LEFT_BOTTOM
    } else if x > inner.right() - 4.0 {
        egui::Align2::RIGHT_BOTTOM
    } else {
        egui::Align2::CENTER_BOTTOM
    }
}

/// Room for the value of a line that also has a remark, in points.
const VALUE_COLUMN: f32 = 46.0;

/// One line of a list that can be clicked.
pub(super) struct Row<'a> {
    /// Name on the left.
    pub text: WidgetText,
    /// Small print before the value; it stays when a long name is cut.
    pub remark: WidgetText,
    /// Value on the right.
    pub value: WidgetText,
    /// What assistive technology reads.
    pub name: &'a str,
    /// A thin bar at the left edge, in this colour.
    pub mark: Option<Mark>,
    /// Whether this is the selected thing.
    pub selected: bool,
}

/// The thin bar at the left edge of a line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// Colour.
    pub color: Color32,
    /// Height relative to the largest, `[0, 1]`.
    pub share: f32,
    /// Broken in two, as negative links are drawn dashed.
    pub dashed: bool,
}

impl Row<'_> {
    pub(super) fn show(self, ui: &mut Ui, theme: &Theme) -> Response {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), size::LIST_ROW), Sense::click());
        response.widget_info(|| WidgetInfo::selected(WidgetType::Button, true, self.selected, self.name));
        if !ui.is_rect_visible(rect) {
            return response;
        }
        let wide = rect.expand2(vec2(space::XS, 0.0));
        let round = CornerRadius::same(size::RADIUS);
        if self.selected {
            ui.painter().rect_filled(wide, round, theme.accent);
        } else if response.hovered() || response.has_focus() {
            ui.painter().rect_filled(wide, round, theme.widget);
        }
        if response.has_focus() {
            ui.painter().rect_stroke(wide, round, Stroke::new(1.0, theme.accent_text), StrokeKind::Inside);
        }
        let mut left = rect.left();
        if let Some(mark) = self.mark {
            mark.paint(ui, rect);
            left += 10.0;
        }
        let [text_color, value_color] =
            if self.selected { [theme.on_accent; 2] } else { [theme.text, theme.text_strong] };
        let value = self.value.into_galley(ui, Some(TextWrapMode::Extend), f32::INFINITY, TextStyle::Body);
        let value_pos = pos2(rect.right() - value.size().x, rect.center().y - value.size().y / 2.0);
        // What is selected is written in one colour: others would not be seen on it.
        let write = |at: Pos2, galley: std::sync::Arc<egui::Galley>, color: Color32| {
            if self.selected {
                ui.painter().galley_with_override_text_color(at, galley, color);
            } else {
                ui.painter().galley(at, galley, color);
            }
        };
        write(value_pos, value, value_color);
        let remark = self.remark.into_galley(ui, Some(TextWrapMode::Extend), f32::INFINITY, TextStyle::Small);
        // Remarks line up however wide the values are.
        let remark_right =
            if remark.is_empty() { value_pos.x } else { (value_pos.x - space::S).min(rect.right() - VALUE_COLUMN) };
        let remark_pos = pos2(remark_right - remark.size().x, rect.center().y - remark.size().y / 2.0);
        let room = (remark_pos.x - space::S - left).max(0.0);
        write(remark_pos, remark, if self.selected { theme.on_accent } else { theme.text_weak });
        let text = self.text.into_galley(ui, Some(TextWrapMode::Truncate), room, TextStyle::Body);
        let elided = text.elided;
        write(pos2(left, rect.center().y - text.size().y / 2.0), text, text_color);
        let response = response.on_hover_cursor(egui::CursorIcon::PointingHand);
        if elided { response.on_hover_text(self.name) } else { response }
    }
}

impl Mark {
    fn paint(self, ui: &Ui, row: Rect) {
        let height = (row.height() - 8.0) * self.share.clamp(0.15, 1.0);
        let bar = Rect::from_center_size(pos2(row.left() + 2.0, row.center().y), vec2(3.0, height));
        if self.dashed && height > 5.0 {
            let piece = vec2(3.0, (height - 2.0) / 2.0);
            ui.painter().rect_filled(Rect::from_min_size(bar.min, piece), CornerRadius::ZERO, self.color);
            ui.painter().rect_filled(Rect::from_min_size(bar.max - piece, piece), CornerRadius::ZERO, self.color);
        } else {
            ui.painter().rect_filled(bar, CornerRadius::ZERO, self.color);
        }
    }
}

/// How a sample of a line ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// An arrow head.
    Arrow,
    /// Nothing.
    Plain,
}

/// A sample of a link's line, as the 3D pane draws it.
pub(super) fn line_sample(ui: &Ui, rect: Rect, color: Color32, width: f32, dashed: bool, ending: Ending) {
    let y = rect.center().y;
    let head = if ending == Ending::Arrow { 5.0 } else { 0.0 };
    let (from, to) = (pos2(rect.left(), y), pos2(rect.right() - head, y));
    let stroke = Stroke::new(width, color);
    if dashed {
        ui.painter().extend(Shape::dashed_line(&[from, to], stroke, 4.0, 3.0));
    } else {
        ui.painter().line_segment([from, to], stroke);
    }
    if ending == Ending::Arrow {
        let half = 3.5_f32.max(width);
        let tip = pos2(rect.right(), y);
        let base = [pos2(to.x - 1.0, y - half), pos2(to.x - 1.0, y + half)];
        ui.painter().add(Shape::convex_polygon(vec![tip, base[1], base[0]], color, Stroke::NONE));
    }
}

/// A diamond, as the 3D pane draws a hyperedge's junction.
pub(super) fn diamond(ui: &Ui, center: Pos2, radius: f32, color: Color32) {
    let corners = [vec2(0.0, -radius), vec2(radius, 0.0), vec2(0.0, radius), vec2(-radius, 0.0)];
    let points = corners.iter().map(|corner| center + *corner).collect();
    ui.painter().add(Shape::convex_polygon(points, color, Stroke::NONE));
}

/// A button in the accent colour: the thing to do next.
pub(super) fn main_button(ui: &mut Ui, theme: &Theme, text: &str, enabled: bool) -> Response {
    let button = egui::Button::new(RichText::new(text).color(if enabled { theme.on_accent } else { theme.text_weak }))
        .fill(if enabled { theme.accent } else { theme.widget })
        .min_size(vec2(96.0, 28.0));
    ui.add_enabled(enabled, button)
}

/// A text field of one line whose edge is seen.
pub(super) fn text_field(ui: &mut Ui, theme: &Theme, field: TextEdit<'_>, width: f32) -> Response {
    ui.scope(|ui| {
        set_strong_edges(ui, theme);
        ui.add(field.desired_width(width).margin(Margin::symmetric(6, 4)))
    })
    .inner
}

/// A check box whose edge is seen.
pub(super) fn check(ui: &mut Ui, theme: &Theme, on: &mut bool, text: impl Into<WidgetText>) -> Response {
    ui.scope(|ui| {
        set_strong_edges(ui, theme);
        ui.checkbox(on, text.into())
    })
    .inner
}

/// A small cross that closes something.
pub(super) fn close_button(ui: &mut Ui, theme: &Theme, name: &str) -> Response {
    let cross = RichText::new("×").size(text_size::HEADING + 2.0).color(theme.text_weak);
    named(ui.add(egui::Button::new(cross).frame(false).min_size(vec2(20.0, 20.0))), name)
}

/// A field to paste or type a path into. Enter or the button gives the path back.
pub(super) fn path_field(ui: &mut Ui, theme: &Theme, text: &mut String, name: &str) -> Option<std::path::PathBuf> {
    let mut given = false;
    ui.horizontal(|ui| {
        let width = (ui.available_width() - 62.0).max(60.0);
        let field = named(text_field(ui, theme, TextEdit::singleline(text).hint_text("Paste a path"), width), name);
        given |= field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let button = ui.add_enabled(!text.trim().is_empty(), egui::Button::new("Open"));
        given |= named(button, &format!("{name}: open")).clicked();
    });
    // File managers copy paths quoted or as addresses.
    let path = text.trim().trim_matches(['"', '\'']).trim_start_matches("file://").to_owned();
    if !given || path.is_empty() {
        return None;
    }
    text.clear();
    Some(path.into())
}
