//! In: files, pipes, generators. Out: windows of aligned rows, in order, at a rate discovery can follow.

mod config;
pub use config::{BadRowPolicy, StreamConfig};
