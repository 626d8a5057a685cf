//! In: what was painted, and what is to be. Out: the parts of the picture where they differ, and the shapes as far as they
//! lie in these.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use bevy::math::{URect, UVec2};
use egui::epaint::{ClippedShape, RectShape, TextShape};
use egui::{Color32, CornerRadius, Rect, Shape, pos2};

/// More scattered changes than these are painted as one.
const MOST_PARTS: usize = 48;

/// What all is painted on; another one leaves nothing that could be kept.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ground {
    /// Pixels of the whole.
    pub size: UVec2,
    /// The 3D pane in pixels, drawn anew in every frame.
    pub scene: URect,
    /// Pixels to a point of egui's.
    pub pixels_per_point: f32,
    /// Of bare ground.
    pub color: Color32,
    /// Which picture it is painted in.
    pub picture: u64,
}

impl Ground {
    fn points(&self, px: URect) -> Rect {
        let point = |at: UVec2| pos2(at.x as f32, at.y as f32) / self.pixels_per_point;
        Rect::from_min_max(point(px.min), point(px.max))
    }

    /// The pixels that a shape may touch.
    fn covered(&self, shape: &ClippedShape) -> URect {
        let seen = shape.shape.visual_bounding_rect();
        if seen.is_negative() || seen.any_nan() {
            return URect::EMPTY;
        }
        // Soft rims and pointed corners reach beyond the shape.
        let seen = seen.expand(2.0).intersect(shape.clip_rect);
        let px = |at: f32, most: u32| (at.max(0.0) as u32).min(most);
        let (min, max) = (seen.min * self.pixels_per_point, seen.max * self.pixels_per_point);
        URect {
            min: UVec2::new(px(min.x.floor(), self.size.x), px(min.y.floor(), self.size.y)),
            max: UVec2::new(px(max.x.ceil(), self.size.x), px(max.y.ceil(), self.size.y)),
        }
    }

    /// What is beside the 3D pane.
    fn beside(&self, part: URect) -> impl Iterator<Item = URect> + use<> {
        let hole = part.intersect(self.scene);
        let parts = if hole.is_empty() {
            [part, URect::EMPTY, URect::EMPTY, URect::EMPTY]
        } else {
            [
                URect { min: part.min, max: UVec2::new(part.max.x, hole.min.y) },
                URect { min: UVec2::new(part.min.x, hole.max.y), max: part.max },
                URect { min: UVec2::new(part.min.x, hole.min.y), max: UVec2::new(hole.min.x, hole.max.y) },
                URect { min: UVec2::new(hole.max.x, hole.min.y), max: UVec2::new(part.max.x, hole.max.y) },
            ]
        };
        parts.into_iter().filter(|part| !part.is_empty())
    }

    /// Covers what stands there, except for the 3D pane, which covers it by itself.
    pub fn bare(&self, part: URect) -> impl Iterator<Item = ClippedShape> {
        self.beside(part).map(|part| {
            let clip_rect = self.points(part);
            let fill = RectShape::filled(clip_rect.expand(2.0), CornerRadius::ZERO, self.color);
            ClippedShape { clip_rect, shape: Shape::Rect(fill) }
        })
    }
}

/// The parts of the picture where something changed, no two of which overlap; the first is the 3D pane. `None` = all of it.
pub fn changes(before: &[ClippedShape], now: &[ClippedShape], ground: &Ground) -> Option<Vec<URect>> {
    if ground.scene.is_empty() {
        return None;
    }
    let outside = |shapes: &[ClippedShape]| -> Vec<(usize, URect)> {
        let covered = shapes.iter().map(|shape| ground.covered(shape)).enumerate();
        covered.filter(|(_, px)| !px.is_empty() && ground.scene.union(*px) != ground.scene).collect()
    };
    let (old, new) = (outside(before), outside(now));
    let mut places: HashMap<u64, Vec<usize>> = HashMap::with_capacity(old.len());
    for (at, (_, px)) in old.iter().enumerate().rev() {
        places.entry(key(px)).or_default().push(at);
    }
    let mut parts = Vec::new();
    let mut stays = vec![false; old.len()];
    let mut last = None;
    for (index, px) in &new {
        let candidates = places.get_mut(&key(px));
        let found = candidates.and_then(|candidates| {
            let at = candidates.iter().rposition(|at| same(&before[old[*at].0], &now[*index]))?;
            Some(candidates.remove(at))
        });
        match found {
            // What lay below lies above now.
            Some(at) if last.is_some_and(|last| at < last) => return None,
            Some(at) => {
                stays[at] = true;
                last = Some(at);
            }
            None => ground.beside(*px).for_each(|part| join(&mut parts, part)),
        }
    }
    let gone = old.iter().zip(stays).filter(|(_, stays)| !stays);
    gone.for_each(|((_, px), _)| ground.beside(*px).for_each(|part| join(&mut parts, part)));
    let apart = parts.iter().all(|part| part.intersect(ground.scene).is_empty());
    (apart && parts.len() < MOST_PARTS).then(|| std::iter::once(ground.scene).chain(parts).collect())
}

