//! In: a remembered arrangement or none. Out: which panels are open, where, how large, and what the panels remember.

use egui_tiles::{Container, Linear, LinearDir, SimplificationOptions, Tile, TileId, Tiles, Tree};
use serde::{Deserialize, Serialize};

use super::lengths::{Lengths, fit_tile};
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
    pub(super) fn default_size(self) -> [f32; 2] {
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
    pub(super) fn flexibility(self) -> (u8, f32) {
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
