//! In: the system's and the process's time accounts. Out: `cpu_util`, `cpu_self`, `cpu_stall`, `cpu_freq`, `cpu_quota`.

use std::fs;
use std::time::{Duration, Instant};

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use super::cgroup::Cgroup;
use super::{Rate, Sensor, note};
use crate::types::Readings;

/// Share of one processor that this process must want before its waiting says anything.
const LEAST_WANTED: f64 = 0.02;

/// How often the clocks are read: there is a file for each processor, and nothing is decided by them.
const CLOCK_EVERY: Duration = Duration::from_secs(2);

/// Reads the processors.
#[derive(Debug)]
pub struct CpuSensor {
    system: Option<System>,
    pid: Option<Pid>,
    cgroup: Cgroup,
    processors: f64,
    own_ms: Rate,
    group_ns: Rate,
    ran_ns: Rate,
    waited_ns: Rate,
    looked: bool,
    /// When the clocks were last read.
    clocked: Option<Instant>,
}

impl CpuSensor {
    /// A sensor whose first rates come with its second look.
    pub fn new(cgroup: Cgroup) -> Self {
        Self {
            system: System::new().ok(),
            pid: sysinfo::get_current_pid().ok(),
            cgroup,
            processors: std::thread::available_parallelism().map_or(1.0, |n| n.get() as f64),
            own_ms: Rate::default(),
            group_ns: Rate::default(),
            ran_ns: Rate::default(),
            waited_ns: Rate::default(),
            looked: false,
            clocked: None,
        }
    }

    /// Processors in use by this process.
    fn own(&mut self, now: Instant) -> Option<f64> {
        let (system, pid) = (self.system.as_mut()?, self.pid?);
        let what = ProcessRefreshKind::nothing().with_cpu().without_tasks();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, what);
        let spent_ms = system.process(pid)?.accumulated_cpu_time();
        Some(self.own_ms.of(now, spent_ms)? / 1e3)
    }

    /// Time our threads waited for a processor, relative to the time they wanted one.
    fn stall(&mut self, now: Instant) -> Option<f64> {
        let (ran, waited) = schedule_of_threads()?;
        // Threads that ended took their accounts with them: the sum may fall, and there is no rate then.
        let (ran, waited) = (self.ran_ns.of(now, ran), self.waited_ns.of(now, waited));
        let (ran, waited) = (ran? / 1e9, waited? / 1e9);
        Some(if ran + waited < LEAST_WANTED { 0.0 } else { waited / (ran + waited) })
    }
}

/// Nanoseconds all threads of this process ran and waited to run, where the system keeps that account.
fn schedule_of_threads() -> Option<(u64, u64)> {
    let mut sum = None;
    for task in fs::read_dir("/proc/self/task").ok()?.flatten() {
        let Ok(text) = fs::read_to_string(task.path().join("schedstat")) else { continue };
        let mut numbers = text.split_whitespace().map(str::parse::<u64>);
        if let (Some(Ok(ran)), Some(Ok(waited))) = (numbers.next(), numbers.next()) {
            let (r, w) = sum.unwrap_or((0, 0));
            sum = Some((r + ran, w + waited));
        }
    }
    sum
}

impl Sensor for CpuSensor {
    fn read(&mut self, now: Instant, into: &mut Readings) {
        let own = self.own(now);
        let group = self.cgroup.cpu();
        let quota = group.map(|group| group.quota);
        // A quota is used up by everything in the group, not by this process alone.
        let in_group = group.and_then(|group| self.group_ns.of(now, group.used_ns?)).map(|ns| ns / 1e9);
        let allowed = quota.unwrap_or(f64::INFINITY).min(self.processors).max(1e-3);
        note(into, "cpu_quota", quota);
        note(into, "cpu_self", own.map(|own| (own / allowed).min(1.0)));
        let Some(system) = &mut self.system else { return };
        system.refresh_cpu_usage();
        if self.clocked.is_none_or(|at| now.saturating_duration_since(at) >= CLOCK_EVERY) {
            self.clocked = Some(now);
            system.refresh_cpu_frequency();
        }
        // The first look has nothing to compare with and would say 0.
        let host = self.looked.then(|| f64::from(system.global_cpu_usage()) / 100.0);
        self.looked = true;
        let of_quota = quota.and(in_group.or(own)).map(|used| used / allowed);
        let util = match (host, of_quota) {
            (Some(host), Some(of_quota)) => Some(host.max(of_quota)),
            (host, _) => host,
        };
        let util = util.map(|u| u.clamp(0.0, 1.0));
        note(into, "cpu_util", util);
        let clocks: Vec<f64> = system.cpus().iter().map(|c| c.frequency() as f64).filter(|f| *f > 0.0).collect();
        note(into, "cpu_freq", (!clocks.is_empty()).then(|| clocks.iter().sum::<f64>() / clocks.len() as f64));
        // Without an account of waiting: where everything is in use, what others use is what we may have waited for.
        let others = || Some(if util? > 0.9 { util? - (own? / self.processors).min(util?) } else { 0.0 });
        let stall = if cfg!(target_os = "linux") { self.stall(now) } else { others() };
        note(into, "cpu_stall", stall);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_look_knows_what_this_process_uses() {
        let mut sensor = CpuSensor::new(Cgroup::default());
        let mut readings = Readings::new();
        sensor.read(Instant::now(), &mut readings);
        assert!(!readings.contains_key("cpu_util") && !readings.contains_key("cpu_self"), "{readings:?}");
        let started = Instant::now();
        let mut sum = 0_u64;
        while started.elapsed() < Duration::from_millis(300) {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        sensor.read(Instant::now(), &mut readings);
        for name in ["cpu_util", "cpu_self"] {
            assert!((0.0..=1.0).contains(&readings[name]), "{name}: {readings:?}");
        }
        // Where a thread of another test ended in between, there is no account of waiting.
        assert!(readings.get("cpu_stall").is_none_or(|stall| (0.0..=1.0).contains(stall)), "{readings:?}");
        assert!(readings["cpu_self"] > 0.0, "{readings:?}");
    }
}
