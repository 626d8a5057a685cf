//! In: the command line. Out: one subcommand's work, and an exit code scripts can rely on.

mod config;
mod devices;
mod discover;
mod feed;
mod govern;
mod layout;
mod messages;
mod print;
mod progress;
mod report;
mod synth;
mod table;
mod topics;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

const EXIT_CODES: &str = "Exit codes: 0 done, 1 a result could not be written or an internal error, 2 bad usage, \
                          3 bad input, 4 the device asked for is missing, 130 interrupted before anything was found.";

/// Live causal discovery on multivariate time series.
#[derive(Debug, Parser)]
#[command(name = "scarcity", version, after_help = EXIT_CODES)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Find which variable drives which in files or on standard input.
    Discover(Box<discover::Arguments>),
    /// Lay a graph out in three dimensions.
    Layout(layout::Arguments),
    /// List the devices discovery can run on.
    Devices(devices::Arguments),
    /// Print the settings in effect, documented, as TOML.
    Config(config::Arguments),
    /// List the topics of the bus and what they carry.
    Topics(topics::Arguments),
    /// Write a planted system: data whose causes are known.
    Synth(synth::Arguments),
    /// Try rules of the resource governor on a recorded trace.
    Govern(govern::Arguments),
}

/// Runs the command.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    start_log();
    let parsed = match Arguments::try_parse_from(arguments) {
        Ok(parsed) => parsed,
        Err(error) => return report::usage(&error),
    };
    let result = match parsed.command {
        Command::Discover(arguments) => discover::run(*arguments),
        Command::Layout(arguments) => layout::run(&arguments),
        Command::Devices(arguments) => devices::run(&arguments),
        Command::Config(arguments) => config::run(&arguments),
        Command::Topics(arguments) => topics::run(&arguments),
        Command::Synth(arguments) => synth::run(&arguments),
        Command::Govern(arguments) => govern::run(&arguments),
    };
    match result {
        Ok(code) => code,
        Err(error) => report::failure(&error, None),
    }
}

/// Logs to stderr. Only errors unless `RUST_LOG` asks for more: a failing command says one sentence.
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("error"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start would fail, and there is none.
    let _ = log.try_init();
}
