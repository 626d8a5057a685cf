//! In: an icon's name and a place. Out: its strokes, drawn rather than taken from a font, so that they are crisp at any scale.

use egui::{Color32, CornerRadius, Painter, Pos2, Rect, Response, Sense, Shape, Stroke, StrokeKind, Ui, pos2, vec2};

use super::widgets::named;
use crate::theme::{Theme, size};

/// What a toolbar button shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Icon {
    /// Four corners.
    Fit,
    /// A snowflake.
    Freeze,
    /// Two bars.
    Pause,
    /// A triangle.
    Play,
    /// A cube's face.
    Flat,
    /// A tag.
    Labels,
    /// A half-filled disc.
    Theme,
    /// A camera.
    Camera,
    /// A tick in a ring.
    Truth,
}

/// A square button with an icon, a name for assistive technology, and an explanation on hover.
pub(super) fn icon_button(ui: &mut Ui, theme: &Theme, icon: Icon, on: bool, name: &str, help: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(size::TOOL, size::TOOL), Sense::click());
    response.widget_info(|| egui::WidgetInfo::selected(egui::WidgetType::Button, true, on, name));
    let round = CornerRadius::same(size::RADIUS);
    let fill = match (on, response.hovered()) {
        (true, _) => theme.accent,
        (false, true) => theme.widget_hover,
        (false, false) => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, round, fill);
    if response.has_focus() {
        ui.painter().rect_stroke(rect, round, Stroke::new(1.0, theme.accent_text), StrokeKind::Inside);
    }
    let color = match (on, response.hovered()) {
        (true, _) => theme.on_accent,
        (false, true) => theme.text_strong,
        (false, false) => theme.text,
    };
    icon.paint(ui.painter(), Rect::from_center_size(rect.center(), vec2(16.0, 16.0)), color);
    named(response.on_hover_text(help), name)
}

impl Icon {
    fn paint(self, painter: &Painter, rect: Rect, color: Color32) {
        let stroke = Stroke::new(1.5, color);
        let at = |x: f32, y: f32| rect.min + vec2(x, y) * rect.width() / 16.0;
        match self {
            Self::Fit => {
                for [sx, sy] in [[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]] {
                    let corner = |x: f32, y: f32| at(8.0 - sx * x, 8.0 - sy * y);
                    painter.line(vec![corner(2.5, 6.5), corner(6.5, 6.5), corner(6.5, 2.5)], stroke);
                }
                painter.circle_filled(rect.center(), 1.8, color);
            }
            Self::Freeze => snowflake(painter, rect.center(), 6.8, stroke),
            Self::Pause => {
                for x in [4.0, 9.5] {
                    let bar = Rect::from_two_pos(at(x, 3.0), at(x + 2.5, 13.0));
                    painter.rect_filled(bar, CornerRadius::same(1), color);
                }
            }
            Self::Play => {
                let points = vec![at(4.5, 2.5), at(13.5, 8.0), at(4.5, 13.5)];
                painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
            }
            Self::Flat => {
                let face = Rect::from_two_pos(at(2.0, 5.0), at(11.0, 14.0));
                painter.rect_stroke(face, CornerRadius::ZERO, stroke, StrokeKind::Middle);
                painter.line(vec![at(2.0, 5.0), at(5.0, 2.0), at(14.0, 2.0), at(14.0, 11.0), at(11.0, 14.0)], stroke);
                painter.line_segment([at(11.0, 5.0), at(14.0, 2.0)], stroke);
            }
            Self::Labels => {
                let outline = vec![at(1.5, 4.0), at(10.5, 4.0), at(14.5, 8.0), at(10.5, 12.0), at(1.5, 12.0)];
                painter.add(Shape::closed_line(outline, stroke));
                painter.circle_filled(at(10.5, 8.0), 1.4, color);
            }
            Self::Theme => {
                painter.circle_stroke(rect.center(), 6.2, stroke);
                let arc = (0..=16).map(|i| {
                    let angle = std::f32::consts::PI * (i as f32 / 16.0 - 0.5);
                    rect.center() + vec2(angle.cos(), angle.sin()) * 6.2
                });
                painter.add(Shape::convex_polygon(arc.collect(), color, Stroke::NONE));
            }
            Self::Camera => {
                let body = Rect::from_two_pos(at(1.5, 4.5), at(14.5, 13.0));
                painter.rect_stroke(body, CornerRadius::same(2), stroke, StrokeKind::Middle);
                painter.line(vec![at(5.0, 4.5), at(6.2, 2.5), at(9.8, 2.5), at(11.0, 4.5)], stroke);
                painter.circle_stroke(at(8.0, 8.7), 2.5, stroke);
            }
            Self::Truth => {
                painter.circle_stroke(rect.center(), 6.5, stroke);
                painter.line(vec![at(5.0, 8.3), at(7.2, 10.5), at(11.2, 5.8)], stroke);
            }
        }
    }
}

fn snowflake(painter: &Painter, center: Pos2, radius: f32, stroke: Stroke) {
    for i in 0..6 {
        let angle = std::f32::consts::TAU * (i as f32 / 6.0 + 0.25);
        let point = |angle: f32, r: f32| pos2(center.x + angle.cos() * r, center.y + angle.sin() * r);
        painter.line_segment([center, point(angle, radius)], stroke);
        for side in [-0.38, 0.38] {
            painter.line_segment([point(angle, radius * 0.55), point(angle + side, radius * 0.88)], stroke);
        }
    }
}
