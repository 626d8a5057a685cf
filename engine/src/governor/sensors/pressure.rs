//! In: the kernel's pressure stall accounts. Out: `cpu_pressure`, `mem_pressure`, `io_pressure` since the last look.

use std::fs::File;
use std::io::BufReader;
use std::time::Instant;

use procfs_core::{CpuPressure, FromBufRead, IoPressure, MemoryPressure};

use super::{Rate, Sensor, note};
use crate::types::Readings;

/// Reads the stall accounts. The total since the last look, for the kernel's own averages lag by their ten seconds.
#[derive(Debug, Default)]
pub struct PressureSensor {
    cpu: Rate,
    memory: Rate,
    io: Rate,
}

fn read<T: FromBufRead>(resource: &str) -> Option<T> {
    let file = File::open(format!("/proc/pressure/{resource}")).ok()?;
    T::from_buf_read(BufReader::new(file)).ok()
}

impl Sensor for PressureSensor {
    fn read(&mut self, now: Instant, into: &mut Readings) {
        let share = |rate: &mut Rate, total_us: u64| rate.of(now, total_us).map(|us_per_s| (us_per_s / 1e6).min(1.0));
        let cpu = read::<CpuPressure>("cpu").and_then(|p| share(&mut self.cpu, p.some.total));
        note(into, "cpu_pressure", cpu);
        let memory = read::<MemoryPressure>("memory").and_then(|p| share(&mut self.memory, p.some.total));
        note(into, "mem_pressure", memory);
        let io = read::<IoPressure>("io").and_then(|p| share(&mut self.io, p.some.total));
        note(into, "io_pressure", io);
    }
}
