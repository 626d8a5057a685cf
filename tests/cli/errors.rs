//! In: wrong arguments and broken files. Out: the exit code of the contract and one sentence on stderr.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{arg, planted_csv, run, scarcity, text};

/// The sentence of a command that must fail with `code`.
fn fails(code: i32, arguments: &[&str]) -> String {
    let output = scarcity().args(arguments).output().unwrap();
    let sentence = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {sentence}");
    assert!(sentence.starts_with("error: "), "{arguments:?}: {sentence}");
    assert_eq!(sentence.lines().count(), 1, "{arguments:?}: {sentence}");
    assert!(!sentence.contains("panicked"), "{arguments:?}: {sentence}");
    assert!(output.stdout.is_empty(), "{arguments:?} printed a result and failed");
    sentence
}

fn file(dir: &Path, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.join(name);
    std::fs::write(&path, content).unwrap();
    path
}

#[test]
fn bad_usage_is_code_2() {
    let dir = tempfile::tempdir().unwrap();
    let config = file(dir.path(), "bad.toml", "seed = 1\n[stream]\nwindow_rowz = 5\n");
    let data = planted_csv();
    let data = arg(&data);
    let table: &[(&[&str], &str)] = &[
        (&["discover"], "FILE"),
        (&["discover", data, "--speed", "9"], "--speed"),
        (&["discover", data, "--max-lag", "many"], "many"),
        (&["discover", data, "--device", "tpu"], "tpu"),
        (&["discover", data, "--trend", "up"], "up"),
        (&["discover", data, "--season", "weekly"], "weekly"),
        (&["discover", data, "--season", "1"], "stream.prepare.season"),
        (&["discover", data, "--season", "3000"], "profile_rows"),
        (&["discover", data, "--format", "xls"], "xls"),
        (&["discover", data, "--window", "2"], "window_rows"),
        (&["discover", data, "--window", "64", "--stride", "65"], "stride_rows"),
        (&["discover", data, "--max-lag", "0"], "max_lag"),
        (&["discover", data, "--set", "stream.windows=5"], "windows"),
        (&["discover", data, "--set", "seed"], "a.b=value"),
        (&["discover", data, "--set", "stream.window_rows=wide"], "wide"),
        (&["discover", data, "--config", arg(&config)], "window_rowz"),
        (&["discover", data, "--config", "no-such.toml"], "no-such.toml"),
        (&["discover", data, "--edges", "edges.xlsx"], "edges.xlsx"),
        (&["discover", data, "--graph", "graph.png"], "graph.png"),
        (&["discover", data, "--edges", "same.csv", "--windows", "same.csv"], "same.csv"),
        (&["discover", data, "--edges", data], "both input and output"),
        (&["discover", "-", data], "standard input"),
        (&["synth"], "--out"),
        (&["synth", "--kind", "hyper", "--vars", "3", "--out", "unwritten.csv"], "at least 4"),
        (&["synth", "--rows", "0", "--out", "unwritten.csv"], "--rows"),
        (&["paint"], "paint"),
        (&["config", "--set", "nothing.here=1"], "nothing"),
    ];
    for (arguments, about) in table {
        let sentence = fails(2, arguments);
        assert!(sentence.contains(about), "{arguments:?} does not name {about}: {sentence}");
    }
}

#[test]
fn bad_input_is_code_3() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let rows = |n: usize, row: &dyn Fn(usize) -> String| (0..n).map(row).collect::<Vec<_>>().join("\n");
    let wave = |i: usize| format!("{:.4},{:.4}", (i as f64 * 0.7).sin(), (i as f64 * 0.31).cos());
    let good = rows(300, &wave);
    let ragged = rows(300, &|i| if i == 199 { "1.0,2.0,3.0".to_owned() } else { wave(i) });
    let mut parquet = b"PAR1".to_vec();
    parquet.extend([0u8; 100]);
    let cases = [
        (dir.join("missing.csv"), "missing.csv"),
        (dir.to_owned(), "director"),
        (file(dir, "empty.csv", ""), "empty"),
        (file(dir, "header.csv", "a,b\n"), "header.csv"),
        (file(dir, "single.csv", format!("a\n{}", rows(300, &|i| format!("{i}.5")))), "single.csv"),
        (file(dir, "ragged.csv", format!("a,b\n{ragged}\n")), "200"),
        (file(dir, "truncated.parquet", parquet), "truncated.parquet"),
        (file(dir, "latin.csv", [b"a,b\n".as_slice(), b"\xe4\xff,1\n2,3\n".as_slice()].concat()), "UTF-8"),
        (file(dir, "double.csv", format!("a,a\n{good}\n")), "\"a\""),
        (file(dir, "text.csv", format!("a,b\n{}", rows(300, &|i| format!("w{i},v{i}")))), "text.csv"),
        (file(dir, "short.csv", format!("a,b\n{}", rows(20, &wave))), "20"),
    ];
    for (path, about) in &cases {
        let sentence = fails(3, &["discover", arg(path)]);
        assert!(sentence.contains(about), "{} does not name {about}: {sentence}", path.display());
    }
    let good = file(dir, "good.csv", format!("a,b\n{good}\n"));
    for option in ["--time-column", "--series-column", "--columns"] {
        let sentence = fails(3, &["discover", arg(&good), option, "nowhere"]);
        assert!(sentence.contains("nowhere"), "{option}: {sentence}");
    }
}

