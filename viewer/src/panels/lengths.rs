//! In: how long the user made each tile, and the room there is. Out: how long it is: what is gained or lost goes to the most
//! flexible tile of each row and column.

use std::collections::HashMap;

use egui_tiles::{Container, LinearDir, Tile, TileId, Tiles};
use serde::{Deserialize, Serialize};

use super::workspace::Pane;

/// How long tiles are along their row or column, in points.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Lengths {
    /// As the user made them. A small window gives less, and gives it back when it grows.
    wanted: HashMap<TileId, f32>,
    /// As the last frame gave them; a share that differs since was dragged.
    #[serde(skip)]
    given: HashMap<TileId, f32>,
}

impl Lengths {
    fn wanted(&mut self, child: TileId, share: f32, usual: f32) -> f32 {
        // A tile that was just dropped into its place has a share of 1, which is no length in points.
        let length = if share > 32.0 { share } else { usual };
        match self.given.get(&child) {
            None => *self.wanted.entry(child).or_insert(length),
            Some(given) if (given - share).abs() <= 0.5 => *self.wanted.entry(child).or_insert(length),
            Some(_) => {
                self.wanted.insert(child, length);
                length
            }
        }
    }
}

/// The length that the longest are cut to, so that all of them together fit.
fn cap(lengths: &[f32], room: f32) -> f32 {
    let mut ascending = lengths.to_vec();
    ascending.sort_by(f32::total_cmp);
    let mut left = room;
    for (i, length) in ascending.iter().enumerate() {
        let share = left / (ascending.len() - i) as f32;
        if *length >= share {
            return share.max(0.0);
        }
        left -= length;
    }
    f32::INFINITY
}

pub(super) fn fit_tile(tiles: &mut Tiles<Pane>, lengths: &mut Lengths, id: TileId, size: egui::Vec2) {
    let Some(Tile::Container(container)) = tiles.get(id) else { return };
    let Container::Linear(linear) = container else {
        for child in container.children_vec() {
            fit_tile(tiles, lengths, child, size);
        }
        return;
    };
    let axis = usize::from(linear.dir == LinearDir::Vertical);
    let children: Vec<TileId> =
        linear.children.iter().copied().filter(|child| tiles.is_visible_in_layout(*child)).collect();
    if children.is_empty() {
        return;
    }
    let room = (size[axis] - (children.len() - 1) as f32).max(1.0);
    let flexibility: Vec<(u8, f32)> = children.iter().map(|child| tile_flexibility(tiles, *child)).collect();
    let (best, least) = flexibility.iter().copied().max_by_key(|(rank, _)| *rank).unwrap_or_default();
    let flexible = flexibility.iter().rposition(|(rank, _)| *rank == best).unwrap_or(0);
    let wanted: Vec<f32> = children
        .iter()
        .map(|child| lengths.wanted(*child, linear.shares[*child], tile_default(tiles, *child)[axis]))
        .collect();
    let fixed: Vec<f32> =
        wanted.iter().enumerate().filter(|(i, _)| *i != flexible).map(|(_, length)| *length).collect();
    let cap = cap(&fixed, (room - least).max(0.0));
    let taken: f32 = fixed.iter().map(|length| length.min(cap)).sum();
    let given = |i: usize| if i == flexible { (room - taken).max(1.0) } else { wanted[i].min(cap) };
    let given: Vec<(TileId, f32)> = children.iter().enumerate().map(|(i, child)| (*child, given(i))).collect();
    if let Some(Tile::Container(Container::Linear(linear))) = tiles.get_mut(id) {
        for (child, length) in &given {
            linear.shares.set_share(*child, *length);
            lengths.given.insert(*child, *length);
        }
    }
    for (child, length) in given {
        let mut child_size = size;
        child_size[axis] = length;
        fit_tile(tiles, lengths, child, child_size);
    }
}

fn panes_below(tiles: &Tiles<Pane>, id: TileId, visit: &mut impl FnMut(Pane)) {
    match tiles.get(id) {
        Some(Tile::Pane(pane)) if tiles.is_visible(id) => visit(*pane),
        Some(Tile::Container(container)) => {
            for child in container.children() {
                panes_below(tiles, *child, visit);
            }
        }
        _ => {}
    }
}

fn tile_flexibility(tiles: &Tiles<Pane>, id: TileId) -> (u8, f32) {
    let mut best = (0, 0.0);
    panes_below(tiles, id, &mut |pane| {
        if pane.flexibility().0 >= best.0 {
            best = pane.flexibility();
        }
    });
    best
}

fn tile_default(tiles: &Tiles<Pane>, id: TileId) -> [f32; 2] {
    let mut size = [72.0_f32; 2];
    panes_below(tiles, id, &mut |pane| {
        let [width, height] = pane.default_size();
        size = [size[0].max(width), size[1].max(height)];
    });
    size
}
