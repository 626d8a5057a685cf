//! In: the view model and the layout's frames. Out: what is drawn, as flat arrays ready for the graphics card.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use bevy::prelude::Resource;
use scarcity_engine::types::{Frame, RunState};

use super::lines::{LinkStyle, MOVING};
use super::links::Links;
use crate::link::Places;
use crate::model::{Filter, Selection, Settings, ThemeChoice, ViewModel};
use crate::theme::Theme;

/// Style of one node as `node.wgsl` reads it.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct NodeStyle {
    /// RGB as stored; last = share of variance explained by the variable's own past.
    pub color: [f32; 4],
    /// Shape, pick state, fade, radius in units of [`Graph::spacing`].
    pub state: [f32; 4],
}

/// One link as `edge.wgsl` reads it.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
pub struct EdgeStyle {
    /// Source, target, flags, pulses.
    pub ends: [u32; 4],
    /// RGB as stored and opacity.
    pub color: [f32; 4],
    /// Width in points, bend, second of birth, second of death.
    pub shape: [f32; 4],
}

/// Everything the picture is made of. One resource for the whole graph: there are no entities per node or link.
#[derive(Debug, Default, Resource)]
pub struct Graph {
    /// `[x, y, z, radius]` of each variable, then of each junction, as drawn now.
    pub places: Vec<[f32; 4]>,
    /// Styles, parallel to `places`.
    pub nodes: Vec<NodeStyle>,
    /// Links, the most important last, so on top.
    pub edges: Vec<EdgeStyle>,
    /// What each link stands for, parallel to `edges`; `None` for overlays that cannot be picked.
    pub picks: Vec<Selection>,
    /// The layout's own buffer, which is drawn where there is one; `places` is what the processor knows of it.
    pub drawn: Option<Places>,
    /// Rank of each node for a name: 0 = none.
    pub ranks: Vec<u32>,
    /// Distance between neighbouring nodes if they stood evenly, smoothed: radii are shares of it.
    pub spacing: f32,
    /// Names of the variables.
    pub names: Option<Arc<[String]>>,
    /// Importance of each variable for labels: sum of |weight| over visible links.
    pub strength: Vec<f32>,
    /// Variables next to the selection.
    pub neighbours: Vec<bool>,
    /// Radius of the layout, smoothed.
    pub radius: f32,
    /// Lowest place, smoothed: the floor is below it.
    pub floor: f32,
    /// Counts changes of `places`.
    pub places_revision: u64,
    /// Counts changes of `nodes` and `edges`.
    pub style_revision: u64,
    /// Links that pass the filter.
    pub visible_links: usize,
    /// Whether pulses run along any of them.
    pub pulses: bool,
    /// Second of the newest birth, and whether any link is fading away.
    pub news: (f32, bool),
    goal: Vec<[f32; 4]>,
    /// Where the spacing is going.
    even: f32,
    /// Frame and style the goal was made for.
    goal_for: Option<(u64, u64)>,
    pub(super) strongest: f32,
    pub(super) junctions: Vec<Vec<u32>>,
    links: Links,
    styled_for: Option<StyledFor>,
    restyle_at_s: Option<f32>,
}

/// What the styles depend on; equal means nothing to do.
#[derive(Debug, PartialEq)]
struct StyledFor {
    snapshot: Option<usize>,
    truth: Option<usize>,
    selection: Selection,
    hovered: Selection,
    filter: Filter,
    settings: (ThemeChoice, bool, bool),
    search: String,
    live: bool,
    rest: u64,
}

/// Everything else the styles depend on, as one number.
fn rest(model: &ViewModel) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&model.focused, &model.hidden, model.isolated, model.time.comparing).hash(&mut hasher);
    model.settings.sleeves.hash(&mut hasher);
    model.pins.keys().for_each(|pin| pin.hash(&mut hasher));
    match &model.what_if.answer {
        // Twenty looks per row are smooth enough.
        Some(Ok(answer)) => {
            (Arc::as_ptr(answer) as usize, (model.what_if.row * 20.0) as u32).hash(&mut hasher);
        }
        _ => 0.hash(&mut hasher),
    }
    hasher.finish()
}

