//! In: results of other methods on the same data sets, and ours. Out: both side by side, family by family.
//!
//! A method stands for a family only if it was tried on all of its sets; a run that failed counts as chance, as it does
//! for us. Methods whose name begins with `scar` are prototypes of this engine and no peers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;

use super::report::{cell, line, mean};
use super::{Result, Row};

/// One method on one data set.
#[derive(Debug, Deserialize)]
pub struct Record {
    family: String,
    name: String,
    method: String,
    /// By decision rule; the ranking is the same under each. Absent where the run failed.
    #[serde(default)]
    eval: Option<BTreeMap<String, Eval>>,
}

#[derive(Debug, Deserialize)]
struct Eval {
    auprc: Option<f64>,
    #[serde(default)]
    f1: Option<f64>,
    #[serde(default)]
    fdr: Option<f64>,
}

type Key<'a> = (&'a str, &'a str);

/// Reads the records.
pub fn load(path: &Path) -> Result<Vec<Record>> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    Ok(serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?)
}

/// AUPRC and the decision beside the best method of each family, and over all sets beside the best single method and
/// the best one picked anew for each set.
pub fn compare(records: &[Record], rows: &[Row]) -> String {
    let mut methods: BTreeMap<&str, BTreeMap<Key<'_>, &Record>> = BTreeMap::new();
    for record in records.iter().filter(|r| !r.method.starts_with("scar")) {
        methods.entry(&record.method).or_default().insert((&record.family, &record.name), record);
    }
    let mut groups: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in rows {
        groups.entry(&row.group).or_default().push(row);
    }
    let mut out = String::from(
        "| family | AUPRC | best peer | by | difference ± s.e. | F1 / FDR | best peer's decision | by |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for (group, rows) in &groups {
        out.push_str(&beside(group, rows, &methods));
    }
    let all: Vec<&Row> = rows.iter().collect();
    out.push_str(&beside("**all sets**", &all, &methods));
    let picked = all.iter().filter_map(|row| {
        let peers = methods.values().filter_map(|of| of.get(&key(row)).map(|record| auprc(record, row)));
        peers.reduce(f64::max)
    });
    line(
        &mut out,
        format_args!("\nBest peer picked anew for each set: {} (ours {}).\n", cell(mean(picked)), cell(ours(&all))),
    );
    out
}

fn key(row: &Row) -> Key<'_> {
    (&row.family, &row.name)
}

fn ours(rows: &[&Row]) -> Option<f64> {
    mean(rows.iter().filter_map(|row| row.measured.auprc))
}

/// What a failed run would get by chance.
fn auprc(record: &Record, row: &Row) -> f64 {
    let eval = record.eval.as_ref().and_then(|eval| eval.get("default").or_else(|| eval.values().next()));
    eval.and_then(|e| e.auprc).unwrap_or(row.base_rate)
}

fn beside(label: &str, rows: &[&Row], methods: &BTreeMap<&str, BTreeMap<Key<'_>, &Record>>) -> String {
    let tried: Vec<(&str, Vec<&Record>)> = methods
        .iter()
        .filter_map(|(&method, of)| {
            let records: Option<Vec<&Record>> = rows.iter().map(|row| of.get(&key(row)).copied()).collect();
            Some((method, records?))
        })
        .collect();
    let best = tried
        .iter()
        .filter_map(|(method, records)| {
            Some((mean(records.iter().zip(rows).map(|(record, row)| auprc(record, row)))?, *method, records))
        })
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let decision =
        tried.iter().filter_map(|(method, records)| best_decision(method, records)).max_by(|a, b| a.0.total_cmp(&b.0));
    let f1 = cell(mean(rows.iter().filter_map(|row| row.measured.f1)));
    let fdr = cell(mean(rows.iter().filter_map(|row| row.measured.fdr)));
    let mut out = format!("| {label} | {} |", cell(ours(rows)));
    match best {
        Some((value, method, records)) => {
            let differences: Vec<f64> = rows
                .iter()
                .zip(records)
                .filter_map(|(row, record)| Some(row.measured.auprc? - auprc(record, row)))
                .collect();
            let (difference, error) = with_error(&differences);
            let error = error.map_or_else(String::new, |e| format!(" ± {e:.3}"));
            line(&mut out, format_args!(" {value:.3} | {method} | {difference:+.3}{error} |"));
        }
        None => out.push_str(" – | – | – |"),
    }
    line(&mut out, format_args!(" {f1} / {fdr} |"));
    match decision {
        Some((f1, fdr, by)) => line(&mut out, format_args!(" {f1:.3} / {fdr:.3} | {by} |\n")),
        None => out.push_str(" – | – |\n"),
    }
    out
}

/// The decision rule of a method with the highest mean F1 over the sets it decided on.
fn best_decision(method: &str, records: &[&Record]) -> Option<(f64, f64, String)> {
    let evals = || records.iter().filter_map(|record| record.eval.as_ref());
    let rules: BTreeSet<&str> = evals().flat_map(|eval| eval.keys().map(String::as_str)).collect();
    rules
        .into_iter()
        .filter_map(|rule| {
            let of = || evals().filter_map(|eval| eval.get(rule));
            let name = if rule == "default" { method.to_owned() } else { format!("{method}+{rule}") };
            Some((mean(of().filter_map(|e| e.f1))?, mean(of().filter_map(|e| e.fdr))?, name))
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
}

/// Mean and its standard error; none of the latter from a single value.
fn with_error(values: &[f64]) -> (f64, Option<f64>) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n.max(1.0);
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
    (mean, (values.len() > 1).then(|| (variance / n).sqrt()))
}
