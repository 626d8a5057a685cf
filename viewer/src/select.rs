//! In: the pointer and the projected graph. Out: the node, link or hyperedge under it.

use bevy::math::Vec2;

use crate::camera::{PaneView, Projected};
use crate::model::Selection;
use crate::scene::Graph;
use crate::scene::curve::Curve;

/// How far beside a thing one may point, in points.
const TOLERANCE: f32 = 5.0;

/// What is at `pointer` (pixels from the pane's top left corner). Nodes win over links, near ones over far ones.
pub fn pick(graph: &Graph, view: &PaneView, pointer: Vec2, pixels_per_point: f32) -> Selection {
    let tolerance = TOLERANCE * pixels_per_point;
    let seen: Vec<Option<Projected>> = graph.places.iter().map(|&p| view.project(p, pixels_per_point)).collect();
    let variables = graph.names.as_ref().map_or(0, |n| n.len());

    let node = seen
        .iter()
        .enumerate()
        .filter_map(|(i, p)| p.map(|p| (i, p, (p.at - pointer).length() - p.radius)))
        .filter(|(_, _, outside)| *outside <= tolerance)
        // Inside a disc the nearest to the eye wins; beside all discs the nearest to the pointer does.
        .min_by(|(_, a, out_a), (_, b, out_b)| {
            out_a.max(0.0).total_cmp(&out_b.max(0.0)).then(a.depth.total_cmp(&b.depth))
        });
    if let Some((index, _, _)) = node {
        return if index < variables {
            Selection::Node(index as u32)
        } else {
            Selection::Hyper((index - variables) as u32)
        };
    }

    let mut best = (tolerance, Selection::None);
    for (edge, pick) in graph.edges.iter().zip(&graph.picks).filter(|(_, pick)| **pick != Selection::None) {
        let [Some(from), Some(to)] = [edge.ends[0], edge.ends[1]].map(|i| seen.get(i as usize).copied().flatten())
        else {
            continue;
        };
        let half_width = 0.5 * edge.shape[0] * pixels_per_point;
        let curve = Curve::new(from.at, to.at, edge.shape[1]);
        if !curve.near(pointer, half_width + best.0) {
            continue;
        }
        let length = (to.at - from.at).length().max(1e-3);
        let start = (from.radius / length).min(0.45);
        let end = (1.0 - to.radius / length).max(0.55);
        let distance = (curve.distance(pointer, start, end) - half_width).max(0.0);
        // Later ones are drawn on top, so they win where several are equally near.
        if distance <= best.0 {
            best = (distance, *pick);
        }
    }
    best.1
}
