//! In: data whose causes are known. Out: whether the command finds them, and says the same thing every time.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;

use scarcity_engine::synth::{Generator, VarSpec, write_csv};
use serde_json::Value;

use super::{accepted, arg, edges_of, planted_csv, planted_links, rows, run, scarcity, text, truth_of};

#[test]
fn every_planted_link_is_accepted_at_its_lag_and_few_others() {
    let found = accepted(&edges_of(&planted_csv(), &[]));
    let planted = planted_links(&truth_of(&planted_csv()));
    let missed: Vec<_> = planted.difference(&found).collect();
    assert!(missed.is_empty(), "missed {missed:?}");
    let wrong: Vec<_> = found.difference(&planted).collect();
    assert!(wrong.len() as f64 <= 0.05 * found.len() as f64, "{} accepted, not planted: {wrong:?}", found.len());
}

#[test]
fn the_edge_table_keeps_its_contract() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("edges.csv");
    run(&["discover", arg(&planted_csv()), "--edges", arg(&out), "--quiet"]);
    let header = std::fs::read_to_string(&out).unwrap().lines().next().unwrap().to_owned();
    assert_eq!(header, "source,target,lag,score,effect,ci_lo,ci_hi,stability,p_value,q_value,accepted");
    let rows = rows(&out);
    let names = truth_of(&planted_csv()).var_names;
    let mut seen = BTreeSet::new();
    for row in &rows {
        assert!(row.source != row.target && names.contains(&row.source) && names.contains(&row.target), "{row:?}");
        assert!(row.lag <= 3 && seen.insert(row.key()), "scored twice or beyond the largest lag: {row:?}");
        assert!((0.0..=1.0).contains(&row.p_value) && (0.0..=1.0).contains(&row.q_value), "{row:?}");
        assert!((0.0..=1.0).contains(&row.stability) && row.score.is_finite(), "{row:?}");
        assert!(row.ci_lo <= row.effect && row.effect <= row.ci_hi, "the effect lies outside its interval: {row:?}");
    }
    // Every ordered pair at every lag from 1 to the largest; lag 0 only where a same-time link was looked at.
    let lagged = rows.iter().filter(|r| r.lag > 0).count();
    assert_eq!(lagged, names.len() * (names.len() - 1) * 3);
    assert!(rows.windows(2).all(|w| w[0].score >= w[1].score), "not sorted by score");
}

#[test]
fn same_seed_same_bytes_for_one_and_two_threads() {
    let dir = tempfile::tempdir().unwrap();
    let everything = |threads: &str| {
        let edges = dir.path().join(format!("{threads}.csv"));
        let graph = dir.path().join(format!("{threads}.graphml"));
        let files = ["--edges", arg(&edges), "--graph", arg(&graph)];
        let mut arguments = vec!["discover", "assets/data/planted.csv", "--seed", "3", "--device", "cpu"];
        arguments.extend(["--threads", threads, "--json", "--quiet"]);
        arguments.extend(files);
        let stdout = text(&run(&arguments).stdout);
        (stdout, std::fs::read_to_string(edges).unwrap(), std::fs::read_to_string(graph).unwrap())
    };
    let one = everything("1");
    assert!(one.1.lines().count() > 1);
    assert_eq!(one, everything("2"));
}

#[test]
fn standard_input_gives_what_the_file_gives() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("edges.csv");
    let output = scarcity()
        .args(["discover", "-", "--format", "csv", "--edges", arg(&out), "--quiet"])
        .stdin(File::open(planted_csv()).unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(rows(&out), edges_of(&planted_csv(), &[]));
}

#[test]
fn the_table_and_the_document_list_the_accepted_links() {
    let found = accepted(&edges_of(&planted_csv(), &[]));
    let table = run(&["discover", "assets/data/planted.csv"]);
    let closing = text(&table.stderr);
    assert_eq!(closing.lines().count(), 1, "a terminal is not watching: at most a closing line, not {closing}");
    let listed: BTreeSet<_> = text(&table.stdout)
        .lines()
        .filter(|line| line.contains('→') && !line.contains(" + "))
        .map(|line| {
            let cells: Vec<&str> = line.split_whitespace().collect();
            (cells[0].to_owned(), cells[3].to_owned(), cells[1].parse().unwrap())
        })
        .collect();
    let directed: BTreeSet<_> = found.iter().filter(|k| k.2 > 0).cloned().collect();
    assert!(directed.is_subset(&listed), "{listed:?}");

    let quiet = run(&["discover", "assets/data/planted.csv", "--json", "--quiet"]);
    assert!(quiet.stderr.is_empty(), "{}", text(&quiet.stderr));
    let document: Value = serde_json::from_slice(&quiet.stdout).unwrap();
    assert_eq!(document["rows"], 2000);
    assert_eq!(document["interrupted"], false);
    let field = |link: &Value, key: &str| link[key].as_str().unwrap().to_owned();
    let links: BTreeSet<_> = document["links"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| (field(l, "source"), field(l, "target"), l["lag"].as_u64().unwrap() as u32))
        .collect();
    assert_eq!(links, found);
}

