//! The viewer's tests: panels as pure functions, shaders, frames, and a real drag and drop.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "tests fail by panicking and may talk")]

mod viewer_drop;
mod viewer_frames;
mod viewer_panels;
mod viewer_shaders;
