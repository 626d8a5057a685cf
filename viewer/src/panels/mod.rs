//! In: the view model. Out: the window's panels, and the commands the user gave through them. Nothing here knows Bevy.
//!
//! [`shell_ui`] draws one frame. Keyboard shortcuts of the window ([`ACTIONS`]) are read here as well, because only the
//! panels know whether a text field has the keyboard.

mod actions;
mod banner;
mod changes;
mod data;
mod derived;
mod events;
mod export;
mod filters;
pub mod format;
mod governor;
mod help;
mod hint;
mod hover;
mod icons;
mod import;
mod inspector;
mod knobs;
mod legend;
mod lengths;
mod link_history;
mod menu;
mod notes;
mod palette;
mod plots;
mod shell;
mod shortcuts;
mod state;
mod status_bar;
mod table;
mod timeline;
mod toasts;
mod toolbar;
mod top_bar;
mod variables;
mod welcome;
mod what_if;
mod widgets;
mod workspace;

pub use actions::{ACTIONS, Action, action_of, binding_faults, keys_of, parse_keys};
pub use derived::link_title;
pub use import::{facts_text, refusal};
pub use inspector::inflation_sentence;
pub use knobs::PRESETS;
pub use palette::fit;
pub use shell::{SceneRect, shell_ui};
pub use timeline::regime_bands;
pub use variables::search_hits;
pub use workspace::{Pane, Workspace};
