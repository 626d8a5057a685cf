//! In: the view model, the layout's frames and the user's eye. Out: the 3D pane. One resource, no entities per element.

mod canvas;
pub mod curve;
pub mod gpu;
pub mod graph;
pub mod labels;
pub mod lines;
pub mod links;
mod lists;
mod nodes;
pub mod probe;
mod regroup;
mod survey;
mod upload;

pub use gpu::{ScenePlugin, SceneView, ViewUniform};
pub use graph::{Graph, NodeStyle};
pub use probe::Probe;
