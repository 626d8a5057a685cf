//! In: topics somebody listens to. Out: their messages in a file of JSON lines that others may read while it grows.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use scarcity_engine::Error;
use scarcity_engine::runtime::{ALIASES, Bus, Envelope, Subscription, TOPICS};
use scarcity_engine::types::Action;

use super::print;
use super::report::Usage;

/// Messages of a topic that may wait to be written; the oldest go when there are more.
const MOST_WAITING: usize = 4_096;

/// A file that is being written.
pub struct Messages {
    bus: Bus,
    writers: Vec<std::thread::JoinHandle<std::io::Result<u64>>>,
    path: PathBuf,
}

impl Messages {
    /// Writes the messages of these topics from now on; of all where none is named.
    ///
    /// # Errors
    /// When there is no such topic, or the file cannot be made.
    pub fn write(bus: &Bus, topics: &[String], path: &Path) -> Result<Self> {
        let all = ["*".to_owned()];
        let patterns = if topics.is_empty() { &all } else { topics };
        if let Some(unknown) = patterns.iter().find(|pattern| !is_known(pattern)) {
            let known: Vec<&str> = TOPICS.iter().map(|topic| topic.name).collect();
            return Err(Usage(format!("--topics: there is no \"{unknown}\"; there are: {}", known.join(", "))).into());
        }
        let file = File::create(path).map_err(|e| output_error(path, &e))?;
        let file = Arc::new(Mutex::new(file));
        let writer = |pattern: &String| {
            let (tap, file) = (bus.tap(pattern, MOST_WAITING), Arc::clone(&file));
            std::thread::Builder::new().name("messages".to_owned()).spawn(move || write(&tap, &file))
        };
        let writers = patterns.iter().map(writer).collect::<std::io::Result<_>>()?;
        Ok(Self { bus: bus.clone(), writers, path: path.to_owned() })
    }

    /// Writes what still waits and ends.
    ///
    /// # Errors
    /// When a line could not be written.
    pub fn finish(self) -> Result<()> {
        // Nothing is published any more; the taps end when what they hold has been written.
        let _ = self.bus.shutdown(Duration::ZERO);
        let mut lost = 0;
        for writer in self.writers {
            match writer.join() {
                Ok(written) => lost += written.map_err(|e| output_error(&self.path, &e))?,
                Err(_) => return Err(Error::Internal("a thread that writes messages ended unexpectedly".into()).into()),
            }
        }
        if lost > 0 {
            print::line_on_stderr(&format!("note: {lost} messages came faster than they could be written"));
        }
        Ok(())
    }
}

/// Writes each message as it comes; returns how many were lost.
fn write(tap: &Subscription<Envelope>, file: &Mutex<File>) -> std::io::Result<u64> {
    let mut lost = 0;
    while let Ok(envelope) = tap.recv() {
        // Asked while the tap is open: afterwards it no longer knows.
        lost = tap.dropped().max(lost);
        let line = format!("{{\"topic\":\"{}\",\"message\":{}}}\n", envelope.topic, envelope.json);
        // In one write, so that lines of several topics never mix and a reader never sees half of one for long.
        file.lock().unwrap_or_else(PoisonError::into_inner).write_all(line.as_bytes())?;
    }
    Ok(lost)
}

/// Whether some topic can match: by its name, an alias, a member of a family, or the beginning of any.
fn is_known(pattern: &str) -> bool {
    let names = TOPICS.iter().map(|topic| topic.name).chain(ALIASES.iter().map(|alias| alias.0));
    let mut names = names.chain(Action::ALL.map(Action::topic));
    names.any(|name| pattern.strip_suffix('*').map_or(pattern == name, |prefix| name.starts_with(prefix)))
}

fn output_error(path: &Path, error: &std::io::Error) -> Error {
    Error::Output { path: path.to_path_buf(), message: error.to_string() }
}
