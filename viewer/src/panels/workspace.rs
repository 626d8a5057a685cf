//! In: a remembered arrangement or none. Out: which panels are open, where, how large, and what the panels remember.

use std::collections::HashMap;

use egui_tiles::{Container, Linear, LinearDir, SimplificationOptions, Tile, TileId, Tiles, Tree};
use serde::{Deserialize, Serialize};

use super::state::UiState;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Pane {
    /// The 3D graph. Always open.
    Scene,
    /// What is open, and where to open more.
    Data,
    /// All variables, searchable.
    Variables,
    /// What is shown and what is hidden.
    Filters,
    /// What is selected.
    Inspector,
    /// Links over windows.
    Timeline,
    /// All links in a table.
    Table,
    /// What changed between two moments.
    Changes,
    /// What happened.
    Events,
    /// What is worth knowing about the data before reading the graph.
    Notes,
    /// What would follow from acting on a variable.
    WhatIf,
    /// Settings of the engine.
    Knobs,
    /// The machine, and what is done when it gets tight.
    Governor,
}

impl Pane {
    /// Every pane.
    pub const ALL: [Self; 13] = [
        Self::Scene,
        Self::Data,
        Self::Variables,
        Self::Filters,
        Self::Inspector,
        Self::Timeline,
        Self::Table,
        Self::Changes,
        Self::Events,
        Self::Notes,
        Self::WhatIf,
        Self::Knobs,
        Self::Governor,
    ];

    /// Its name in titles and menus.
    pub fn title(self) -> &'static str {
        match self {
            Self::Scene => "Graph",
            Self::Data => "Data",
            Self::Variables => "Variables",
            Self::Filters => "Filters",
            Self::Inspector => "Inspector",
            Self::Timeline => "Timeline",
            Self::Table => "Links",
            Self::Changes => "Changes",
            Self::Events => "Events",
            Self::Notes => "Notes",
            Self::WhatIf => "What if",
            Self::Knobs => "Knobs",
            Self::Governor => "Governor",
        }
    }

    /// Width and height it gets when nobody has sized it, in points.
    fn default_size(self) -> [f32; 2] {
        match self {
            Self::Scene => [640.0, 520.0],
            Self::Data => [248.0, 132.0],
            Self::Variables => [248.0, 200.0],
            Self::Filters => [248.0, 392.0],
            Self::Inspector => [292.0, 400.0],
            Self::Timeline | Self::Table | Self::Changes | Self::Events | Self::Notes => [640.0, 178.0],
            Self::WhatIf | Self::Knobs | Self::Governor => [292.0, 400.0],
        }
    }

    /// Which pane takes the rest when the window's size changes, while the others keep theirs; and how many points it
    /// keeps in a window too small for all.
    fn flexibility(self) -> (u8, f32) {
        match self {
            Self::Scene => (3, 240.0),
            Self::Variables => (2, 150.0),
            Self::Inspector | Self::WhatIf | Self::Knobs | Self::Governor => (1, 72.0),
            Self::Data | Self::Filters => (0, 72.0),
            Self::Timeline | Self::Table | Self::Changes | Self::Events | Self::Notes => (0, 72.0),
        }
    }
}

/// Arrangement of the panels, remembered between runs, and what the panels keep in mind while running.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Workspace {
    pub(super) tree: Tree<Pane>,
    #[serde(default)]
    lengths: Lengths,
    #[serde(skip)]
    pub(super) state: UiState,
}

/// Two workspaces are equal when their arrangement is.
impl PartialEq for Workspace {
    fn eq(&self, other: &Self) -> bool {
        self.tree == other.tree
    }
}

impl Default for Workspace {
    fn default() -> Self {
        Self { tree: default_tree(), lengths: Lengths::default(), state: UiState::default() }
    }
}

/// Shares are kept in points, so that a panel stays as wide as it was made when the window grows.
fn linear(dir: LinearDir, children: &[(TileId, f32)]) -> Linear {
    let mut linear = Linear::new(dir, children.iter().map(|(id, _)| *id).collect());
    for (id, points) in children {
        linear.shares.set_share(*id, *points);
    }
    linear
}

