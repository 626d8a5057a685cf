//! `cargo bench -p scarcity-engine --bench kernels`: what the devices of this machine do, beside what they could: one
//! table. `-- --targets` holds a GPU against what is wanted of one (exit code 3: not all taken, 4: not all held). `-- --scale` adds streams of 100 … 10,000 variables, `-- --long` 100,000 rows of the widest; `-- --updates BEFORE
//! AFTER STEPS` follows a graph that changes, edge lists both.
#![allow(missing_docs, clippy::print_stdout, reason = "a benchmark binary has no public interface and prints")]

#[path = "kernels/device.rs"]
mod device;
#[path = "kernels/layouts.rs"]
mod layouts;
#[path = "kernels/scale.rs"]
mod scale;
#[path = "kernels/table.rs"]
mod table;
#[path = "kernels/updates.rs"]
mod updates;
#[path = "kernels/windows.rs"]
mod windows;

use std::process::ExitCode;

use scarcity_engine::compute::cpu::CpuCompute;
use scarcity_engine::compute::gpu::Gpu;
use scarcity_engine::compute::{cuda, wgpu};

fn main() -> ExitCode {
    let has = |word: &str| std::env::args().any(|argument| argument == word);
    let arguments: Vec<String> = std::env::args().collect();
    if let Some([_, before, after, steps]) =
        arguments.iter().position(|a| a == "--updates").and_then(|at| arguments[at..].first_chunk())
    {
        updates::report(before.as_ref(), after.as_ref(), steps.parse().unwrap_or(1000));
        return ExitCode::SUCCESS;
    }
    let mut table = table::Table::default();
    if has("--compile") {
        device::compile_ahead();
        return ExitCode::SUCCESS;
    }
    match CpuCompute::new(0) {
        Ok(mut cpu) => {
            device::processor(&mut table);
            windows::all("cpu", 0.0, &mut windows::wall_clock(&mut cpu), &mut table);
        }
        Err(error) => println!("cpu: {error}"),
    }
    match wgpu::open() {
        Ok(mut machine) => {
            let name = if wgpu_is_software() { "wgpu, software" } else { "wgpu" };
            let peak = device::kernels(name, &mut machine, &mut table);
            let machine = layouts::all(name, machine, peak, &mut table);
            windows::all(name, peak, &mut windows::device_clock(&mut Gpu::new(machine)), &mut table);
        }
        Err(error) => println!("wgpu: {error}"),
    }
    match cuda::open() {
        Ok(mut machine) => {
            let peak = device::kernels("cuda", &mut machine, &mut table);
            let machine = layouts::all("cuda", machine, peak, &mut table);
            windows::all("cuda", peak, &mut windows::device_clock(&mut Gpu::new(machine)), &mut table);
        }
        Err(error) => println!("cuda: {error}"),
    }
    table.print();
    if has("--targets") {
        return match table.targets() {
            (0, 0) => ExitCode::SUCCESS,
            (0, _) => ExitCode::from(4),
            _ => ExitCode::from(3),
        };
    }
    if has("--scale") || has("--long") {
        scale::curve(has("--long"));
    }
    ExitCode::SUCCESS
}

/// Whether wgpu has nothing but the processor.
fn wgpu_is_software() -> bool {
    wgpu::adapters().iter().all(|adapter| wgpu::describe(adapter).starts_with("software"))
}
