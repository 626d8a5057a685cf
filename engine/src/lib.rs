//! SCARCITY discovers, live, which variable of a multivariate stream drives which, at what lag, how strongly and how
//! surely.
//!
//! ```text
//! source → window → propose → encode → evaluate → store → export → layout → viewer
//! stream/            └────────────── mpie/ ──────────────┘        simulation/
//!   governor: reads the machine and the stages, acts through typed knobs; meta, fmi/federation: so far their settings
//! ```
//!
//! [`mpie::Pipeline::step`] is the arrow in code. [`session::Session`] wires the subsystems and owns the threads;
//! it is what the `scarcity` command and the viewer start.

pub mod compute;
pub mod config;
pub mod error;
pub mod federation;
pub mod fmi;
pub mod governor;
pub mod meta;
pub mod mpie;
pub mod output;
pub mod runtime;
pub mod session;
pub mod simulation;
pub mod stream;
pub mod synth;
pub mod types;
pub mod whatif;

pub use config::Config;
pub use error::{Error, Result};
pub use session::{Input, Outcome, ReadOptions, Session};
