//! In: the wish to open files. Out: the files picked in the system's own dialog, off the drawing thread.

use std::path::PathBuf;
use std::thread;

use bevy::prelude::Resource;
use crossbeam_channel::{Receiver, TryRecvError, bounded};

/// The dialog, while it is open.
#[derive(Debug, Default, Resource)]
pub struct Dialog {
    answer: Option<Receiver<Vec<PathBuf>>>,
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
            let picked = rfd::FileDialog::new()
                .set_title("Open data")
                .add_filter("Data", &["csv", "tsv", "txt", "parquet", "arrow", "feather", "ipc", "jsonl", "ndjson"])
                .add_filter("All files", &["*"])
                .pick_files();
            // The window may have closed meanwhile; then nobody waits for the answer.
            let _ = send.send(picked.unwrap_or_default());
        })?;
        self.answer = Some(answer);
        Ok(())
    }

    /// Whether the dialog is open.
    pub fn is_open(&self) -> bool {
        self.answer.is_some()
    }

    /// The files picked since the last call; empty = closed without a choice.
    pub fn poll(&mut self) -> Option<Vec<PathBuf>> {
        match self.answer.as_ref()?.try_recv() {
            Ok(files) => {
                self.answer = None;
                Some(files)
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                self.answer = None;
                None
            }
        }
    }
}
