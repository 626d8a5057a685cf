//! In: a device. Out: the time of each kernel by the device's own clock, beside the best it does at the same shape.

use scarcity_engine::compute::cpu::product::{Dense, product};
use scarcity_engine::compute::cuda;
use scarcity_engine::compute::gpu::kernel::{COUNT_SKETCH, GRAM, KERNELS, LAYOUT_KERNELS, PEAK, SCREEN, SKETCH};
use scarcity_engine::compute::gpu::machine::{Machine, Product};

use super::table::{Table, median, wall};

/// Launches timed together, so that the clock's own grain does not matter.
const LAUNCHES: usize = 8;
const RUNS: usize = 9;

fn noise(count: usize) -> Vec<f32> {
    (0..count as u32).map(|at| ((at.wrapping_mul(2_654_435_761) >> 8) as f32) / 8_388_608.0 - 1.0).collect()
}

/// Matrix products of the processor; `numpy` beside it is `benches/gemm.py`.
pub fn processor(table: &mut Table) {
    for (rows, columns) in [(512, 1024), (2048, 1024), (64, 512)] {
        let values = noise(rows * columns);
        let mut c = vec![0.0f32; columns * columns];
        let z = Dense::new(&values, columns);
        let ms = median(RUNS, || wall(|| product(&z, &z, rows, &mut c, true)));
        let flops = (rows * columns * (columns + 1)) as f64;
        table.add("Gram, single", &format!("{rows} × {columns}"), "cpu", ms, (flops / ms * 1e-6, 0.0), "GFLOP/s");
        let ms = median(RUNS, || wall(|| product(&z, &z, rows, &mut c, false)));
        table.add(
            "product, single",
            &format!("{rows} × {columns}"),
            "cpu",
            ms,
            (2.0 * (rows * columns * columns) as f64 / ms * 1e-6, 0.0),
            "GFLOP/s",
        );
        let values: Vec<f64> = values.iter().map(|&x| f64::from(x)).collect();
        let mut c = vec![0.0f64; columns * columns];
        let z = Dense::new(&values, columns);
        let ms = median(RUNS, || wall(|| product(&z, &z, rows, &mut c, true)));
        table.add("Gram, double", &format!("{rows} × {columns}"), "cpu", ms, (flops / ms * 1e-6, 0.0), "GFLOP/s");
    }
}

/// Kernels of a GPU; returns its measured rate of multiplying and adding in GFLOP/s, 0 where it failed.
pub fn kernels<M: Machine>(device: &str, m: &mut M, table: &mut Table) -> f64 {
    timed(device, m, table).unwrap_or_else(|error| {
        println!("{device}: {error}");
        0.0
    })
}

/// Device time of a launch, in milliseconds.
pub fn clocked<M: Machine>(
    m: &mut M,
    mut launch: impl FnMut(&mut M) -> scarcity_engine::Result<()>,
) -> scarcity_engine::Result<f64> {
    let mut times = Vec::new();
    for run in 0..RUNS + 2 {
        m.start_clock()?;
        for _ in 0..LAUNCHES {
            launch(m)?;
        }
        let ms = m.stop_clock()? / LAUNCHES as f64;
        if run >= 2 {
            times.push(ms);
        }
    }
    times.sort_by(f64::total_cmp);
    Ok(times[times.len() / 2])
}

