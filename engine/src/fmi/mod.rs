//! In: bus messages. Out: see `architecture`.

mod config;
pub use config::FmiConfig;
