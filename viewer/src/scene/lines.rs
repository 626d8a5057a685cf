//! In: one link, hyperedge or planted link. Out: its line: colour, width, dash, arrow, opacity.

use std::collections::HashMap;
use std::sync::Arc;

use scarcity_engine::types::{Edge, HyperEdge, LinkKey, Snapshot, Truth, TruthEdge};

use super::graph::{EdgeStyle, stored};
use super::links::ALWAYS_BENT;
use crate::model::{ChangeKind, Filter, Selection, ViewModel};
use crate::theme::Theme;

/// Dashed line.
pub const DASHED: u32 = 1;
/// Arrow head at the target.
pub const ARROW: u32 = 2;
/// Hollow line.
pub const OUTLINE: u32 = 4;
/// Picked: never fades with distance.
pub const PICKED: u32 = 8;
/// Pulses run along it.
pub const MOVING: u32 = 16;

/// Flags from here on: 0 straight without a head, 1 bent or with a head, 2 drawn with all care.
pub const KIND_SHIFT: u32 = 8;

/// A birth so long ago that nothing flashes.
pub(super) const LONG_AGO_S: f32 = -1e3;
/// Above so many links, only picked ones carry pulses.
const ALWAYS_MOVING: usize = 120;
/// Above so many links, arrow heads would be specks; the taper still points.
const ALWAYS_HEADED: usize = 2500;
/// Longest train of pulses.
const MAX_PULSES: u32 = 6;

/// What the lines depend on.
#[derive(Debug)]
pub struct LinkStyle<'a> {
    /// Selection, filter, settings, truth.
    pub model: &'a ViewModel,
    /// The graph.
    pub snapshot: &'a Snapshot,
    /// Colours.
    pub theme: &'a Theme,
    /// Whether rows are still coming.
    pub live: bool,
}

/// One line before its bend is known.
pub(super) struct Line {
    pub source: u32,
    pub target: u32,
    pub flags: u32,
    pub color: [f32; 3],
    pub opacity: f32,
    pub width: f32,
    pub bend: f32,
    pub lag: u32,
    pub born_s: f32,
    pub died_s: f32,
    pub pick: Selection,
    pub importance: f32,
}

impl Line {
    pub fn style(&self) -> EdgeStyle {
        let [r, g, b] = self.color;
        EdgeStyle {
            ends: [self.source, self.target, self.flags, self.lag.min(MAX_PULSES)],
            color: [r, g, b, self.opacity],
            shape: [self.width, self.bend, self.born_s, self.died_s],
        }
    }
}

/// How sure we are of a link, `[0, 1]`: stability, reduced by the width of the interval.
pub fn confidence(edge: &Edge) -> f32 {
    let width = 1.0 / (1.0 + 0.5 * Filter::ci_ratio(edge).min(1e6));
    (edge.link.stability.clamp(0.0, 1.0) * width) as f32
}

/// Whether a link belongs to what is selected; everything does while nothing is.
fn in_focus(selection: Selection, key: LinkKey) -> bool {
    match selection {
        Selection::None => true,
        Selection::Node(node) => node == key.source || node == key.target,
        Selection::Edge(selected) => selected == key,
        Selection::Hyper(_) => false,
    }
}

/// Whether a link belongs to the part of the graph looked at; everything does while there is none.
fn in_part(model: &ViewModel, key: LinkKey) -> bool {
    model.focused.is_empty() || (model.focused.contains(&key.source) && model.focused.contains(&key.target))
}

/// Up to so many links each get a sleeve; in a crowd they would run together.
pub(super) const ALWAYS_SLEEVED: usize = 160;

/// The interval of an effect as a wide, faint line under its own: as wide as the line would be at the far end of it.
pub(super) fn sleeve_line(style: &LinkStyle<'_>, edge: &Edge, crowd: usize, line: &Line) -> Option<Line> {
    let link = &edge.link;
    let far = link.ci_lo.abs().max(link.ci_hi.abs());
    let ratio = far / link.effect.abs();
    if !style.model.settings.sleeves || crowd > ALWAYS_SLEEVED || !ratio.is_finite() {
        return None;
    }
    let scale = (60.0 / crowd.max(1) as f32).sqrt().clamp(0.28, 1.0);
    let width = (1.1 + 4.4 * ((edge.weight.abs() * ratio) as f32).min(2.2)) * scale;
    Some(Line {
        flags: 0,
        width: (2.0 * width - line.width).max(line.width + 2.0 * scale),
        opacity: 0.20 * line.opacity,
        pick: Selection::None,
        importance: line.importance - 1e-3,
        ..*line
    })
}