impl StyledFor {
    fn of(model: &ViewModel, settings: &Settings) -> Self {
        let address = |p: *const ()| p as usize;
        Self {
            snapshot: model.snapshot.as_ref().map(|s| address(Arc::as_ptr(s).cast())),
            truth: model.truth.as_ref().map(|t| address(Arc::as_ptr(t).cast())),
            selection: model.selection,
            hovered: model.hovered,
            filter: model.filter,
            settings: (settings.theme, settings.show_truth, settings.reduced_motion),
            search: model.search.to_lowercase(),
            live: is_live(model),
            rest: rest(model),
        }
    }
}

#[cfg(test)]
impl Graph {
    /// A graph as it would be drawn, for tests of what comes after.
    pub fn of(places: Vec<[f32; 4]>, nodes: Vec<NodeStyle>, edges: Vec<EdgeStyle>) -> Self {
        Self { places, nodes, edges, places_revision: 1, ..Self::default() }
    }
}

impl Graph {
    /// Takes over what changed in the model; `now_s` is the time births and deaths are counted in.
    /// Returns whether anything did change.
    pub fn restyle(&mut self, model: &ViewModel, now_s: f32) -> bool {
        let wanted = StyledFor::of(model, &model.settings);
        let faded = self.restyle_at_s.is_some_and(|at| now_s >= at);
        if !faded && self.styled_for.as_ref() == Some(&wanted) {
            return false;
        }
        let Some(snapshot) = &model.snapshot else {
            if self.names.is_some() {
                *self = Self { style_revision: self.style_revision + 1, ..Self::default() };
                self.places_revision = self.style_revision;
            }
            self.styled_for = Some(wanted);
            return true;
        };
        let theme = Theme::of(model.settings.theme);
        if self.names.as_ref() != Some(&snapshot.names) {
            self.names = Some(Arc::clone(&snapshot.names));
            self.links = Links::default();
            self.goal.clear();
            self.goal_for = None;
            self.places.clear();
        }
        self.links.follow(snapshot, model.settings.reduced_motion, now_s);
        let style = LinkStyle { model, snapshot, theme: &theme, live: wanted.live };
        let drawn = self.links.draw(&style, now_s);
        self.edges = drawn.edges;
        self.picks = drawn.picks;
        self.visible_links = drawn.visible;
        self.pulses = self.edges.iter().any(|edge| edge.ends[2] & MOVING != 0);
        let newest = self.edges.iter().map(|edge| edge.shape[2]).fold(f32::NEG_INFINITY, f32::max);
        self.news = (newest, self.edges.iter().any(|edge| edge.shape[3] > 0.0));
        self.restyle_at_s = drawn.restyle_at_s;
        self.style_nodes(model, snapshot, &theme, &wanted.search);
        self.style_revision += 1;
        self.styled_for = Some(wanted);
        true
    }

    /// Draws the layout's own buffer from now on; returns whether there is something new in it.
    pub fn draw_from(&mut self, places: Option<&Places>) -> bool {
        let key = |places: &Places| (places.frame, places.buffer.clone());
        let fresh = self.drawn.as_ref().map(key) != places.map(key);
        let usable = places.filter(|places| places.slots.len() == self.nodes.len());
        let slots = |places: &Places| Arc::as_ptr(&places.slots).cast::<u32>() as usize;
        if self.drawn.as_ref().map(slots) != usable.map(slots) {
            // What is drawn is kept in the layout's order.
            self.style_revision += 1;
        }
        self.drawn = usable.cloned();
        fresh
    }

