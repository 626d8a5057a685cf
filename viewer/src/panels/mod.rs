//! In: the view model. Out: the window's panels, and the commands the user gave through them. Nothing here knows Bevy.
//!
//! [`shell_ui`] draws one frame. Keyboard shortcuts of the window ([`SHORTCUTS`]) are read here as well, because only the
//! panels know whether a text field has the keyboard.

mod data;
mod derived;
mod filters;
pub mod format;
mod hint;
mod hover;
mod icons;
mod import;
mod inspector;
mod legend;
mod shell;
mod shortcuts;
mod state;
mod status_bar;
mod timeline;
mod toasts;
mod toolbar;
mod top_bar;
mod variables;
mod welcome;
mod widgets;
mod workspace;

pub use import::{facts_text, refusal};
pub use inspector::inflation_sentence;
pub use shell::{SceneRect, shell_ui};
pub use shortcuts::{SHORTCUTS, Shortcut};
pub use timeline::regime_bands;
pub use variables::search_hits;
pub use workspace::{Pane, Workspace};
