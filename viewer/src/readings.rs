//! In: this machine. Out: how busy it is, once a second, from a thread of its own.

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use bevy::ecs::prelude::*;
use bevy::prelude::{App, Plugin, Update};
use scarcity_engine::types::RunState;
use sysinfo::{MemoryRefreshKind, Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::app::{Model, ViewerSystems};
use crate::model::Reading;

const EVERY: Duration = Duration::from_secs(1);

/// Keeps the readings of the view model current.
#[derive(Debug, Default)]
pub struct ReadingsPlugin;

/// The thread's newest readings. It ends when nobody listens any more.
#[derive(Resource)]
struct Sensor(std::sync::Mutex<Receiver<Reading>>);

impl Plugin for ReadingsPlugin {
    fn build(&self, app: &mut App) {
        let (send, receive) = sync_channel(8);
        let spawned = thread::Builder::new().name("readings".into()).spawn(move || {
            let start = Instant::now();
            let own = Pid::from_u32(std::process::id());
            // A system that tells nothing has no gauges.
            let Ok(mut system) = System::new() else { return };
            loop {
                let reading = read(&mut system, own, start);
                // A window at rest takes none away: then the oldest wait, and new ones are left out.
                if let Err(std::sync::mpsc::TrySendError::Disconnected(_)) = send.try_send(reading) {
                    return;
                }
                thread::sleep(EVERY);
            }
        });
        match spawned {
            Ok(_) => {
                app.insert_resource(Sensor(std::sync::Mutex::new(receive)))
                    .add_systems(Update, take_readings.in_set(ViewerSystems::Receive));
            }
            Err(error) => tracing::warn!("no readings of this machine: {error}"),
        }
    }
}

fn read(system: &mut System, own: Pid, start: Instant) -> Reading {
    system.refresh_cpu_usage();
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    let kind = ProcessRefreshKind::nothing().with_memory();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[own]), false, kind);
    let whole = system.total_memory();
    Reading {
        at_s: start.elapsed().as_secs_f32(),
        cpu: Some(system.global_cpu_usage() / 100.0).filter(|share| share.is_finite()),
        memory: (whole > 0).then(|| system.used_memory() as f32 / whole as f32),
        own_bytes: system.process(own).map(sysinfo::Process::memory),
        ..Reading::default()
    }
}

fn take_readings(sensor: Res<Sensor>, mut model: ResMut<Model>) {
    let Ok(readings) = sensor.0.lock() else { return };
    while let Ok(mut reading) = readings.try_recv() {
        let model = &mut model.0;
        reading.fps = Some(model.fps).filter(|fps| *fps > 0.0);
        let runs = matches!(model.progress.state, RunState::Running | RunState::Waiting | RunState::Paused);
        reading.queue = Some(if runs { model.progress.queue as f32 } else { 0.0 });
        // The governor knows the quota of a container and the graphics card.
        let known = |name: &str| model.governor.reading(name).map(|value| value as f32);
        reading.cpu = known("cpu_util").or(reading.cpu);
        reading.memory = known("mem_util").or(reading.memory);
        reading.gpu = known("gpu_util");
        reading.vram = known("vram_util");
        reading.overload = known("overload");
        model.readings.push(reading);
    }
}
