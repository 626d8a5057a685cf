//! In: what the engine, the window and the user last said. Out: one plain view model the panels read, and the commands
//! they send back. Panels are pure functions of [`ViewModel`]; nothing here knows Bevy.

use std::path::PathBuf;
use std::sync::Arc;

use scarcity_engine::types::{Edge, ImportReport, LinkKey, Progress, Snapshot, Truth};
use serde::{Deserialize, Serialize};

/// What is selected or under the pointer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Selection {
    /// Nothing.
    #[default]
    None,
    /// A variable, by index.
    Node(u32),
    /// A link.
    Edge(LinkKey),
    /// A hyperedge, by index in the snapshot.
    Hyper(u32),
}

/// Which links are shown. Links that fail are hidden, and the status line says how many.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Filter {
    /// Smallest |weight|, in standard deviations.
    pub min_weight: f64,
    /// Largest interval width relative to |effect|; [`Filter::ANY_CI_RATIO`] and above = any.
    pub max_ci_ratio: f64,
    /// Smallest stability.
    pub min_stability: f64,
    /// Smallest lag.
    pub min_lag: u32,
    /// Largest lag; [`Filter::ANY_LAG`] and above = any.
    pub max_lag: u32,
}

impl Default for Filter {
    fn default() -> Self {
        Self {
            min_weight: 0.0,
            max_ci_ratio: Self::ANY_CI_RATIO,
            min_stability: 0.0,
            min_lag: 0,
            max_lag: Self::ANY_LAG,
        }
    }
}

impl Filter {
    /// `max_ci_ratio` that hides nothing, however wide the interval.
    pub const ANY_CI_RATIO: f64 = 4.0;
    /// `max_lag` that hides nothing.
    pub const ANY_LAG: u32 = 64;

    /// Width of the effect's interval relative to |effect|; infinite when the effect is zero or unknown.
    pub fn ci_ratio(edge: &Edge) -> f64 {
        let ratio = (edge.link.ci_hi - edge.link.ci_lo) / edge.link.effect.abs();
        if ratio.is_nan() { f64::INFINITY } else { ratio }
    }

    /// Whether |weight| is large enough.
    pub fn weight_ok(&self, edge: &Edge) -> bool {
        self.min_weight <= 0.0 || edge.weight.abs() >= self.min_weight
    }

    /// Whether the interval is narrow enough.
    pub fn ci_ok(&self, edge: &Edge) -> bool {
        self.max_ci_ratio >= Self::ANY_CI_RATIO || Self::ci_ratio(edge) <= self.max_ci_ratio
    }

    /// Whether the link is stable enough.
    pub fn stability_ok(&self, edge: &Edge) -> bool {
        self.min_stability <= 0.0 || edge.link.stability >= self.min_stability
    }

    /// Whether the lag is in range.
    pub fn lag_ok(&self, edge: &Edge) -> bool {
        let lag = edge.link.key.lag;
        lag >= self.min_lag && (self.max_lag >= Self::ANY_LAG || lag <= self.max_lag)
    }

    /// Whether the link is shown: the one rule the scene draws by and the panels count by.
    pub fn shows(&self, edge: &Edge) -> bool {
        self.weight_ok(edge) && self.ci_ok(edge) && self.stability_ok(edge) && self.lag_ok(edge)
    }
}

/// Dark or light.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ThemeChoice {
    /// Light marks on near-black.
    #[default]
    Dark,
    /// Dark marks on near-white.
    Light,
}

/// What the viewer remembers between runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Theme.
    pub theme: ThemeChoice,
    /// Scale of all text and widgets, 0.75 … 2.
    pub ui_scale: f32,
    /// No flashes, no camera flights.
    pub reduced_motion: bool,
    /// Draw names.
    pub labels: bool,
    /// Draw the planted truth where there is one.
    pub show_truth: bool,
    /// Files opened before, newest first.
    pub recent: Vec<PathBuf>,
    /// Largest lag for the next import.
    pub max_lag: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::Dark,
            ui_scale: 1.0,
            reduced_motion: false,
            labels: true,
            show_truth: false,
            recent: Vec::new(),
            max_lag: 3,
        }
    }
}

/// What the import sheet decides before any compute.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ImportChoice {
    /// Files to read as one stream.
    pub files: Vec<PathBuf>,
    /// Time column, if any.
    pub time_column: Option<String>,
    /// Series column, if any.
    pub series_column: Option<String>,
    /// Columns used as variables.
    pub columns: Vec<String>,
    /// Largest lag.
    pub max_lag: usize,
    /// Keep waiting for new rows at the end.
    pub follow: bool,
}

/// The import sheet while it is open.
#[derive(Debug, Clone, PartialEq)]
pub struct ImportSheet {
    /// What the first rows show; `Err` = the sentence why the files cannot be read.
    pub report: Result<Arc<ImportReport>, String>,
    /// The choice so far.
    pub choice: ImportChoice,
    /// Estimated memory for discovery.
    pub estimated_bytes: u64,
    /// Estimated seconds for all rows.
    pub estimated_s: f64,
}

/// Files hovering over the window.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct DragHover {
    /// Which.
    pub files: Vec<PathBuf>,
    /// Why they cannot be dropped, if so.
    pub refusal: Option<String>,
}

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

/// One window in the timeline strip.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct HistoryPoint {
    /// Window.
    pub window: u64,
    /// Links in the store.
    pub edges: u32,
    /// Links added.
    pub added: u32,
    /// Links dropped.
    pub dropped: u32,
    /// Regime in force.
    pub regime: u32,
}

/// Everything the panels show.
#[derive(Debug, Clone, Default)]
pub struct ViewModel {
    /// Name of the open data (file name, "demo" …).
    pub source_name: String,
    /// Whether the demo stream is running.
    pub is_demo: bool,
    /// Latest graph.
    pub snapshot: Option<Arc<Snapshot>>,
    /// Planted truth, if any.
    pub truth: Option<Arc<Truth>>,
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
    /// Name of the graphics adapter.
    pub adapter: String,
    /// What is selected.
    pub selection: Selection,
    /// What is under the pointer.
    pub hovered: Selection,
    /// Filter in force.
    pub filter: Filter,
    /// Links that pass the filter and are drawn.
    pub visible_edges: usize,
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
    /// Past windows, oldest first (bounded).
    pub history: Vec<HistoryPoint>,
    /// The window system delivers no drops (Wayland).
    pub no_drops: bool,
}

/// What a panel asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Show the system's file dialog.
    PickFiles,
    /// Inspect these files and open the import sheet.
    Open(Vec<PathBuf>),
    /// Change the choice on the open import sheet.
    EditImport(ImportChoice),
    /// Start discovery with the sheet's choice.
    AcceptImport,
    /// Close the sheet.
    CancelImport,
    /// End the run; what was found stays.
    CancelRun,
    /// Back to the demo stream.
    StartDemo,
    /// Hold or resume discovery.
    SetPaused(bool),
    /// Hold or resume the layout.
    SetFrozen(bool),
    /// Select.
    Select(Selection),
    /// Frame the whole graph.
    Fit,
    /// Frame what is selected.
    FocusSelection,
    /// Look along an axis: 0 front, 1 right, 2 top.
    LookFrom(u8),
    /// Change the filter.
    SetFilter(Filter),
    /// Change the search text.
    SetSearch(String),
    /// Change remembered settings.
    SetSettings(Settings),
    /// Save a picture of the window.
    Screenshot,
    /// Remove a note.
    DismissToast(u64),
    /// Close the window.
    Quit,
}
