//! `scarcity-viewer`: opens the window, or renders a picture without one.

fn main() {}
