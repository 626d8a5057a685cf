//! In: a stream. Out: quantiles of what each stage costs per window, beside its limit.

use std::fmt::Write;

use scarcity_engine::Result;
use scarcity_engine::types::StageTimings;

use super::pass::Depth;
use super::tables::stream;

/// Numbers of variables.
const SIZES: [u32; 3] = [10, 20, 50];

/// A stage: its name, what it took, and the milliseconds it may take.
type Stage = (&'static str, fn(&StageTimings) -> f64, Option<f64>);

const STAGES: [Stage; 6] = [
    ("controller", |t| t.propose_ms, None),
    ("encoder", |t| t.encode_ms, Some(10.0)),
    ("evaluator", |t| t.evaluate_ms, Some(30.0)),
    ("store", |t| t.store_ms, Some(5.0)),
    ("exporter", |t| t.export_ms, None),
    ("whole window", StageTimings::total_ms, Some(50.0)),
];

/// Milliseconds per stage and window of a stream at default settings. The quantiles are over all windows, judged or
/// not: that is what a viewer waits for.
///
/// # Errors
/// No thread can be started.
pub fn table(threads: usize, rows: usize) -> Result<String> {
    let mut out = format!("{rows} rows, window by window, default settings; milliseconds per window\n\n");
    out.push_str("| N | stage | p50 | p95 | p99 | longest | limit | windows above it |\n");
    out.push_str("|---|---|---|---|---|---|---|---|\n");
    for vars in SIZES {
        let (_, metrics) = stream(vars, rows, Depth::Everything, threads)?;
        for (name, pick, limit) in STAGES {
            let mut spent: Vec<f64> = metrics.iter().map(|m| pick(&m.timings)).collect();
            spent.sort_by(f64::total_cmp);
            let [p50, p95, p99, longest] = [0.5, 0.95, 0.99, 1.0].map(|share| quantile(&spent, share));
            let _ = write!(out, "| {vars} | {name} | {p50:.2} | {p95:.2} | {p99:.2} | {longest:.2} |");
            let _ = match limit {
                Some(limit) => {
                    let above = spent.iter().filter(|&&ms| ms > limit).count();
                    writeln!(out, " {limit:.0} | {above} of {} |", spent.len())
                }
                None => writeln!(out, " – | – |"),
            };
        }
    }
    Ok(out)
}

/// The smallest value that this share of the sorted values does not exceed.
fn quantile(sorted: &[f64], share: f64) -> f64 {
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied().unwrap_or(0.0)
}
