//! In: the system's memory, this process's, its control group's. Out: `mem_util`, `mem_available_gb`, `mem_self`, `mem_self_mb`,
//! `mem_headroom`, `swap_util`.

use std::time::Instant;

use sysinfo::{MemoryRefreshKind, Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use super::cgroup::Cgroup;
use super::{Sensor, note};
use crate::types::Readings;

/// Reads the memory.
#[derive(Debug)]
pub struct MemorySensor {
    system: Option<System>,
    pid: Option<Pid>,
    cgroup: Cgroup,
}

impl MemorySensor {
    /// A sensor.
    pub fn new(cgroup: Cgroup) -> Self {
        Self { system: System::new().ok(), pid: sysinfo::get_current_pid().ok(), cgroup }
    }

    fn own_bytes(&mut self) -> Option<f64> {
        let (system, pid) = (self.system.as_mut()?, self.pid?);
        let what = ProcessRefreshKind::nothing().with_memory().without_tasks();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, what);
        Some(system.process(pid)?.memory() as f64)
    }
}

impl MemorySensor {
    /// Memory as it is now; `None` where the system does not say.
    fn memory(&mut self, into: &mut Readings) -> Option<()> {
        let own = self.own_bytes();
        let system = self.system.as_mut()?;
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        let total = system.total_memory() as f64;
        if total <= 0.0 {
            return None;
        }
        // What is available counts, not what is free: the page cache is given back.
        let mut available = system.available_memory() as f64;
        let (mut util, mut of) = (1.0 - available / total, total);
        if let Some(group) = self.cgroup.memory() {
            let limit = group.limit_bytes as f64;
            if group.used_bytes as f64 / limit >= util {
                (util, of) = (group.used_bytes as f64 / limit, limit);
            }
            available = available.min(group.limit_bytes.saturating_sub(group.used_bytes) as f64);
        }
        note(into, "mem_util", Some(util.clamp(0.0, 1.0)));
        note(into, "mem_available_gb", Some(available / 1e9));
        note(into, "mem_self", own.map(|own| (own / of).min(1.0)));
        note(into, "mem_self_mb", own.map(|own| own / 1e6));
        note(into, "mem_headroom", own.filter(|own| *own > 0.0).map(|own| available / own));
        Some(())
    }
}

impl Sensor for MemorySensor {
    fn read(&mut self, _now: Instant, into: &mut Readings) {
        self.memory(into);
        let Some(system) = &mut self.system else { return };
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_swap());
        let swap = system.total_swap() as f64;
        note(into, "swap_util", (swap > 0.0).then(|| system.used_swap() as f64 / swap));
    }

    fn peek(&mut self, into: &mut Readings) {
        self.memory(into);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_shares_and_no_swap_is_no_reading() {
        let mut sensor = MemorySensor::new(Cgroup::of_this_process());
        let mut readings = Readings::new();
        sensor.read(Instant::now(), &mut readings);
        assert!(readings["mem_util"] > 0.0 && readings["mem_util"] <= 1.0, "{readings:?}");
        assert!(readings["mem_self_mb"] > 0.1 && readings["mem_headroom"] >= 0.0, "{readings:?}");
        let no_swap = System::new().is_ok_and(|mut s| {
            s.refresh_memory();
            s.total_swap() == 0
        });
        assert_eq!(readings.contains_key("swap_util"), !no_swap);
    }
}
