//! `scarcity-viewer`: opens the window, or renders a picture without one.

use std::process::ExitCode;

use clap::Parser;
use scarcity_viewer::args::Args;
use scarcity_viewer::{app, bench, capture, machine, soak};

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(code) => code,
        Err(error) => {
            // One sentence, with what to do in it; causes follow where there are any.
            eprintln!("scarcity-viewer: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> anyhow::Result<ExitCode> {
    if let Some(size) = args.bench_scene {
        machine::check_adapter()?;
        bench::run(size, args.size, args.screenshot.as_deref())?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(hours) = args.bench_hours {
        machine::check_adapter()?;
        soak::run(hours)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(path) = &args.screenshot {
        machine::check_adapter()?;
        capture::run(args, path)?;
        return Ok(ExitCode::SUCCESS);
    }
    machine::check_display()?;
    machine::check_adapter()?;
    let mut app = app::build(app::Options::from_args(args)?)?;
    Ok(match app.run() {
        bevy::app::AppExit::Success => ExitCode::SUCCESS,
        bevy::app::AppExit::Error(code) => ExitCode::from(code.get()),
    })
}
