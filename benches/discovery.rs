//! In: planted sparse vector autoregressions of several sizes. Out: what discovery costs, from rows to decisions.
//!
//! ```text
//! cargo bench -p scarcity-engine --bench discovery               # timings of one pass, by divan
//! cargo bench -p scarcity-engine --bench discovery -- --table    # tables: size, tests per second, growth, stages
//! ```
//!
//! A pass takes everything in as one window: panes to Gram matrices, selection, tests, block bootstrap, decision. A
//! stream gets the same rows window by window, with a judgement whenever there is enough new to say.
#![allow(missing_docs, clippy::print_stdout, reason = "a benchmark binary has no public interface but its tables")]

#[path = "discovery/pass.rs"]
mod pass;
#[path = "discovery/stages.rs"]
mod stages;
#[path = "discovery/tables.rs"]
mod tables;

use clap::Parser;
use divan::Bencher;
use divan::counter::ItemsCount;

use pass::{Depth, Pass, link_tests};

/// Rows of one pass.
const ROWS: usize = 1_000;
/// Numbers of variables.
const SIZES: [u32; 4] = [10, 20, 50, 100];

/// Options of the tables; divan has its own.
#[derive(Debug, Parser)]
struct Arguments {
    /// Print tables instead of running the benchmarks.
    #[arg(long)]
    table: bool,
    /// Worker threads; 0 = one per core.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Longest stream.
    #[arg(long, default_value_t = 1_000_000)]
    max_rows: usize,
    /// Repetitions; medians are shown.
    #[arg(long, default_value_t = 5)]
    repeat: usize,
    /// What cargo adds.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if !std::env::args().any(|argument| argument == "--table") {
        divan::main();
        return Ok(());
    }
    let arguments = Arguments::parse();
    // The evaluator's parallel loops run on the global pool here, on the session's own in a run.
    rayon::ThreadPoolBuilder::new().num_threads(arguments.threads).build_global()?;
    println!("{}", tables::by_size(arguments.threads, arguments.repeat)?);
    println!("{}", tables::by_length(arguments.threads, arguments.max_rows)?);
    println!("{}", stages::table(arguments.threads, arguments.max_rows.min(20_000))?);
    Ok(())
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn everything(bencher: Bencher<'_, '_>, vars: u32) {
    bench(bencher, vars, Depth::Everything);
}

#[divan::bench(args = SIZES, sample_count = 5, sample_size = 1)]
fn linear_core(bencher: Bencher<'_, '_>, vars: u32) {
    bench(bencher, vars, Depth::LinearCore);
}

/// Divan's items are conditional tests.
fn bench(bencher: Bencher<'_, '_>, vars: u32, depth: Depth) {
    let Ok(mut pass) = Pass::new(vars, ROWS, depth, 0) else { return };
    bencher.counter(ItemsCount::new(link_tests(vars, depth))).bench_local(|| pass.run());
}
