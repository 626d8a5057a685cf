//! In: a source of GPU readings, NVML as a rule. Out: `gpu_util`, `sm_occupancy`, `vram_util` …, of each device and of
//! the worst one.

use std::fmt;
use std::sync::OnceLock;
use std::time::Instant;

use nvml_wrapper::Nvml as Library;
use nvml_wrapper::bitmasks::device::ThrottleReasons;
use nvml_wrapper::enum_wrappers::device::TemperatureSensor;
use nvml_wrapper::enums::gpm::GpmMetricId;
use nvml_wrapper::gpm::{GpmSample, gpm_metrics_get};

use super::{Sensor, note};
use crate::types::Readings;

/// What one device says; what it cannot say is `None` (some do not under MIG, or before Hopper).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct GpuReading {
    /// Share of the time in which a kernel ran.
    pub util: Option<f64>,
    /// Warps resident, of those the device can hold.
    pub sm_occupancy: Option<f64>,
    /// Memory in use by anyone, and in all, in bytes.
    pub vram_bytes: Option<(u64, u64)>,
    /// Temperature in degrees Celsius.
    pub temperature_c: Option<f64>,
    /// Whether heat or power slow it down.
    pub throttled: Option<bool>,
}

/// Where GPU readings come from.
pub trait NvmlSource: Send + fmt::Debug {
    /// One reading per device; empty where there is none, or no driver.
    fn read(&mut self) -> Vec<GpuReading>;
}

/// NVIDIA's library, loaded at the first reading and for as long as the process lives.
#[derive(Debug)]
pub struct Nvml;

/// The library of this process; `None` where it is missing.
fn library() -> Option<&'static Library> {
    static LIBRARY: OnceLock<Option<Library>> = OnceLock::new();
    LIBRARY
        .get_or_init(|| match Library::init() {
            Ok(library) => Some(library),
            Err(error) => {
                tracing::info!("no GPU readings: {error}");
                None
            }
        })
        .as_ref()
}

thread_local! {
    /// The last sample of each device: occupancy is what happened between two of them.
    static SAMPLES: std::cell::RefCell<Vec<Option<GpmSample<'static>>>> = const { std::cell::RefCell::new(Vec::new()) };
}

impl NvmlSource for Nvml {
    fn read(&mut self) -> Vec<GpuReading> {
        let Some(library) = library() else { return Vec::new() };
        (0..library.device_count().unwrap_or(0)).map(|index| reading(library, index)).collect()
    }
}

fn reading(library: &'static Library, index: u32) -> GpuReading {
    let Ok(device) = library.device_by_index(index) else { return GpuReading::default() };
    let slowed = ThrottleReasons::SW_POWER_CAP
        | ThrottleReasons::HW_SLOWDOWN
        | ThrottleReasons::SW_THERMAL_SLOWDOWN
        | ThrottleReasons::HW_THERMAL_SLOWDOWN
        | ThrottleReasons::HW_POWER_BRAKE_SLOWDOWN;
    GpuReading {
        util: device.utilization_rates().ok().map(|rates| f64::from(rates.gpu) / 100.0),
        sm_occupancy: device.gpm_support().ok().filter(|yes| *yes).and_then(|_| occupancy(library, &device, index)),
        vram_bytes: device.memory_info().ok().map(|memory| (memory.used, memory.total)),
        temperature_c: device.temperature(TemperatureSensor::Gpu).ok().map(f64::from),
        throttled: device.current_throttle_reasons().ok().map(|reasons| reasons.intersects(slowed)),
    }
}

fn occupancy(library: &'static Library, device: &nvml_wrapper::Device<'static>, index: u32) -> Option<f64> {
    let sample = device.gpm_sample().ok()?;
    SAMPLES.with_borrow_mut(|samples| {
        let index = index as usize;
        samples.resize_with(samples.len().max(index + 1), || None);
        let before = samples[index].replace(sample)?;
        let now = samples[index].as_ref()?;
        let answer = gpm_metrics_get(library, &before, now, &[GpmMetricId::SmOccupancy]).ok()?;
        Some(answer.into_iter().next()?.ok()?.value / 100.0)
    })
}

/// Turns readings of devices into named ones.
#[derive(Debug)]
pub struct GpuSensor {
    source: Box<dyn NvmlSource>,
}

impl GpuSensor {
    /// A sensor on a source.
    pub fn new(source: Box<dyn NvmlSource>) -> Self {
        Self { source }
    }
}

impl Sensor for GpuSensor {
    fn read(&mut self, _now: Instant, into: &mut Readings) {
        for (index, gpu) in self.source.read().into_iter().enumerate() {
            let mut say = |name: &str, value: Option<f64>, worse: fn(f64, f64) -> f64| {
                note(into, &format!("gpu{index}.{name}"), value);
                let worst = value.map(|value| into.get(name).map_or(value, |known| worse(*known, value)));
                note(into, name, worst);
            };
            let vram = gpu.vram_bytes.filter(|(_, total)| *total > 0).map(|(used, total)| (used as f64, total as f64));
            say("gpu_util", gpu.util, f64::max);
            say("sm_occupancy", gpu.sm_occupancy, f64::max);
            say("vram_util", vram.map(|(used, total)| used / total), f64::max);
            say("vram_available_gb", vram.map(|(used, total)| (total - used) / 1e9), f64::min);
            say("gpu_temperature_c", gpu.temperature_c, f64::max);
            say("gpu_throttled", gpu.throttled.map(|yes| f64::from(u8::from(yes))), f64::max);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Two;

    impl NvmlSource for Two {
        fn read(&mut self) -> Vec<GpuReading> {
            let one = GpuReading { vram_bytes: Some((60, 100)), temperature_c: Some(50.0), ..GpuReading::default() };
            vec![one, GpuReading { vram_bytes: Some((90, 100)), ..GpuReading::default() }]
        }
    }

    #[test]
    fn the_plain_name_is_the_worst_device_and_what_is_missing_is_absent() {
        let mut readings = Readings::new();
        GpuSensor::new(Box::new(Two)).read(Instant::now(), &mut readings);
        assert_eq!((readings["gpu0.vram_util"], readings["gpu1.vram_util"]), (0.6, 0.9));
        assert_eq!((readings["vram_util"], readings["gpu_temperature_c"]), (0.9, 50.0));
        assert!(!readings.contains_key("gpu1.gpu_temperature_c") && !readings.contains_key("sm_occupancy"));
    }

    #[test]
    fn without_a_driver_there_are_no_readings_and_no_panic() {
        let mut readings = Readings::new();
        GpuSensor::new(Box::new(Nvml)).read(Instant::now(), &mut readings);
        assert_eq!(readings.is_empty(), library().is_none_or(|l| l.device_count().unwrap_or(0) == 0));
    }
}
