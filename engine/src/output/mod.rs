//! In: scores and snapshots. Out: edge tables, graph files and window logs.

mod atomic;
mod dot;
mod edges;
mod gexf;
mod graph;
mod graphml;
mod json;
mod npz;
mod positions;
mod report;
mod svg;
mod tables;
mod windows;

pub use atomic::AtomicFile;
pub use edges::{EdgeFormat, edges_csv, edges_parquet, write_edges};
pub use graph::{GraphFormat, write_graph};
pub use json::{edge_json, hyperedge_json, link_json, node_json};
pub use npz::write_npz;
pub use positions::write_positions;
pub use report::{Report, write_report};
pub use svg::{Drawing, DrawnLine, DrawnNode, svg_text, write_svg};
pub use tables::write_tables;
pub use windows::{WindowLog, window_json};
