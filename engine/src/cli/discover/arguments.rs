//! In: the options of `scarcity discover`. Out: settings, input and outputs, checked before the work begins.

use std::path::{Path, PathBuf};

use anyhow::Result;
use scarcity_engine::compute::DeviceKind;
use scarcity_engine::output::{AtomicFile, EdgeFormat, GraphFormat};
use scarcity_engine::stream::{SeasonChoice, TrendChoice};
use scarcity_engine::types::DataFormat;
use scarcity_engine::{Config, Error, Input, ReadOptions};

use super::super::config::Sources;
use super::super::report::Usage;

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
#[command(after_help = super::super::EXIT_CODES)]
pub struct Arguments {
    /// Files to read as one stream; `-` is standard input.
    #[arg(required = true, value_name = "FILE|-")]
    pub(super) files: Vec<PathBuf>,
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
    pub(super) edges: Option<PathBuf>,
    /// Write the graph.
    #[arg(long, value_name = "OUT.json|.graphml|.gexf|.dot")]
    pub(super) graph: Option<PathBuf>,
    /// Write one JSON line per window, as the run goes.
    #[arg(long, value_name = "OUT.jsonl")]
    pub(super) windows: Option<PathBuf>,
    /// Write what the resource governor reads and decides, as the run goes, for `scarcity govern --replay`.
    #[arg(long, value_name = "OUT.jsonl")]
    pub(super) trace: Option<PathBuf>,
    /// Write the messages of the bus as JSON lines, as the run goes: `{"topic": …, "message": …}`.
    #[arg(long, value_name = "OUT.jsonl")]
    pub(super) messages: Option<PathBuf>,
    /// Topics whose messages to write, e.g. `drg.*`; `scarcity topics` lists them [default: all].
    #[arg(long, value_name = "a,b.*,…", value_delimiter = ',', requires = "messages")]
    pub(super) topics: Vec<String>,
    /// Go on waiting for rows at the end of the last file.
    #[arg(long)]
    pub(super) follow: bool,
    /// No progress, no notes and no closing line on stderr.
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Print the result as a JSON document instead of a table.
    #[arg(long)]
    pub(super) json: bool,
}

impl Arguments {
    /// Settings in effect: options of their own win over `--set`, which wins over the file.
    pub(super) fn config(&self) -> Result<Config> {
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

    pub(super) fn input(&self) -> Result<Input> {
        let is_stdin = |file: &PathBuf| file.as_os_str() == "-";
        if !self.files.iter().any(is_stdin) {
            return Ok(Input::Files(self.files.clone()));
        }
        if self.files.len() > 1 {
            return Err(Usage("standard input (-) cannot be combined with files".to_owned()).into());
        }
        Ok(Input::Stdin)
    }

    pub(super) fn read_options(&self) -> ReadOptions {
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
    pub(super) fn check_outputs(&self) -> Result<()> {
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
            [&self.edges, &self.graph, &self.windows, &self.trace, &self.messages].into_iter().flatten().collect();
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

/// Where a path really leads, whatever it is called: an output must not overwrite an input under another name.
fn place(path: &Path) -> PathBuf {
    let whole = std::fs::canonicalize(path);
    whole.unwrap_or_else(|_| {
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let parent = std::fs::canonicalize(parent).unwrap_or_else(|_| parent.to_owned());
        path.file_name().map_or_else(|| path.to_owned(), |name| parent.join(name))
    })
}
