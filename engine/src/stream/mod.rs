//! In: files, pipes, generators. Out: windows of aligned rows, in order, at a rate discovery can follow.
//!
//! ```text
//! files, pipe ─ inspect ─ Reader ─ Samples ─ Preparer ─ Samples ─ WindowBuilder ─ Window
//!                  │         └ block → csv | json;  columnar ← parquet | ipc
//!                  └ format, dialect, profile, roles → ImportReport
//! ```

mod admission;
mod block;
mod cell;
mod columnar;
mod config;
mod continuity;
mod counters;
mod csv;
mod dialect;
mod follow;
mod format;
mod inspect;
mod ipc;
mod json;
mod moments;
mod options;
mod parquet;
mod place;
mod plan;
mod prepare;
mod profile;
mod reader;
mod roles;
mod rows;
mod scan;
mod schema;
mod steps;
mod text;
mod window;

pub use admission::{AdmissionControl, Allowance};
pub use config::{BadRowPolicy, StreamConfig};
pub use counters::{ReadCounters, ReadCounts};
pub use inspect::inspect;
pub use options::ReadOptions;
pub use prepare::{MissingChoice, PrepareConfig, Preparer, SeasonChoice, TrendChoice, input_notes};
pub use profile::ColumnProfile;
pub use reader::Reader;
pub use schema::SchemaManager;
pub use window::WindowBuilder;
