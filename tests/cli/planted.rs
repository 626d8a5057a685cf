//! In: `scarcity synth`. Out: whether the rows obey the equations the truth names.

use std::path::Path;

use scarcity_engine::synth::{Demo, Generator, VarSpec};
use scarcity_engine::types::{Truth, TruthEdge};

use super::{arg, planted_csv, run, truth_of};

struct Data {
    /// `[rows][vars]`.
    rows: Vec<Vec<f64>>,
}

impl Data {
    fn read(path: &Path) -> Self {
        let mut csv = csv::Reader::from_path(path).unwrap();
        let rows = csv.records().map(|r| r.unwrap().iter().map(|cell| cell.parse().unwrap()).collect()).collect();
        Self { rows }
    }

    fn sd(&self, variable: usize) -> f64 {
        let n = self.rows.len() as f64;
        let mean = self.rows.iter().map(|r| r[variable]).sum::<f64>() / n;
        (self.rows.iter().map(|r| (r[variable] - mean).powi(2)).sum::<f64>() / n).sqrt()
    }

    /// Least squares of a target on given (variable, lag) columns over a range of rows; an independent look at what
    /// the generator did. Coefficients, and the share of variance explained.
    fn regress(&self, target: usize, columns: &[(usize, usize)], range: std::ops::Range<usize>) -> (Vec<f64>, f64) {
        let depth = columns.iter().map(|c| c.1).max().unwrap_or(0);
        let k = columns.len() + 1;
        let used: Vec<usize> = (range.start + depth..range.end).collect();
        let n = used.len() as f64;
        let mean = |v: usize, lag: usize| used.iter().map(|&t| self.rows[t - lag][v]).sum::<f64>() / n;
        let mut all: Vec<(usize, usize)> = columns.to_vec();
        all.push((target, 0));
        let means: Vec<f64> = all.iter().map(|&(v, lag)| mean(v, lag)).collect();
        let mut moments = vec![vec![0.0; k]; k];
        for &t in &used {
            let x: Vec<f64> = all.iter().zip(&means).map(|(&(v, lag), m)| self.rows[t - lag][v] - m).collect();
            for i in 0..k {
                for j in 0..k {
                    moments[i][j] += x[i] * x[j];
                }
            }
        }
        let total = moments[k - 1][k - 1];
        // Gauss–Jordan on the first k - 1 columns; the last then holds the coefficients and the residual.
        for p in 0..k - 1 {
            let pivot = moments[p][p];
            moments[p].iter_mut().for_each(|v| *v /= pivot);
            let row = moments[p].clone();
            for (i, other) in moments.iter_mut().enumerate() {
                if i != p {
                    let factor = other[p];
                    other.iter_mut().zip(&row).for_each(|(v, r)| *v -= factor * r);
                }
            }
        }
        let coefficients = (0..k - 1).map(|i| moments[i][k - 1]).collect();
        (coefficients, 1.0 - moments[k - 1][k - 1] / total)
    }
}

/// Each target regressed on its planted causes and its own past gives the planted coefficients back.
fn obeys(data: &Data, vars: usize, edges: &[TruthEdge], rows: std::ops::Range<usize>) {
    for target in 0..vars {
        let causes: Vec<_> = edges.iter().filter(|e| e.target as usize == target).collect();
        let mut columns = vec![(target, 1)];
        columns.extend(causes.iter().map(|e| (e.source as usize, e.lag as usize)));
        let (found, _) = data.regress(target, &columns, rows.clone());
        for (edge, found) in causes.iter().zip(&found[1..]) {
            // In units of both standard deviations, so that one tolerance serves every unit.
            let unit = data.sd(edge.source as usize) / data.sd(target);
            let error = (found - edge.coef).abs() * unit;
            assert!(error < 0.12, "{edge:?} gives {found} over rows {rows:?}");
            assert!((edge.coef * unit).abs() > 0.0);
        }
    }
}

