//! In: the engine's settings and readings of the machine. Out: what the panels about them show.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum KnobValue {
    /// On or off.
    Switch(bool),
    /// A whole number.
    Whole(i64),
    /// A real number.
    Real(f64),
    /// One of a few words.
    Word(String),
}

impl std::fmt::Display for KnobValue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Switch(on) => write!(f, "{}", if *on { "on" } else { "off" }),
            Self::Whole(value) => write!(f, "{value}"),
            Self::Real(value) => write!(f, "{value}"),
            Self::Word(word) => write!(f, "{word}"),
        }
    }
}

/// What a setting belongs to, for the panel's sections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KnobGroup {
    /// Proposing candidates.
    Exploration,
    /// Tests and decision.
    Thresholds,
    /// Replicates, budgets, memory.
    Cost,
    /// Which kinds of effect are looked for.
    Operators,
    /// The graph's memory.
    Memory,
    /// The picture's layout.
    Layout,
}

impl KnobGroup {
    /// Every group, in the panel's order.
    pub const ALL: [Self; 6] =
        [Self::Thresholds, Self::Operators, Self::Cost, Self::Exploration, Self::Memory, Self::Layout];

    /// Its title.
    pub fn title(self) -> &'static str {
        match self {
            Self::Exploration => "Exploration",
            Self::Thresholds => "Thresholds",
            Self::Cost => "Resamples and budgets",
            Self::Operators => "What is looked for",
            Self::Memory => "Memory of the graph",
            Self::Layout => "Layout",
        }
    }
}

/// One setting of the engine.
#[derive(Debug, Clone, PartialEq)]
pub struct KnobView {
    /// Where it belongs.
    pub group: KnobGroup,
    /// Path in the configuration: `mpie.evaluator.fdr`.
    pub path: String,
    /// What it does.
    pub about: String,
    /// The value in force.
    pub value: KnobValue,
    /// The default.
    pub default: KnobValue,
    /// Smallest and largest value of a number.
    pub range: Option<(f64, f64)>,
    /// The words to choose from.
    pub words: Vec<&'static str>,
    /// Who changed it last: `default`, `you`, `governor` …
    pub changed_by: String,
    /// Why.
    pub why: String,
    /// Whether a change acts at once while a run goes on; else when it starts again.
    pub live: bool,
    /// Whether the value in force in the run differs because the run has not started again since.
    pub pending: bool,
}

impl KnobView {
    /// The last part of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path)
    }
}

/// What the machine does at one moment; what cannot be read is absent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Reading {
    /// Seconds since the start.
    pub at_s: f32,
    /// Use of all processors, `[0, 1]`.
    pub cpu: Option<f32>,
    /// Memory in use of all there is, `[0, 1]`.
    pub memory: Option<f32>,
    /// Memory of this program.
    pub own_bytes: Option<u64>,
    /// Graphics memory in use, `[0, 1]`.
    pub vram: Option<f32>,
    /// Use of the graphics processor, `[0, 1]`.
    pub gpu: Option<f32>,
    /// Occupancy of the queue before discovery, `[0, 1]`.
    pub queue: Option<f32>,
    /// Work asked of discovery relative to what it can do; live feeds only.
    pub overload: Option<f32>,
    /// Frames per second.
    pub fps: Option<f32>,
}

/// Readings, oldest first, the last few minutes.
#[derive(Debug, Clone, Default)]
pub struct Readings(VecDeque<Reading>);

impl Readings {
    /// Readings kept.
    pub const KEPT: usize = 240;

    /// Adds the newest.
    pub fn push(&mut self, reading: Reading) {
        if self.0.len() >= Self::KEPT {
            self.0.pop_front();
        }
        self.0.push_back(reading);
    }

    /// The newest.
    pub fn last(&self) -> Option<&Reading> {
        self.0.back()
    }

    /// All, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Reading> {
        self.0.iter()
    }
}
