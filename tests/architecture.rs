//! In: the engine's source. Out: a complaint, with the ladder, wherever the arrow is broken.

use std::path::{Path, PathBuf};

/// From the bottom up. A module may use what stands on a lower rung, and itself.
const LADDER: &[&[&str]] = &[
    &["types"],
    &["runtime"],
    &["compute"],
    &["stream"],
    &["mpie"],
    &["simulation", "whatif"],
    &["governor", "meta", "fmi", "federation"],
    &["config", "synth", "output"],
    &["session"],
    &["cli", "main"],
];
/// Steps of the pipeline, which only `pipeline.rs` may bring together.
const STAGES: &[&str] = &["controller", "encoder", "evaluator", "store", "exporter"];
const LINES: usize = 500;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The code of a file, without comments.
fn code(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n")
}

/// Every `crate::a::b` path the code names, as its first two parts; groups (`crate::{a, b::c}`) are opened.
fn crate_paths(code: &str) -> Vec<(String, String)> {
    let mut paths = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find("crate::") {
        // `$crate::` and `mycrate::` are other things.
        let alone = !rest[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        rest = &rest[at + "crate::".len()..];
        if !alone {
            continue;
        }
        let flat: String = rest.chars().take_while(|c| *c != ';').filter(|c| !c.is_whitespace()).collect();
        for member in members(&flat) {
            let mut parts = member.split("::").map(|part| part.trim_start_matches('{').to_owned());
            let first = parts.next().unwrap_or_default();
            paths.push((first, parts.next().unwrap_or_default()));
        }
    }
    paths
}

/// `{a::x, b}` → `a::x`, `b`; anything else up to the end of the path → itself.
fn members(text: &str) -> Vec<String> {
    if !text.starts_with('{') {
        let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).unwrap_or(text.len());
        return vec![text[..end].to_owned()];
    }
    let (mut depth, mut members, mut current) = (0, Vec::new(), String::new());
    for c in text.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => {
                members.push(std::mem::take(&mut current));
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            members.push(current.trim_start_matches('{').to_owned());
            break;
        }
        current.push(c);
    }
    members.into_iter().map(|m| m.trim_start_matches('{').to_owned()).collect()
}

fn rung(module: &str) -> Option<usize> {
    LADDER.iter().position(|names| names.contains(&module))
}

/// Module a file of `engine/src` belongs to: its folder, or its own name.
fn module(file: &Path) -> String {
    let inside = file.strip_prefix(root().join("engine/src")).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

fn ladder() -> String {
    LADDER.iter().map(|names| names.join(", ")).collect::<Vec<_>>().join("  ←  ")
}

#[test]
fn paths_are_found_in_every_form() {
    let text =
        "use crate::types::{A, B};\nuse crate::{mpie::store, stream};\nlet x: crate::runtime::Bus; // crate::session\n";
    let found: Vec<String> = crate_paths(&code(text)).into_iter().map(|(a, b)| format!("{a}/{b}")).collect();
    assert_eq!(found, ["types/", "mpie/store", "stream/", "runtime/Bus"]);
}

#[test]
fn uses_point_down_the_ladder() {
    let mut faults = Vec::new();
    for file in rust_files(&root().join("engine/src")) {
        let own = module(&file);
        // lib.rs is the contents page: it names everything and uses nothing. error.rs stands beside the ladder.
        if own == "lib" || own == "error" {
            continue;
        }
        let Some(here) = rung(&own) else {
            faults.push(format!("{}: module `{own}` has no rung on the ladder", file.display()));
            continue;
        };
        for (used, _) in crate_paths(&code(&std::fs::read_to_string(&file).unwrap())) {
            // The error type and its shorthands at the root serve everyone.
            if used == "error" || used == own || used.starts_with(char::is_uppercase) {
                continue;
            }
            match rung(&used) {
                None => faults.push(format!("{}: `crate::{used}` has no rung on the ladder", file.display())),
                Some(there) if there >= here => {
                    faults.push(format!(
                        "{}: `{own}` uses `crate::{used}`, which stands above or beside it",
                        file.display()
                    ));
                }
                Some(_) => {}
            }
        }
    }
    assert!(faults.is_empty(), "\n{}\n\nthe ladder: {}\n", faults.join("\n"), ladder());
}

#[test]
fn stages_never_name_each_other() {
    let mpie = root().join("engine/src/mpie");
    let mut faults = Vec::new();
    for file in rust_files(&mpie) {
        let inside = file.strip_prefix(&mpie).unwrap();
        let own = inside.components().next().unwrap().as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned();
        if !STAGES.contains(&own.as_str()) {
            continue;
        }
        let flat: String = code(&std::fs::read_to_string(&file).unwrap()).split_whitespace().collect();
        for other in STAGES.iter().filter(|stage| **stage != own) {
            for path in [format!("mpie::{other}"), format!("super::{other}")] {
                if flat.contains(&path) {
                    faults.push(format!(
                        "{}: `{own}` names `{path}`; only pipeline.rs brings stages together",
                        file.display()
                    ));
                }
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn every_file_opens_with_what_goes_in_and_out_and_stays_short() {
    let mut faults = Vec::new();
    let mut files = rust_files(&root().join("engine/src"));
    files.extend(rust_files(&root().join("viewer/src")));
    assert!(files.len() > 20, "the sources were not found");
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        if !text.starts_with("//! ") {
            faults.push(format!("{}: does not open with a `//!` line", file.display()));
        }
        let lines = text.lines().count();
        if lines > LINES {
            faults.push(format!("{}: {lines} lines, more than {LINES}", file.display()));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
