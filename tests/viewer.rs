//! The viewer's tests: panels as pure functions, shaders, frames, and a real drag and drop.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "tests fail by panicking and may talk")]

mod viewer_drop;
mod viewer_frames;
mod viewer_gallery;
mod viewer_loss;
mod viewer_panels;
mod viewer_running;
mod viewer_session;
mod viewer_shaders;
mod viewer_window;

/// Says that a test is skipped and why; `SCARCITY_REQUIRE=wgpu` makes that a failure.
fn skip(test: &str, reason: &str) {
    let required = std::env::var("SCARCITY_REQUIRE").unwrap_or_default();
    assert!(!required.split(',').any(|r| r.trim() == "wgpu"), "{test}: SCARCITY_REQUIRE={required}, but {reason}");
    println!("{test}: skipped, {reason}");
}

/// Whether there is nothing to draw with.
fn skip_without_adapter(test: &str) -> bool {
    match scarcity_viewer::machine::check_adapter() {
        Ok(()) => false,
        Err(reason) => {
            skip(test, &reason.to_string());
            true
        }
    }
}
