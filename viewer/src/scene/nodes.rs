//! In: the view model and a graph. Out: how each variable and each junction looks, and how much it deserves a name.

use scarcity_engine::types::Snapshot;

use super::graph::{Graph, NodeStyle, stored};
use super::lines::hyper_shown;
use crate::model::{Selection, ViewModel};
use crate::theme::{Theme, mix};

impl Graph {
    pub(super) fn style_nodes(&mut self, model: &ViewModel, snapshot: &Snapshot, theme: &Theme, search: &str) {
        let count = snapshot.names.len();
        self.strength = vec![0.0; count];
        let mut near = vec![false; count];
        let mut mark = |node: u32| {
            if let Some(flag) = near.get_mut(node as usize) {
                *flag = true;
            }
        };
        for edge in snapshot.edges.iter().filter(|e| model.filter.shows(e)) {
            let key = edge.link.key;
            for node in [key.source, key.target] {
                if let Some(sum) = self.strength.get_mut(node as usize) {
                    *sum += edge.weight.abs() as f32;
                }
            }
            match model.selection {
                Selection::Node(node) if node == key.source || node == key.target => {
                    mark(key.source);
                    mark(key.target);
                }
                Selection::Edge(selected) if selected == key => {
                    mark(key.source);
                    mark(key.target);
                }
                _ => {}
            }
        }
        self.strongest = self.strength.iter().copied().fold(0.0, f32::max);
        if let Selection::Node(node) = model.selection {
            mark(node);
        }
        if let Selection::Hyper(index) = model.selection
            && let Some(hyper) = snapshot.hyperedges.get(index as usize)
        {
            hyper.sources.iter().for_each(|&(source, _)| mark(source));
            mark(hyper.target);
        }
        let focus = near.contains(&true);
        let part = &model.focused;
        let outside = |i: u32| !part.is_empty() && !part.contains(&i);
        self.nodes = (0..count)
            .map(|i| {
                let is = |s: Selection| s == Selection::Node(i as u32);
                let matches = !search.is_empty() && snapshot.names[i].to_lowercase().contains(search);
                let pinned = model.pins.contains_key(&(i as u32));
                let pick = if is(model.selection) {
                    2.0
                } else if is(model.hovered) || matches || pinned {
                    1.0
                } else {
                    0.0
                };
                let aside = (focus && !near[i]) || outside(i as u32) || (!search.is_empty() && !matches && !focus);
                let own_past = snapshot.nodes.get(i).map_or(0.0, |n| n.autoregression_r2.clamp(0.0, 1.0));
                let color = stored(node_color(model, theme, i as u32));
                let shape = if model.shows_variable(i as u32) { SPHERE } else { HIDDEN };
                NodeStyle {
                    color: [color[0], color[1], color[2], own_past as f32],
                    state: [shape, pick, if aside { 0.78 } else { 0.0 }, self.share(i)],
                }
            })
            .chain(snapshot.hyperedges.iter().enumerate().map(|(i, hyper)| {
                let is = |s: Selection| s == Selection::Hyper(i as u32);
                let [r, g, b] = stored(theme.hyper);
                let pick = if is(model.selection) { 2.0 } else { f32::from(u8::from(is(model.hovered))) };
                let aside = focus && !is(model.selection);
                let shape = if hyper_shown(model, hyper) { DIAMOND } else { HIDDEN };
                NodeStyle { color: [r, g, b, 0.0], state: [shape, pick, if aside { 0.78 } else { 0.0 }, JUNCTION] }
            }))
            .collect();
        self.junctions = snapshot
            .hyperedges
            .iter()
            .map(|h| h.sources.iter().map(|&(source, _)| source).chain([h.target]).collect())
            .collect();
        self.neighbours = near;
        self.ranks = rank(model, &self.neighbours, &self.strength, snapshot, search);
        self.ranks.resize(self.nodes.len(), 0);
    }

    /// Radius of a variable by its strength, as a share of the spacing, so that a graph of any size fills its layout equally.
    fn share(&self, variable: usize) -> f32 {
        let share = self.strength.get(variable).copied().unwrap_or(0.0) / self.strongest.max(1e-6);
        0.055 + 0.055 * share.sqrt()
    }
}

/// Radius of a junction as a share of the spacing.
const JUNCTION: f32 = 0.055;

/// How much each variable deserves a name: selected, hovered, found by search, next to the selection, then by strength.
fn rank(model: &ViewModel, near: &[bool], strength: &[f32], snapshot: &Snapshot, search: &str) -> Vec<u32> {
    let strongest = strength.iter().copied().fold(1e-6, f32::max);
    (0..snapshot.names.len())
        .map(|i| {
            let own = Selection::Node(i as u32);
            let class = if model.selection == own {
                RANK_SELECTED
            } else if model.hovered == own {
                RANK_HOVERED
            } else if !search.is_empty() && snapshot.names[i].to_lowercase().contains(search) {
                RANK_FOUND
            } else if near[i] {
                RANK_NEIGHBOUR
            } else {
                RANK_OTHER
            };
            (class << RANK_SHIFT) | (strength[i] / strongest * ((1 << RANK_SHIFT) - 1) as f32) as u32
        })
        .collect()
}

/// The class of a rank is above this bit, strength below.
pub const RANK_SHIFT: u32 = 20;
const RANK_SELECTED: u32 = 5;
/// The class of what the pointer is on; those from here on are always named.
pub const RANK_HOVERED: u32 = 4;
const RANK_FOUND: u32 = 3;
const RANK_NEIGHBOUR: u32 = 2;
const RANK_OTHER: u32 = 1;

/// Shapes of a node, as `node.wgsl` knows them.
const SPHERE: f32 = 0.0;
const DIAMOND: f32 = 1.0;
pub(super) const HIDDEN: f32 = 2.0;

/// A variable's colour: while a what-if is shown, which way it is predicted to move and how far.
fn node_color(model: &ViewModel, theme: &Theme, variable: u32) -> egui::Color32 {
    let Some(moved) = model.what_if.response_sd(variable) else { return theme.node };
    let way = if moved < 0.0 { theme.negative } else { theme.positive };
    let part = (2.0 * moved.abs()).tanh();
    mix(theme.node, way, part)
}
