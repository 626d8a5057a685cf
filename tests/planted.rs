//! In: a system or its rows. Out: what discovery makes of them, beside what was planted.

use std::sync::Arc;

use scarcity_engine::Config;
use scarcity_engine::compute::{self, Compute, ComputeConfig};
use scarcity_engine::mpie::Pipeline;
use scarcity_engine::stream::{StreamConfig, WindowBuilder};
use scarcity_engine::synth::{Generator, System};
use scarcity_engine::types::{LinkScore, Samples, Snapshot, Truth};

/// The device that is chosen by default.
pub fn device() -> Box<dyn Compute> {
    compute::open(&ComputeConfig::default()).unwrap()
}

/// Rows of a planted system and what was planted.
pub fn rows(system: System, count: usize, seed: u64) -> (Samples, Truth) {
    let mut generator = Generator::new(system, seed);
    let vars = generator.names().len();
    let mut values = vec![0.0; count * vars];
    values.chunks_exact_mut(vars).for_each(|row| generator.next_row(row));
    (Samples { values, vars, breaks: Vec::new() }, generator.truth_so_far())
}

/// Every link scored after the last row, and the graph after every window.
pub fn discover(samples: &Samples, max_lag: usize, config: &Config) -> (Vec<LinkScore>, Vec<Arc<Snapshot>>) {
    let names: Arc<[String]> = (0..samples.vars).map(|v| format!("v{v}")).collect();
    let mut mpie = config.mpie.clone();
    mpie.max_lag = max_lag;
    let mut builder = WindowBuilder::new(samples.vars, &StreamConfig::default(), max_lag);
    let mut pipeline = Pipeline::new(&mpie, names, config.seed);
    let mut device = device();
    let mut windows = builder.push(samples);
    windows.extend(builder.flush());
    let mut snapshots: Vec<Arc<Snapshot>> =
        windows.iter().map(|w| pipeline.step(w, &mut *device, false).snapshot).collect();
    snapshots.extend(pipeline.finish(&mut *device).map(|step| step.snapshot));
    (pipeline.scores().to_vec(), snapshots)
}

/// Planted lagged links found at the right lag, planted in all, and false ones among the accepted.
pub fn compare(scores: &[LinkScore], truth: &Truth) -> (usize, usize, usize) {
    let planted: Vec<(u32, u32, u32)> =
        truth.edges.iter().filter(|e| e.source != e.target).map(|e| (e.source, e.target, e.lag)).collect();
    let accepted: Vec<(u32, u32, u32)> =
        scores.iter().filter(|l| l.accepted && l.directed).map(|l| (l.key.source, l.key.target, l.key.lag)).collect();
    let found = planted.iter().filter(|p| accepted.contains(p)).count();
    let wrong = accepted.iter().filter(|a| !planted.contains(a)).count();
    (found, planted.len(), wrong)
}
