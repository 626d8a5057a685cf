//! In: snapshots, filter, selection, truth. Out: every link's line: colour, width, bend, dash, birth and death.

use std::collections::HashMap;
use std::sync::Arc;

use scarcity_engine::types::{Edge, LinkKey, Snapshot, Truth, TruthEdge};

use super::graph::{EdgeStyle, stored};
use crate::model::{Filter, Selection, ViewModel};
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

/// A removed link fades for so long.
const FADE_S: f32 = 1.0;
/// A new link flashes for so long.
const FLASH_S: f32 = 2.0;
/// A birth so long ago that nothing flashes.
const LONG_AGO_S: f32 = -1e3;
/// Above so many links, single links are drawn straight: one quad instead of twelve.
const ALWAYS_BENT: usize = 400;
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

/// The lines of one picture.
#[derive(Debug, Default)]
pub struct Drawn {
    /// Straight ones, bent ones, then those drawn with all care.
    pub edges: Vec<EdgeStyle>,
    /// What each stands for.
    pub picks: Vec<Selection>,
    /// Where the bent and where the careful ones begin.
    pub kinds: [usize; 2],
    /// Links that pass the filter.
    pub visible: usize,
    /// When the lines must be made again because a fade will have ended.
    pub restyle_at_s: Option<f32>,
}

/// Remembers which links are new and which have just gone.
#[derive(Debug, Default)]
pub struct Links {
    known: HashMap<LinkKey, Edge>,
    born_s: HashMap<LinkKey, f32>,
    gone: Vec<(Edge, f32)>,
    window: Option<u64>,
}

/// One line before its bend is known.
struct Line {
    source: u32,
    target: u32,
    flags: u32,
    color: [f32; 3],
    opacity: f32,
    width: f32,
    bend: f32,
    lag: u32,
    born_s: f32,
    died_s: f32,
    pick: Selection,
    importance: f32,
}

impl Links {
    /// Notes what came and went since the last snapshot.
    pub fn follow(&mut self, snapshot: &Snapshot, reduced_motion: bool, now_s: f32) {
        if self.window == Some(snapshot.window) && self.known.len() == snapshot.edges.len() {
            return;
        }
        let known: HashMap<LinkKey, Edge> = snapshot.edges.iter().map(|e| (e.link.key, *e)).collect();
        if self.window.is_some() && !reduced_motion {
            for edge in &snapshot.edges {
                if !self.known.contains_key(&edge.link.key) {
                    self.born_s.insert(edge.link.key, now_s);
                }
            }
            let mut gone: Vec<Edge> =
                self.known.values().filter(|e| !known.contains_key(&e.link.key)).copied().collect();
            gone.sort_by_key(|e| e.link.key);
            self.gone.extend(gone.into_iter().map(|e| (e, now_s)));
        }
        self.window = Some(snapshot.window);
        self.known = known;
    }

    /// The lines to draw at `now_s`.
    pub fn draw(&mut self, style: &LinkStyle<'_>, now_s: f32) -> Drawn {
        self.gone.retain(|(edge, at)| now_s - at < FADE_S && !self.known.contains_key(&edge.link.key));
        self.born_s.retain(|_, at| now_s - *at < FLASH_S);

        let variables = style.snapshot.names.len() as u32;
        let shown: Vec<&Edge> = style
            .snapshot
            .edges
            .iter()
            .filter(|e| style.model.filter.shows(e))
            .filter(|e| {
                let key = e.link.key;
                key.source != key.target && key.source < variables && key.target < variables
            })
            .collect();
        let crowd = shown.len();
        let truth = truth_in_force(style);
        let bends = bends(&shown, &self.gone, &truth);
        let bend_of = |key: LinkKey| bends.get(&key).copied().unwrap_or(0.0);

        let mut lines: Vec<Line> = Vec::with_capacity(crowd + self.gone.len() + truth.len());
        for edge in &truth {
            lines.push(truth_line(style, edge, &self.known, bend_of(truth_key(edge))));
        }
        for (edge, died_s) in &self.gone {
            let mut line = link_line(style, edge, crowd, bend_of(edge.link.key));
            line.died_s = *died_s;
            line.pick = Selection::None;
            line.importance = -1.0;
            lines.push(line);
        }
        for edge in &shown {
            let mut line = link_line(style, edge, crowd, bend_of(edge.link.key));
            line.born_s = self.born_s.get(&edge.link.key).copied().unwrap_or(LONG_AGO_S);
            lines.push(line);
        }
        lines.extend(hyper_lines(style, variables));

        let careful = PICKED | MOVING | OUTLINE;
        let kind = |line: &Line| match line {
            // Small graphs are drawn with all care throughout.
            line if crowd <= ALWAYS_BENT || line.flags & careful != 0 => 2,
            line if line.bend != 0.0 => 1,
            _ => 0,
        };
        lines.sort_by(|a, b| kind(a).cmp(&kind(b)).then(a.importance.total_cmp(&b.importance)));
        let kinds = [1, 2].map(|wanted| lines.partition_point(|l| kind(l) < wanted));
        let picks = lines.iter().map(|l| l.pick).collect();
        let edges = lines.iter().map(Line::style).collect();
        let restyle_at_s =
            self.gone.iter().map(|(_, at)| at + FADE_S).fold(None, |a: Option<f32>, b| Some(a.map_or(b, |a| a.min(b))));
        Drawn { edges, picks, kinds, visible: crowd, restyle_at_s }
    }
}

