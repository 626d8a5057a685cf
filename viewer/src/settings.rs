//! In: the user's configuration folder. Out: remembered settings and arrangement; a broken file is a warning, not an end.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tracing::warn;

use crate::model::{ImportChoice, KnownSchema, Settings};
use crate::panels::Workspace;

const SETTINGS_FILE: &str = "viewer.toml";
const WORKSPACE_FILE: &str = "arrangement.json";

/// How many opened files are remembered.
pub const MAX_RECENT: usize = 8;
/// How many kinds of files are.
const MAX_SCHEMAS: usize = 32;

/// The folder settings live in, where the system has one.
pub fn folder() -> Option<PathBuf> {
    dirs::config_dir().map(|dir| dir.join("scarcity"))
}

/// The remembered settings; defaults where there are none or they cannot be read.
pub fn load() -> Settings {
    folder().map(|dir| load_from(&dir)).unwrap_or_default()
}

/// Remembers the settings.
///
/// # Errors
/// When the folder cannot be made or written.
pub fn save(settings: &Settings) -> anyhow::Result<()> {
    save_to(&folder().context("this system names no folder for settings")?, settings)
}

/// The remembered arrangement of panels; the default where there is none or it cannot be read.
pub fn load_workspace() -> Workspace {
    folder().map(|dir| load_workspace_from(&dir)).unwrap_or_default()
}

/// Remembers the arrangement of panels.
///
/// # Errors
/// When the folder cannot be made or written.
pub fn save_workspace(workspace: &Workspace) -> anyhow::Result<()> {
    save_workspace_to(&folder().context("this system names no folder for settings")?, workspace)
}

/// [`load`] from a given folder.
pub fn load_from(dir: &Path) -> Settings {
    let mut settings: Settings = read(&dir.join(SETTINGS_FILE), |text| Ok(toml::from_str(text)?)).unwrap_or_default();
    // Hand-edited files may hold anything; out-of-range values would make the window unusable.
    if !settings.ui_scale.is_finite() {
        settings.ui_scale = 1.0;
    }
    settings.ui_scale = settings.ui_scale.clamp(0.75, 2.0);
    settings.max_lag = settings.max_lag.clamp(1, 64);
    settings.recent.truncate(MAX_RECENT);
    settings
}

/// [`save`] to a given folder.
///
/// # Errors
/// When the folder cannot be made or written.
pub fn save_to(dir: &Path, settings: &Settings) -> anyhow::Result<()> {
    write(dir, SETTINGS_FILE, &toml::to_string_pretty(settings)?)
}

/// [`load_workspace`] from a given folder.
pub fn load_workspace_from(dir: &Path) -> Workspace {
    let workspace: Workspace = read_json(&dir.join(WORKSPACE_FILE)).unwrap_or_default();
    // A file from another version may lack a panel, and a lost 3D pane could not be brought back by the user.
    if workspace.is_complete() { workspace } else { Workspace::default() }
}

/// [`save_workspace`] to a given folder.
///
/// # Errors
/// When the folder cannot be made or written.
pub fn save_workspace_to(dir: &Path, workspace: &Workspace) -> anyhow::Result<()> {
    write(dir, WORKSPACE_FILE, &to_json(workspace)?)
}

/// Puts a file at the head of the recent ones.
pub fn remember_recent(settings: &mut Settings, path: &Path) {
    settings.recent.retain(|known| known != path);
    settings.recent.insert(0, path.to_path_buf());
    settings.recent.truncate(MAX_RECENT);
}

/// Keeps what was chosen for files with these columns.
pub fn remember_schema(settings: &mut Settings, names: Vec<String>, choice: &ImportChoice) {
    settings.schemas.retain(|known| known.names != names);
    let choice = ImportChoice { files: Vec::new(), ..choice.clone() };
    settings.schemas.insert(0, KnownSchema { names, choice });
    settings.schemas.truncate(MAX_SCHEMAS);
}

/// What was chosen the last time for files with these columns.
pub fn known_schema<'a>(settings: &'a Settings, names: &[String]) -> Option<&'a ImportChoice> {
    settings.schemas.iter().find(|known| known.names == names).map(|known| &known.choice)
}

fn to_json(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(value)?)
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    read(path, |text| Ok(serde_json::from_str(text)?))
}

fn read<T>(path: &Path, parse: impl FnOnce(&str) -> anyhow::Result<T>) -> Option<T> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => {
            warn!("{} cannot be read, using defaults: {error}", path.display());
            return None;
        }
    };
    parse(&text).inspect_err(|error| warn!("{} is not understood, using defaults: {error}", path.display())).ok()
}

/// Written beside the old file and renamed over it, so that a crash leaves one or the other whole.
fn write(dir: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let path = dir.join(name);
    let part = dir.join(format!("{name}.{}.part", std::process::id()));
    let put = || -> std::io::Result<()> {
        let mut file = fs::File::create(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&part, &path)
    };
    put().with_context(|| format!("cannot write {}", path.display()))
}
