//! In: columns with seasons, walks, trends, holes and copies. Out: whether the command says so, and does what it is
//! asked to do about it.

use std::f64::consts::TAU;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::{arg, run, text};
use crate::common::noise;

const ROWS: usize = 1500;

/// Writes columns of equal length; NaN is an empty cell.
fn table(path: &Path, columns: &[(&str, Vec<f64>)]) {
    let mut out = columns.iter().map(|c| c.0).collect::<Vec<_>>().join(",");
    for row in 0..columns[0].1.len() {
        out.push('\n');
        for (index, (_, values)) in columns.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            let value = values[row];
            if value.is_nan() { out.push_str(comma) } else { write!(out, "{comma}{value:.9}").unwrap() }
        }
    }
    std::fs::write(path, out + "\n").unwrap();
}

/// Noise that differs from stream to stream.
fn white(stream: u64) -> Vec<f64> {
    (0..ROWS as u64).map(|row| noise(stream * 1_000_000 + row)).collect()
}

fn running_sum(steps: &[f64]) -> Vec<f64> {
    let mut sum = 0.0;
    let add = |step: &f64| {
        sum += step;
        sum
    };
    steps.iter().map(add).collect()
}

fn document(data: &Path, more: &[&str]) -> Value {
    let arguments = [&["discover", arg(data), "--json", "--quiet"][..], more].concat();
    let output = run(&arguments);
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Kind and text of every note.
fn notes(document: &Value) -> Vec<(String, String)> {
    let field = |note: &Value, key: &str| note[key].as_str().unwrap().to_owned();
    document["notes"].as_array().unwrap().iter().map(|n| (field(n, "kind"), field(n, "text"))).collect()
}

/// `load` and `temp` share a season of 24 rows, `price` is a random walk and `cost` its copy, `noise` has a hole.
fn remarkable(path: &Path) {
    let wave = |shift: f64, stream: u64| -> Vec<f64> {
        white(stream).iter().enumerate().map(|(row, e)| (TAU * (row as f64 / 24.0 + shift)).sin() + e).collect()
    };
    let price = running_sum(&white(WALK));
    let cost = price.iter().map(|p| 40.0 - 3.0 * p).collect();
    let mut holed = white(4);
    holed[500..512].fill(f64::NAN);
    let columns = [("load", wave(0.0, 1)), ("temp", wave(0.3, 2)), ("price", price), ("cost", cost), ("noise", holed)];
    table(path, &columns);
}

/// A stream whose sum the tests recognise as a random walk; one in eight they leave undecided.
const WALK: u64 = 3;

#[test]
fn notes_say_where_preparation_would_help() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data.csv");
    remarkable(&data);
    let said = text(&run(&["discover", arg(&data)]).stderr);
    for sentence in [
        "season of 24 rows in 2 of 5 variables: ",
        "try --season 24",
        "unit roots in price, cost: try --trend auto",
        "the same but for scale and offset: price, cost; all but one say nothing new",
        "0.2 % of the cells are missing: noise (0.8 %, up to 12 rows in a row)",
    ] {
        assert!(said.contains(sentence), "{sentence:?} is not in:\n{said}");
    }
    assert!(said.lines().rev().skip(1).all(|line| line.starts_with("note: ")), "{said}");
    let found = notes(&document(&data, &[]));
    let kinds: Vec<&str> = found.iter().map(|n| n.0.as_str()).collect();
    assert_eq!(kinds, ["missing", "duplicate", "season", "unit_root"]);
    let first = &document(&data, &[])["notes"][0];
    assert_eq!(first["variables"], serde_json::json!(["noise"]));
    assert!(notes(&document(&data, &["--set", "stream.prepare.profile_rows=0"])).is_empty());
}

#[test]
fn a_season_is_removed_from_the_columns_that_have_it() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data.csv");
    remarkable(&data);
    let columns = ["--columns", "load,temp,noise"];
    let auto = document(&data, &[&columns[..], &["--season", "auto"]].concat());
    let removed = |document: &Value| notes(document).iter().find(|n| n.0 == "changed").unwrap().1.clone();
    assert_eq!(removed(&auto), "season of 24 rows removed from load, temp");
    assert_eq!(auto["rows"], ROWS, "the phase is known from the first row on");
    let given = document(&data, &[&columns[..], &["--season", "24"]].concat());
    assert_eq!(removed(&given), "season of 24 rows removed from load, temp, noise");
    // The amplitude of the noise is one, its deviation √(1/12); the season had one of √½.
    for variable in auto["variables"].as_array().unwrap() {
        let sd = variable["sd"].as_f64().unwrap();
        assert!((sd - (1.0_f64 / 12.0).sqrt()).abs() < 0.03, "{variable}");
    }
}

#[test]
fn a_walk_is_differenced_and_its_driver_found_in_data_units() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data.csv");
    let flow = white(11);
    let steps: Vec<f64> = white(12)
        .iter()
        .enumerate()
        .map(|(row, e)| 0.5 * e + if row > 0 { 8.0 * flow[row - 1] } else { 0.0 })
        .collect();
    let trend: Vec<f64> = white(13).iter().enumerate().map(|(row, e)| e + 0.01 * row as f64).collect();
    table(&data, &[("flow", flow), ("stock", running_sum(&steps)), ("trend", trend)]);
    let document = document(&data, &["--trend", "auto"]);
    let changed: Vec<String> = notes(&document).into_iter().filter(|n| n.0 == "changed").map(|n| n.1).collect();
    assert_eq!(changed[0], "differenced: stock; effects on and of them are per step from row to row");
    assert!(changed[1].starts_with("detrended: trend (1.0"), "{changed:?}");
    assert_eq!(document["rows"], ROWS - 1, "the first row has no difference");
    let links = document["links"].as_array().unwrap();
    let link = links.iter().find(|l| l["source"] == "flow" && l["target"] == "stock" && l["lag"] == 1).unwrap();
    assert!((link["effect"].as_f64().unwrap() - 8.0).abs() < 0.2, "{link}");
}

#[test]
fn what_was_recognised_in_the_input_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data.csv");
    let mut out = "when,site,x,y\n".to_owned();
    for (row, (x, y)) in white(21).iter().zip(white(22)).enumerate().take(300) {
        writeln!(out, "2024-05-{:02}T{:02}:00:00,north,{x},{y}", 1 + row / 24, row % 24).unwrap();
    }
    std::fs::write(&data, out).unwrap();
    let found = notes(&document(&data, &[]));
    assert!(found.iter().all(|n| n.0 == "input"), "{found:?}");
    assert_eq!(found[0].1, "\"when\" is the time column");
    assert!(found.iter().any(|n| n.1.contains("left out: \"site\"")), "{found:?}");
}

#[test]
fn missing_cells_are_held_or_left_out_as_asked() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data.csv");
    remarkable(&data);
    let columns = ["--columns", "load,noise", "--set"];
    let run = |choice: &str| document(&data, &[&columns[..], &[&format!("stream.prepare.missing={choice}")]].concat());
    let said = |document: &Value| notes(document).into_iter().find(|n| n.0 == "missing").map(|n| n.1);
    let held = run("hold");
    assert_eq!(said(&held).as_deref(), Some("missing cells take the last value before them: noise (0.8 %)"));
    assert_eq!(held["rows"], ROWS);
    let left = run("drop");
    assert_eq!(said(&left).as_deref(), Some("rows with a missing cell left out: 0.8 % of them; no lag crosses these"));
    assert_eq!(left["rows"], ROWS - 12);
    assert_eq!(run("bridge")["rows"], ROWS);
}