#[test]
fn effects_are_in_data_units() {
    let dir = tempfile::tempdir().unwrap();
    let scaled = dir.path().join("scaled.csv");
    let original = std::fs::read_to_string(planted_csv()).unwrap();
    let mut lines = original.lines();
    let mut out = lines.next().unwrap().to_owned() + "\n";
    for line in lines {
        let (first, rest) = line.split_once(',').unwrap();
        writeln!(out, "{},{rest}", first.parse::<f64>().unwrap() * 1000.0).unwrap();
    }
    std::fs::write(&scaled, out).unwrap();
    let truth = truth_of(&planted_csv());
    let before = edges_of(&planted_csv(), &[]);
    let after = edges_of(&scaled, &[]);
    let mut compared = 0;
    for row in before.iter().filter(|r| r.accepted) {
        let other = after.iter().find(|r| r.key() == row.key()).unwrap();
        let name = &truth.var_names[0];
        let factor = if &row.source == name { 1e-3 } else { 1.0 } * if &row.target == name { 1e3 } else { 1.0 };
        compared += usize::from(factor != 1.0);
        // Scaling is exact up to rounding; what may differ is the last digits of sums taken in other units.
        for (a, b) in [(row.effect, other.effect), (row.ci_lo, other.ci_lo), (row.ci_hi, other.ci_hi)] {
            assert!((a * factor - b).abs() <= 1e-5 * (a * factor).abs() + 1e-9 * factor, "{row:?}\n{other:?}");
        }
    }
    assert!(compared > 0, "no accepted link touches the rescaled column");
    for edge in &truth.edges {
        let name = |v: u32| &truth.var_names[v as usize];
        let row = before
            .iter()
            .find(|r| &r.source == name(edge.source) && &r.target == name(edge.target) && r.lag == edge.lag);
        let row = row.unwrap();
        // 2,000 rows and unit noise put the standard error near 0.02; five of them and a little room.
        assert!((row.effect - edge.coef).abs() < 0.12, "planted {}, found {row:?}", edge.coef);
    }
}

/// Short trajectories whose first `x` copies the last `y` of the one before: a link exactly where none may be seen.
fn trajectories(path: &Path, series: &str) {
    const ROWS_EACH: usize = 8;
    let mut noise =
        Generator::new(VarSpec { vars: 3, links_per_var: 0.0, own: 0.0..0.01, ..VarSpec::default() }.build(5), 5);
    let mut row = [0.0; 3];
    let mut out = format!("{series},x,y,z\n");
    let mut last_y = 0.0;
    for i in 0..2400 {
        noise.next_row(&mut row);
        if i % ROWS_EACH == 0 {
            row[0] = 3.0 * last_y;
        }
        last_y = row[1];
        writeln!(out, "{},{:.6},{:.6},{:.6}", i / ROWS_EACH, row[0], row[1], row[2]).unwrap();
    }
    std::fs::write(path, out).unwrap();
}

#[test]
fn no_lag_crosses_a_change_of_series() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data.csv");
    trajectories(&data, "run");
    let crossing = ("y".to_owned(), "x".to_owned(), 1);
    let blind = accepted(&edges_of(&data, &["--columns", "x,y,z"]));
    assert!(blind.contains(&crossing), "the trap is not set: {blind:?}");
    let named = edges_of(&data, &["--series-column", "run"]);
    assert!(!accepted(&named).contains(&crossing), "a lag was taken across two trajectories");
    assert!(named.iter().all(|r| r.source != "run" && r.target != "run"), "the series column became a variable");
    trajectories(&data, "_series");
    let by_name = edges_of(&data, &[]);
    assert_eq!(by_name, named, "`_series` is to be recognised by its name");
}

#[test]
fn a_chosen_lag_window_and_column_set_is_honoured() {
    let rows = edges_of(&planted_csv(), &["--max-lag", "2", "--window", "100", "--columns", "x0,x1,x2"]);
    assert_eq!(rows.iter().filter(|r| r.lag > 0).count(), 3 * 2 * 2);
    assert!(rows.iter().all(|r| r.lag <= 2 && ["x0", "x1", "x2"].contains(&r.source.as_str())));
}

#[test]
fn several_files_are_one_stream() {
    let dir = tempfile::tempdir().unwrap();
    let (first, second) = (dir.path().join("1.csv"), dir.path().join("2.csv"));
    let mut generator = Generator::new(VarSpec::default().build(1), 1);
    write_csv(&mut generator, 300, &mut File::create(&first).unwrap()).unwrap();
    write_csv(&mut generator, 200, &mut File::create(&second).unwrap()).unwrap();
    let output = run(&["discover", arg(&first), arg(&second), "--json", "--quiet"]);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["rows"], 500);
}
