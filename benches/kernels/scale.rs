//! In: planted systems of 100 … 10,000 variables, row by row. Out: what streaming, screening and judging them costs, and
//! how many planted parents are among the best 50 sources of their targets.

use std::sync::Arc;
use std::time::Instant;

use scarcity_engine::compute::cpu::CpuCompute;
use scarcity_engine::mpie::{MpieConfig, Wide};
use scarcity_engine::types::{Moments, Pane, Window};

const PARENTS: usize = 3;
const PANE: usize = 64;

/// A stable system: every variable follows its own past and three others at lags 1 … 3.
struct Planted {
    vars: usize,
    /// Source, lag and strength, `[vars, PARENTS]`.
    parents: Vec<(usize, usize, f32)>,
    /// The last three rows, newest first.
    past: [Vec<f32>; 3],
    state: u64,
}

impl Planted {
    fn new(vars: usize, seed: u64) -> Self {
        let mut own = Self { vars, parents: Vec::new(), past: [(); 3].map(|()| vec![0.0; vars]), state: seed };
        for target in 0..vars {
            let mut chosen: Vec<(usize, usize, f32)> = Vec::new();
            while chosen.len() < PARENTS {
                let source = own.word() as usize % vars;
                if source != target && chosen.iter().all(|&(s, ..)| s != source) {
                    let sign = if own.word().is_multiple_of(2) { 1.0 } else { -1.0 };
                    let strength = 0.25 + 0.25 * (own.word() % 1000) as f32 / 1000.0;
                    chosen.push((source, 1 + own.word() as usize % 3, sign * strength));
                }
            }
            own.parents.extend(chosen);
        }
        own
    }

    fn word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.state;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// Nearly normal: four uniform numbers of 16 bits.
    fn noise(&mut self) -> f32 {
        let w = self.word();
        let sum = (w & 0xffff) + (w >> 16 & 0xffff) + (w >> 32 & 0xffff) + (w >> 48);
        (sum as f32 / 65536.0 - 2.0) * 1.732
    }

    fn row(&mut self) -> &[f32] {
        let mut next = vec![0.0; self.vars];
        for (v, next) in next.iter_mut().enumerate() {
            let caused: f32 =
                self.parents[v * PARENTS..][..PARENTS].iter().map(|&(s, lag, a)| a * self.past[lag - 1][s]).sum();
            *next = 0.3 * self.past[0][v] + caused + self.noise();
        }
        self.past.rotate_right(1);
        self.past[0] = next;
        &self.past[0]
    }

    fn window(&mut self, index: u64) -> Window {
        let vars = self.vars;
        let first_row = index * PANE as u64;
        let mut values = Vec::with_capacity(PANE * vars);
        for _ in 0..PANE {
            values.extend(self.row().iter().map(|&x| f64::from(x)));
        }
        let run = (0..PANE as u64).map(|t| (first_row + t) as u32).collect();
        let pane = Pane { index, first_row, values, vars, run, missing: 0 };
        let moments =
            Moments { n: vec![64.0; vars], mean: vec![0.0; vars], m2: vec![96.0; vars], ..Moments::default() };
        let rows = first_row..first_row + PANE as u64;
        Window { index, rows, panes: vec![Arc::new(pane)], new_panes: 1, moments, breaks: 0 }
    }
}

/// Resident memory of this process, in mebibytes; 0 where it cannot be read.
fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

/// Prints the curve.
pub fn curve(long: bool) {
    println!();
    println!(
        "| N | method | rows | stream + screen s | rows/s | judge s | recall in top 50 | accepted / planted / false | RSS MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let methods: &[&str] = if long { &["count"] } else { &["count", "polynomial"] };
    let only: Option<usize> =
        std::env::args().find_map(|argument| argument.strip_prefix("--vars=").and_then(|count| count.parse().ok()));
    for &method in methods {
        let mut costs = Vec::new();
        for vars in [100, 300, 1000, 3000, 10_000] {
            let rows = if long { 100_000 } else { 10_240 };
            if (!long || vars >= 3000) && only.is_none_or(|only| only == vars) {
                costs.extend(line(vars, rows, method));
            }
        }
        if costs.len() >= 3 {
            let [row, judge, memory] = [1, 2, 3].map(|of| exponent(&costs, of));
            println!(
                "{method}: seconds per row ~ N^{row:.2}, to judge ~ N^{judge:.2}, resident memory ~ N^{memory:.2}"
            );
        }
    }
}

/// Slope of a cost over the number of variables, both as logarithms, by least squares.
fn exponent(costs: &[[f64; 4]], of: usize) -> f64 {
    let n = costs.len() as f64;
    let points = || costs.iter().map(|c| (c[0].ln(), c[of].ln()));
    let (x, y) = points().fold((0.0, 0.0), |(x, y), p| (x + p.0 / n, y + p.1 / n));
    points().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>() / points().map(|p| (p.0 - x).powi(2)).sum::<f64>()
}

/// Prints a line; returns variables, seconds per row, seconds to judge, and memory.
fn line(vars: usize, rows: usize, method: &str) -> Option<[f64; 4]> {
    let mut device = CpuCompute::new(0).ok()?;
    let mut config = MpieConfig::default();
    method.clone_into(&mut config.encoder.sketch_method);
    let mut wide = Wide::new(&config, vars, 1);
    let mut planted = Planted::new(vars, 42);
    let mut seconds = 0.0;
    for index in 0..rows.div_ceil(PANE) as u64 {
        let window = planted.window(index);
        let clock = Instant::now();
        wide.take_in(&window, &mut device);
        seconds += clock.elapsed().as_secs_f64();
    }
    let (mut found, all) = (0, vars * PARENTS);
    for target in 0..vars {
        let best = wide.screened(target, 50);
        let parents = &planted.parents[target * PARENTS..][..PARENTS];
        found += parents.iter().filter(|&&(source, lag, _)| best.contains(&(source, lag))).count();
    }
    let clock = Instant::now();
    let (verdicts, _) = wide.judge(&mut device);
    let judged = clock.elapsed().as_secs_f64();
    let accepted: Vec<_> = verdicts.links.iter().filter(|l| l.accepted).collect();
    let wrong = accepted
        .iter()
        .filter(|l| {
            let parents = &planted.parents[l.key.target as usize * PARENTS..][..PARENTS];
            !parents.iter().any(|&(s, lag, _)| (s as u32, lag as u32) == (l.key.source, l.key.lag))
        })
        .count();
    println!(
        "| {vars} | {method} | {rows} | {seconds:.2} | {:.0} | {judged:.2} | {:.3} | {} / {all} / {wrong} | {:.0} |",
        rows as f64 / seconds,
        f64::from(found as u32) / all as f64,
        accepted.len(),
        resident_mib()
    );
    Some([vars as f64, seconds / rows as f64, judged, resident_mib()])
}
