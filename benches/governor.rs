//! In: controllers, stimuli, seeds. Out: one table of how the simulated plant fared under each; `-- --check` fails where
//! the governor misses a target.
#![allow(missing_docs, clippy::print_stdout, reason = "a benchmark binary has no public interface and prints")]

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use scarcity_engine::governor::plant::{Controller, Stimulus, Summary, compare};
use scarcity_engine::governor::{Control, DrgConfig, Governor, Parts, Registry, of_machine};
use scarcity_engine::runtime::Bus;
use scarcity_engine::types::Readings;

const SEEDS: u64 = 30;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let check = arguments.iter().any(|a| a == "--check");
    println!(
        "{SEEDS} seeds each; late = seconds over 150 ms or out of memory; kept = work done during the load | after it"
    );
    println!(
        "{:<20} {:<9} {:>6} {:>8} {:>13} {:>8} {:>9} {:>8} {:>9} {:>7}",
        "stimulus", "law", "late s", "worst ms", "kept", "actions", "reversals", "settle s", "recovered", "cost"
    );
    let mut sums = [(0.0, 0.0); Controller::NAMES.len()];
    let mut faults = Vec::new();
    for stimulus in Stimulus::ALL {
        for (name, sum) in Controller::NAMES.iter().zip(&mut sums) {
            let Some(summary) = compare(stimulus, name, SEEDS) else { continue };
            print_row(stimulus, name, &summary);
            sum.0 += summary.cost();
            sum.1 += summary.violation_s;
            if *name == "governor" {
                faults.extend(misses(stimulus, &summary));
            }
        }
        println!();
    }
    println!("sum over all stimuli: cost, late seconds");
    for (name, (cost, late)) in Controller::NAMES.iter().zip(sums) {
        println!("{name:<9} {cost:>8.1} {late:>8.1}");
    }
    let governor = sums[Controller::NAMES.len() - 1].0;
    for (name, (cost, _)) in Controller::NAMES.iter().zip(sums) {
        if !["oracle", "governor"].contains(name) && governor >= cost {
            faults.push(format!("costs more than {name}: {governor:.1} against {cost:.1}"));
        }
    }
    println!("\none set of readings and one decision: {:.1} µs", cost_of_a_tick_us());
    print_cost_of_the_sensors();
    if let Some(share) = cost_of_the_loop() {
        println!("the loop on this machine, every sensor: {:.3} % of a core", 100.0 * share);
        if share >= 0.01 {
            faults.push(format!("the loop takes {:.2} % of a core", 100.0 * share));
        }
    }
    for fault in &faults {
        println!("missed: {fault}");
    }
    if check && !faults.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn print_row(stimulus: Stimulus, name: &str, s: &Summary) {
    let settle = if s.settle_s.is_finite() { format!("{:.1}", s.settle_s) } else { "never".to_owned() };
    println!(
        "{:<20} {name:<9} {:>6.2} {:>8.0} {:>5.3} | {:.3} {:>8.1} {:>9.1} {settle:>8} {:>8.0}% {:>7.1}",
        stimulus.name(),
        s.violation_s,
        s.worst_ms,
        s.kept_during,
        s.kept_after,
        s.actions,
        s.reversals,
        100.0 * s.recovered,
        s.cost(),
    );
}

/// Targets the governor misses.
fn misses(stimulus: Stimulus, s: &Summary) -> Vec<String> {
    let mut faults = Vec::new();
    let mut need = |ok: bool, what: String| {
        if !ok {
            faults.push(format!("{}: {what}", stimulus.name()));
        }
    };
    if stimulus.is_healthy() {
        need(s.most_actions == 0, format!("{} actions on a healthy machine", s.most_actions));
    }
    need(s.recovered >= 1.0, format!("{:.0} % recovered", 100.0 * s.recovered));
    if stimulus == Stimulus::Step {
        need(s.kept_during >= 0.85, format!("kept {:.3} during", s.kept_during));
        need(s.kept_after >= 0.99, format!("kept {:.3} after", s.kept_after));
        need(s.settle_s <= 6.0, format!("settled after {:.1} s", s.settle_s));
        need(s.reversals <= 4.0, format!("{:.1} reversals", s.reversals));
        need(s.violation_s <= 3.0, format!("{:.1} s late", s.violation_s));
    }
    faults
}

/// Processor time of this thread so far, where the system keeps that account.
fn ran_ns() -> Option<f64> {
    std::fs::read_to_string("/proc/thread-self/schedstat").ok()?.split_whitespace().next()?.parse().ok()
}

fn print_cost_of_the_sensors() {
    const LOOKS: u32 = 100;
    for mut sensor in of_machine() {
        let name = format!("{sensor:?}").split([' ', '{']).next().unwrap_or_default().to_owned();
        let (mut readings, before) = (Readings::new(), ran_ns());
        for _ in 0..LOOKS {
            sensor.read(Instant::now(), &mut readings);
        }
        if let Some((before, after)) = before.zip(ran_ns()) {
            println!("{name:<20} {:>8.1} µs of processor time per look", (after - before) / 1e3 / f64::from(LOOKS));
        }
    }
}

/// What the governor's thread takes of a core with the sensors of this machine.
fn cost_of_the_loop() -> Option<f64> {
    let mut config = DrgConfig::default();
    config.monitor.log_dir = String::new();
    let parts = Parts { sensors: of_machine(), registry: Registry::default(), gauges: Arc::default(), trace: None };
    let governor = Governor::start(&config, &Bus::default(), parts).ok()?;
    std::thread::sleep(Duration::from_secs(20));
    let history = governor.history();
    let shares: Vec<f64> = history.iter().filter_map(|(_, t)| t.metrics.get("drg_cpu").copied()).collect();
    (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
}

fn cost_of_a_tick_us() -> f64 {
    const TICKS: u32 = 20_000;
    let mut control = Control::new(DrgConfig::default());
    let names: Vec<String> = scarcity_engine::governor::METRICS.iter().map(|m| m.name.to_owned()).collect();
    let started = Instant::now();
    for tick in 0..TICKS {
        let value = |at: usize| 0.5 + 0.1 * (f64::from(tick) * 0.3 + at as f64).sin();
        let readings: Readings = names.iter().enumerate().map(|(at, name)| (name.clone(), value(at))).collect();
        let t_s = f64::from(tick) * 0.5;
        control.read(t_s, readings);
        std::hint::black_box(control.decide(t_s));
        std::hint::black_box(control.telemetry());
    }
    started.elapsed().as_secs_f64() * 1e6 / f64::from(TICKS)
}
