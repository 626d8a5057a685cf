//! In: a graphics card that another process fills. Out: how soon the picture is scaled down, and up again.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use scarcity_engine::governor::{Governor, GpuReading, GpuSensor, NvmlSource, Registry, SimulationHandle};
use scarcity_engine::runtime::{Bus, DrgSignal, DrgTelemetry, Queue, knob};
use scarcity_engine::simulation::Detail;
use scarcity_engine::types::Action;

use super::told::{config, parts};

/// A graphics card of 80 GB, of which so many percent are taken.
#[derive(Debug, Clone, Default)]
struct Card(Arc<Mutex<u64>>);

impl Card {
    fn fill(&self, percent: u64) {
        *self.0.lock().unwrap() = percent;
    }
}

impl NvmlSource for Card {
    fn read(&mut self) -> Vec<GpuReading> {
        let used = *self.0.lock().unwrap();
        vec![GpuReading { vram_bytes: Some((used * 800_000_000, 80_000_000_000)), ..GpuReading::default() }]
    }
}

/// Fills the card so long after a control interval; seconds until the picture is scaled down, and from when the other
/// process has ended until it is whole again.
fn scaled_down_and_back(after: Duration) -> (f64, f64) {
    let card = Card::default();
    card.fill(40);
    let (setter, detail) = knob(Detail::default());
    let mut registry = Registry::default();
    registry.register("simulation", SimulationHandle(setter));
    let bus = Bus::default();
    let signals = bus.subscribe::<DrgSignal>(Queue::Ring(64));
    let telemetry = bus.subscribe::<DrgTelemetry>(Queue::Ring(64));
    let _governor = Governor::start(&config(), &bus, parts(GpuSensor::new(Box::new(card.clone())), registry)).unwrap();
    // Some intervals of rest first: the rule has to fire on what changes, not on what it starts with.
    for _ in 0..4 {
        telemetry.recv_timeout(Duration::from_secs(5)).unwrap();
    }
    assert!(signals.recv_timeout(after).is_err(), "a card that is not full is left alone");
    card.fill(90);
    let filled = Instant::now();
    let first = signals.recv_timeout(Duration::from_secs(5)).unwrap();
    let down_s = filled.elapsed().as_secs_f64();
    let told = (first.subsystem.as_str(), first.action, first.metric.as_str());
    assert_eq!(told, ("simulation", Action::ScaleDown, "vram_util"));
    assert!(detail.get().drawn < 1.0 && detail.get().drawn >= 0.5, "{:?}", detail.get());
    card.fill(40);
    let freed = Instant::now();
    while detail.get().drawn < 1.0 {
        let signal = signals.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!((signal.subsystem.as_str(), signal.action), ("simulation", Action::ScaleUp), "{signal:?}");
    }
    (down_s, freed.elapsed().as_secs_f64())
}

#[test]
fn a_card_filled_to_nine_tenths_by_another_process_scales_the_picture_down_within_a_second_and_up_again() {
    // Whenever it happens between two looks of the governor.
    let runs: Vec<_> = (0..8)
        .map(|eighth| std::thread::spawn(move || scaled_down_and_back(Duration::from_millis(63 * eighth))))
        .collect();
    for run in runs {
        let (down_s, back_s) = run.join().unwrap();
        eprintln!("scaled down after {down_s:.2} s, whole again {back_s:.2} s after the other process ended");
        assert!(down_s < 1.0, "{down_s} s");
        assert!(back_s < 10.0, "{back_s} s");
    }
}
