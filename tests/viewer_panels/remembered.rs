//! Settings and arrangement between runs: round trip, broken files, values out of range.

use std::fs;
use std::path::{Path, PathBuf};

use scarcity_viewer::model::{ImportChoice, KnownSchema, Settings, ThemeChoice};
use scarcity_viewer::panels::{Pane, Workspace};
use scarcity_viewer::settings::{
    MAX_RECENT, load_from, load_workspace_from, remember_recent, save_to, save_workspace_to,
};

fn only_file(dir: &Path) -> PathBuf {
    let mut files: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "nothing is left beside the file: {files:?}");
    files.remove(0)
}

#[test]
fn settings_come_back_as_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("not/yet/there");
    let settings = Settings {
        sleeves: false,
        bindings: [("isolate".to_owned(), "Ctrl+I".to_owned())].into(),
        theme: ThemeChoice::Light,
        ui_scale: 1.25,
        reduced_motion: true,
        flat: true,
        labels: false,
        show_truth: true,
        recent: vec![PathBuf::from("/data/ünïcode file.csv")],
        max_lag: 7,
        schemas: vec![KnownSchema {
            names: vec!["time".into(), "x".into()],
            choice: ImportChoice { columns: vec!["x".into()], max_lag: 5, ..ImportChoice::default() },
        }],
    };
    save_to(&folder, &settings).unwrap();
    assert_eq!(load_from(&folder), settings);
    save_to(&folder, &Settings::default()).unwrap();
    assert_eq!(load_from(&folder), Settings::default());
    only_file(&folder);
}

#[test]
fn a_missing_or_broken_file_means_defaults() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(load_from(dir.path()), Settings::default());
    save_to(dir.path(), &Settings { max_lag: 9, ..Settings::default() }).unwrap();
    let file = only_file(dir.path());
    fs::write(&file, "theme = [[[").unwrap();
    assert_eq!(load_from(dir.path()), Settings::default());
    fs::write(&file, [0xff, 0xfe, 0x00]).unwrap();
    assert_eq!(load_from(dir.path()), Settings::default());
}

#[test]
fn a_file_with_some_settings_keeps_them() {
    let dir = tempfile::tempdir().unwrap();
    save_to(dir.path(), &Settings::default()).unwrap();
    fs::write(only_file(dir.path()), "max_lag = 5\nfrom_a_later_version = true\n").unwrap();
    assert_eq!(load_from(dir.path()), Settings { max_lag: 5, ..Settings::default() });
}

#[test]
fn values_that_would_make_the_window_unusable_are_brought_into_range() {
    let dir = tempfile::tempdir().unwrap();
    for (text, scale) in [("40.0", 2.0), ("0.0", 0.75), ("nan", 1.0)] {
        save_to(dir.path(), &Settings::default()).unwrap();
        fs::write(only_file(dir.path()), format!("ui_scale = {text}\nmax_lag = 9000\n")).unwrap();
        let settings = load_from(dir.path());
        assert_eq!((settings.ui_scale, settings.max_lag), (scale, 64), "{text}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a file");
    fs::write(&file, "").unwrap();
    let error = save_to(&file, &Settings::default()).unwrap_err().to_string();
    assert!(error.contains("a file"), "{error}");
}

#[test]
fn recent_files_are_unique_newest_first_and_few() {
    let mut settings = Settings::default();
    for name in ["a", "b", "a"] {
        remember_recent(&mut settings, Path::new(name));
    }
    assert_eq!(settings.recent, [PathBuf::from("a"), PathBuf::from("b")]);
    for i in 0..50 {
        remember_recent(&mut settings, Path::new(&i.to_string()));
    }
    assert_eq!(settings.recent.len(), MAX_RECENT);
    assert_eq!(settings.recent[0], PathBuf::from("49"));
}

#[test]
fn the_arrangement_comes_back_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let mut workspace = Workspace::default();
    workspace.set_open(Pane::Timeline, false);
    workspace.set_open(Pane::Scene, false);
    assert!(workspace.is_open(Pane::Scene), "the graph stays open");
    save_workspace_to(dir.path(), &workspace).unwrap();
    let read = load_workspace_from(dir.path());
    assert_eq!(read, workspace);
    assert!(!read.is_open(Pane::Timeline));
    assert!(read.is_open(Pane::Inspector));
}

#[test]
fn an_arrangement_that_lost_a_panel_is_not_used() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(load_workspace_from(dir.path()), Workspace::default());
    let mut workspace = Workspace::default();
    workspace.set_open(Pane::Data, false);
    save_workspace_to(dir.path(), &workspace).unwrap();
    let file = only_file(dir.path());
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("\"Inspector\"", "\"Timeline\"")).unwrap();
    assert_eq!(load_workspace_from(dir.path()), Workspace::default());
    fs::write(&file, "{").unwrap();
    assert_eq!(load_workspace_from(dir.path()), Workspace::default());
}
