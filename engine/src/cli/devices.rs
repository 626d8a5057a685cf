//! In: nothing. Out: the devices of this machine, which of them discovery can use, and why not the others.

use std::process::ExitCode;

use anyhow::Result;
use scarcity_engine::compute::list_devices;

use super::print;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let devices = list_devices();
    if arguments.json {
        print::json(&devices)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = vec![["device", "usable", "name", "detail"].map(str::to_owned).to_vec()];
    for device in devices {
        let usable = if device.usable { "yes" } else { "no" };
        rows.push(vec![device.kind, usable.to_owned(), device.name, device.detail]);
    }
    print::out(&print::columns(&rows, &[]))?;
    Ok(ExitCode::SUCCESS)
}