fn key(px: &URect) -> u64 {
    let mut hasher = DefaultHasher::new();
    (px.min.to_array(), px.max.to_array()).hash(&mut hasher);
    hasher.finish()
}

/// Laid out text is shared from frame to frame, and long to compare otherwise.
fn same(a: &ClippedShape, b: &ClippedShape) -> bool {
    if a.clip_rect != b.clip_rect {
        return false;
    }
    match (&a.shape, &b.shape) {
        (Shape::Text(a), Shape::Text(b)) if Arc::ptr_eq(&a.galley, &b.galley) => {
            let look = |text: &TextShape| {
                (text.pos, text.underline, text.fallback_color, text.override_text_color, text.opacity_factor)
            };
            look(a) == look(b) && a.angle == b.angle
        }
        (a, b) => a == b,
    }
}

fn join(parts: &mut Vec<URect>, mut part: URect) {
    while let Some(at) = parts.iter().position(|other| !other.intersect(part).is_empty()) {
        part = part.union(parts.swap_remove(at));
    }
    parts.push(part);
}

/// The shapes as far as they lie in these parts, on bare ground.
pub fn within(shapes: &[ClippedShape], parts: &[URect], ground: &Ground) -> Vec<ClippedShape> {
    let covered: Vec<URect> = shapes.iter().map(|shape| ground.covered(shape)).collect();
    let mut kept = Vec::new();
    for part in parts {
        kept.extend(ground.bare(*part));
        let clip = ground.points(*part);
        let touches = shapes.iter().zip(&covered).filter(|(_, px)| !px.intersect(*part).is_empty());
        kept.extend(
            touches.map(|(shape, _)| ClippedShape {
                clip_rect: shape.clip_rect.intersect(clip),
                shape: shape.shape.clone(),
            }),
        );
    }
    kept
}

#[cfg(test)]
mod tests {
    use egui::vec2;

    use super::*;

    const GROUND: Ground = Ground {
        size: UVec2::new(200, 100),
        scene: URect { min: UVec2::new(50, 10), max: UVec2::new(150, 90) },
        pixels_per_point: 1.0,
        color: Color32::BLACK,
        picture: 1,
    };

    fn filled(x: f32, y: f32, color: Color32) -> ClippedShape {
        let shape = Shape::rect_filled(Rect::from_min_size(pos2(x, y), vec2(10.0, 10.0)), 0.0, color);
        ClippedShape { clip_rect: Rect::EVERYTHING, shape }
    }

    #[test]
    fn only_what_changed_is_painted_anew() {
        let before = [filled(10.0, 20.0, Color32::RED), filled(80.0, 40.0, Color32::RED)];
        assert_eq!(changes(&before, &before, &GROUND), Some(vec![GROUND.scene]), "the 3D pane is always drawn");
        let in_scene = [filled(10.0, 20.0, Color32::RED), filled(90.0, 40.0, Color32::GREEN)];
        assert_eq!(changes(&before, &in_scene, &GROUND), Some(vec![GROUND.scene]));
        let moved = [filled(10.0, 60.0, Color32::RED), filled(80.0, 40.0, Color32::RED)];
        let mut parts = changes(&before, &moved, &GROUND).unwrap_or_default();
        parts.sort_by_key(|part| part.min.y);
        let expected = [GROUND.scene, URect::new(8, 18, 22, 32), URect::new(8, 58, 22, 72)];
        assert_eq!(parts, expected, "where it was and where it is");
        let kept = within(&moved, &[URect::new(8, 18, 22, 32)], &GROUND);
        assert_eq!(kept.len(), 1, "nothing but bare ground is left where it was: {kept:?}");
    }

    #[test]
    fn another_order_is_painted_as_a_whole() {
        let (below, above) = (filled(10.0, 20.0, Color32::RED), filled(12.0, 22.0, Color32::GREEN));
        assert_eq!(changes(&[below.clone(), above.clone()], &[above, below], &GROUND), None);
    }

    #[test]
    fn parts_never_overlap_and_leave_the_3d_pane_alone() {
        let frame = |color| {
            let all = Rect::from_min_size(pos2(0.0, 0.0), vec2(200.0, 100.0));
            ClippedShape { clip_rect: Rect::EVERYTHING, shape: Shape::rect_filled(all, 0.0, color) }
        };
        let parts = changes(&[frame(Color32::RED)], &[frame(Color32::GREEN)], &GROUND).unwrap_or_default();
        let area = |part: &URect| part.width() * part.height();
        assert_eq!(parts.iter().map(area).sum::<u32>(), 200 * 100, "{parts:?}");
        for (at, part) in parts.iter().enumerate() {
            assert!(parts[at + 1..].iter().all(|other| other.intersect(*part).is_empty()), "{parts:?}");
        }
    }
}
