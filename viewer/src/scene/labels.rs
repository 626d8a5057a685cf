//! In: nodes that deserve a name, found by the graphics card, and their ranks. Out: names beside them as egui shapes, none over another.

use std::sync::Arc;

use bevy::math::Vec2;
use egui::{Color32, FontId, Galley, Pos2, Rect, Shape, Stroke, vec2};

use super::curve::Curve;
use super::graph::Graph;
use super::nodes::{RANK_HOVERED, RANK_SHIFT};
use crate::camera::{PaneView, Projected};
use crate::model::{Selection, ViewModel};
use crate::theme::{Theme, text_size};

/// Names longer than this are cut.
const MAX_CHARS: usize = 26;
/// Nodes deserving a name, one to a cell of the picture at most, and where they were when they were found.
pub type Named = [(u32, [f32; 3])];

/// Draws names for the pane `rect` (points), clear of the `cards` that float over it.
pub fn label_shapes(
    ctx: &egui::Context,
    rect: Rect,
    cards: &[Rect],
    (graph, named): (&Graph, &Named),
    view: &PaneView,
    model: &ViewModel,
    theme: &Theme,
) -> Vec<Shape> {
    let Some(names) = graph.names.as_ref().filter(|_| graph.ranks.len() == graph.nodes.len()) else {
        return Vec::new();
    };
    let pixels_per_point = ctx.pixels_per_point();
    let point = |p: Vec2| rect.min + vec2(p.x, p.y) / pixels_per_point;
    // Where the card found them, with the present eye.
    let spots: Vec<(usize, Projected)> = ranked(graph, named)
        .into_iter()
        .filter(|(index, _)| *index < names.len())
        .filter_map(|(index, [x, y, z])| {
            let radius = graph.nodes[index].state[3] * graph.spacing;
            Some((index, view.project([x, y, z, radius], pixels_per_point)?))
        })
        .collect();
    let mut taken = Taken { inside: rect.shrink(2.0), boxes: cards.to_vec() };
    let mut shapes = Vec::new();

    for selection in [model.selection, model.hovered] {
        if let Some((curve, text)) = edge_text(graph, (view, pixels_per_point), model, selection) {
            let galley = layout(ctx, text, text_size::BODY, theme.text_strong);
            let size = galley.size() + vec2(12.0, 6.0);
            let area = Rect::from_center_size(beside(point(curve.at(0.5)), &curve, size), size);
            if taken.is_free(area) {
                taken.boxes.push(area);
                shapes.push(Shape::rect_filled(area, 4.0, theme.card.gamma_multiply(0.94)));
                let edge = Stroke::new(1.0, theme.outline_strong);
                shapes.push(Shape::rect_stroke(area, 4.0, edge, egui::StrokeKind::Inside));
                shapes.push(Shape::galley(area.min + vec2(6.0, 3.0), galley, theme.text_strong));
            }
        }
    }
    // Big nodes are in the way of names; in a crowd the test would cost more than it helps.
    if names.len() <= 300 {
        for (_, node) in spots.iter().filter(|(_, n)| n.radius > 4.0 * pixels_per_point) {
            taken
                .boxes
                .push(Rect::from_center_size(point(node.at), egui::Vec2::splat(1.3 * node.radius / pixels_per_point)));
        }
    }
    let mut placed = 0;
    for (index, node) in spots {
        let must = graph.ranks[index] >> RANK_SHIFT >= RANK_HOVERED;
        if placed >= model.lod.max_labels as usize || (!model.settings.labels && !must) {
            break;
        }
        let middle = point(node.at);
        if !rect.contains(middle) {
            continue;
        }
        let size = if must { text_size::HEADING } else { text_size::BODY };
        let aside = graph.nodes[index].state[2] > 0.0;
        let color = if aside { theme.label.gamma_multiply(0.35) } else { theme.label };
        let galley = layout(ctx, cut(&names[index]), size, color);
        let radius = node.radius / pixels_per_point;
        let Some(area) = taken.find(middle, radius, galley.size(), must) else { continue };
        taken.boxes.push(area.expand(1.0));
        halo(&mut shapes, area.min, &galley, theme.label_halo);
        shapes.push(Shape::galley(area.min, galley, color));
        placed += 1;
    }
    shapes
}

