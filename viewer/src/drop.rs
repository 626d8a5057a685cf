//! In: files held over the window or dropped on it. Out: the hover in the view model, and the command to open them.

use std::path::{Path, PathBuf};

use bevy::ecs::prelude::*;
use bevy::prelude::{App, Plugin, Update};
use bevy::window::FileDragAndDrop;

use crate::app::{Model, Outbox, ViewerSystems};
use crate::model::{Command, DragHover};

/// Turns the window system's drag and drop into the view model's words.
#[derive(Debug, Default)]
pub struct DropPlugin;

impl Plugin for DropPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Update, receive_drops.in_set(ViewerSystems::Receive));
    }
}

/// Each file is one event; those of one drop arrive together, so a frame's worth is one command.
fn receive_drops(mut events: MessageReader<FileDragAndDrop>, mut model: ResMut<Model>, mut outbox: ResMut<Outbox>) {
    let mut dropped = Vec::new();
    for event in events.read() {
        match event {
            FileDragAndDrop::HoveredFile { path_buf, .. } => hover(&mut model.0.drag, path_buf),
            FileDragAndDrop::HoveredFileCanceled { .. } => model.0.drag = None,
            FileDragAndDrop::DroppedFile { path_buf, .. } => dropped.push(path_buf.clone()),
        }
    }
    if dropped.is_empty() {
        return;
    }
    model.0.drag = None;
    outbox.0.push(Command::Open(dropped));
}

fn hover(drag: &mut Option<DragHover>, path: &Path) {
    let drag = drag.get_or_insert_default();
    if !drag.files.iter().any(|f| f == path) {
        drag.files.push(path.to_path_buf());
    }
    drag.refusal = refusal(&drag.files);
}

/// Why these files cannot be opened, as far as their names tell.
pub fn refusal(files: &[PathBuf]) -> Option<String> {
    const KNOWN: &[&str] =
        &["csv", "tsv", "txt", "dat", "parquet", "pq", "arrow", "feather", "ipc", "arrows", "json", "jsonl", "ndjson"];
    files.iter().find_map(|file| {
        let name = file.file_name().unwrap_or(file.as_os_str()).to_string_lossy();
        if file.is_dir() {
            return Some(format!("\"{name}\" is a folder; drop the files in it instead"));
        }
        let extension = file.extension().map(|e| e.to_string_lossy().to_lowercase());
        match extension {
            Some(e) if !KNOWN.contains(&e.as_str()) => {
                Some(format!("\"{name}\" is not a table SCARCITY reads; use CSV, Parquet, Arrow or JSON lines"))
            }
            _ => None,
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_it_cannot_read_and_says_which() {
        assert_eq!(refusal(&["a.csv".into(), "b.PARQUET".into(), "no_extension".into()]), None);
        let text = refusal(&["a.csv".into(), "photo.png".into()]).unwrap();
        assert!(text.contains("photo.png") && text.contains("CSV"), "{text}");
        let folder = tempfile::tempdir().unwrap();
        assert!(refusal(&[folder.path().to_path_buf()]).unwrap().contains("folder"));
    }
}
