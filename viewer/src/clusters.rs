//! In: places of the variables and the eye. Out: one disc for every group too small to be told apart from here, as large as
//! it is numerous, in the colour of the sign that rules in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::prelude::Resource;
use egui::{Align2, Color32, FontId, Rect, Shape, Stroke, pos2, vec2};
use scarcity_engine::types::Snapshot;

use crate::camera::PaneView;
use crate::model::{Selection, ViewModel};
use crate::theme::{Theme, text_size};

/// Radius in points below which a variable is a dot among dots.
const DOT: f32 = 3.0;
/// Width of a group on the pane, in points.
const GROUP: f32 = 46.0;
/// Fewer than this are left as they are.
const LEAST: usize = 6;
/// Fewer variables than this are never too many.
const FEW: usize = 200;

/// Sum of the weights of each variable's links, remembered per graph.
#[derive(Debug, Default, Resource)]
pub struct Clusters {
    of: Option<Arc<Snapshot>>,
    signs: Vec<f32>,
}

/// One group, on the pane in points.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Disc {
    /// Middle.
    pub x: f32,
    /// Middle.
    pub y: f32,
    /// Variables in it.
    pub count: usize,
    /// Sum of the weights of their links.
    pub sign: f32,
}

impl Clusters {
    fn refresh(&mut self, snapshot: &Arc<Snapshot>) {
        if self.of.as_ref().is_some_and(|known| Arc::ptr_eq(known, snapshot)) {
            return;
        }
        self.signs = vec![0.0; snapshot.names.len()];
        for edge in &snapshot.edges {
            for end in [edge.link.key.source, edge.link.key.target] {
                if let Some(sum) = self.signs.get_mut(end as usize) {
                    *sum += edge.weight as f32;
                }
            }
        }
        self.of = Some(Arc::clone(snapshot));
    }

    /// The groups as seen now; none while variables can be told apart.
    pub fn discs(
        &mut self,
        places: &[[f32; 4]],
        view: &PaneView,
        model: &ViewModel,
        pixels_per_point: f32,
    ) -> Vec<Disc> {
        let Some(snapshot) = &model.snapshot else { return Vec::new() };
        let variables = snapshot.names.len().min(places.len());
        if !model.lod.clusters || variables < FEW {
            return Vec::new();
        }
        self.refresh(snapshot);
        let kept = |index: usize| {
            let is = |selection: Selection| selection == Selection::Node(index as u32);
            is(model.selection) || is(model.hovered) || model.chosen.contains(&(index as u32))
        };
        // Groups are boxes of space, so that they stay together while the eye goes round; nearer eyes have smaller boxes.
        let width = GROUP * pixels_per_point * view.distance / view.focal_px.max(1e-3);
        let level = width.max(1e-6).log2().round().exp2();
        let mut groups: BTreeMap<[i32; 3], Disc> = BTreeMap::new();
        for (index, place) in places.iter().take(variables).enumerate() {
            let Some(seen) = view.project(*place, pixels_per_point).filter(|_| !kept(index)) else { continue };
            // Its own size, not the least a dot is drawn with.
            if place[3] * view.focal_px / seen.depth.max(1e-3) > DOT * pixels_per_point {
                continue;
            }
            let cell = [place[0], place[1], place[2]].map(|at| (at / level).floor() as i32);
            let group = groups.entry(cell).or_default();
            group.x += seen.at.x / pixels_per_point;
            group.y += seen.at.y / pixels_per_point;
            group.count += 1;
            group.sign += self.signs.get(index).copied().unwrap_or(0.0);
        }
        groups
            .into_values()
            .filter(|group| group.count >= LEAST)
            .map(|group| Disc { x: group.x / group.count as f32, y: group.y / group.count as f32, ..group })
            .collect()
    }
}

/// The discs as shapes, larger ones below.
pub fn shapes(ctx: &egui::Context, pane: Rect, mut discs: Vec<Disc>, theme: &Theme) -> Vec<Shape> {
    discs.sort_by_key(|disc| std::cmp::Reverse(disc.count));
    let font = FontId::proportional(text_size::SMALL);
    discs
        .into_iter()
        .flat_map(|disc| {
            let radius = (2.2 * (disc.count as f32).sqrt()).clamp(7.0, 24.0);
            let at = pane.min + vec2(disc.x, disc.y);
            let color = if disc.sign < 0.0 { theme.negative } else { theme.positive };
            let fill = mix(theme.scene, color, 0.45);
            let mut shapes =
                vec![Shape::circle_filled(at, radius, fill), Shape::circle_stroke(at, radius, Stroke::new(1.0, color))];
            if radius > 9.0 {
                let text = disc.count.to_string();
                let place = pos2(at.x, at.y);
                shapes.push(ctx.fonts_mut(|fonts| {
                    Shape::text(fonts, place, Align2::CENTER_CENTER, text, font.clone(), theme.text_strong)
                }));
            }
            shapes
        })
        .collect()
}

fn mix(a: Color32, b: Color32, share: f32) -> Color32 {
    let part = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * share).round() as u8;
    Color32::from_rgb(part(a.r(), b.r()), part(a.g(), b.g()), part(a.b(), b.b()))
}

#[cfg(test)]
mod tests {
    use bevy::math::Vec2;

    use super::*;
    use crate::bench::made_up;
    use crate::camera::{OrbitCamera, Room};

    fn crowd(count: u32) -> (Vec<[f32; 4]>, ViewModel) {
        let (snapshot, frame) = made_up(count, 3 * count);
        let places = frame.positions.iter().map(|[x, y, z]| [*x, *y, *z, 0.004]).collect();
        let model = ViewModel { snapshot: Some(Arc::new(snapshot)), ..ViewModel::default() };
        (places, model)
    }

    fn seen(places: &[[f32; 4]], model: &ViewModel, distance: f32) -> Vec<Disc> {
        let mut camera = OrbitCamera::default();
        camera.frame(places, Room::whole(1.6));
        camera.zoom(distance, Vec2::ZERO, 1.6);
        camera.step(0.0);
        Clusters::default().discs(places, &camera.view(Vec2::new(960.0, 600.0)), model, 1.0)
    }

    #[test]
    fn a_crowd_becomes_fewer_discs_and_comes_apart_nearer() {
        let (graph, model) = crowd(4_000);
        let far = seen(&graph, &model, 1.0);
        let held: usize = far.iter().map(|disc| disc.count).sum();
        assert!(!far.is_empty() && far.len() < 1_000 && held > 3_000, "{} discs hold {held}", far.len());
        assert!(seen(&graph, &model, 4.0).len() < far.len(), "farther away there are fewer");
        assert!(seen(&graph, &model, 0.01).is_empty(), "what can be told apart is no group");
    }

    #[test]
    fn a_few_variables_are_never_grouped_and_a_hand_can_switch_it_off() {
        let (graph, model) = crowd(100);
        assert!(seen(&graph, &model, 9.0).is_empty());
        let (graph, mut model) = crowd(4_000);
        model.lod.clusters = false;
        assert!(seen(&graph, &model, 1.0).is_empty());
    }
}
