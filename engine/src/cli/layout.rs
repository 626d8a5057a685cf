//! In: a file with a graph. Out: where its nodes go, in a file.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Result;
use scarcity_engine::Config;
use scarcity_engine::compute::layout;
use scarcity_engine::output::{AtomicFile, EdgeFormat, write_positions};
use scarcity_engine::simulation::{Layout, read_graph};

use super::config::Sources;
use super::discover::DeviceArgument;
use super::print;
use super::report::Usage;

/// Steps after which the layout of a graph too large for pairs is taken as it is, if it has not come to rest by itself.
const STEPS: u32 = 1000;
/// Steps after distances have been followed: the first few gather most neighbours and cost the least of the distances.
const STEPS_AFTER_DESCENT: u32 = 2;

/// Lay a graph out in three dimensions.
///
/// Reads GraphML, GEXF, JSON or an edge list (source, target and, if there is one, weight) and writes the node, x, y and z
/// of every node.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
pub struct Arguments {
    /// The graph: .graphml, .gexf, .json, or an edge list in .csv, .tsv or .txt.
    #[arg(value_name = "GRAPH")]
    graph: PathBuf,
    /// Where to write the positions.
    #[arg(long, value_name = "OUT.csv|OUT.parquet")]
    out: PathBuf,
    /// Force-directed steps at most: they gather neighbours, at the cost of distances [default: 2 up to 120,000 nodes, where
    /// distances follow the steps between pairs of nodes before; beyond, until it rests, 1000 at most].
    #[arg(long)]
    steps: Option<u32>,
    /// Where the layout runs [default: auto].
    #[arg(long, value_enum)]
    device: Option<DeviceArgument>,
    /// Worker threads; 0 = one per core. Results do not depend on it.
    #[arg(long)]
    threads: Option<usize>,
    /// Same seed and device, same bytes.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    #[command(flatten)]
    sources: Sources,
    /// No closing line on stderr.
    #[arg(long, short)]
    quiet: bool,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mut config: Config = arguments.sources.load()?;
    if let Some(device) = arguments.device {
        config.compute.device = device.into();
    }
    config.compute.threads = arguments.threads.unwrap_or(config.compute.threads);
    config.check()?;
    if EdgeFormat::of(&arguments.out).is_none() {
        let out = arguments.out.display();
        return Err(Usage(format!("positions are written as .csv or .parquet, and {out} is neither")).into());
    }
    AtomicFile::probe(&arguments.out)?;
    let graph = read_graph(&arguments.graph)?;
    let mut device = layout::open(&config.compute)?;
    let start = Instant::now();
    let mut picture = Layout::of(&graph, &config.simulation, arguments.seed);
    let placed = start.elapsed();
    let by_default = if graph.names.len() <= Layout::DESCENT_NODES { STEPS_AFTER_DESCENT } else { STEPS };
    let steps = picture.step(device.as_mut(), arguments.steps.unwrap_or(by_default))?;
    picture.fetch(device.as_mut())?;
    let elapsed = start.elapsed();
    let positions: Vec<[f32; 3]> = picture.positions().collect();
    write_positions(&arguments.out, &graph.names, &positions)?;
    if !arguments.quiet {
        let rest = if picture.is_settled() { ", at rest" } else { "" };
        print::line_on_stderr(&format!(
            "{} nodes, {} edges: placed in {:.2} s, {steps} steps in {:.2} s on {}{rest}",
            graph.names.len(),
            graph.edges.len(),
            placed.as_secs_f64(),
            (elapsed - placed).as_secs_f64(),
            device.name()
        ));
    }
    Ok(ExitCode::SUCCESS)
}
