//! In: snapshots of the graph. Out: frames, the positions of its nodes, live and at rest when nothing changes.

mod change;
mod config;
mod descent;
mod detail;
mod drawn;
mod files;
mod graph;
mod handle;
mod layout;
mod motion;
mod pivots;
mod scale;
mod seeding;
mod springs;
mod steps;
mod stress;
mod worker;

pub use config::SimulationConfig;
pub use detail::Detail;
pub use drawn::{Drawn, DrawnPositions};
pub use files::{GraphFile, read_graph};
pub use graph::PlainGraph;
pub use handle::LayoutHandle;
pub use layout::Layout;
pub use worker::{spawn, spawn_drawn};
