//! In: runs that are still going on. Out: whether their windows can be read as they come, and interrupted.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use scarcity_engine::synth::{Generator, VarSpec, write_csv};
use serde_json::Value;

use super::{Named, arg, planted_csv, rows, run, scarcity, text};

/// A named pipe: opening and reading it wait for the other side, so no test has to guess how long something takes.
fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// What Ctrl+C does.
fn interrupt(child: &Child) {
    assert!(Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status().unwrap().success());
}

/// Reads the lines that are still to come and waits for the end.
fn finish(child: Child, lines: impl Iterator<Item = std::io::Result<String>>) -> (Vec<Value>, Output) {
    let windows = lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
    (windows, child.wait_with_output().unwrap())
}

fn key(link: &Value) -> Named {
    let name = |field: &str| link[field].as_str().unwrap().to_owned();
    (name("source"), name("target"), link["lag"].as_u64().unwrap() as u32)
}

#[test]
fn the_window_log_tells_the_whole_story() {
    let dir = tempfile::tempdir().unwrap();
    let (log, graph) = (dir.path().join("windows.jsonl"), dir.path().join("graph.json"));
    run(&["discover", arg(&planted_csv()), "--windows", arg(&log), "--graph", arg(&graph), "--quiet"]);
    let log = std::fs::read_to_string(log).unwrap();
    let mut links: BTreeSet<Named> = BTreeSet::new();
    let mut count = 0;
    for (index, line) in log.lines().enumerate() {
        let window: Value = serde_json::from_str(line).unwrap();
        assert_eq!(window["window"], index, "a window is missing");
        let [start, end] = [0, 1].map(|i| window["rows"][i].as_u64().unwrap());
        assert!(start < end && end <= 2000 && end - start <= 128, "{window}");
        assert_eq!(start, 64 * index as u64, "windows start every 64 rows: {window}");
        for link in window["dropped"].as_array().unwrap() {
            assert!(links.remove(&key(link)), "dropped but never added: {link}");
        }
        for link in window["added"].as_array().unwrap() {
            assert!(links.insert(key(link)), "added twice: {link}");
        }
        assert_eq!(window["edges"].as_u64().unwrap() as usize, links.len(), "{window}");
        assert!(window["latency_ms"].as_f64().unwrap() > 0.0 && window["regime"].is_u64(), "{window}");
        for stage in ["propose_ms", "encode_ms", "evaluate_ms", "store_ms", "export_ms"] {
            assert!(window["timings"][stage].is_f64(), "{window}");
        }
        count += 1;
    }
    assert!(count >= 30, "2,000 rows are about 30 windows, not {count}");
    let graph: Value = serde_json::from_slice(&std::fs::read(graph).unwrap()).unwrap();
    let last: BTreeSet<Named> = graph["edges"].as_array().unwrap().iter().map(key).collect();
    assert_eq!(links, last, "the log does not add up to the graph");
}

#[test]
fn an_interruption_keeps_what_was_found() {
    let dir = tempfile::tempdir().unwrap();
    let (log, edges, graph) = (dir.path().join("log"), dir.path().join("edges.csv"), dir.path().join("graph.dot"));
    pipe(&log);
    let mut child = scarcity()
        .args(["discover", "-", "--windows", arg(&log), "--edges", arg(&edges), "--graph", arg(&graph), "--quiet"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // Rows without end; writing fails when the reader has gone, which is how this ends.
    let feeder = std::thread::spawn(move || {
        let mut rows = Generator::new(VarSpec::default().build(2), 2);
        write_csv(&mut rows, u64::MAX, &mut stdin).is_err()
    });
    let mut lines = BufReader::new(File::open(&log).unwrap()).lines();
    let first: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert_eq!(first["window"], 0);
    interrupt(&child);
    let (_, output) = finish(child, lines);
    assert!(feeder.join().unwrap());
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.starts_with("interrupted after ") && said.contains("wrote what was found so far"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(!rows(&edges).is_empty());
    assert!(std::fs::read_to_string(graph).unwrap().starts_with("digraph"));
    assert!(!output.stdout.is_empty(), "the table is part of what was found");
}

#[test]
fn a_growing_file_is_followed() {
    let dir = tempfile::tempdir().unwrap();
    let (data, log) = (dir.path().join("data.csv"), dir.path().join("log"));
    pipe(&log);
    let mut generator = Generator::new(VarSpec { vars: 4, ..VarSpec::default() }.build(4), 4);
    write_csv(&mut generator, 300, &mut File::create(&data).unwrap()).unwrap();
    let child = scarcity()
        .args(["discover", arg(&data), "--follow", "--windows", arg(&log), "--quiet"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(File::open(&log).unwrap()).lines();
    let mut until = |rows: u64| loop {
        let window: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        let end = window["rows"][1].as_u64().unwrap();
        assert!(end <= rows, "rows that were never written: {window}");
        // The next window would end beyond what was written.
        if end + 64 > rows {
            break;
        }
    };
    until(300);
    let mut more = Vec::new();
    write_csv(&mut generator, 200, &mut more).unwrap();
    let body = more.iter().position(|&b| b == b'\n').unwrap() + 1;
    File::options().append(true).open(&data).unwrap().write_all(&more[body..]).unwrap();
    until(500);
    interrupt(&child);
    let (_, output) = finish(child, lines);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stderr).starts_with("interrupted after 500 rows"), "{}", text(&output.stderr));
}
