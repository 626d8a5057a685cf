//! In: telemetry and decisions. Out: the last of them to look back on, and a file of JSON lines that can be replayed.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::config::MonitorConfig;
use crate::error::{Error, Result};
use crate::types::{Decision, DecisionOutcome, LeverState, Readings, Telemetry};

/// One line of a trace or of the decision log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Line {
    /// Readings, as often as they are taken.
    Readings {
        /// Seconds since the start.
        t_s: f64,
        /// The readings.
        metrics: Readings,
    },
    /// What was made of them, once per control interval.
    Telemetry {
        /// Seconds since the start.
        t_s: f64,
        /// Averages, forecasts, skill; the readings themselves have lines of their own.
        telemetry: Telemetry,
        /// Levers below 1.
        levers: Vec<LeverState>,
    },
    /// A decision.
    Decision(Decision),
}

/// Where lines go.
#[derive(Debug)]
struct Log {
    path: PathBuf,
    out: BufWriter<File>,
}

/// Telemetry of the last control intervals with its time in seconds, oldest first.
pub type Ring = Arc<Mutex<VecDeque<(f64, Telemetry)>>>;

/// The history ring and the logs.
#[derive(Debug)]
pub struct Monitor {
    config: MonitorConfig,
    history: Ring,
    /// The log of this run; made with its first line.
    log: Option<Log>,
    log_failed: bool,
    /// A trace that was asked for: everything.
    trace: Option<Log>,
}

impl Monitor {
    /// A monitor; with `trace`, everything is also written there.
    ///
    /// # Errors
    /// When the trace cannot be written.
    pub fn new(config: MonitorConfig, trace: Option<&Path>) -> Result<Self> {
        let open = |path: &Path| {
            let file =
                File::create(path).map_err(|e| Error::Output { path: path.to_path_buf(), message: e.to_string() })?;
            Ok::<_, Error>(Log { path: path.to_path_buf(), out: BufWriter::new(file) })
        };
        let trace = trace.map(open).transpose()?;
        Ok(Self { config, history: Ring::default(), log: None, log_failed: false, trace })
    }

    /// Takes note of readings.
    pub fn readings(&mut self, t_s: f64, metrics: &Readings) {
        if self.trace.is_some() || self.logs_all() {
            self.write(&Line::Readings { t_s, metrics: metrics.clone() }, self.logs_all());
        }
    }

    /// Takes note of telemetry.
    pub fn telemetry(&mut self, t_s: f64, telemetry: &Telemetry, levers: &[LeverState]) {
        {
            let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
            if history.len() >= self.config.history {
                history.pop_front();
            }
            history.push_back((t_s, telemetry.clone()));
        }
        if self.trace.is_some() || self.logs_all() {
            let levers = levers.iter().filter(|l| l.level < 1.0).cloned().collect();
            let telemetry = Telemetry { metrics: Readings::new(), ..telemetry.clone() };
            self.write(&Line::Telemetry { t_s, telemetry, levers }, self.logs_all());
            self.flush();
        }
    }

    /// Takes note of a decision.
    pub fn decision(&mut self, decision: &Decision) {
        let failed = matches!(decision.outcome, DecisionOutcome::Failed(_));
        // A rule on somebody who is not here changes nothing: no reason to leave a file behind.
        let idle = matches!(decision.outcome, DecisionOutcome::NoSuchSubsystem(_)) && !self.logs_all();
        let wanted = failed || !(idle || matches!(self.config.level.as_str(), "ERROR" | "WARN"));
        self.write(&Line::Decision(decision.clone()), wanted);
        self.flush();
    }

    /// The history, which others may look at while it goes on.
    pub fn history(&self) -> Ring {
        Arc::clone(&self.history)
    }

    /// The log, if there was anything to log.
    pub fn log_path(&self) -> Option<&Path> {
        self.log.as_ref().map(|log| log.path.as_path())
    }

    fn logs_all(&self) -> bool {
        matches!(self.config.level.as_str(), "DEBUG" | "TRACE")
    }

    fn write(&mut self, line: &Line, to_log: bool) {
        if to_log && !self.config.log_dir.is_empty() && self.log.is_none() && !self.log_failed {
            self.log = open_log(&self.config.log_dir).inspect_err(|e| tracing::error!("no decision log: {e}")).ok();
            self.log_failed = self.log.is_none();
        }
        let log = self.log.as_mut().filter(|_| to_log);
        for log in log.into_iter().chain(&mut self.trace) {
            let written = serde_json::to_writer(&mut log.out, line).map_err(std::io::Error::from);
            // A full disk must not stop the run: the log is said to be incomplete and given up.
            if let Err(error) = written.and_then(|()| log.out.write_all(b"\n")) {
                tracing::error!("{} is incomplete: {error}", log.path.display());
            }
        }
    }

    fn flush(&mut self) {
        for log in self.log.iter_mut().chain(&mut self.trace) {
            if let Err(error) = log.out.flush() {
                tracing::error!("{} is incomplete: {error}", log.path.display());
            }
        }
    }
}

fn open_log(folder: &str) -> std::io::Result<Log> {
    fs::create_dir_all(folder)?;
    let started_s = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let path = Path::new(folder).join(format!("{started_s}-{}.jsonl", std::process::id()));
    let file = OpenOptions::new().create(true).append(true).open(&path)?;
    Ok(Log { path, out: BufWriter::new(file) })
}
