//! In: what the engine, the window and the user last said. Out: one plain view model the panels read, and the commands
//! they send back. Panels are pure functions of [`ViewModel`]; nothing here knows Bevy.

mod command;
mod filter;
mod focus;
mod governor;
mod import;
mod knobs;
mod lod;
mod settings;
mod time;
mod undo;
mod whatif;

pub use command::{Command, ExportFormat};
pub use filter::Filter;
pub use focus::{Focus, Reach, Selection};
pub use governor::{GovernorAsk, GovernorView, PolicyView, action_word, lines_of, policies_of};
pub use import::{DragHover, ImportChoice, ImportSheet, KnownSchema};
pub use knobs::{KnobGroup, KnobValue, KnobView, Reading, Readings};
pub use lod::{Lod, LodCost};
pub use settings::{Settings, ThemeChoice};
pub use time::{ChangeKind, Changed, Comparison, HistoryPoint, RECORDING_BYTES, Recording, TimeView};
pub use undo::{Undo, ViewState};
pub use whatif::{WhatIf, WhatIfQuestion};

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use scarcity_engine::types::{Insight, Note, Preparation, Progress, Snapshot, Truth};
use scarcity_engine::whatif::{LinkExplanation, VariableSeries};

/// How a note is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToastKind {
    /// Something happened.
    Info,
    /// Something needs attention.
    Warning,
    /// Something failed; the text says what to do.
    Error,
}

/// A note that goes away by itself (errors wait for a click).
#[derive(Debug, Clone, PartialEq)]
pub struct Toast {
    /// Identity.
    pub id: u64,
    /// Colour.
    pub kind: ToastKind,
    /// Text, with the remedy where something failed.
    pub text: String,
}

/// Everything the panels show.
#[derive(Debug, Clone, Default)]
pub struct ViewModel {
    /// Name of the open data (file name, "demo" …).
    pub source_name: String,
    /// Whether the demo stream is running.
    pub is_demo: bool,
    /// The graph shown: the newest, a past one, or a comparison.
    pub snapshot: Option<Arc<Snapshot>>,
    /// The newest graph.
    pub newest: Option<Arc<Snapshot>>,
    /// Past graphs (bounded).
    pub recording: Recording,
    /// Past windows, oldest first (bounded).
    pub history: Vec<HistoryPoint>,
    /// What happened, oldest first (bounded).
    pub events: Vec<Insight>,
    /// Which moment is shown.
    pub time: TimeView,
    /// What changed from mark A to mark B, while both are set.
    pub comparison: Option<Arc<Comparison>>,
    /// Planted truth, if any.
    pub truth: Option<Arc<Truth>>,
    /// How the input was understood, and what is worth saying about its variables.
    pub notes: Vec<Note>,
    /// What the first rows show of every variable.
    pub preparation: Option<Arc<Preparation>>,
    /// Progress of the run.
    pub progress: Progress,
    /// Discovery is held.
    pub paused: bool,
    /// Layout is held.
    pub layout_frozen: bool,
    /// Layout has come to rest.
    pub layout_settled: bool,
    /// Frames per second.
    pub fps: f32,
    /// Milliseconds the last frames took to make, smoothed.
    pub frame_ms: f32,
    /// Name of the graphics adapter.
    pub adapter: String,
    /// What is selected.
    pub selection: Selection,
    /// Variables chosen together, by a box, a loop or one after the other.
    pub chosen: BTreeSet<u32>,
    /// What is under the pointer.
    pub hovered: Selection,
    /// Filter in force.
    pub filter: Filter,
    /// The part of the graph looked at.
    pub focus: Option<Focus>,
    /// Variables of the focus, while there is one.
    pub focused: BTreeSet<u32>,
    /// Only the focus is shown and laid out.
    pub isolated: bool,
    /// Variables hidden by hand.
    pub hidden: BTreeSet<u32>,
    /// Variables held in place by hand.
    pub pins: BTreeMap<u32, [f32; 3]>,
    /// Links that pass the filter and belong to what is shown.
    pub visible_edges: usize,
    /// Links of those that are drawn.
    pub drawn_edges: usize,
    /// Discs that stand for groups, and the variables in them.
    pub grouped: (usize, usize),
    /// Text in the search field.
    pub search: String,
    /// Import sheet, while open.
    pub import: Option<ImportSheet>,
    /// Files hovering over the window.
    pub drag: Option<DragHover>,
    /// Notes on screen.
    pub toasts: Vec<Toast>,
    /// Remembered settings.
    pub settings: Settings,
    /// Whether there is something to undo and to redo.
    pub can_undo: (bool, bool),
    /// What the newest rows show of the selected link.
    pub explanation: Option<Arc<LinkExplanation>>,
    /// The newest rows of the selected variable.
    pub series: Option<Arc<VariableSeries>>,
    /// What-if.
    pub what_if: WhatIf,
    /// Settings of the engine.
    pub knobs: Vec<KnobView>,
    /// What the governor of the run says.
    pub governor: GovernorView,
    /// Rules of the governor, as the table has them.
    pub policies: Vec<PolicyView>,
    /// Readings of the machine, oldest first (bounded).
    pub readings: Readings,
    /// Level of detail.
    pub lod: Lod,
    /// What a frame costs.
    pub cost: LodCost,
    /// A session from before that can be gone back to.
    pub last_session: Option<String>,
    /// Whether a replay is being written to files, and how far it is.
    pub filming: Option<(usize, usize)>,
    /// The window system delivers no drops (Wayland).
    pub no_drops: bool,
}

