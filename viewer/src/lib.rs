//! The desktop window of SCARCITY. Data flows one way: link → scene and panels → commands → link.

pub mod analysis;
pub mod app;
pub mod args;
pub mod bench;
pub mod camera;
pub mod capture;
pub mod clock;
pub mod dialog;
pub mod drop;
pub mod export;
pub mod film;
pub mod knobs;
pub mod link;
pub mod machine;
pub mod model;
pub mod notes;
pub mod obey;
pub mod pace;
pub mod pane;
pub mod panels;
pub mod readings;
pub mod scene;
pub mod session_file;
pub mod settings;
pub mod state_file;
pub mod theme;
