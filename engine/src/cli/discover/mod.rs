//! In: files or standard input, and options. Out: the causal links on stdout and in files, as the contract says.

mod arguments;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use scarcity_engine::output::{WindowLog, write_edges, write_graph};
use scarcity_engine::runtime::Bus;
use scarcity_engine::session::Extras;
use scarcity_engine::types::{LEVELS_WANDER, STRAINED_INFLATION, Snapshot};
use scarcity_engine::{Error, Input, Outcome};

pub use arguments::{Arguments, DeviceArgument};

use super::feed::Feed;
use super::messages::Messages;
use super::progress::{Bar, counted, duration, grouped};
use super::report::Usage;
use super::{print, report, table};

/// Links shown on a terminal; elsewhere all are.
const LINKS_ON_SCREEN: usize = 60;

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
    let bus = Bus::new(&config.runtime);
    let messages =
        arguments.messages.as_deref().map(|path| Messages::write(&bus, &arguments.topics, path)).transpose()?;
    let feed = Feed::start(bus, config, input, arguments.read_options(), arguments.windows.is_some(), extras)?;

    let mut log = arguments.windows.as_deref().map(WindowLog::create).transpose()?;
    let bar = Bar::new(arguments.quiet);
    let window = |snapshot: &Snapshot| log.as_mut().map_or(Ok(()), |log| Ok(log.push(snapshot)?));
    let (mut outcome, interrupted) = feed.follow(window, |progress, edges| bar.show(progress, edges))?;
    bar.clear();
    if let Some(messages) = messages {
        messages.finish()?;
    }

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
