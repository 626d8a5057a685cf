//! `scarcity`: discovery without a window.

fn main() {}
