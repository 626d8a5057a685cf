//! The desktop window of SCARCITY. Data flows one way: link → scene and panels → commands → link.

pub mod model;
pub mod panels;
pub mod settings;
pub mod theme;
