//! In: what the user named. Out: a source of rows, opened and checked.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use crate::config::Config;
use crate::error::Result;
use crate::stream::{ReadCounters, ReadOptions, Reader, input_notes};
use crate::synth::Demo;
use crate::types::{Note, Samples, Truth};

/// Where rows come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// One or several files read as one stream.
    Files(Vec<PathBuf>),
    /// Standard input.
    Stdin,
    /// The planted, regime-switching demo system, at a rate people can watch, without end.
    Demo,
}

/// Rows of one regime of the demo: long enough to see the graph settle, short enough to see it change.
const DEMO_REGIME_ROWS: u64 = 2_400;
/// Rows the demo starts with, so that there is a graph to see at once.
const DEMO_HEAD_ROWS: usize = 512;
/// Rows per second of the demo after that.
const DEMO_ROWS_PER_S: f64 = 160.0;
/// Rows of one demo batch.
const DEMO_BATCH_ROWS: usize = 16;

/// An open input.
pub(super) enum Source {
    /// Files or a pipe.
    Reader {
        /// The reader.
        reader: Box<Reader>,
        /// Rows in all, if known.
        expected: Option<u64>,
        /// Whether rows arrive on their own time.
        live: bool,
        /// Whether to pace rows by admission control.
        follow: bool,
        /// For the message of an input too short to use.
        path: Option<PathBuf>,
    },
    /// The demo and when its next batch is due.
    Demo(Box<DemoSource>),
}

/// The demo stream.
pub(super) struct DemoSource {
    demo: Demo,
    due: Option<Instant>,
}

/// Opens and checks an input.
pub(super) fn open(input: &Input, options: &ReadOptions, config: &Config) -> Result<Source> {
    Ok(match input {
        Input::Files(files) => {
            let reader = Reader::open(files, options, &config.stream)?;
            let rows = reader.report().estimated_rows;
            Source::Reader {
                expected: (rows > 0 && !options.follow).then_some(rows),
                reader: Box::new(reader),
                live: options.follow,
                follow: options.follow,
                path: files.first().cloned(),
            }
        }
        Input::Stdin => Source::Reader {
            reader: Box::new(Reader::from_read(std::io::stdin(), options, &config.stream)?),
            expected: None,
            live: true,
            follow: false,
            path: None,
        },
        Input::Demo => Source::Demo(Box::new(DemoSource { demo: Demo::new(config.seed, DEMO_REGIME_ROWS), due: None })),
    })
}

/// The truth beside a single file: `NAME.truth.json`, when it names the same variables.
pub(super) fn known_truth(input: &Input, names: &[String]) -> Option<Arc<Truth>> {
    let Input::Files(files) = input else { return None };
    let [file] = files.as_slice() else { return None };
    let text = std::fs::read_to_string(file.with_extension("truth.json")).ok()?;
    let truth: Truth = serde_json::from_str(&text).ok()?;
    (truth.var_names == names).then(|| Arc::new(truth))
}

impl Source {
    /// Names of the variables.
    pub(super) fn names(&self) -> Vec<String> {
        match self {
            Self::Reader { reader, .. } => reader.names().to_vec(),
            Self::Demo(source) => source.demo.names().to_vec(),
        }
    }

    /// Rows in all, if known.
    pub(super) fn expected(&self) -> Option<u64> {
        match self {
            Self::Reader { expected, .. } => *expected,
            Self::Demo(_) => None,
        }
    }

    /// How the input was understood.
    pub(super) fn notes(&self) -> Vec<Note> {
        match self {
            Self::Reader { reader, .. } => input_notes(reader.report()),
            Self::Demo(_) => Vec::new(),
        }
    }

    /// Whether rows arrive on their own time: then a window must not wait for the next one.
    pub(super) fn is_live(&self) -> bool {
        matches!(self, Self::Reader { live: true, .. } | Self::Demo(_))
    }

    /// Counters of the reader, and the flag that stops it.
    pub(super) fn handles(&self) -> Option<(Arc<ReadCounters>, Arc<AtomicBool>)> {
        match self {
            Self::Reader { reader, .. } => Some((reader.counters(), reader.stop_flag())),
            Self::Demo(_) => None,
        }
    }
}

impl DemoSource {
    /// How long to wait before the next batch is due.
    pub(super) fn wait(&self) -> Duration {
        self.due.map_or(Duration::ZERO, |due| due.saturating_duration_since(Instant::now()))
    }

    /// The next rows, and the truth in force with them.
    pub(super) fn next_batch(&mut self) -> (Samples, Truth) {
        let rows = if self.due.is_none() { DEMO_HEAD_ROWS } else { DEMO_BATCH_ROWS };
        let vars = self.demo.names().len();
        let mut values = vec![0.0; rows * vars];
        values.chunks_exact_mut(vars).for_each(|row| self.demo.next_row(row));
        let step = Duration::from_secs_f64(DEMO_BATCH_ROWS as f64 / DEMO_ROWS_PER_S);
        // After a pause the demo goes on from now instead of catching up.
        let now = Instant::now();
        self.due = Some(self.due.map_or(now, |due| (due + step).max(now)));
        (Samples { values, vars, breaks: Vec::new() }, self.demo.truth())
    }
}
