//! In: files or standard input, and options. Out: the causal links on stdout and in files, as the contract says.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use scarcity_engine::compute::DeviceKind;
use scarcity_engine::output::{AtomicFile, EdgeFormat, GraphFormat, WindowLog, write_edges, write_graph};
use scarcity_engine::session::Extras;
use scarcity_engine::stream::{SeasonChoice, TrendChoice};
use scarcity_engine::types::{DataFormat, LEVELS_WANDER, STRAINED_INFLATION, Snapshot};
use scarcity_engine::{Config, Error, Input, Outcome, ReadOptions};

use super::config::Sources;
use super::feed::Feed;
use super::progress::{Bar, counted, duration, grouped};
use super::report::Usage;
use super::{print, report, table};

/// Links shown on a terminal; elsewhere all are.
const LINKS_ON_SCREEN: usize = 60;

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FormatArgument {
    Auto,
    Csv,
    Parquet,
    Arrow,
    Jsonl,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DeviceArgument {
    Auto,
    Cpu,
    Wgpu,
    Cuda,
}

impl From<DeviceArgument> for DeviceKind {
    fn from(device: DeviceArgument) -> Self {
        match device {
            DeviceArgument::Auto => Self::Auto,
            DeviceArgument::Cpu => Self::Cpu,
            DeviceArgument::Wgpu => Self::Wgpu,
            DeviceArgument::Cuda => Self::Cuda,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum TrendArgument {
    Off,
    Auto,
    Difference,
    Detrend,
}

/// Find which variable drives which in files or on standard input.
///
/// Several files are read as one stream. The table on stdout lists the accepted links; effects are in data units.
#[derive(Debug, clap::Args)]
#[command(after_help = super::EXIT_CODES)]
pub struct Arguments {
    /// Files to read as one stream; `-` is standard input.
    #[arg(required = true, value_name = "FILE|-")]
    files: Vec<PathBuf>,
    /// Format of the input.
    #[arg(long, value_enum, default_value_t = FormatArgument::Auto)]
    format: FormatArgument,
    /// Column that orders the rows; no lag reaches across its gaps.
    #[arg(long, value_name = "NAME")]
    time_column: Option<String>,
    /// Column that separates trajectories; `_series` is one by its name.
    #[arg(long, value_name = "NAME")]
    series_column: Option<String>,
    /// Columns to use; every numeric one when not given.
    #[arg(long, value_name = "a,b,…", value_delimiter = ',')]
    columns: Option<Vec<String>>,
    /// Largest lag looked at, in rows [default: 3].
    #[arg(long, value_name = "ROWS")]
    max_lag: Option<usize>,
    /// Rows per window [default: 128].
    #[arg(long, value_name = "ROWS")]
    window: Option<u32>,
    /// Rows from one window to the next [default: 64, or half of a window that is shorter].
    #[arg(long, value_name = "ROWS")]
    stride: Option<u32>,
    /// Unit roots and trends: difference or detrend every column, or what tests say of each [default: off].
    #[arg(long, value_enum)]
    trend: Option<TrendArgument>,
    /// Remove a season of this many rows, or the one that is found [default: off].
    #[arg(long, value_name = "off|auto|ROWS")]
    season: Option<SeasonChoice>,
    /// Same seed and device, same bytes [default: 0].
    #[arg(long)]
    seed: Option<u64>,
    /// Where heavy work runs [default: auto].
    #[arg(long, value_enum)]
    device: Option<DeviceArgument>,
    /// Worker threads; 0 = one per core. Results do not depend on it.
    #[arg(long)]
    threads: Option<usize>,
    #[command(flatten)]
    sources: Sources,
    /// Write one row for every directed pair and lag scored.
    #[arg(long, value_name = "OUT.csv|OUT.parquet")]
    edges: Option<PathBuf>,
    /// Write the graph.
    #[arg(long, value_name = "OUT.json|.graphml|.gexf|.dot")]
    graph: Option<PathBuf>,
    /// Write one JSON line per window, as the run goes.
    #[arg(long, value_name = "OUT.jsonl")]
    windows: Option<PathBuf>,
    /// Write what the resource governor reads and decides, as the run goes, for `scarcity govern --replay`.
    #[arg(long, value_name = "OUT.jsonl")]
    trace: Option<PathBuf>,
    /// Go on waiting for rows at the end of the last file.
    #[arg(long)]
    follow: bool,
    /// No progress, no notes and no closing line on stderr.
    #[arg(long, short)]
    quiet: bool,
    /// Print the result as a JSON document instead of a table.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let config = arguments.config()?;
    let window_rows = config.stream.window_rows;
    let input = arguments.input()?;
    let path = match &input {
        Input::Files(files) => files.first().cloned(),
        _ => None,
    };
    arguments.check_outputs()?;
    if arguments.trace.is_some() && !config.governor.enabled {
        return Err(Usage("--trace records the governor, which `governor.enabled` switches off".to_owned()).into());
    }
    let extras = Extras { trace: arguments.trace.clone(), ..Extras::default() };
    let feed = Feed::start(config, input, arguments.read_options(), arguments.windows.is_some(), extras)?;

    let mut log = arguments.windows.as_deref().map(WindowLog::create).transpose()?;
    let bar = Bar::new(arguments.quiet);
    let window = |snapshot: &Snapshot| log.as_mut().map_or(Ok(()), |log| Ok(log.push(snapshot)?));
    let (mut outcome, interrupted) = feed.follow(window, |progress, edges| bar.show(progress, edges))?;
    bar.clear();

    let Some(snapshot) = outcome.snapshot.clone() else { return nothing(outcome, interrupted, path, window_rows) };
    arguments.write(&outcome, &snapshot)?;
    if let Some(error) = outcome.error.take() {
        let rows = grouped(outcome.progress.rows);
        let kept = arguments.writes_files().then(|| format!("wrote what was found in the {rows} rows before it"));
        return Ok(report::failure(&error.into(), kept.as_deref()));
    }
    if arguments.json {
        print::json(&table::document(&outcome, &snapshot, interrupted))?;
    } else {
        let limit = if std::io::stdout().is_terminal() { LINKS_ON_SCREEN } else { usize::MAX };
        print::out(&table::links(&outcome.scores, &snapshot, limit))?;
    }
    if !arguments.quiet {
        outcome.notes.iter().for_each(|note| print::line_on_stderr(&format!("note: {}", note.text)));
    }
    if interrupted {
        let rows = grouped(outcome.progress.rows);
        print::line_on_stderr(&format!("interrupted after {rows} rows: wrote what was found so far"));
    } else if !arguments.quiet {
        print::line_on_stderr(&arguments.closing_line(&outcome, &snapshot));
    }
    Ok(ExitCode::SUCCESS)
}

/// The sentence about a setting that has an option of its own, with the option's name beside the setting's.
fn in_options(error: Error) -> Error {
    const OPTIONS: [(&str, &str); 5] = [
        ("`mpie.max_lag`", "--max-lag"),
        ("`stream.window_rows`", "--window"),
        ("`stream.stride_rows`", "--stride"),
        ("`stream.prepare.season`", "--season"),
        ("`compute.threads`", "--threads"),
    ];
    match error {
        Error::Config { key, mut message } => {
            for (setting, option) in OPTIONS {
                message = message.replacen(setting, &format!("{setting} ({option})"), 1);
            }
            Error::Config { key, message }
        }
        other => other,
    }
}

/// Not one window was complete.
fn nothing(outcome: Outcome, interrupted: bool, path: Option<PathBuf>, window_rows: u32) -> Result<ExitCode> {
    let rows = grouped(outcome.progress.rows);
    // Whoever interrupts an idle pipe does not want to hear that it was empty.
    if interrupted {
        print::line_on_stderr(&format!("interrupted after {rows} rows: nothing was found yet, nothing was written"));
        return Ok(ExitCode::from(130));
    }
    if let Some(error) = outcome.error {
        return Err(error.into());
    }
    let message = format!("has {rows} rows, fewer than one window of {window_rows}; choose a smaller --window");
    Err(Error::input(path, message).into())
}

impl Arguments {
    /// Settings in effect: options of their own win over `--set`, which wins over the file.
    fn config(&self) -> Result<Config> {
        let mut config = self.sources.load()?;
        if let Some(max_lag) = self.max_lag {
            config.mpie.max_lag = max_lag;
        }
        if let Some(window) = self.window {
            config.stream.window_rows = window;
            if config.stream.stride_rows > window {
                config.stream.stride_rows = (window / 2).max(1);
            }
        }
        if let Some(stride) = self.stride {
            config.stream.stride_rows = stride;
        }
        if let Some(trend) = self.trend {
            config.stream.prepare.trend = match trend {
                TrendArgument::Off => TrendChoice::Off,
                TrendArgument::Auto => TrendChoice::Auto,
                TrendArgument::Difference => TrendChoice::Difference,
                TrendArgument::Detrend => TrendChoice::Detrend,
            };
        }
        if let Some(season) = self.season {
            config.stream.prepare.season = season;
        }
        if let Some(seed) = self.seed {
            config.seed = seed;
        }
        if let Some(threads) = self.threads {
            config.compute.threads = threads;
        }
        if let Some(device) = self.device {
            config.compute.device = device.into();
        }
        config.check().map_err(in_options)?;
        Ok(config)
    }

    fn input(&self) -> Result<Input> {
        let is_stdin = |file: &PathBuf| file.as_os_str() == "-";
        if !self.files.iter().any(is_stdin) {
            return Ok(Input::Files(self.files.clone()));
        }
        if self.files.len() > 1 {
            return Err(Usage("standard input (-) cannot be combined with files".to_owned()).into());
        }
        Ok(Input::Stdin)
    }

    fn read_options(&self) -> ReadOptions {
        ReadOptions {
            format: match self.format {
                FormatArgument::Auto => None,
                FormatArgument::Csv => Some(DataFormat::Csv),
                FormatArgument::Parquet => Some(DataFormat::Parquet),
                FormatArgument::Arrow => Some(DataFormat::Arrow),
                FormatArgument::Jsonl => Some(DataFormat::Jsonl),
            },
            time_column: self.time_column.clone(),
            series_column: self.series_column.clone(),
            columns: self.columns.clone(),
            follow: self.follow,
        }
    }

    /// Before hours of work: that every result can be written, and in which format.
    fn check_outputs(&self) -> Result<()> {
        let known = |path: &Path, option: &str, ok: bool, endings: &str| {
            let message = format!("{option} {}: the name must end in {endings}", path.display());
            if ok { Ok(()) } else { Err(Usage(message)) }
        };
        if let Some(path) = &self.edges {
            known(path, "--edges", EdgeFormat::of(path).is_some(), ".csv or .parquet")?;
        }
        if let Some(path) = &self.graph {
            known(path, "--graph", GraphFormat::of(path).is_some(), ".json, .graphml, .gexf or .dot")?;
        }
        let outputs: Vec<&PathBuf> =
            [&self.edges, &self.graph, &self.windows, &self.trace].into_iter().flatten().collect();
        let place_of: Vec<PathBuf> = outputs.iter().map(|path| place(path)).collect();
        let inputs: Vec<PathBuf> = self.files.iter().map(|path| place(path)).collect();
        for (i, path) in outputs.iter().enumerate() {
            if place_of[..i].contains(&place_of[i]) {
                return Err(Usage(format!("{} is named for two outputs", path.display())).into());
            }
            if inputs.contains(&place_of[i]) {
                return Err(Usage(format!("{} is both input and output", path.display())).into());
            }
            AtomicFile::probe(path)?;
        }
        Ok(())
    }

    fn write(&self, outcome: &Outcome, snapshot: &Snapshot) -> Result<()> {
        if let Some(path) = &self.edges {
            write_edges(path, &outcome.scores, &snapshot.names)?;
        }
        if let Some(path) = &self.graph {
            write_graph(path, snapshot)?;
        }
        Ok(())
    }

    fn writes_files(&self) -> bool {
        self.edges.is_some() || self.graph.is_some()
    }

    fn closing_line(&self, outcome: &Outcome, snapshot: &Snapshot) -> String {
        let progress = &outcome.progress;
        let accepted = outcome.scores.iter().filter(|s| s.accepted).count();
        let mut line = format!(
            "{} rows in {} ({} rows/s), {}, {accepted} of {} links accepted",
            grouped(progress.rows),
            duration(progress.elapsed_s),
            grouped((progress.rows as f64 / progress.elapsed_s.max(1e-9)) as u64),
            counted(progress.windows, "window"),
            grouped(outcome.scores.len() as u64),
        );
        if !snapshot.hyperedges.is_empty() {
            line.push_str(&format!(", {} joint", snapshot.hyperedges.len()));
        }
        if progress.bad_rows > 0 {
            line.push_str(&format!(", {} rows rejected", grouped(progress.bad_rows)));
        }
        if snapshot.weak {
            line.push_str(&format!(
                "\nevidence is weak: many variables often stand still and chance findings are {:.1} times as strong as they \
                 should be, so that no link is accepted; the order of the scores is the best there is",
                snapshot.inflation
            ));
        } else if snapshot.inflation > STRAINED_INFLATION {
            line.push_str(&format!(
                "\nwarning: chance findings are {:.1} times as strong as they should be (inflation); treat weak links with care",
                snapshot.inflation
            ));
        }
        if snapshot.levels_wander {
            line.push_str(&format!("\n{LEVELS_WANDER}"));
        }
        line
    }
}

/// Where a path really leads, whatever it is called: an output must not overwrite an input under another name.
fn place(path: &Path) -> PathBuf {
    let whole = std::fs::canonicalize(path);
    whole.unwrap_or_else(|_| {
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let parent = std::fs::canonicalize(parent).unwrap_or_else(|_| parent.to_owned());
        path.file_name().map_or_else(|| path.to_owned(), |name| parent.join(name))
    })
}
