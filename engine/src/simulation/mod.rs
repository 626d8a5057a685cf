//! In: snapshots of the graph. Out: frames, the positions of its nodes, live and at rest when nothing changes.

mod change;
mod config;
mod descent;
mod detail;
mod files;
mod graph;
mod layout;
mod motion;
mod pivots;
mod planar;
mod scale;
mod seeding;
mod springs;
mod steps;
mod stress;
mod worker;

pub use config::SimulationConfig;
pub use detail::Detail;
pub use files::{GraphFile, read_graph};
pub use graph::PlainGraph;
pub use layout::Layout;
pub use worker::{Drawn, DrawnPositions, LayoutHandle, spawn, spawn_drawn};
