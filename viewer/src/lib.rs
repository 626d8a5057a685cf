//! The desktop window of SCARCITY. Data flows one way: link → scene and panels → commands → link.

pub mod app;
pub mod args;
pub mod bench;
pub mod camera;
pub mod capture;
pub mod dialog;
pub mod drop;
pub mod link;
pub mod machine;
pub mod model;
pub mod notes;
pub mod obey;
pub mod pace;
pub mod pane;
pub mod panels;
pub mod scene;
pub mod select;
pub mod settings;
pub mod state_file;
pub mod theme;