#[test]
fn what_was_found_before_a_bad_row_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut lines: Vec<String> = std::fs::read_to_string(planted_csv()).unwrap().lines().map(str::to_owned).collect();
    lines[1501].push_str(",1.0");
    let data = file(dir.path(), "broken.csv", lines.join("\n"));
    let edges = dir.path().join("edges.csv");
    let sentence = fails(3, &["discover", arg(&data), "--set", "stream.batch_rows=100", "--edges", arg(&edges)]);
    assert!(sentence.contains("row 1501") && sentence.contains("wrote what was found"), "{sentence}");
    assert!(super::rows(&edges).iter().any(|r| r.accepted));
}

#[test]
fn a_missing_device_is_code_4_and_a_present_one_works() {
    let devices: Value = serde_json::from_slice(&run(&["devices", "--json"]).stdout).unwrap();
    let usable = |kind: &str| devices.as_array().unwrap().iter().any(|d| d["kind"] == kind && d["usable"] == true);
    assert!(usable("cpu"), "discovery runs on any processor: {devices}");
    for kind in ["cpu", "wgpu", "cuda"] {
        let arguments = ["discover", "assets/data/planted.csv", "--device", kind];
        if usable(kind) {
            run(&arguments);
        } else {
            assert!(fails(4, &arguments).contains(kind));
        }
    }
}

#[test]
fn a_place_that_cannot_be_written_is_found_before_the_work() {
    let dir = tempfile::tempdir().unwrap();
    let nowhere = dir.path().join("no/such/folder/edges.csv");
    // The input is missing too: were it opened first, the code would be 3.
    let sentence = fails(1, &["discover", "missing.csv", "--edges", arg(&nowhere)]);
    assert!(sentence.contains("edges.csv"), "{sentence}");
}

#[test]
fn a_reader_that_leaves_is_no_failure() {
    for arguments in [&["config"][..], &["topics"], &["--help"], &["discover", "assets/data/planted.csv", "--quiet"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = scarcity().args(arguments).stdout(writer).output().unwrap();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{arguments:?}");
    }
}

#[test]
fn help_and_version_are_for_stdout() {
    let help = run(&["discover", "--help"]);
    let contract = [
        "--format",
        "--time-column",
        "--series-column",
        "--columns",
        "--max-lag",
        "--window",
        "--stride",
        "--trend",
        "--season",
        "--seed",
        "--device",
        "--threads",
        "--config",
        "--set",
        "--edges",
        "--graph",
        "--windows",
        "--follow",
        "--quiet",
        "--json",
    ];
    for option in contract {
        assert!(text(&help.stdout).contains(option), "{option} is not in the help");
    }
    assert!(text(&run(&["--version"]).stdout).starts_with("scarcity "));
}

#[test]
fn the_printed_settings_are_accepted_back() {
    let dir = tempfile::tempdir().unwrap();
    let first = run(&["config", "--set", "mpie.max_lag=5", "--set", "seed=11"]);
    let printed = text(&first.stdout);
    assert!(printed.contains("max_lag = 5") && printed.contains("seed = 11"), "{printed}");
    assert!(printed.lines().filter(|l| l.contains('#')).count() > 50, "not documented:\n{printed}");
    let path = file(dir.path(), "config.toml", &printed);
    assert_eq!(text(&run(&["config", "--config", arg(&path)]).stdout), printed);
}

#[test]
fn the_topics_have_payloads_and_their_other_names() {
    let topics: Value = serde_json::from_slice(&run(&["topics", "--json"]).stdout).unwrap();
    let find = |name: &str| topics.as_array().unwrap().iter().find(|t| t["name"] == name).cloned().unwrap();
    assert_eq!(find("engine.snapshot")["payload"], "Snapshot");
    assert_eq!(find("drg.telemetry")["aliases"], serde_json::json!(["resource_profile"]));
    assert!(text(&run(&["topics"]).stdout).contains("processing_metrics"));
}
