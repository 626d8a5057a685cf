//! In: rows as the reader hands them on. Out: rows fit for discovery, and what was noticed about them.
//!
//! ```text
//! Samples ─ Preparer ─ Samples
//!              ├ missing
//!              ├ diagnose: column, duplicates, season, unit_root → VariableProfile → notes
//!              └ adjust: seasonal and phase, difference, line
//! ```

mod adjust;
mod column;
mod combinations;
mod config;
mod cycles;
mod diagnose;
mod dot;
mod duplicates;
mod line;
mod missing;
mod notes;
mod phase;
mod regression;
mod season;
mod seasonal;
mod spectrum;
mod stage;
mod unit_root;

pub use config::{MissingChoice, PrepareConfig, SeasonChoice, TrendChoice};
pub use notes::of_input as input_notes;
pub use stage::Preparer;