    /// Moves the drawn places towards the layout's newest; `seconds` = 0 jumps. Returns whether they still move.
    pub fn follow(&mut self, frame: Option<&Frame>, seconds: f32) -> bool {
        let Some(names) = &self.names else { return false };
        let variables = names.len();
        let usable = frame.filter(|f| f.positions.len() >= variables);
        if let Some(frame) = usable
            && self.goal_for != Some((frame.frame_id, self.style_revision))
        {
            self.goal_for = Some((frame.frame_id, self.style_revision));
            // A handful of variables must not become a handful of balloons.
            self.even = 2.0 * frame.radius.max(1e-3) / (variables.max(24) as f32).cbrt();
            let at = |i: usize| frame.positions.get(i).copied();
            self.goal = (0..self.nodes.len())
                .map(|i| {
                    // The layout hears of a new junction a moment later than the picture: until then, its middle.
                    let [x, y, z] = at(i).unwrap_or_else(|| middle(&self.junctions[i - variables], at));
                    // What is left out has no place: it stays where it was, without a size.
                    if !(x.is_finite() && y.is_finite() && z.is_finite()) {
                        return NOWHERE;
                    }
                    [x, y, z, self.nodes[i].state[3]]
                })
                .collect();
        }
        if self.goal.len() != self.nodes.len() || self.goal.is_empty() {
            return false;
        }
        let share = if seconds <= 0.0 { 1.0 } else { 1.0 - (-12.0 * seconds).exp() };
        let fresh = self.places.len();
        let mut moved = fresh != self.goal.len();
        self.places.resize(self.goal.len(), [0.0; 4]);
        let tolerance = 2e-4 * self.radius.max(1e-3);
        self.spacing += (self.even - self.spacing) * if self.spacing == 0.0 { 1.0 } else { share };
        for (i, (place, goal)) in self.places.iter_mut().zip(&self.goal).enumerate() {
            // What has not been drawn yet appears where it belongs instead of flying in from the middle.
            let share = if i >= fresh || place[3] <= 0.0 || goal[3] < 0.0 { 1.0 } else { share };
            for (now, then) in place.iter_mut().zip(goal).take(3) {
                let step = (then - *now) * share;
                moved |= step.abs() > tolerance;
                *now += step;
            }
            let radius = if goal[3] < 0.0 { -1.0 } else { goal[3] * self.spacing };
            moved |= (radius - place[3]).abs() > tolerance;
            place[3] = radius;
        }
        if moved {
            self.places_revision += 1;
            let shown = || self.places.iter().filter(|place| place[3] >= 0.0);
            let reach = shown().map(|p| p[0].hypot(p[1]).hypot(p[2])).fold(1e-3, f32::max);
            let low = shown().map(|p| p[1] - p[3]).fold(f32::INFINITY, f32::min);
            let low = if low.is_finite() { low } else { 0.0 };
            let share = if self.radius == 0.0 { 1.0 } else { share };
            self.radius += (reach - self.radius) * share;
            self.floor += (low - 0.18 * self.radius - self.floor) * share;
        }
        moved
    }

    /// Least radius of a node in points: a crowd of nodes becomes a cloud of points.
    pub fn least_radius_points(&self) -> f32 {
        (2.5 * (2_000.0 / self.nodes.len().max(1) as f32).sqrt()).clamp(0.5, 2.5)
    }
}

/// The place of what is not shown.
const NOWHERE: [f32; 4] = [0.0, 0.0, 0.0, -1.0];

fn middle(members: &[u32], at: impl Fn(usize) -> Option<[f32; 3]>) -> [f32; 3] {
    let mut sum = [0.0; 3];
    for place in members.iter().filter_map(|&m| at(m as usize)) {
        (0..3).for_each(|axis| sum[axis] += place[axis] / members.len().max(1) as f32);
    }
    sum
}

/// Whether rows are still coming in.
pub fn is_live(model: &ViewModel) -> bool {
    !model.paused && matches!(model.progress.state, RunState::Running | RunState::Waiting)
}

/// RGB of an opaque colour as it is stored. The scene is blended in these values, as egui and drawing programs do: on a
/// software renderer that is several times faster than going through linear light and back for every pixel of a line.
pub fn stored(color: egui::Color32) -> [f32; 3] {
    [color.r(), color.g(), color.b()].map(|channel| f32::from(channel) / 255.0)
}
