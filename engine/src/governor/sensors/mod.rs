//! In: the machine and the engine. Out: named readings, one set per sensor interval. What cannot be read is absent.

mod cgroup;
mod cpu;
mod disk_network;
mod engine;
mod gauges;
mod gpu;
mod loop_cost;
mod memory;
mod pressure;

use std::fmt;
use std::time::Instant;

pub use cgroup::Cgroup;
pub use engine::EngineSensor;
pub(super) use engine::overload;
pub use gauges::Gauges;
pub use gpu::{GpuReading, GpuSensor, Nvml, NvmlSource};

use crate::types::Readings;

/// Something that takes readings.
pub trait Sensor: Send + fmt::Debug {
    /// Adds what it can read; leaves out what it cannot.
    fn read(&mut self, now: Instant, into: &mut Readings);

    /// Adds what is cheap to read and cannot wait for the next interval: memory.
    fn peek(&mut self, _into: &mut Readings) {}
}

/// Every sensor of the machine; the engine's own comes with the session.
pub fn of_machine() -> Vec<Box<dyn Sensor>> {
    let cgroup = Cgroup::of_this_process();
    vec![
        Box::new(cpu::CpuSensor::new(cgroup.clone())),
        Box::new(memory::MemorySensor::new(cgroup)),
        Box::new(pressure::PressureSensor::default()),
        Box::new(disk_network::DiskNetworkSensor::default()),
        Box::new(GpuSensor::new(Box::new(Nvml))),
        Box::new(loop_cost::LoopCostSensor::default()),
    ]
}

/// How far a counter went, per second; `None` at the first look, or where it went back.
#[derive(Debug, Default)]
pub(super) struct Rate {
    last: Option<(Instant, u64)>,
}

impl Rate {
    /// Units per second since the last look.
    pub fn of(&mut self, now: Instant, counter: u64) -> Option<f64> {
        let (then, before) = self.last.replace((now, counter))?;
        let seconds = now.saturating_duration_since(then).as_secs_f64();
        (seconds > 0.0 && counter >= before).then(|| (counter - before) as f64 / seconds)
    }
}

/// Takes in a reading, if there is one.
pub(super) fn note(into: &mut Readings, name: &str, value: Option<f64>) {
    if let Some(value) = value.filter(|v| v.is_finite()) {
        into.insert(name.to_owned(), value);
    }
}