impl ViewModel {
    /// Whether a variable is shown: neither hidden nor left out of an isolated focus.
    pub fn shows_variable(&self, index: u32) -> bool {
        !self.hidden.contains(&index) && (!self.isolated || self.focused.is_empty() || self.focused.contains(&index))
    }

    /// Whether some variables are not shown.
    pub fn leaves_out(&self) -> bool {
        !self.hidden.is_empty() || (self.isolated && !self.focused.is_empty())
    }

    /// Picks the graph to show from the recording, the marks and the newest.
    pub fn choose_snapshot(&mut self) {
        let marks = self.time.mark_a.zip(self.time.mark_b).filter(|(a, b)| a != b);
        let known = self.comparison.as_ref().map(|c| (c.from, c.to));
        match marks.and_then(|(a, b)| self.recording.at(a.min(b)).zip(self.recording.at(a.max(b)))) {
            Some((a, b)) if known != Some((a.window, b.window)) => {
                self.comparison = Some(Arc::new(Comparison::between(a, b)));
            }
            Some(_) => {}
            None => self.comparison = None,
        }
        let comparing = self.comparison.as_ref().filter(|_| self.time.comparing);
        let wanted = match (comparing, self.time.at) {
            (Some(comparison), _) => Some(Arc::clone(&comparison.union)),
            (None, Some(window)) => self.recording.at(window).cloned().or_else(|| self.newest.clone()),
            (None, None) => self.newest.clone(),
        };
        let same = match (&wanted, &self.snapshot) {
            (Some(a), Some(b)) => Arc::ptr_eq(a, b),
            (None, None) => true,
            _ => false,
        };
        if !same {
            self.snapshot = wanted;
            self.refocus();
        }
    }

    /// Works out again which variables belong to the focus.
    pub fn refocus(&mut self) {
        self.focused = match (&self.focus, &self.snapshot) {
            (Some(focus), Some(snapshot)) => focus.members(snapshot, &self.filter),
            _ => BTreeSet::new(),
        };
    }

    /// Links that came or went since the user last looked, hyperedges aside.
    pub fn unseen_changes(&self) -> u64 {
        let Some(seen) = self.time.seen else { return 0 };
        self.history.iter().rev().take_while(|p| p.window > seen).map(|p| u64::from(p.added + p.dropped)).sum()
    }
}
