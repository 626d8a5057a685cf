//! In: places of the variables and the eye. Out: groups of variables too small to be told apart from here; one disc takes
//! the place of each, as large as it is numerous, in the colour of the sign that rules in it.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use bevy::prelude::Resource;
use egui::{Align2, FontId, Pos2, Rect, Shape, Stroke, vec2};
use scarcity_engine::types::Snapshot;

use crate::camera::PaneView;
use crate::model::{Selection, ViewModel};
use crate::scene::Graph;
use crate::theme::{Theme, mix, text_size};

/// Radius in points below which a variable is a dot among dots.
const DOT: f32 = 3.0;
/// Width of a group on the pane, in points.
const GROUP: f32 = 46.0;
/// Fewer than this are left as they are.
const LEAST: u32 = 6;
/// Fewer variables than this are never too many.
const FEW: usize = 200;
/// A group nearer to the eye than this share of the way to what the eye looks at comes apart.
const NEAR: f32 = 0.35;

/// Which variable stands in which group, and where the groups are.
#[derive(Debug, Default, Resource)]
pub struct Clusters {
    of: Option<Arc<Snapshot>>,
    /// Sum of the weights of each variable's links.
    signs: Vec<f32>,
    made_for: Option<MadeFor>,
    /// Group of each variable, counted from one; 0 = none. Empty = there are no groups.
    pub member: Vec<u32>,
    /// Place of each group, and the radius of its disc in points; 0 = its members are shown.
    pub spots: Vec<[f32; 4]>,
    groups: Vec<Group>,
    /// Counts changes of `member` and `spots`.
    pub revision: u64,
}

/// What the groups depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct MadeFor {
    snapshot: usize,
    places: u64,
    level: i32,
    kept: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Group {
    middle: [f32; 3],
    count: u32,
    sign: f32,
}

/// One group, on the pane in points.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Disc {
    /// Which, counted from one.
    pub group: u32,
    /// Middle.
    pub x: f32,
    /// Middle.
    pub y: f32,
    /// Radius.
    pub radius: f32,
    /// Variables in it.
    pub count: usize,
    /// Sum of the weights of their links.
    pub sign: f32,
}

impl Disc {
    /// Whether a place of the pane, in points, is on it.
    pub fn covers(&self, at: Pos2) -> bool {
        (at.x - self.x).hypot(at.y - self.y) <= self.radius
    }
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

    fn clear(&mut self) {
        if !self.member.is_empty() {
            self.member.clear();
            self.groups.clear();
            self.spots.clear();
            self.revision += 1;
        }
        self.made_for = None;
    }

    /// Groups boxes of space this wide, so that groups stay together while the eye goes round. Those the user is on, and
    /// those that can be told apart, stay by themselves.
    fn group(&mut self, places: &[[f32; 4]], width: f32, kept: impl Fn(usize) -> bool) {
        let mut cells: HashMap<[i32; 3], u32> = HashMap::new();
        let mut counts: Vec<u32> = Vec::new();
        let mut cell_of = vec![0_u32; places.len()];
        for (index, place) in places.iter().enumerate() {
            // Its own size from here, not the least a dot is drawn with.
            if place[3] < 0.0 || place[3] * GROUP / width > DOT || kept(index) {
                continue;
            }
            let cell = [place[0], place[1], place[2]].map(|at| (at / width).floor() as i32);
            let number = *cells.entry(cell).or_insert_with(|| {
                counts.push(0);
                counts.len() as u32
            });
            counts[number as usize - 1] += 1;
            cell_of[index] = number;
        }
        self.groups.clear();
        let numbers: Vec<u32> = counts
            .iter()
            .map(|count| {
                if *count < LEAST {
                    return 0;
                }
                self.groups.push(Group { count: *count, ..Group::default() });
                self.groups.len() as u32
            })
            .collect();
        for (index, cell) in cell_of.iter_mut().enumerate().filter(|(_, cell)| **cell > 0) {
            *cell = numbers[*cell as usize - 1];
            let Some(group) = cell.checked_sub(1).and_then(|at| self.groups.get_mut(at as usize)) else { continue };
            for (middle, at) in group.middle.iter_mut().zip(places[index]) {
                *middle += at / group.count as f32;
            }
            group.sign += self.signs.get(index).copied().unwrap_or(0.0);
        }
        self.member = if self.groups.is_empty() { Vec::new() } else { cell_of };
        self.revision += 1;
    }

