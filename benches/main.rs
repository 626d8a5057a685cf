//! `cargo bench -p scarcity-engine`: what a window costs, stage by stage.
#![allow(missing_docs, reason = "a benchmark binary has no public interface")]

mod layout;
mod stream;

fn main() {
    divan::main();
}