fn timed<M: Machine>(device: &str, m: &mut M, table: &mut Table) -> scarcity_engine::Result<f64> {
    // Software devices take the same path with less work.
    let small = device.contains("software");
    let threads = if small { 1 << 12 } else { 1 << 20 };
    let rounds = 64u32;
    let sums = m.alloc(threads)?;
    let ms = clocked(m, |m| m.launch(&PEAK, [threads as u32 / 256, 1, 1], &[rounds], &[&sums]))?;
    let peak = (threads * rounds as usize * 16 * 8 * 2) as f64 / ms * 1e-6;
    table.add("multiply-add peak", "", device, ms, (peak, 0.0), "GFLOP/s");

    let (rows, columns) = if small { (64, 256) } else { (512, 4096) };
    let mut series = m.alloc(rows * columns)?;
    m.write(&mut series, bytemuck::cast_slice(&noise(rows * columns)))?;
    let mut weights = m.alloc(rows)?;
    m.write(&mut weights, bytemuck::cast_slice(&vec![1.0f32; rows]))?;
    let moments = m.alloc(columns * columns)?;
    let flops = (rows * columns * (columns + 1)) as f64;
    let shape = format!("{rows} × {columns}");
    let whole = Product {
        size: [columns, columns, rows],
        a: (&series, 0, columns),
        b: (&series, 0, columns),
        c: (&moments, 0, columns),
        accumulate: false,
    };
    let product = |m: &mut M| m.product(Product { ..whole_of(&whole) });
    let mut limit = peak;
    if product(m)? {
        let ms = clocked(m, |m| product(m).map(|_| ()))?;
        let rate = 2.0 * (rows * columns * columns) as f64 / ms * 1e-6;
        // What the product does at its best on two matrices, and the Gram of one of them as panes take it.
        let mut other = m.alloc(rows * columns)?;
        m.write(&mut other, bytemuck::cast_slice(&noise(rows * columns)))?;
        let of_two = |m: &mut M| m.product(Product { b: (&other, 0, columns), ..whole_of(&whole) });
        let peak_ms = clocked(m, |m| of_two(m).map(|_| ()))?;
        limit = 2.0 * (rows * columns * columns) as f64 / peak_ms * 1e-6;
        table.add("cuBLAS product, TF32", &shape, device, peak_ms, (limit, 0.0), "GFLOP/s");
        table.add("Gram by cuBLAS", &shape, device, ms, (rate, limit), "GFLOP/s");
    }
    let tiles = columns.div_ceil(64) as u32;
    let parameters = [rows as u32, columns as u32, 1, 0, columns as u32, rows as u32, 0];
    let ms = clocked(m, |m| m.launch(&GRAM, [tiles, tiles, 1], &parameters, &[&series, &weights, &moments]))?;
    table.add("Gram kernel, half of it", &shape, device, ms, (flops / ms * 1e-6, peak.min(limit)), "GFLOP/s");

    let (vars, lags, dim) = (columns / 4, 4, 64);
    let latents = m.alloc(vars * lags * dim / 2)?;
    let (offsets, order) = scarcity_engine::compute::sketch::by_place(1, 0, rows - 3, dim);
    let (mut places, mut sorted) = (m.alloc(offsets.len())?, m.alloc(order.len())?);
    m.write(&mut places, &offsets)?;
    m.write(&mut sorted, &order)?;
    let shape = format!("{} × {vars} × {lags} → {dim}", rows - 3);
    let parameters = [rows as u32 - 3, vars as u32, lags as u32, dim as u32, 1, 0, 0];
    let groups = [1, vars.div_ceil(64) as u32, lags as u32];
    let ms = clocked(m, |m| m.launch(&SKETCH, groups, &parameters, &[&series, &weights, &latents]))?;
    let flops = (2 * (rows - 3) * vars * lags * dim) as f64;
    table.add("sketch, signs", &shape, device, ms, (flops / ms * 1e-6, peak), "GFLOP/s");
    let groups = [vars.div_ceil(64) as u32, dim as u32 / 2, lags as u32];
    let ms = clocked(m, |m| {
        m.launch(&COUNT_SKETCH, groups, &[vars as u32, lags as u32, dim as u32], &[&series, &places, &sorted, &latents])
    })?;
    table.add("sketch, count", &shape, device, ms, ((4 * (rows - 3) * vars * lags) as f64 / ms * 1e-6, 0.0), "GB/s");

    let keep = 20;
    let sources = vars * (lags - 1);
    let slice = sources.div_ceil(4).next_multiple_of(64);
    let slices = sources.div_ceil(slice);
    let hits = m.alloc(slices * vars * keep * 2)?;
    let parameters = [vars as u32, sources as u32, vars as u32, dim as u32, keep as u32, slice as u32];
    let groups = [vars.div_ceil(32) as u32, slices as u32, 1];
    // The same latents twice: what they hold does not change how long it takes but for the insertions.
    let ms = clocked(m, |m| m.launch(&SCREEN, groups, &parameters, &[&latents, &latents, &hits]))?;
    let flops = (2 * vars * sources * dim) as f64;
    table.add(
        "screening, top 20",
        &format!("{vars} × {sources} × {dim}"),
        device,
        ms,
        (flops / ms * 1e-6, peak),
        "GFLOP/s",
    );
    Ok(peak)
}

/// A product of the same matrices.
fn whole_of<'a, B>(p: &Product<'a, B>) -> Product<'a, B> {
    Product { size: p.size, a: p.a, b: p.b, c: p.c, accumulate: p.accumulate }
}

/// Fills the kernel cache for the architectures named in `SCARCITY_BENCH_ARCH`, so that a machine without NVIDIA's
/// compiler can run the kernels.
pub fn compile_ahead() {
    let cache = cuda::PtxCache::new(cuda::cache_folder());
    let wanted = std::env::var("SCARCITY_BENCH_ARCH").unwrap_or_else(|_| "75 80 86 89 90".to_owned());
    for capability in wanted.split_whitespace().filter_map(|word| word.parse().ok()) {
        for kernel in KERNELS.iter().chain(LAYOUT_KERNELS) {
            if let Err(error) = cache.ptx(kernel, capability) {
                println!("{error}");
                return;
            }
        }
        println!("kernels for sm_{capability} are in {}", cuda::cache_folder().display());
    }
}
