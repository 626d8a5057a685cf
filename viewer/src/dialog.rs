//! In: the wish to open files. Out: the files picked in the system's own dialog, off the drawing thread.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use bevy::prelude::Resource;
use crossbeam_channel::{Receiver, TryRecvError, bounded};

use crate::model::ExportFormat;

/// A dialog that is gone sooner than this was never seen: nobody cancels so fast.
const NEVER_SEEN: Duration = Duration::from_millis(400);

/// What became of the dialog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// These files; none = closed without a choice.
    Picked(Vec<PathBuf>),
    /// Write this to that place.
    Save(Purpose, PathBuf),
    /// The system could not show one.
    Unavailable,
}

/// What is to be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// An export.
    Export(ExportFormat),
    /// The session.
    Session,
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

    /// Asks where to save, unless a dialog is open. Where the system shows none, the suggestion is taken.
    ///
    /// # Errors
    /// When the system starts no thread for it.
    pub fn save(&mut self, purpose: Purpose, suggestion: PathBuf) -> std::io::Result<()> {
        if self.answer.is_some() {
            return Ok(());
        }
        let (send, answer) = bounded(1);
        thread::Builder::new().name("file-dialog".into()).spawn(move || {
            let opened = Instant::now();
            let name = suggestion.file_name().unwrap_or(suggestion.as_os_str()).to_string_lossy().into_owned();
            let mut dialog = rfd::FileDialog::new().set_title("Save").set_file_name(name);
            if let Some(folder) = suggestion.parent().filter(|folder| !folder.as_os_str().is_empty()) {
                dialog = dialog.set_directory(folder);
            }
            let picked = dialog.save_file();
            // The window may have closed meanwhile; then nobody waits for the answer.
            let _ = send.send(match picked {
                Some(path) => Answer::Save(purpose, path),
                None if opened.elapsed() < NEVER_SEEN => Answer::Save(purpose, suggestion),
                None => Answer::Picked(Vec::new()),
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
