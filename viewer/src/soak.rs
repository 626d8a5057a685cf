//! In: hours of a stream with one row per second. Out: what a viewer that watches all of it holds, hour by hour, with the
//! stream as fast as discovery can take it.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::time::Duration;

use anyhow::Context as _;
use bevy::math::UVec2;
use bevy::render::renderer::RenderDevice;
use scarcity_engine::synth::{Generator, VarSpec, regimes, write_csv};
use scarcity_engine::types::RunState;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::app::{Options, Start, Surface};
use crate::capture::Studio;
use crate::link::Link;
use crate::model::Settings;

const ROWS_PER_HOUR: u64 = 3_600;
/// Rows after which the mechanisms change: about nine times a day.
const REGIME_ROWS: u64 = 9_973;
/// Between two frames, so that drawing leaves the processor to discovery.
const PAUSE: Duration = Duration::from_millis(40);

/// Watches the stream and prints a line per hour: `hour 3: 10,800 rows, 171 MB resident, 24 MB on the graphics device …`.
///
/// # Errors
/// When the stream cannot be written, the app cannot be built, or the run fails.
pub fn run(hours: f64) -> anyhow::Result<()> {
    let folder = std::env::temp_dir().join(format!("scarcity-soak-{}", std::process::id()));
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let done = watch(&folder, hours);
    std::fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    done
}

fn watch(folder: &std::path::Path, hours: f64) -> anyhow::Result<()> {
    let path = folder.join("day.csv");
    let rows = (hours * ROWS_PER_HOUR as f64) as u64;
    let mut generator = Generator::new(regimes(&VarSpec { vars: 12, ..VarSpec::default() }, REGIME_ROWS, 1), 1);
    let mut out = BufWriter::new(File::create(&path)?);
    write_csv(&mut generator, rows, &mut out)?;
    out.flush()?;
    let mut studio = Studio::new(Options {
        surface: Surface::Picture(UVec2::new(1280, 720)),
        start: Start::Accept(vec![path]),
        settings: Settings::default(),
        remember: false,
        state_file: None,
        knobs: Vec::new(),
    })?;
    let mut system =
        System::new().map_err(|_| anyhow::anyhow!("this system does not tell how much memory is in use"))?;
    let mut hour = 0;
    loop {
        studio.frame();
        std::thread::sleep(PAUSE);
        let model = studio.model();
        let over = !studio.world().resource::<Link>().is_busy()
            && matches!(model.progress.state, RunState::Finished | RunState::Cancelled | RunState::Failed);
        let at = model.progress.rows / ROWS_PER_HOUR;
        if at > hour || over {
            hour = at;
            tell(&studio, &mut system)?;
        }
        if over {
            anyhow::ensure!(model.progress.state == RunState::Finished, "the run ended early");
            return Ok(());
        }
    }
}

fn tell(studio: &Studio, system: &mut System) -> anyhow::Result<()> {
    let own = Pid::from_u32(std::process::id());
    system.refresh_processes_specifics(
        ProcessesToUpdate::Some(&[own]),
        false,
        ProcessRefreshKind::nothing().with_memory(),
    );
    let resident = system.process(own).map_or(0, sysinfo::Process::memory);
    let device = studio.world().resource::<RenderDevice>().wgpu_device().generate_allocator_report();
    let megabytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let model = studio.model();
    let graphics = device.map_or_else(
        || "an unknown amount".to_owned(),
        |report| format!("{:.1} MB", megabytes(report.total_allocated_bytes)),
    );
    writeln!(
        std::io::stdout(),
        "hour {:.1}: {} rows, {:.1} MB resident, {graphics} on the graphics device, {:.1} MB of it recording, {} windows",
        model.progress.rows as f64 / ROWS_PER_HOUR as f64,
        model.progress.rows,
        megabytes(resident),
        megabytes(model.recording.bytes() as u64),
        model.recording.len()
    )?;
    Ok(())
}