fn default_tree() -> Tree<Pane> {
    let mut tiles = Tiles::default();
    let [scene, data, variables, filters, inspector, timeline, table, changes, events, notes, what_if, knobs, governor] =
        Pane::ALL.map(|pane| tiles.insert_pane(pane));
    let below = tiles.insert_tab_tile(vec![timeline, table, changes, events, notes]);
    let right = tiles.insert_tab_tile(vec![inspector, what_if, knobs, governor]);
    let [width, height] = [|pane: Pane| pane.default_size()[0], |pane: Pane| pane.default_size()[1]];
    let left = tiles.insert_container(linear(
        LinearDir::Vertical,
        &[(data, height(Pane::Data)), (variables, height(Pane::Variables)), (filters, height(Pane::Filters))],
    ));
    let middle = tiles.insert_container(linear(
        LinearDir::Vertical,
        &[(scene, height(Pane::Scene)), (below, height(Pane::Timeline))],
    ));
    let root = tiles.insert_container(linear(
        LinearDir::Horizontal,
        &[(left, width(Pane::Data)), (middle, width(Pane::Scene)), (right, width(Pane::Inspector))],
    ));
    Tree::new("scarcity_arrangement", root, tiles)
}

impl Workspace {
    /// Whether every pane exists exactly once and the 3D pane is open.
    pub fn is_complete(&self) -> bool {
        let each_once = Pane::ALL.iter().all(|wanted| {
            self.tree.tiles.iter().filter(|(_, tile)| matches!(tile, Tile::Pane(pane) if pane == wanted)).count() == 1
        });
        each_once && self.tree.root.is_some() && self.is_open(Pane::Scene)
    }

    /// Takes the welcome card away until the next start.
    pub fn hide_welcome(&mut self) {
        self.state.welcome_hidden = true;
    }

    /// Whether a pane is shown.
    pub fn is_open(&self, pane: Pane) -> bool {
        self.tree.tiles.find_pane(&pane).is_some_and(|id| self.tree.is_visible(id))
    }

    /// Opens or closes a pane; it keeps its place. The 3D pane stays open.
    pub fn set_open(&mut self, pane: Pane, open: bool) {
        if pane != Pane::Scene
            && let Some(id) = self.tree.tiles.find_pane(&pane)
        {
            self.tree.set_visible(id, open);
        }
    }

    /// Does an action by its name, as its key would.
    pub fn perform(&mut self, id: &str, vm: &crate::model::ViewModel, out: &mut Vec<crate::model::Command>) {
        super::actions::perform(id, self, vm, out);
    }

    /// Opens a pane and brings it to the front of its tabs.
    pub fn show(&mut self, pane: Pane) {
        self.set_open(pane, true);
        self.tree.make_active(|_, tile| matches!(tile, Tile::Pane(other) if *other == pane));
    }

    /// Whether a pane is open and in front of its tabs.
    pub fn is_in_front(&self, pane: Pane) -> bool {
        let id = self.tree.tiles.find_pane(&pane);
        id.is_some_and(|id| self.tree.active_tiles().contains(&id))
    }

    /// Puts every panel back where it was at first.
    pub fn reset(&mut self) {
        self.tree = default_tree();
        self.lengths = Lengths::default();
    }

    /// Panes that share a tile with others; the tab bar already names those.
    pub(super) fn panes_in_tabs(&self) -> Vec<Pane> {
        let in_tabs = |id: TileId| {
            self.tree
                .tiles
                .parent_of(id)
                .and_then(|parent| self.tree.tiles.get_container(parent))
                .is_some_and(|container| matches!(container, Container::Tabs(_)))
        };
        let tiles = self.tree.tiles.iter();
        let mut panes: Vec<Pane> = tiles
            .filter_map(|(id, tile)| match tile {
                Tile::Pane(pane) if in_tabs(*id) => Some(*pane),
                _ => None,
            })
            .collect();
        panes.sort_by_key(|pane| pane.title());
        panes
    }

    /// Gives the window's gain or loss of room to the most flexible pane of each row and column.
    pub(super) fn fit(&mut self, size: egui::Vec2, options: &SimplificationOptions) {
        self.tree.simplify(options);
        if let Some(root) = self.tree.root {
            fit_tile(&mut self.tree.tiles, &mut self.lengths, root, size);
        }
    }
}

/// How long tiles are along their row or column, in points.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Lengths {
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

fn fit_tile(tiles: &mut Tiles<Pane>, lengths: &mut Lengths, id: TileId, size: egui::Vec2) {
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
