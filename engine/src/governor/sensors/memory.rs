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
    /// Bytes this process held when last looked at.
    own: Option<f64>,
    /// Whether a control group's limit is nearer than the machine's.
    group_is_nearer: bool,
}

impl MemorySensor {
    /// A sensor.
    pub fn new(cgroup: Cgroup) -> Self {
        Self {
            system: System::new().ok(),
            pid: sysinfo::get_current_pid().ok(),
            cgroup,
            own: None,
            group_is_nearer: false,
        }
    }

    fn own_bytes(&mut self) -> Option<f64> {
        let (system, pid) = (self.system.as_mut()?, self.pid?);
        let what = ProcessRefreshKind::nothing().with_memory().without_tasks();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, what);
        Some(system.process(pid)?.memory() as f64)
    }
}

impl MemorySensor {
    /// Notes the memory as it is now, with the part this process was last known to hold. Where a control group's limit
    /// is nearer than the machine's, `group_alone` does without looking at the machine.
    fn memory(&mut self, into: &mut Readings, group_alone: bool) {
        let group = self.cgroup.memory();
        let by_group = group.map(|group| {
            let limit = group.limit_bytes as f64;
            (group.used_bytes as f64 / limit, limit, group.limit_bytes.saturating_sub(group.used_bytes) as f64)
        });
        let by_system = if group_alone && self.group_is_nearer { None } else { self.of_system() };
        let nearest = match (by_group, by_system) {
            (Some(group), Some(system)) => {
                self.group_is_nearer = group.0 >= system.0;
                let (util, of, _) = if self.group_is_nearer { group } else { system };
                Some((util, of, group.2.min(system.2)))
            }
            (group, system) => group.or(system),
        };
        let Some((util, of, available)) = nearest else { return };
        note(into, "mem_util", Some(util.clamp(0.0, 1.0)));
        note(into, "mem_available_gb", Some(available / 1e9));
        note(into, "mem_self", self.own.map(|own| (own / of).min(1.0)));
        note(into, "mem_self_mb", self.own.map(|own| own / 1e6));
        note(into, "mem_headroom", self.own.filter(|own| *own > 0.0).map(|own| available / own));
    }

    /// Share of the machine's memory in use, its size, and the bytes left.
    fn of_system(&mut self) -> Option<(f64, f64, f64)> {
        let system = self.system.as_mut()?;
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
        let total = system.total_memory() as f64;
        // What is available counts, not what is free: the page cache is given back.
        let available = system.available_memory() as f64;
        (total > 0.0).then(|| (1.0 - available / total, total, available))
    }
}

impl Sensor for MemorySensor {
    fn read(&mut self, _now: Instant, into: &mut Readings) {
        self.own = self.own_bytes();
        self.memory(into, false);
        let Some(system) = &mut self.system else { return };
        system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_swap());
        let swap = system.total_swap() as f64;
        note(into, "swap_util", (swap > 0.0).then(|| system.used_swap() as f64 / swap));
    }

    fn peek(&mut self, into: &mut Readings) {
        self.memory(into, true);
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
