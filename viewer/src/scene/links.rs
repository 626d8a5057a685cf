//! In: snapshots, one after the other. Out: the lines of one picture, with births, deaths and bends.

use std::collections::HashMap;

use scarcity_engine::types::{Edge, LinkKey, Snapshot, TruthEdge};

use super::graph::EdgeStyle;
use super::lines::{
    ARROW, KIND_SHIFT, LONG_AGO_S, Line, LinkStyle, MOVING, OUTLINE, PICKED, hyper_lines, link_line, sleeve_line,
    truth_in_force, truth_key, truth_line,
};
use crate::model::Selection;

/// A removed link fades for so long.
const FADE_S: f32 = 1.0;
/// A new link flashes for so long.
const FLASH_S: f32 = 2.0;
/// Above so many links, single links are drawn straight: one quad instead of twelve.
pub(super) const ALWAYS_BENT: usize = 400;

/// The lines of one picture.
#[derive(Debug, Default)]
pub struct Drawn {
    /// The most important last, so on top.
    pub edges: Vec<EdgeStyle>,
    /// What each stands for.
    pub picks: Vec<Selection>,
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
                let model = style.model;
                key.source != key.target
                    && key.source < variables
                    && key.target < variables
                    && model.shows_variable(key.source)
                    && model.shows_variable(key.target)
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
            lines.extend(sleeve_line(style, edge, crowd, &line));
            lines.push(line);
        }
        lines.extend(hyper_lines(style, variables));

        let careful = PICKED | MOVING | OUTLINE;
        for line in &mut lines {
            // Small graphs are drawn with all care throughout.
            let careful = crowd <= ALWAYS_BENT || line.flags & careful != 0;
            let kind = if careful { 2 } else { u32::from(line.bend != 0.0 || line.flags & ARROW != 0) };
            line.flags |= kind << KIND_SHIFT;
        }
        lines.sort_by(|a, b| a.importance.total_cmp(&b.importance));
        let picks = lines.iter().map(|l| l.pick).collect();
        let edges = lines.iter().map(Line::style).collect();
        let restyle_at_s =
            self.gone.iter().map(|(_, at)| at + FADE_S).fold(None, |a: Option<f32>, b| Some(a.map_or(b, |a| a.min(b))));
        Drawn { edges, picks, visible: crowd, restyle_at_s }
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::bench::{made_up, made_up_edge};
    use crate::model::ViewModel;
    use crate::theme::Theme;

    fn snapshot(window: u64, keys: &[(u32, u32, u32)]) -> Snapshot {
        let (mut snapshot, _) = made_up(4, 0);
        snapshot.window = window;
        snapshot.edges =
            keys.iter().map(|&(source, target, lag)| made_up_edge(LinkKey { source, target, lag }, 0.5)).collect();
        snapshot
    }

    fn draw(links: &mut Links, snapshot: &Snapshot, now_s: f32) -> Drawn {
        let mut model = ViewModel { snapshot: Some(Arc::new(snapshot.clone())), ..ViewModel::default() };
        model.settings.sleeves = false;
        links.follow(snapshot, false, now_s);
        links.draw(&LinkStyle { model: &model, snapshot, theme: &Theme::DARK, live: false }, now_s)
    }

    #[test]
    fn new_links_flash_and_lost_ones_fade_for_a_second() {
        let mut links = Links::default();
        let first = draw(&mut links, &snapshot(0, &[(0, 1, 1)]), 1.0);
        assert_eq!(first.edges[0].shape[2], LONG_AGO_S, "what is there at the start is not news");

        let second = draw(&mut links, &snapshot(1, &[(1, 2, 1)]), 5.0);
        let by_life = |died: bool| second.edges.iter().find(|e| (e.shape[3] > 0.0) == died).copied();
        assert_eq!(by_life(false).map(|e| e.shape[2]), Some(5.0), "the new one is born now");
        assert_eq!(by_life(true).map(|e| (e.ends[0], e.shape[3])), Some((0, 5.0)), "the old one dies now");
        assert_eq!(second.restyle_at_s, Some(6.0));

        let third = draw(&mut links, &snapshot(1, &[(1, 2, 1)]), 6.5);
        assert_eq!(third.edges.len(), 1);
        assert_eq!(third.restyle_at_s, None);
    }

    #[test]
    fn no_two_links_of_a_pair_coincide() {
        let mut links = Links::default();
        let drawn = draw(&mut links, &snapshot(0, &[(0, 1, 1), (0, 1, 2), (0, 1, 3), (1, 0, 1), (1, 0, 2)]), 1.0);
        // Bends counted from one end: the other direction bends to the other side.
        let mut bends: Vec<f32> =
            drawn.edges.iter().map(|e| if e.ends[0] == 0 { e.shape[1] } else { -e.shape[1] }).collect();
        bends.sort_by(f32::total_cmp);
        assert!(bends.windows(2).all(|pair| pair[1] - pair[0] > 0.1), "{bends:?}");
    }

    #[test]
    fn undirected_links_have_no_arrow() {
        let mut links = Links::default();
        let mut graph = snapshot(0, &[(0, 1, 0), (1, 2, 0), (2, 3, 1)]);
        graph.edges[0].link.directed = false;
        let drawn = draw(&mut links, &graph, 1.0);
        let arrows: Vec<(u32, bool)> = drawn.edges.iter().map(|e| (e.ends[0], e.ends[2] & ARROW != 0)).collect();
        assert!(
            arrows.contains(&(0, false)) && arrows.contains(&(1, true)) && arrows.contains(&(2, true)),
            "{arrows:?}"
        );
    }
}
