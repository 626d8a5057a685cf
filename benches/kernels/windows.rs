//! In: a backend. Out: the time of whole windows: every pair of 50 variables (1,000 on a GPU) scored with 32 replicates,
//! every pair of 1,000 screened and the best 20 of each target scored; copies to and from the device included. A GPU's time
//! is taken by its own clock, and held against what its arithmetic allows.

use scarcity_engine::Result;
use scarcity_engine::compute::encode::{Encode, Norm};
use scarcity_engine::compute::gpu::Gpu;
use scarcity_engine::compute::gpu::machine::Machine;
use scarcity_engine::compute::score::Score;
use scarcity_engine::compute::screen::Screen;
use scarcity_engine::compute::sketch::{Projection, Sketch};
use scarcity_engine::compute::{Backend, Precision, WeightedGram};

use super::table::{Table, median, wall};

const LAGS: usize = 4;
const ROWS: usize = 512;
const BLOCK: usize = 64;
const REPLICATES: usize = 33;

fn series(rows: usize, vars: usize) -> Vec<f32> {
    let mut x: Vec<f32> =
        (0..rows * vars).map(|at| ((at as u32).wrapping_mul(2_654_435_761) >> 8) as f32 / 8_388_608.0 - 1.0).collect();
    for t in 1..rows {
        for v in 0..vars {
            x[t * vars + v] += 0.4 * x[(t - 1) * vars + v] + 0.4 * x[(t - 1) * vars + (v * 7 + 1) % vars];
        }
    }
    x
}