fn synth(kind: &str, more: &[&str]) -> (Data, Truth) {
    let dir = tempfile::tempdir().unwrap();
    let (csv, json) = (dir.path().join("data.csv"), dir.path().join("data.truth.json"));
    let mut arguments = vec!["synth", "--kind", kind, "--out", arg(&csv), "--truth", arg(&json)];
    arguments.extend(more);
    run(&arguments);
    (Data::read(&csv), truth_of(&csv))
}

#[test]
fn rows_obey_the_planted_equations() {
    for (kind, more) in [
        ("var", &["--vars", "12", "--rows", "6000", "--lags", "4"][..]),
        ("var", &["--vars", "8", "--rows", "6000", "--noise", "laplace", "--seed", "9"]),
        ("regime", &["--vars", "10", "--rows", "9000"]),
        ("contemp", &["--vars", "10", "--rows", "6000"]),
        ("hyper", &["--vars", "9", "--rows", "6000"]),
        ("demo", &["--rows", "12000"]),
    ] {
        let (data, truth) = synth(kind, more);
        let vars = truth.n_vars as usize;
        assert_eq!((data.rows.len() as u64, data.rows[0].len()), (truth.n_samples, vars), "{kind}");
        assert!(!truth.edges.is_empty() && truth.edges.iter().all(|e| e.lag <= truth.max_lag), "{kind}");
        if truth.segments.is_empty() {
            obeys(&data, vars, &truth.edges, 0..data.rows.len());
        }
        for segment in &truth.segments {
            obeys(&data, vars, &segment.edges, segment.start as usize..segment.end as usize);
        }
    }
}

#[test]
fn regimes_cover_all_rows_and_differ() {
    for kind in ["regime", "demo"] {
        let (_, truth) = synth(kind, &["--rows", "3000"]);
        assert!(truth.segments.len() >= 3, "{kind}: {} segments", truth.segments.len());
        assert_eq!((truth.segments[0].start, truth.segments.last().unwrap().end), (0, 3000));
        for pair in truth.segments.windows(2) {
            assert_eq!(pair[0].end, pair[1].start);
            let differ = |a: &[TruthEdge], b: &[TruthEdge]| a.iter().filter(|e| !b.contains(e)).count();
            assert!(differ(&pair[0].edges, &pair[1].edges) >= 3, "{kind}: regimes are too much alike");
        }
        assert_eq!(truth.segments.last().unwrap().edges, truth.edges);
    }
}

#[test]
fn contemporaneous_systems_have_links_within_the_row() {
    let (_, truth) = synth("contemp", &[]);
    let same_time = truth.edges.iter().filter(|e| e.lag == 0).count();
    assert!(same_time >= 3 && truth.edges.len() - same_time >= 3, "{:?}", truth.edges);
}

#[test]
fn joint_sources_explain_what_neither_explains_alone() {
    for (kind, rows) in [("hyper", 6000), ("demo", 12_000)] {
        let (data, truth) = synth(kind, &["--vars", "8", "--rows", &rows.to_string()]);
        assert!(!truth.hyperedges.is_empty(), "{kind}");
        for hyperedge in &truth.hyperedges {
            let target = hyperedge.target as usize;
            let own = (target, 1);
            let columns = |sources: &[(u32, u32)]| {
                let mut columns = vec![own];
                columns.extend(sources.iter().map(|&(s, lag)| (s as usize, lag as usize)));
                columns
            };
            let all = 0..data.rows.len();
            let (_, base) = data.regress(target, &[own], all.clone());
            let gain = |sources: &[(u32, u32)]| data.regress(target, &columns(sources), all.clone()).1 - base;
            let joint = gain(&hyperedge.sources);
            let parts: f64 = hyperedge.sources.iter().map(|s| gain(&[*s])).sum();
            assert!(joint > 0.3 && parts < 0.25 * joint, "{kind} {hyperedge:?}: joint {joint}, parts {parts}");
        }
    }
}

