//! In: what a device's driver says of its memory. Out: what the governor reads of it, and what its own loop costs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use scarcity_engine::compute::{DeviceMemory, gpu::machine::Machine, wgpu};
use scarcity_engine::governor::{
    DrgConfig, EngineSensor, Gauges, Governor, GpuReading, GpuSensor, LatencyScope, NvmlSource, Parts, Registry,
    Sensor, of_machine,
};
use scarcity_engine::runtime::{Bus, SimulationFrame};
use scarcity_engine::types::{Frame, Readings, StageTimings};

use crate::common::wait_until;

fn read(sensors: &mut [Box<dyn Sensor>]) -> Readings {
    let mut readings = Readings::new();
    sensors.iter_mut().for_each(|sensor| sensor.read(Instant::now(), &mut readings));
    readings
}

#[derive(Debug)]
struct Full;

impl NvmlSource for Full {
    fn read(&mut self) -> Vec<GpuReading> {
        vec![GpuReading { vram_bytes: Some((95, 100)), ..GpuReading::default() }]
    }
}

#[test]
fn a_drivers_budget_stands_in_where_nvml_says_nothing() {
    let gauges = Arc::new(Gauges::default());
    let engine = || EngineSensor::new(Arc::clone(&gauges), &Bus::default(), &DrgConfig::default());
    let mut alone: Vec<Box<dyn Sensor>> = vec![Box::new(engine())];
    assert!(!read(&mut alone).contains_key("vram_util"), "what nobody says is absent, not 0");
    gauges.set_vram(Some(DeviceMemory { used_bytes: 3_000_000_000, budget_bytes: 4_000_000_000 }));
    let said = read(&mut alone);
    assert_eq!((said["vram_util"], said["vram_available_gb"]), (0.75, 1.0));
    let mut both: Vec<Box<dyn Sensor>> = vec![Box::new(GpuSensor::new(Box::new(Full))), Box::new(engine())];
    assert_eq!(read(&mut both)["vram_util"], 0.95, "NVML sees what every process takes");
    gauges.set_vram(None);
    assert!(!read(&mut alone).contains_key("vram_util"));
}

#[test]
fn what_was_put_off_has_been_asked_for_all_the_same() {
    let settings = DrgConfig { latency: LatencyScope::Always, ..DrgConfig::default() };
    let load = |put_off: fn(u32) -> bool| {
        let gauges = Arc::new(Gauges::default());
        let now = Instant::now() + Duration::from_secs(10);
        // Twenty windows a second; judging one takes 60 ms, taking one in 1 ms.
        for window in 0..40 {
            let ready = now - Duration::from_millis(50) * (40 - window);
            gauges.arrived(ready);
            gauges.began(ready, ready);
            let took = if put_off(window) { 1 } else { 60 };
            gauges.done(ready + Duration::from_millis(took), StageTimings::default(), put_off(window));
        }
        let mut readings = Readings::new();
        EngineSensor::new(gauges, &Bus::default(), &settings).read(now, &mut readings);
        readings["load"]
    };
    let (all, some) = (load(|_| false), load(|window| window % 3 != 0));
    assert!((all - 1.2).abs() < 0.05, "{all}");
    assert!((some - all).abs() < 1e-9, "{some} instead of {all}");
}

#[test]
fn frames_of_the_layout_are_counted_without_being_held_and_at_rest_there_are_none() {
    let (bus, began) = (Bus::default(), Instant::now());
    let mut sensor = EngineSensor::new(Arc::default(), &bus, &DrgConfig::default());
    let mut look = |at: u32, frames: u64, settled: bool| {
        let first = Arc::new(Frame { settled, ..Frame::default() });
        (0..frames).for_each(|_| bus.publish::<SimulationFrame>(Arc::clone(&first)));
        assert!(Arc::strong_count(&first) <= 2, "one frame waits at most");
        let mut readings = Readings::new();
        sensor.read(began + Duration::from_millis(250) * at, &mut readings);
        readings.get("fps").copied()
    };
    assert_eq!(look(0, 0, false), None);
    let fps: Vec<Option<f64>> = (1..10).map(|at| look(at, 5, false)).collect();
    assert_eq!(fps[8], Some(20.0), "{fps:?}");
    assert_eq!(look(10, 5, true), None);
    assert_eq!(look(11, 0, false), None);
}

#[test]
fn a_vulkan_driver_says_what_is_used_and_what_may_be() {
    let machine = match wgpu::open() {
        Ok(machine) => machine,
        Err(error) => {
            assert!(std::env::var("SCARCITY_REQUIRE").is_ok_and(|r| !r.contains("wgpu")) || !required(), "{error}");
            eprintln!("skipped, no Vulkan driver: {error}");
            return;
        }
    };
    let Some(memory) = wgpu::memory_of(machine.device()) else {
        eprintln!("skipped: the driver has no VK_EXT_memory_budget");
        return;
    };
    assert!(memory.budget_bytes > 1 << 20 && memory.used_bytes <= memory.budget_bytes, "{memory:?}");
    // Software takes the machine's memory, which has sensors of its own.
    let software = machine.device().adapter_info().device_type == ::wgpu::DeviceType::Cpu;
    assert_eq!(machine.memory().is_none(), software);
}

fn required() -> bool {
    std::env::var("SCARCITY_REQUIRE").is_ok_and(|required| required.contains("wgpu"))
}

#[test]
#[cfg(target_os = "linux")]
fn the_loop_with_every_sensor_of_this_machine_takes_less_than_a_hundredth_of_a_core() {
    let mut config = DrgConfig::default();
    config.monitor.log_dir = String::new();
    let parts = Parts { sensors: of_machine(), registry: Registry::default(), gauges: Arc::default(), trace: None };
    let governor = Governor::start(&config, &Bus::default(), parts).unwrap();
    let cost = || governor.history().last().and_then(|(_, t)| t.metrics.get("drg_cpu").copied());
    wait_until("its cost is known", || cost().is_some());
    // The first two seconds hold the start; the next two are those of every run.
    let first = cost();
    let began = Instant::now();
    wait_until("it is known again", || cost() != first || began.elapsed() > Duration::from_secs(4));
    let share = cost().unwrap();
    eprintln!("the governor's loop: {:.3} % of a core", 100.0 * share);
    assert!(share > 0.0 && share < 0.01, "{share} of a core");
}
