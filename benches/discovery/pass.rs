//! In: a number of variables and rows. Out: planted rows, and one pass of discovery over all of them.

use std::sync::Arc;

use scarcity_engine::Result;
use scarcity_engine::compute::{self, Compute, ComputeConfig};
use scarcity_engine::mpie::{MpieConfig, Pipeline};
use scarcity_engine::stream::{StreamConfig, WindowBuilder};
use scarcity_engine::synth::{Generator, VarSpec};
use scarcity_engine::types::{Samples, Window};

/// Largest lag looked at.
pub const LAGS: usize = 3;

/// How much of the algorithm runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Default settings.
    Everything,
    /// Regressions in data units only, without the views of normal scores.
    LinearCore,
}

/// Settings of discovery.
pub fn config(depth: Depth) -> MpieConfig {
    let mut config = MpieConfig { max_lag: LAGS, ..MpieConfig::default() };
    config.encoder.scores &= depth == Depth::Everything;
    config
}

/// An endless sparse vector autoregression: 1.6 links per variable, lags 1 to 3.
pub fn planted(vars: u32) -> Generator {
    let spec = VarSpec { vars, max_lag: LAGS as u32, ..VarSpec::default() };
    Generator::new(spec.build(1), 1)
}

/// Its next rows.
pub fn rows(generator: &mut Generator, count: usize) -> Samples {
    let vars = generator.names().len();
    let mut values = vec![0.0; count * vars];
    values.chunks_exact_mut(vars).for_each(|row| generator.next_row(row));
    Samples { values, vars, breaks: Vec::new() }
}

/// Opens the processor.
///
/// # Errors
/// No thread can be started.
pub fn device(threads: usize) -> Result<Box<dyn Compute>> {
    compute::open(&ComputeConfig { threads, ..ComputeConfig::default() })
}

/// Everything ready for one pass, except the work.
pub struct Pass {
    window: Window,
    names: Arc<[String]>,
    config: MpieConfig,
    device: Box<dyn Compute>,
}

impl Pass {
    /// `rows` planted rows of `vars` variables in one window.
    ///
    /// # Errors
    /// No thread can be started.
    pub fn new(vars: u32, rows: usize, depth: Depth, threads: usize) -> Result<Self> {
        let mut generator = planted(vars);
        let one = StreamConfig { window_rows: rows as u32, stride_rows: rows as u32, ..StreamConfig::default() };
        let mut builder = WindowBuilder::new(vars as usize, &one, LAGS);
        let window = builder.push(&self::rows(&mut generator, rows)).pop().expect("the rows fill one window");
        Ok(Self { window, names: generator.names().into(), config: config(depth), device: device(threads)? })
    }

    /// Panes to decisions; returns the number of accepted links.
    pub fn run(&mut self) -> usize {
        let mut pipeline = Pipeline::new(&self.config, Arc::clone(&self.names), 0);
        pipeline.step(&self.window, &mut *self.device, true).snapshot.edges.len()
    }
}

/// Conditional tests of links one judgement makes, counted from below.
///
/// Per ordered pair and per regression of its target: at each lag the partial test given the selected columns and,
/// where `mci` is positive, the momentary test that also conditions on the source's older value, then one joint test of
/// all lags. There is one regression in data units and one per view. Not counted: tests of curved terms and products,
/// the F tests of forward selection (every candidate at every step), same-time links, tests repeated because a regime
/// began or a same-time parent was found, and bootstrap fits.
pub fn link_tests(vars: u32, depth: Depth) -> u64 {
    let config = config(depth);
    let per_lag = if config.evaluator.mci > 0.0 { 2 } else { 1 };
    let views = match (config.encoder.scores, config.encoder.baseline_half_life > 0) {
        (false, _) => 0,
        (true, false) => 1,
        (true, true) => 2,
    };
    let pairs = u64::from(vars) * u64::from(vars - 1);
    pairs * (LAGS as u64 * per_lag + 1) * (1 + views)
}