impl Line {
    fn style(&self) -> EdgeStyle {
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

fn link_line(style: &LinkStyle<'_>, edge: &Edge, crowd: usize, bend: f32) -> Line {
    let key = edge.link.key;
    let selection = style.model.selection;
    let selected = selection == Selection::Edge(key);
    let hovered = style.model.hovered == Selection::Edge(key);
    let in_focus = match selection {
        Selection::None => true,
        Selection::Node(node) => node == key.source || node == key.target,
        Selection::Edge(_) => selected,
        Selection::Hyper(_) => false,
    };
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
    Line {
        source: key.source,
        target: key.target,
        flags,
        color: stored(style.theme.sign(edge.weight)),
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

fn hyper_lines<'a>(style: &'a LinkStyle<'_>, variables: u32) -> impl Iterator<Item = Line> + 'a {
    style.snapshot.hyperedges.iter().enumerate().flat_map(move |(index, hyper)| {
        let junction = variables + index as u32;
        let own = Selection::Hyper(index as u32);
        let picked = style.model.selection == own || style.model.hovered == own;
        let aside = style.model.selection != Selection::None && !picked;
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
            importance: if picked { 1e6 } else { hyper.gain_joint as f32 },
        };
        hyper
            .sources
            .iter()
            .filter(move |(source, _)| *source < variables)
            .map(move |&(source, _)| spoke(source, junction, false))
            .chain((hyper.target < variables).then(|| spoke(junction, hyper.target, true)))
    })
}

fn truth_key(edge: &TruthEdge) -> LinkKey {
    LinkKey { source: edge.source, target: edge.target, lag: edge.lag }
}

/// Planted links that acted when the snapshot was taken, self-links left out.
fn truth_in_force(style: &LinkStyle<'_>) -> Vec<TruthEdge> {
    let Some(truth) = style.model.truth.as_ref().filter(|_| style.model.settings.show_truth) else { return Vec::new() };
    let variables = style.snapshot.names.len() as u32;
    edges_at(truth, style.snapshot.rows.saturating_sub(1))
        .iter()
        .filter(|e| e.source != e.target && e.source < variables && e.target < variables)
        .copied()
        .collect()
}

fn edges_at(truth: &Arc<Truth>, row: u64) -> &[TruthEdge] {
    truth.segments.iter().find(|s| (s.start..s.end).contains(&row)).map_or(&truth.edges, |s| &s.edges)
}

fn truth_line(style: &LinkStyle<'_>, edge: &TruthEdge, known: &HashMap<LinkKey, Edge>, bend: f32) -> Line {
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
        opacity,
        width,
        bend,
        lag: 0,
        born_s: LONG_AGO_S,
        died_s: 0.0,
        pick: Selection::None,
        importance: -2.0,
    }
}

/// How far each link bends aside, so that no two links of a pair coincide. Opposite directions bend to opposite sides by
/// themselves, because the side is counted from the direction.
fn bends(shown: &[&Edge], gone: &[(Edge, f32)], truth: &[TruthEdge]) -> HashMap<LinkKey, f32> {
    let mut keys: Vec<LinkKey> = shown
        .iter()
        .map(|e| e.link.key)
        .chain(gone.iter().map(|(e, _)| e.link.key))
        .chain(truth.iter().map(truth_key))
        .collect();
    let pair = |k: &LinkKey| (k.source.min(k.target), k.source.max(k.target));
    keys.sort_by_key(|k| (pair(k), k.source, k.lag));
    keys.dedup();
    let crowded = keys.len() > ALWAYS_BENT;
    let mut bends = HashMap::with_capacity(keys.len());
    for group in keys.chunk_by(|a, b| pair(a) == pair(b)) {
        if let [only] = group {
            bends.insert(*only, if crowded { 0.0 } else { 0.07 });
            continue;
        }
        for same_way in group.chunk_by(|a, b| a.source == b.source) {
            for (place, key) in same_way.iter().enumerate() {
                bends.insert(*key, 0.12 + 0.14 * place as f32);
            }
        }
    }
    bends
}