/// Milliseconds of some work on a backend.
pub type Clock<'a> = &'a mut dyn FnMut(Work<'_>) -> f64;

/// Some work.
pub type Work<'a> = &'a mut dyn FnMut(&mut dyn Backend);

/// The clock of a processor: that on the wall.
pub fn wall_clock(backend: &mut dyn Backend) -> impl FnMut(Work<'_>) -> f64 {
    move |work| wall(|| work(backend))
}

/// A GPU's own clock; that on the wall where it fails.
pub fn device_clock<M: Machine>(gpu: &mut Gpu<M>) -> impl FnMut(Work<'_>) -> f64 {
    move |work| {
        let started = gpu.machine.start_clock();
        let ms = wall(|| work(gpu));
        started.and_then(|()| gpu.machine.stop_clock()).unwrap_or(ms)
    }
}

/// All of them; `peak` is the measured rate of multiplying and adding, in GFLOP/s, 0 = not to be compared with.
pub fn all(device: &str, peak: f64, clock: Clock<'_>, table: &mut Table) {
    let small = device.contains("software");
    let lines = [
        (50, "window, every pair scored", if small { 3 } else { 9 }),
        (1000, "window, every pair scored", if device == "cpu" || small { 0 } else { 5 }),
    ];
    let said = |done: Result<()>| done.unwrap_or_else(|error| println!("{device}: {error}"));
    for (vars, what, runs) in lines.into_iter().filter(|l| l.2 > 0) {
        let x = series(ROWS + LAGS - 1, vars);
        let ms = median(runs, || clock(&mut |backend| said(every_pair(backend, &x, vars))));
        let rate = if peak > 0.0 { every_pair_flops(vars) / ms * 1e-6 } else { 0.0 };
        let shape = format!("{vars} variables × 3 lags, {ROWS} rows, 32 replicates");
        table.add(what, &shape, device, ms, (rate, peak), "GFLOP/s");
    }
    if !small {
        let x = series(ROWS + LAGS - 1, 1000);
        let ms = median(5, || clock(&mut |backend| said(screened(backend, &x, 1000))));
        let shape = format!("1000 variables × 3 lags, {ROWS} rows, 32 replicates");
        table.add("window, every pair screened, top 20 scored", &shape, device, ms, (0.0, 0.0), "");
    }
}

/// Operations no way of scoring every pair does without: half of a symmetric product, and of every question and replicate
/// a sum over blocks and a factorisation.
fn every_pair_flops(vars: usize) -> f64 {
    let (columns, asked, size) = (1 + vars * LAGS, vars * (vars - 1), 8);
    let sum = 2 * (ROWS / BLOCK) * size * (size + 1) / 2;
    (ROWS * columns * (columns + 1) + asked * REPLICATES * (sum + size * size * size / 3)) as f64
}

fn weights(blocks: usize) -> Vec<f32> {
    (0..REPLICATES * blocks).map(|at| if at < blocks { 1.0 } else { (at * 7 % 5 % 3) as f32 }).collect()
}

fn every_pair(backend: &mut dyn Backend, series: &[f32], vars: usize) -> Result<()> {
    let ones = vec![1.0; ROWS];
    let gram = WeightedGram { series, vars, lags: LAGS, constant: true, block_rows: BLOCK, weights: &ones };
    let moments = backend.weighted_gram(&gram)?;
    let column = |var: usize, lag: usize| (1 + lag * vars + var) as u32;
    let mut questions = Vec::with_capacity(vars * vars * 8);
    for target in 0..vars {
        for source in (0..vars).filter(|&s| s != target) {
            questions.push(0);
            questions.extend([1, 2, 3].map(|lag| column(target, lag)));
            questions.extend([1, 2, 3].map(|lag| column(source, lag)));
            questions.push(column(target, 0));
        }
    }
    let scored = backend.score(&Score {
        moments: &moments,
        columns: gram.columns(),
        weights: &weights(gram.blocks()),
        blocks: gram.blocks(),
        base: 4,
        entering: 3,
        questions: &questions,
        floor: 0.01,
    })?;
    std::hint::black_box(scored);
    Ok(())
}

fn screened(backend: &mut dyn Backend, series: &[f32], vars: usize) -> Result<()> {
    let (dim, keep, precision) = (64, 20, Precision::Half);
    let sketch =
        Sketch { series, vars, lags: LAGS, dim, projection: Projection::Signs, seed: 1, first_row: 0, precision };
    let mut sketches = vec![0; sketch.words()];
    backend.sketch(&sketch, &mut sketches)?;
    let own = vec![0.3; vars * (LAGS - 1)];
    let latents = backend.encode(&Encode {
        sketches: &sketches,
        vars,
        lags: LAGS,
        dim,
        own: &own,
        norm: Norm::LayerNorm,
        heads: 4,
        clip: 4.0,
        precision,
    })?;
    let hits = backend.screen(&Screen {
        targets: &latents.innovations,
        sources: &latents.lagged,
        vars,
        dim,
        keep,
        precision,
    })?;
    let width = 3 + keep + 1;
    let batch = 125;
    for (at, hits) in hits.chunks(batch * keep).enumerate() {
        let count = hits.len() / keep;
        let mut local = vec![0.0f32; count * ROWS * width];
        for (k, (own, hits)) in local.chunks_exact_mut(ROWS * width).zip(hits.chunks_exact(keep)).enumerate() {
            let target = at * batch + k;
            let columns: Vec<(usize, usize)> = (1..=3)
                .map(|lag| (target, lag))
                .chain(hits.iter().map(|h| (h.source as usize % vars, h.source as usize / vars + 1)))
                .chain([(target, 0)])
                .collect();
            for (t, row) in own.chunks_exact_mut(width).enumerate() {
                for (cell, (var, lag)) in row.iter_mut().zip(&columns) {
                    *cell = series[(t + LAGS - 1 - lag) * vars + var];
                }
            }
        }
        let ones = vec![1.0; count * ROWS];
        let gram =
            WeightedGram { series: &local, vars: width, lags: 1, constant: true, block_rows: BLOCK, weights: &ones };
        let moments = backend.weighted_gram(&gram)?;
        let questions: Vec<u32> =
            (0..count * keep).flat_map(|q| (0..4).chain([4 + (q % keep) as u32, width as u32])).collect();
        std::hint::black_box(backend.score(&Score {
            moments: &moments,
            columns: gram.columns(),
            weights: &weights(ROWS / BLOCK),
            blocks: ROWS / BLOCK,
            base: 4,
            entering: 1,
            questions: &questions,
            floor: 0.01,
        })?);
    }
    Ok(())
}