/// Those the pointer or the user is on first, then by rank.
fn ranked(graph: &Graph, named: &Named) -> Vec<(usize, [f32; 3])> {
    let rank = |index: usize| graph.ranks.get(index).copied().unwrap_or(0);
    let mut order: Vec<(usize, [f32; 3])> =
        named.iter().map(|(node, place)| (*node as usize, *place)).filter(|(index, _)| rank(*index) > 0).collect();
    order.sort_by(|a, b| rank(b.0).cmp(&rank(a.0)).then(a.0.cmp(&b.0)));
    order
}

/// Areas that are spoken for.
struct Taken {
    inside: Rect,
    boxes: Vec<Rect>,
}

impl Taken {
    fn is_free(&self, area: Rect) -> bool {
        self.inside.contains_rect(area) && !self.boxes.iter().any(|b| b.intersects(area))
    }

    /// Room beside a node: right, left, below, above. A name that must be seen takes the right side regardless.
    fn find(&self, middle: Pos2, radius: f32, size: egui::Vec2, must: bool) -> Option<Rect> {
        let gap = radius + 5.0;
        let offsets = [
            vec2(gap, -size.y * 0.5),
            vec2(-gap - size.x, -size.y * 0.5),
            vec2(-size.x * 0.5, gap - 2.0),
            vec2(-size.x * 0.5, -gap - size.y + 2.0),
        ];
        let areas = offsets.map(|offset| Rect::from_min_size((middle + offset).round(), size));
        areas.iter().find(|a| self.is_free(**a)).copied().or_else(|| {
            must.then(|| areas.iter().find(|a| self.inside.contains_rect(**a)).copied().unwrap_or(areas[0]))
        })
    }
}

/// The middle of a box of this size that stands on the outer side of a curve without covering it.
fn beside(middle: Pos2, curve: &Curve, size: egui::Vec2) -> Pos2 {
    let outwards = curve.control - (curve.from + curve.to) * 0.5;
    let side = if outwards.length() > 1e-3 { outwards.normalize() } else { Vec2::NEG_Y };
    middle + vec2(side.x * (size.x * 0.5 + 10.0), side.y * (size.y * 0.5 + 10.0))
}

/// What to say at the middle of a picked link: its lag and weight.
fn edge_text(
    graph: &Graph,
    (view, pixels_per_point): (&PaneView, f32),
    model: &ViewModel,
    selection: Selection,
) -> Option<(Curve, String)> {
    let Selection::Edge(key) = selection else { return None };
    let snapshot = model.snapshot.as_ref()?;
    let index = graph.picks.iter().position(|p| *p == selection)?;
    let edge = graph.edges[index];
    let at = |node: u32| view.project(*graph.places.get(node as usize)?, pixels_per_point);
    let (from, to) = (at(key.source)?, at(key.target)?);
    let weight = snapshot.edges.iter().find(|e| e.link.key == key)?.weight;
    let lag = if key.lag == 0 { "same time".to_owned() } else { format!("lag {}", key.lag) };
    // A minus sign as wide as the plus.
    let sign = if weight < 0.0 { '\u{2212}' } else { '+' };
    Some((Curve::new(from.at, to.at, edge.shape[1]), format!("{lag}   {sign}{:.2} sd", weight.abs())))
}

fn layout(ctx: &egui::Context, text: String, size: f32, color: Color32) -> Arc<Galley> {
    ctx.fonts_mut(|fonts| fonts.layout_no_wrap(text, FontId::proportional(size), color))
}

/// Names stay legible over lines: the text in the background's colour, shifted all around.
fn halo(shapes: &mut Vec<Shape>, at: Pos2, galley: &Arc<Galley>, color: Color32) {
    for (x, y) in [(-1.2, 0.0), (1.2, 0.0), (0.0, -1.2), (0.0, 1.2), (-0.9, -0.9), (0.9, 0.9), (-0.9, 0.9), (0.9, -0.9)]
    {
        let text = egui::epaint::TextShape::new(at + vec2(x, y), Arc::clone(galley), color);
        shapes.push(text.with_override_text_color(color).into());
    }
}

fn cut(name: &str) -> String {
    match name.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}