#[test]
fn the_demo_is_worth_watching() {
    let (data, truth) = synth("demo", &["--rows", "12000"]);
    assert_eq!(truth.n_vars, 12);
    for segment in &truth.segments {
        assert!((14..=18).contains(&segment.edges.len()), "{} links", segment.edges.len());
        for edge in &segment.edges {
            let size = (edge.coef * data.sd(edge.source as usize) / data.sd(edge.target as usize)).abs();
            assert!(size >= 0.2, "too faint to see: {edge:?} ({size:.2})");
        }
    }
    // Signs turn and links come and go.
    let coefficients = |link: (u32, u32)| -> Vec<f64> {
        let of = |s: &[TruthEdge]| s.iter().find(|e| (e.source, e.target) == link).map(|e| e.coef);
        truth.segments.iter().filter_map(|s| of(&s.edges)).collect()
    };
    let names: Vec<(u32, u32)> = truth.segments.iter().flat_map(|s| &s.edges).map(|e| (e.source, e.target)).collect();
    assert!(names.iter().any(|&link| coefficients(link).windows(2).any(|w| w[0] * w[1] < 0.0)), "no link turns");
    assert!(names.iter().any(|&link| coefficients(link).len() < truth.segments.len()), "no link comes or goes");
}

#[test]
fn the_demo_never_ends_and_always_knows_its_truth() {
    let mut demo = Demo::new(1, 100);
    let mut row = vec![0.0; demo.names().len()];
    let mut regimes = std::collections::BTreeSet::new();
    for i in 0..2000 {
        let truth = demo.truth();
        let segment = truth.segments.last().unwrap();
        assert!((segment.start..segment.end).contains(&i), "row {i} is outside of the regime in force");
        assert_eq!(segment.edges, truth.edges);
        regimes.insert(demo.regime_name());
        demo.next_row(&mut row);
        assert!(row.iter().all(|v| v.is_finite()));
    }
    assert_eq!(regimes.len(), 3);
    assert_eq!(demo.row(), 2000);
}

#[test]
fn the_same_seed_gives_the_same_rows_and_another_seed_others() {
    let (a, truth) = synth("var", &["--seed", "4"]);
    let (b, again) = synth("var", &["--seed", "4"]);
    let (c, other) = synth("var", &["--seed", "5"]);
    assert_eq!((&a.rows, &truth), (&b.rows, &again));
    assert!(a.rows != c.rows && truth != other);
}

#[test]
fn large_systems_stay_stable() {
    for (vars, lags) in [(2, 1), (40, 8), (150, 3)] {
        let spec = VarSpec { vars, max_lag: lags, links_per_var: 3.0, ..VarSpec::default() };
        let mut generator = Generator::new(spec.build(3), 3);
        let mut row = vec![0.0; vars as usize];
        for _ in 0..3000 {
            generator.next_row(&mut row);
        }
        assert!(row.iter().all(|v| v.abs() < 1e3), "{vars} variables ran away");
    }
}

#[test]
fn the_bundled_data_is_what_the_command_writes() {
    let (data, truth) =
        synth("var", &["--vars", "10", "--rows", "2000", "--lags", "3", "--links", "2.2", "--seed", "0"]);
    assert_eq!(Data::read(&planted_csv()).rows, data.rows);
    assert_eq!(truth_of(&planted_csv()), truth);
}

#[test]
fn every_bundled_data_set_fits_its_truth() {
    let folder = super::top().join("assets/data");
    let mut seen = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        // Of the weather nobody has written down what drives what.
        if path.extension().is_none_or(|e| e != "csv") || path.file_stem().is_some_and(|name| name == "weather") {
            continue;
        }
        let truth = truth_of(&path);
        let mut csv = csv::Reader::from_path(&path).unwrap();
        let header: Vec<String> = csv.headers().unwrap().iter().map(str::to_owned).collect();
        assert_eq!(header, truth.var_names, "{}", path.display());
        assert_eq!(csv.records().count() as u64, truth.n_samples, "{}", path.display());
        assert!(truth.edges.iter().all(|e| e.source < truth.n_vars && e.target < truth.n_vars));
        let size = std::fs::metadata(&path).unwrap().len();
        assert!(size < 1 << 20, "{} is {size} bytes", path.display());
        seen += 1;
    }
    assert!(seen >= 3, "only {seen} data sets");
}