pub(super) fn link_line(style: &LinkStyle<'_>, edge: &Edge, crowd: usize, bend: f32) -> Line {
    let key = edge.link.key;
    let selection = style.model.selection;
    let selected = selection == Selection::Edge(key);
    let hovered = style.model.hovered == Selection::Edge(key);
    let in_focus = in_focus(selection, key) && in_part(style.model, key);
    let mut flags = 0;
    if edge.weight < 0.0 {
        flags |= DASHED;
    }
    let focused = selection != Selection::None && in_focus;
    if (key.lag > 0 || edge.link.directed) && (crowd <= ALWAYS_HEADED || focused || hovered) {
        flags |= ARROW;
    }
    if selected || hovered {
        flags |= PICKED;
    }
    let moving = selected || hovered || (style.live && in_focus && (crowd <= ALWAYS_MOVING || focused));
    if moving && key.lag > 0 && !style.model.settings.reduced_motion {
        flags |= MOVING;
    }
    // A crowd of wide lines would be a blot.
    let scale = (60.0 / crowd.max(1) as f32).sqrt().clamp(0.28, 1.0);
    let width = (1.1 + 4.4 * (edge.weight.abs() as f32).min(1.0)) * scale;
    // In a crowd single lines stand back, so that bundles of them stand out.
    let alone = (ALWAYS_BENT as f32 / crowd.max(1) as f32).powf(0.35).min(1.0);
    let mut opacity = (0.30 + 0.68 * confidence(edge)) * if focused { 1.0 } else { alone };
    if !in_focus {
        opacity *= 0.14;
    }
    if selected || hovered {
        opacity = 1.0;
    }
    let comparing = style.model.comparison.as_ref().filter(|_| style.model.time.comparing);
    let change = comparing.and_then(|comparison| comparison.kind_of(key));
    let color = match change {
        Some(kind) => style.theme.change(kind),
        None => style.theme.sign(edge.weight),
    };
    match change {
        // While a comparison is shown, dashes mean that a link is gone.
        Some(ChangeKind::Removed) => flags |= DASHED,
        Some(ChangeKind::Same) => {
            flags &= !DASHED;
            opacity *= 0.35;
        }
        Some(_) => {
            flags &= !DASHED;
            opacity = opacity.max(0.85);
        }
        None => {}
    }
    Line {
        source: key.source,
        target: key.target,
        flags,
        color: stored(color),
        opacity,
        width: if selected || hovered { width.max(2.0) + 1.2 } else { width },
        bend,
        lag: key.lag,
        born_s: LONG_AGO_S,
        died_s: 0.0,
        pick: Selection::Edge(key),
        importance: edge.weight.abs() as f32 * confidence(edge)
            + if in_focus && selection != Selection::None { 1e3 } else { 0.0 }
            + if selected || hovered { 1e6 } else { 0.0 },
    }
}

pub(super) fn hyper_lines<'a>(style: &'a LinkStyle<'_>, variables: u32) -> impl Iterator<Item = Line> + 'a {
    style.snapshot.hyperedges.iter().enumerate().flat_map(move |(index, hyper)| {
        let junction = variables + index as u32;
        let own = Selection::Hyper(index as u32);
        let picked = style.model.selection == own || style.model.hovered == own;
        let part = &style.model.focused;
        let outside =
            !part.is_empty() && !hyper.sources.iter().map(|s| s.0).chain([hyper.target]).all(|v| part.contains(&v));
        let aside = (style.model.selection != Selection::None && !picked) || outside;
        let spoke = move |source, target, arrow| Line {
            source,
            target,
            flags: if arrow { ARROW } else { 0 } | if picked { PICKED } else { 0 },
            color: stored(style.theme.hyper),
            opacity: (0.35 + 0.6 * hyper.stability.clamp(0.0, 1.0) as f32) * if aside { 0.14 } else { 1.0 },
            width: if picked { 3.0 } else { 1.8 },
            bend: 0.0,
            lag: 0,
            born_s: LONG_AGO_S,
            died_s: 0.0,
            pick: own,
            // Few as they are, they are drawn whatever else must wait.
            importance: if picked { 1e6 } else { 5e2 + hyper.gain_joint as f32 },
        };
        let shown = hyper_shown(style.model, hyper);
        hyper
            .sources
            .iter()
            .filter(move |(source, _)| shown && *source < variables)
            .map(move |&(source, _)| spoke(source, junction, false))
            .chain((shown && hyper.target < variables).then(|| spoke(junction, hyper.target, true)))
    })
}

/// Whether all ends of a hyperedge are shown.
pub(super) fn hyper_shown(model: &ViewModel, hyper: &HyperEdge) -> bool {
    hyper.sources.iter().map(|(source, _)| *source).chain([hyper.target]).all(|index| model.shows_variable(index))
}

pub(super) fn truth_key(edge: &TruthEdge) -> LinkKey {
    LinkKey { source: edge.source, target: edge.target, lag: edge.lag }
}

/// Planted links that acted when the snapshot was taken, self-links left out.
pub(super) fn truth_in_force(style: &LinkStyle<'_>) -> Vec<TruthEdge> {
    // A comparison is about what was found, and uses the same colours.
    let wanted = style.model.settings.show_truth && !style.model.time.comparing;
    let Some(truth) = style.model.truth.as_ref().filter(|_| wanted) else { return Vec::new() };
    let variables = style.snapshot.names.len() as u32;
    edges_at(truth, style.snapshot.rows.saturating_sub(1))
        .iter()
        .filter(|e| e.source != e.target && e.source < variables && e.target < variables)
        .filter(|e| style.model.shows_variable(e.source) && style.model.shows_variable(e.target))
        .copied()
        .collect()
}

fn edges_at(truth: &Arc<Truth>, row: u64) -> &[TruthEdge] {
    truth.segments.iter().find(|s| (s.start..s.end).contains(&row)).map_or(&truth.edges, |s| &s.edges)
}

pub(super) fn truth_line(style: &LinkStyle<'_>, edge: &TruthEdge, known: &HashMap<LinkKey, Edge>, bend: f32) -> Line {
    let found = known.get(&truth_key(edge));
    let (flags, opacity, width) = match found {
        // A halo under the found link.
        Some(found) => (0, 0.30, 7.0 + 4.4 * (found.weight.abs() as f32).min(1.0)),
        None => (OUTLINE | DASHED | if edge.lag > 0 { ARROW } else { 0 }, 0.95, 5.0),
    };
    Line {
        source: edge.source,
        target: edge.target,
        flags,
        color: stored(style.theme.truth),
        opacity: if in_focus(style.model.selection, truth_key(edge)) { opacity } else { 0.14 * opacity },
        width,
        bend,
        lag: 0,
        born_s: LONG_AGO_S,
        died_s: 0.0,
        pick: Selection::None,
        importance: -2.0,
    }
}
