//! In: nothing. Out: everything a panel can ask for.

use std::collections::BTreeSet;
use std::path::PathBuf;

use scarcity_engine::types::LinkKey;

use super::{
    Filter, Focus, GovernorAsk, ImportChoice, KnobValue, Lod, PolicyView, Selection, Settings, WhatIfQuestion,
};

/// What can be written to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportFormat {
    /// GraphML, for yEd, Gephi, igraph, networkx.
    GraphMl,
    /// GEXF, for Gephi.
    Gexf,
    /// DOT, for Graphviz.
    Dot,
    /// JSON with every attribute.
    Json,
    /// The links shown, one row each, as comma-separated text.
    Csv,
    /// Links, as Parquet.
    Parquet,
    /// NumPy arrays in the layout of tigramite.
    Npz,
    /// The picture as a drawing.
    Svg,
    /// The window as a picture, so many times enlarged.
    Png(u32),
    /// A page with the picture, the links and the settings.
    Html,
    /// The recording as numbered pictures, and as a film where ffmpeg is there.
    Film,
}

impl ExportFormat {
    /// Every format, in the order of the menu.
    pub const ALL: [Self; 11] = [
        Self::Html,
        Self::Svg,
        Self::Png(2),
        Self::Film,
        Self::Csv,
        Self::Parquet,
        Self::Json,
        Self::GraphMl,
        Self::Gexf,
        Self::Dot,
        Self::Npz,
    ];

    /// Its name in menus.
    pub fn title(self) -> String {
        match self {
            Self::GraphMl => "GraphML graph".into(),
            Self::Gexf => "GEXF graph (Gephi)".into(),
            Self::Dot => "DOT graph (Graphviz)".into(),
            Self::Json => "JSON graph".into(),
            Self::Csv => "CSV tables of links, variables and hyperedges".into(),
            Self::Parquet => "Parquet table of links".into(),
            Self::Npz => "NPZ arrays (tigramite)".into(),
            Self::Svg => "SVG drawing".into(),
            Self::Png(scale) => format!("PNG picture ×{scale}"),
            Self::Html => "HTML report".into(),
            Self::Film => "Film of the replay (MP4 or pictures)".into(),
        }
    }

    /// The extension of its files.
    pub fn extension(self) -> &'static str {
        match self {
            Self::GraphMl => "graphml",
            Self::Gexf => "gexf",
            Self::Dot => "dot",
            Self::Json => "json",
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::Npz => "npz",
            Self::Svg => "svg",
            Self::Png(_) => "png",
            Self::Html => "html",
            Self::Film => "mp4",
        }
    }
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
    /// Start the run on the open data again, with the settings in force.
    Restart,
    /// Back to the demo stream.
    StartDemo,
    /// Hold or resume discovery.
    SetPaused(bool),
    /// Hold or resume the layout.
    SetFrozen(bool),
    /// Select.
    Select(Selection),
    /// Choose several variables.
    Choose(BTreeSet<u32>),
    /// Show no link weaker than this, in standard deviations.
    FilterWeaker(f64),
    /// Say what is under the pointer, in a panel.
    Hover(Selection),
    /// Frame the whole graph.
    Fit,
    /// Frame what is selected.
    FocusSelection,
    /// Look along an axis: 0 front, 1 right, 2 top.
    LookFrom(u8),
    /// Back to where the camera was before.
    LastView,
    /// Change the filter.
    SetFilter(Filter),
    /// Change the search text.
    SetSearch(String),
    /// Look at a part of the graph, or at all of it.
    SetFocus(Option<Focus>),
    /// Show and lay out only the focus, or everything again.
    SetIsolated(bool),
    /// Hide a variable, or show it again.
    SetHidden(u32, bool),
    /// Show all variables.
    UnhideAll,
    /// Hold a variable in place (`None` = where it is), or let it go.
    SetPinned(u32, bool),
    /// Move a variable and hold it there.
    Drag(u32, [f32; 3]),
    /// Let go of all variables held in place.
    UnpinAll,
    /// Show another moment; `None` = the newest.
    ShowWindow(Option<u64>),
    /// Go so many recorded windows on or back.
    StepWindow(i64),
    /// Play the past or stop.
    SetPlaying(bool),
    /// Windows per second while playing.
    SetSpeed(f32),
    /// Put mark A (`false`) or B (`true`) at the window shown, or take it away.
    SetMark(bool, Option<u64>),
    /// Show what changed from A to B, in the graph.
    SetComparing(bool),
    /// The user has seen what changed.
    MarkSeen,
    /// Take back the last change of view, filter, pins or knobs.
    Undo,
    /// Do again what was taken back.
    Redo,
    /// Change remembered settings.
    SetSettings(Settings),
    /// Change a setting of the engine, by its path.
    SetKnob(String, KnobValue),
    /// Change several settings of the engine at once: a preset by its name.
    Preset(&'static str),
    /// Change the rules of the governor.
    SetPolicies(Vec<PolicyView>),
    /// Ask something of the governor.
    AskGovernor(GovernorAsk),
    /// Change the level of detail.
    SetLod(Lod),
    /// Ask what would follow from acting on a variable; `None` = close.
    AskWhatIf(Option<WhatIfQuestion>),
    /// Show the response after so many rows in the graph; `None` = as animated.
    ShowResponse(Option<f32>),
    /// Put text on the clipboard.
    Copy(String),
    /// Write to a file; `None` = ask where.
    Export(ExportFormat, Option<PathBuf>),
    /// Write only these links, in this order, as a table.
    ExportLinks(Vec<LinkKey>),
    /// Save the session; `None` = ask where.
    SaveSession(Option<PathBuf>),
    /// Open a session file.
    OpenSession(PathBuf),
    /// Go back to the session before the last end.
    RestoreLast,
    /// Save a picture of the window.
    Screenshot,
    /// Remove a note.
    DismissToast(u64),
    /// Close the window.
    Quit,
}
