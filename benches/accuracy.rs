//! In: a folder of data sets with known causes, or a seed to plant some. Out: how good discovery is on them, as tables.
//!
//! ```text
//! cargo bench -p scarcity-engine --bench accuracy                    # planted systems
//! cargo bench -p scarcity-engine --bench accuracy -- FOLDER          # every NAME.csv with a NAME.json beside it
//! cargo bench -p scarcity-engine --bench accuracy -- FOLDER --against peers.json --csv sets.csv --only lin_var
//! ```
//!
//! Every set is run as `scarcity discover FILE --max-lag L --seed 0` runs it: all settings at their defaults, the
//! largest lag from the set's truth.
#![allow(missing_docs, clippy::print_stdout, reason = "a benchmark binary has no public interface but its tables")]

#[path = "accuracy/measure.rs"]
mod measure;
#[path = "accuracy/peers.rs"]
mod peers;
#[path = "accuracy/report.rs"]
mod report;
#[path = "accuracy/suite.rs"]
mod suite;

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Parser;
use scarcity_engine::types::LinkScore;
use scarcity_engine::{Config, Input, ReadOptions, Session};

use measure::{Measured, measure};
use suite::{Set, Truth};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// How good discovery is on data whose causes are known.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder with data sets at any depth; without one, systems are planted.
    suites: Option<PathBuf>,
    /// Results of other methods on the same sets, to stand beside.
    #[arg(long, value_name = "PEERS.json")]
    against: Option<PathBuf>,
    /// Write one row per set.
    #[arg(long, value_name = "OUT.csv")]
    csv: Option<PathBuf>,
    /// Only sets whose family or name contains this.
    #[arg(long, value_name = "WORD")]
    only: Option<String>,
    /// Seed of planted systems.
    #[arg(long, default_value_t = 1_000)]
    seed: u64,
    /// Worker threads; 0 = one per core.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// What cargo adds.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A set and how it went.
#[derive(Debug)]
pub struct Row {
    /// Family, apart by size: large sets are another task.
    pub group: String,
    pub family: String,
    pub name: String,
    pub vars: usize,
    /// Share of the pairs that are true: what chance gets.
    pub base_rate: f64,
    pub measured: Measured,
    /// Why there is no result.
    pub failure: Option<String>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let planted = tempfile::tempdir()?;
    let mut sets = match &arguments.suites {
        Some(folder) => suite::find(&from_top(folder))?,
        None => suite::plant(planted.path(), arguments.seed)?,
    };
    if let Some(word) = &arguments.only {
        sets.retain(|set| set.family.contains(word.as_str()) || set.name.contains(word.as_str()));
    }
    if sets.is_empty() {
        return Err("no data set was found: each needs NAME.csv and NAME.json side by side".into());
    }
    let mut rows = Vec::with_capacity(sets.len());
    for (at, set) in sets.iter().enumerate() {
        if std::io::stderr().is_terminal() {
            eprint!("\r\x1b[K{} of {}: {}/{}", at + 1, sets.len(), set.family, set.name);
        }
        rows.push(run(set, arguments.threads));
    }
    if std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
    println!("{}", report::families(&rows));
    println!("{}", report::reliability(&rows));
    if let Some(path) = &arguments.against {
        println!("{}", peers::compare(&peers::load(&from_top(path))?, &rows));
    }
    for row in rows.iter().filter(|row| row.failure.is_some()) {
        println!("no result: {}/{}: {}", row.family, row.name, row.failure.as_deref().unwrap_or_default());
    }
    if let Some(path) = &arguments.csv {
        std::fs::write(from_top(path), report::csv(&rows))?;
    }
    Ok(())
}

/// Cargo runs a bench in the folder of its package; what a user names is meant from the repository's top.
fn from_top(path: &Path) -> PathBuf {
    match std::env::var_os("CARGO_MANIFEST_DIR") {
        Some(package) => Path::new(&package).join("..").join(path),
        None => path.to_owned(),
    }
}

fn run(set: &Set, threads: usize) -> Row {
    let Set { family, name, truth, .. } = set;
    let clock = Instant::now();
    let found = discover(set, threads);
    let seconds = clock.elapsed().as_secs_f64();
    let (links, failure) = match found {
        Ok(links) if links.is_empty() => (links, Some("no link was scored".to_owned())),
        Ok(links) => (links, None),
        Err(error) => (Vec::new(), Some(error.to_string())),
    };
    Row {
        group: if truth.n_vars > 20 { format!("{family}, N > 20") } else { family.clone() },
        family: family.clone(),
        name: name.clone(),
        vars: truth.n_vars,
        base_rate: truth.base_rate(),
        measured: measure(truth, &links, seconds),
        failure,
    }
}

/// The links of one set, their variables numbered as in the truth.
fn discover(set: &Set, threads: usize) -> Result<Vec<LinkScore>> {
    let mut config = Config::default();
    config.mpie.max_lag = set.truth.max_lag;
    config.compute.threads = threads;
    let session = Session::start(config, Input::Files(vec![set.csv.clone()]), ReadOptions::default())?;
    let names = session.names();
    let outcome = session.join();
    if let Some(error) = outcome.error {
        return Err(error.into());
    }
    // The reader may leave out columns, such as ones that hold no numbers.
    let numbers = in_truth(&set.truth, &names);
    Ok(outcome
        .scores
        .into_iter()
        .filter_map(|mut link| {
            link.key.source = *numbers.get(&link.key.source)?;
            link.key.target = *numbers.get(&link.key.target)?;
            Some(link)
        })
        .collect())
}

/// From the number of a variable in the stream to its number in the truth.
fn in_truth(truth: &Truth, names: &[String]) -> BTreeMap<u32, u32> {
    let known: BTreeMap<&str, u32> = truth.var_names.iter().map(String::as_str).zip(0..).collect();
    names.iter().zip(0..).filter_map(|(name, at)| Some((at, *known.get(name.as_str())?))).collect()
}
