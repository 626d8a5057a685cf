//! `cargo bench -p scarcity-engine`: what a window costs, stage by stage.
#![allow(missing_docs, reason = "a benchmark binary has no public interface")]

mod stream;
mod layout;

fn main() {
    divan::main();
}