    /// The groups as seen now; none while variables can be told apart.
    pub fn discs(&mut self, graph: &Graph, view: &PaneView, model: &ViewModel, pixels_per_point: f32) -> Vec<Disc> {
        let snapshot = model.snapshot.as_ref().filter(|s| model.lod.clusters && s.names.len() >= FEW);
        let Some(snapshot) = snapshot else {
            self.clear();
            return Vec::new();
        };
        self.refresh(snapshot);
        // Nearer eyes have smaller boxes.
        let width = GROUP * pixels_per_point * view.distance / view.focal_px.max(1e-3);
        let level = width.max(1e-6).log2().round();
        let mut hasher = DefaultHasher::new();
        (model.selection, model.hovered, &model.chosen, graph.neighbours.contains(&true)).hash(&mut hasher);
        let made_for = MadeFor {
            snapshot: Arc::as_ptr(snapshot) as usize,
            places: graph.places_revision,
            level: level as i32,
            kept: hasher.finish(),
        };
        if self.made_for != Some(made_for) {
            self.made_for = Some(made_for);
            let kept = |index: usize| {
                let is = |selection: Selection| selection == Selection::Node(index as u32);
                is(model.selection)
                    || is(model.hovered)
                    || model.chosen.contains(&(index as u32))
                    || graph.neighbours.get(index).copied().unwrap_or(false)
            };
            let variables = snapshot.names.len().min(graph.places.len());
            self.group(&graph.places[..variables], level.exp2(), kept);
        }
        let mut discs = Vec::new();
        let mut spots = Vec::with_capacity(self.groups.len());
        for (group, number) in self.groups.iter().zip(1..) {
            let [x, y, z] = group.middle;
            let mut radius = (2.2 * (group.count as f32).sqrt()).clamp(7.0, 24.0);
            match view.project([x, y, z, 0.0], pixels_per_point).filter(|seen| seen.depth > NEAR * view.distance) {
                Some(seen) => discs.push(Disc {
                    group: number,
                    x: seen.at.x / pixels_per_point,
                    y: seen.at.y / pixels_per_point,
                    radius,
                    count: group.count as usize,
                    sign: group.sign,
                }),
                None => radius = 0.0,
            }
            spots.push([x, y, z, radius]);
        }
        if self.spots != spots {
            self.spots = spots;
            self.revision += 1;
        }
        discs
    }

    /// Whether a disc stands in the place of this variable.
    pub fn hides(&self, variable: u32) -> bool {
        let group = self.member.get(variable as usize).copied().unwrap_or(0);
        group > 0 && self.spots.get(group as usize - 1).is_some_and(|spot| spot[3] > 0.0)
    }

    /// The variables of a group.
    pub fn members(&self, group: u32) -> impl Iterator<Item = u32> {
        (0..).zip(&self.member).filter(move |(_, of)| **of == group).map(|(variable, _)| variable)
    }
}

/// The discs as shapes, larger ones below; the one the pointer is on has a rim.
pub fn shapes(ctx: &egui::Context, pane: Rect, mut discs: Vec<Disc>, on: Option<u32>, theme: &Theme) -> Vec<Shape> {
    discs.sort_by_key(|disc| std::cmp::Reverse(disc.count));
    let font = FontId::proportional(text_size::SMALL);
    discs
        .into_iter()
        .flat_map(|disc| {
            let at = pane.min + vec2(disc.x, disc.y);
            let color = if disc.sign < 0.0 { theme.negative } else { theme.positive };
            let fill = mix(theme.scene, color, 0.45);
            let rim = if on == Some(disc.group) { Stroke::new(2.0, theme.selection) } else { Stroke::new(1.0, color) };
            let mut shapes =
                vec![Shape::circle_filled(at, disc.radius, fill), Shape::circle_stroke(at, disc.radius, rim)];
            if disc.radius > 9.0 {
                let text = disc.count.to_string();
                shapes.push(ctx.fonts_mut(|fonts| {
                    Shape::text(fonts, at, Align2::CENTER_CENTER, text, font.clone(), theme.text_strong)
                }));
            }
            shapes
        })
        .collect()
}

#[cfg(test)]
mod tests;
