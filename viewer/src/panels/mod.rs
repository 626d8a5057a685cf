//! In: the view model. Out: the window's panels, and the commands the user gave through them. Nothing here knows Bevy.
//!
//! [`shell_ui`] draws one frame. Keyboard shortcuts of the window are read here as well (see [`shortcuts`]), because
//! only the panels know whether a text field has the keyboard.

pub mod format;
mod shell;
mod shortcuts;
mod state;
mod top_bar;
mod workspace;

pub use shell::{SceneRect, shell_ui};
pub use shortcuts::{SHORTCUTS, Shortcut};
pub use workspace::{Pane, Workspace};
