//! In: the `scarcity` binary as a user starts it. Out: whether it keeps the contract scripts depend on.

#[path = "cli/discovery.rs"]
mod discovery;
#[path = "cli/errors.rs"]
mod errors;
#[path = "cli/files.rs"]
mod files;
#[path = "cli/layout.rs"]
mod layout;
#[path = "cli/live.rs"]
mod live;
#[path = "cli/messages.rs"]
mod messages;
#[path = "cli/planted.rs"]
mod planted;
#[path = "cli/preparing.rs"]
mod preparing;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use scarcity_engine::types::Truth;

/// The command, to be given arguments. Started at the top of the repository, as users do.
fn scarcity() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scarcity"));
    command.current_dir(top()).env_remove("RUST_LOG").stdin(std::process::Stdio::null());
    if std::env::var_os("XDG_RUNTIME_DIR").is_none() {
        // Every desktop sets it. Where nobody has logged in, the system's Wayland library prints a line of its own
        // when a Vulkan driver is looked for.
        command.env("XDG_RUNTIME_DIR", std::env::temp_dir());
    }
    command
}

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn planted_csv() -> PathBuf {
    top().join("assets/data/planted.csv")
}

fn truth_of(csv: &Path) -> Truth {
    serde_json::from_slice(&std::fs::read(csv.with_extension("truth.json")).unwrap()).unwrap()
}

/// Runs to the end, which must be a success.
fn run(arguments: &[&str]) -> Output {
    let output = scarcity().args(arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {:?}\n{}", output.status, text(&output.stderr));
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn arg(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// One row of the edge table.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
struct Row {
    source: String,
    target: String,
    lag: u32,
    score: f64,
    effect: f64,
    ci_lo: f64,
    ci_hi: f64,
    stability: f64,
    p_value: f64,
    q_value: f64,
    accepted: bool,
}

type Named = (String, String, u32);

impl Row {
    fn key(&self) -> Named {
        (self.source.clone(), self.target.clone(), self.lag)
    }
}

fn rows(path: &Path) -> Vec<Row> {
    csv::Reader::from_path(path).unwrap().deserialize().map(|row| row.unwrap()).collect()
}

fn accepted(rows: &[Row]) -> BTreeSet<Named> {
    rows.iter().filter(|r| r.accepted).map(Row::key).collect()
}

fn planted_links(truth: &Truth) -> BTreeSet<Named> {
    let name = |v: u32| truth.var_names[v as usize].clone();
    truth.edges.iter().map(|e| (name(e.source), name(e.target), e.lag)).collect()
}

/// Discovers and returns the edge table.
fn edges_of(data: &Path, more: &[&str]) -> Vec<Row> {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("edges.csv");
    let mut arguments = vec!["discover", arg(data), "--edges", arg(&out), "--quiet"];
    arguments.extend(more);
    run(&arguments);
    rows(&out)
}
