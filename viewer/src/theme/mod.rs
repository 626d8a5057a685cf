//! In: dark or light. Out: every colour and size the viewer uses, and egui's style made from them.

mod colors;
mod contrast;
mod sizes;
mod style;

pub use colors::Theme;
pub use contrast::{contrast, luminance, mix};
pub use sizes::{size, space, text_size};
pub use style::{apply, card_frame, set_dense, set_motion, set_strong_edges};
