//! The engine's tests: one binary, one module per area.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs, reason = "tests fail by panicking and may talk")]

mod architecture;
mod bus;
mod cli;
mod common;
mod compute;
mod config;
mod discovery;
mod factors;
mod governor;
mod joint_causes;
mod layout;
mod levels;
mod planted;
mod proposing;
mod retune;
mod stream;
mod tails;
mod wide;
