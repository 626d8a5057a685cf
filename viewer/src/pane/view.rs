//! In: the pane's place, the camera and the graph. Out: what kernels and shaders see of them.

use bevy::math::{URect, UVec2, Vec2};
use egui::{Context, Rect, pos2};

use crate::camera::{PaneView, Room};
use crate::link::Eye;
use crate::model::ViewModel;
use crate::scene::graph::stored;
use crate::scene::{Graph, ViewUniform};
use crate::theme::Theme;

/// The largest part of the pane beside the cards: each card takes the strip whose loss leaves most.
pub(super) fn room(pane: Rect, cards: &[Rect]) -> Room {
    let mut free = pane;
    for card in cards.iter().filter(|card| card.is_positive()) {
        if !free.intersects(*card) {
            continue;
        }
        let cuts = [
            Rect::from_min_max(free.min, pos2(card.left(), free.bottom())),
            Rect::from_min_max(free.min, pos2(free.right(), card.top())),
            Rect::from_min_max(pos2(card.right(), free.top()), free.max),
            Rect::from_min_max(pos2(free.left(), card.bottom()), free.max),
        ];
        if let Some(best) = cuts.into_iter().max_by(|a, b| a.area().total_cmp(&b.area())) {
            free = best;
        }
    }
    let aspect = if pane.height() > 0.0 { pane.aspect_ratio() } else { 1.6 };
    // In a tiny pane the graph is worth more than a free legend.
    if free.width() < 0.4 * pane.width() || free.height() < 0.4 * pane.height() {
        return Room::whole(aspect);
    }
    let middle = (free.center() - pane.center()) / (pane.size() * 0.5);
    let share = free.size() / pane.size();
    Room { aspect, middle: Vec2::new(middle.x, -middle.y), share: Vec2::new(share.x, share.y) }
}

/// The pane for the kernels that decide what is drawn, in its own pixels.
pub(super) fn eye(view: &PaneView, graph: &Graph, pixels_per_point: f32) -> Eye {
    Eye {
        clip_from_world: view.clip_from_world.to_cols_array_2d(),
        viewport_px: view.size_px.to_array(),
        pixels_per_unit: view.focal_px * graph.spacing,
        least_radius_px: graph.least_radius_points() * pixels_per_point,
        pixels_per_width: pixels_per_point,
    }
}

pub(super) fn target_size(ctx: &Context, pixels_per_point: f32) -> UVec2 {
    let size = ctx.content_rect().size() * pixels_per_point;
    UVec2::new(size.x.round() as u32, size.y.round() as u32)
}

/// The pane in whole pixels, inside the target.
pub(super) fn pixels(rect: Rect, pixels_per_point: f32, target: UVec2) -> URect {
    let pixel = |p: egui::Pos2| {
        let at = p.to_vec2() * pixels_per_point;
        UVec2::new(at.x.round().max(0.0) as u32, at.y.round().max(0.0) as u32).min(target)
    };
    URect { min: pixel(rect.min), max: pixel(rect.max).max(pixel(rect.min)) }
}

pub(super) fn uniform(
    view: &PaneView,
    graph: &Graph,
    model: &ViewModel,
    theme: &Theme,
    pixels_per_point: f32,
    now_s: f32,
) -> ViewUniform {
    let with = |[r, g, b]: [f32; 3], last: f32| [r, g, b, last];
    // The fade spans the graph: its near side is clear, its far side still readable.
    let reach = graph.radius.max(0.1);
    ViewUniform {
        clip_from_world: view.clip_from_world.to_cols_array_2d(),
        background: with(stored(theme.scene), 0.55),
        highlight: with(stored(theme.selection), now_s),
        // A flat drawing has no ground.
        grid: with(stored(if model.settings.flat { theme.scene } else { theme.outline }), graph.floor),
        viewport_px: view.size_px.to_array(),
        focal_px: view.focal_px * graph.spacing,
        pixels_per_point,
        fog_near: view.distance - 0.2 * reach,
        fog_far: view.distance + 1.4 * reach,
        grid_step: reach * 0.28,
        reduced_motion: f32::from(u8::from(model.settings.reduced_motion)),
        least_px: graph.least_radius_points() * pixels_per_point,
        rest: [0.0; 3],
    }
}
