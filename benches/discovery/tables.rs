//! In: sizes and lengths. Out: time against variables and against rows, with the exponent of each growth.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant;

use scarcity_engine::Result;
use scarcity_engine::mpie::Pipeline;
use scarcity_engine::stream::{StreamConfig, WindowBuilder};
use scarcity_engine::types::Metrics;

use super::pass::{Depth, LAGS, Pass, config, device, link_tests, planted, rows};
use super::{ROWS, SIZES};

/// Variables of the table against rows.
const VARS: u32 = 20;
/// Shortest and, unless told otherwise, longest stream.
const LENGTHS: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];
/// Rows handed over at a time.
const BATCH: usize = 4_096;

/// One pass over 1,000 rows, and the same rows as a stream, against the number of variables.
///
/// # Errors
/// No thread can be started.
pub fn by_size(threads: usize, repeat: usize) -> Result<String> {
    let mut out = format!(
        "T = {ROWS}, {LAGS} lags; one pass = panes, Gram matrices, selection, tests, bootstrap, decision.\n\
         With many variables `mpie.encoder.memory_mb` leaves curved terms out: N = 100 does less than N = 50.\n\n\
         | N | everything ms | tests/s | linear core ms | tests/s | as a stream ms |\n|---|---|---|---|---|---|\n"
    );
    let mut points: [Vec<(f64, f64)>; 3] = Default::default();
    for vars in SIZES {
        let mut line = format!("| {vars} |");
        for (depth, points) in [Depth::Everything, Depth::LinearCore].into_iter().zip(&mut points) {
            let mut pass = Pass::new(vars, ROWS, depth, threads)?;
            pass.run();
            let seconds = median((0..repeat.max(1)).map(|_| timed(|| pass.run())).collect());
            points.push((f64::from(vars), seconds));
            let _ = write!(line, " {:.2} | {:.2e} |", seconds * 1e3, link_tests(vars, depth) as f64 / seconds);
        }
        let seconds = stream(vars, ROWS, Depth::Everything, threads)?.0;
        points[2].push((f64::from(vars), seconds));
        let _ = writeln!(out, "{line} {:.2} |", seconds * 1e3);
    }
    let [everything, core, live] = points.map(|points| exponent(&points));
    let _ = writeln!(out, "| time ∝ N^ | {everything:.2} | | {core:.2} | | {live:.2} |");
    Ok(out)
}

/// Streams of growing length: what a window costs must not grow with them.
///
/// # Errors
/// No thread can be started.
pub fn by_length(threads: usize, max_rows: usize) -> Result<String> {
    let mut out = format!(
        "N = {VARS}, window by window, default settings\n\n| T | s | rows/s | windows judged |\n|---|---|---|---|\n"
    );
    let mut points = Vec::new();
    for length in LENGTHS.into_iter().filter(|&length| length <= max_rows) {
        let (seconds, metrics) = stream(VARS, length, Depth::Everything, threads)?;
        points.push((length as f64, seconds));
        let judged = metrics.iter().filter(|m| m.candidates > 0).count();
        let (rate, windows) = (length as f64 / seconds, metrics.len());
        let _ = writeln!(out, "| {length} | {seconds:.3} | {rate:.0} | {judged} of {windows} |");
    }
    let _ = writeln!(out, "| time ∝ T^ | {:.2} | | |", exponent(&points));
    Ok(out)
}

/// Seconds discovery takes on a stream, and what each window cost. Drawing the rows is not counted.
///
/// # Errors
/// No thread can be started.
pub fn stream(vars: u32, length: usize, depth: Depth, threads: usize) -> Result<(f64, Vec<Metrics>)> {
    let mut generator = planted(vars);
    let mut builder = WindowBuilder::new(vars as usize, &StreamConfig::default(), LAGS);
    let mut pipeline = Pipeline::new(&config(depth), Arc::from(generator.names()), 0);
    let mut device = device(threads)?;
    let (mut seconds, mut metrics, mut given) = (0.0, Vec::new(), 0);
    while given < length {
        let batch = rows(&mut generator, BATCH.min(length - given));
        given += batch.rows();
        seconds += timed(|| {
            for window in builder.push(&batch) {
                metrics.push(pipeline.step(&window, &mut *device, false).metrics);
            }
        });
    }
    seconds += timed(|| {
        // The last rows are settled and judged, as at the end of a file.
        if let Some(window) = builder.flush() {
            metrics.push(pipeline.step(&window, &mut *device, true).metrics);
        }
        metrics.extend(pipeline.finish(&mut *device).map(|step| step.metrics));
    });
    Ok((seconds, metrics))
}

fn timed<T>(work: impl FnOnce() -> T) -> f64 {
    let clock = Instant::now();
    std::hint::black_box(work());
    clock.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Slope of the least-squares line through the logarithms.
fn exponent(points: &[(f64, f64)]) -> f64 {
    let n = points.len() as f64;
    let logs = || points.iter().map(|&(x, y)| (x.ln(), y.ln()));
    let (mean_x, mean_y) = (logs().map(|p| p.0).sum::<f64>() / n, logs().map(|p| p.1).sum::<f64>() / n);
    let covariance: f64 = logs().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
    covariance / logs().map(|(x, _)| (x - mean_x).powi(2)).sum::<f64>()
}
