//! In: the wish to open files. Out: the files picked in the system's own dialog, off the drawing thread.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use bevy::prelude::Resource;
use crossbeam_channel::{Receiver, TryRecvError, bounded};

/// A dialog that is gone sooner than this was never seen: nobody cancels so fast.
const NEVER_SEEN: Duration = Duration::from_millis(400);

/// What became of the dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// These files; none = closed without a choice.
    Picked(Vec<PathBuf>),
    /// The system could not show one.
    Unavailable,
}

/// The dialog, while it is open.
#[derive(Debug, Default, Resource)]
pub struct Dialog {
    answer: Option<Receiver<Answer>>,
}

impl Dialog {
    /// Opens the dialog, unless it is open.
    ///
    /// # Errors
    /// When the system starts no thread for it.
    pub fn open(&mut self) -> std::io::Result<()> {
        if self.answer.is_some() {
            return Ok(());
        }
        let (send, answer) = bounded(1);
        thread::Builder::new().name("file-dialog".into()).spawn(move || {
            let opened = Instant::now();
            let picked = rfd::FileDialog::new()
                .set_title("Open data")
                .add_filter("Data", &["csv", "tsv", "txt", "parquet", "arrow", "feather", "ipc", "jsonl", "ndjson"])
                .add_filter("All files", &["*"])
                .pick_files();
            // The window may have closed meanwhile; then nobody waits for the answer.
            let _ = send.send(match picked {
                None if opened.elapsed() < NEVER_SEEN => Answer::Unavailable,
                picked => Answer::Picked(picked.unwrap_or_default()),
            });
        })?;
        self.answer = Some(answer);
        Ok(())
    }

    /// Whether the dialog is open.
    pub fn is_open(&self) -> bool {
        self.answer.is_some()
    }

    /// What became of it since the last call.
    pub fn poll(&mut self) -> Option<Answer> {
        match self.answer.as_ref()?.try_recv() {
            Ok(answer) => {
                self.answer = None;
                Some(answer)
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                self.answer = None;
                None
            }
        }
    }
}
