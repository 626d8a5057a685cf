//! In: the first rows of a stream. Out: what they show of every variable, what was done about it, and notes for people.

use serde::Serialize;

/// What the values of a variable look like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// Real numbers, or whole ones of either sign.
    #[default]
    Real,
    /// Whole numbers from zero on.
    Count,
    /// Two values only.
    Binary,
}

/// What unit-root and stationarity tests say together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TrendVerdict {
    /// Returns to a fixed level.
    Stationary,
    /// Wanders like a random walk; its differences may be stationary.
    UnitRoot,
    /// Returns to a straight line.
    TrendStationary,
    /// Too few rows, or the tests contradict each other.
    #[default]
    Undecided,
}

/// A pattern that repeats.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Season {
    /// Length of one repetition, in rows.
    pub period_rows: u32,
    /// Share of the variance around the moving average over one period that repeats, `[0, 1]`.
    pub share: f64,
    /// Upper bound of the probability of so high a spectral peak without any season (Fisher's g).
    pub p_value: f64,
}

/// What is done to the level of a variable before discovery.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LevelChange {
    /// Nothing.
    #[default]
    Kept,
    /// Replaced by its step from row to row; effects are then per step, in the same units.
    Differenced,
    /// The straight line of the first rows is taken off.
    Detrended,
}

/// What the first rows show of one variable, and what was done about it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct VariableProfile {
    /// Kind of values.
    pub values: ValueKind,
    /// Share of missing cells.
    pub missing: f64,
    /// Longest run of missing cells, in rows.
    pub longest_gap_rows: u64,
    /// Share of the commonest value among the cells that are there.
    pub commonest_share: f64,
    /// An earlier variable that is the same but for scale, offset and sign.
    pub duplicate_of: Option<u32>,
    /// Share of innovations beyond Tukey's far fences (three interquartile ranges outside the quartiles); 2e-6 for a
    /// normal distribution. Zero where half of the innovations are equal.
    pub far_out_share: f64,
    /// Verdict of the unit-root tests, season removed first.
    pub trend: TrendVerdict,
    /// Slope of the straight line through the rows, in data units per row.
    pub slope: f64,
    /// The season, if there is one.
    pub season: Option<Season>,
    /// Whether a season is removed.
    pub deseasonalised: bool,
    /// What is done to the level.
    pub level: LevelChange,
}

/// What a note is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    /// How the input was understood.
    Input,
    /// Missing cells.
    Missing,
    /// Variables that hardly vary.
    NearConstant,
    /// Variables that say the same.
    Duplicate,
    /// A variable that others add up to.
    Combination,
    /// Variables with two values.
    Binary,
    /// Variables that count.
    Count,
    /// Heavy tails.
    HeavyTails,
    /// A repeating pattern.
    Season,
    /// Random walks.
    UnitRoot,
    /// Straight trends.
    Trend,
    /// What was done to the variables.
    Changed,
    /// What the governor did; it changes what is found.
    Governed,
}

/// A sentence worth telling whoever reads the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What it is about.
    pub kind: NoteKind,
    /// The variables concerned; empty where it concerns the input.
    pub variables: Vec<u32>,
    /// The sentence, with names, without a full stop.
    pub text: String,
}

/// The profile of a stream's first rows.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Preparation {
    /// Rows looked at.
    pub rows: u64,
    /// One per variable.
    pub variables: Vec<VariableProfile>,
    /// Period of the season that is removed, in rows.
    pub removed_period_rows: Option<u32>,
    /// What is worth saying.
    pub notes: Vec<Note>,
}
