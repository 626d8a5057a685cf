//! In: nothing. Out: the devices of this machine, which of them discovery can use, and why not the others; what each
//! does, if asked.

use std::process::ExitCode;

use anyhow::Result;
use scarcity_engine::compute::{layout, list_devices, measure_all};

use super::print;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Measure each device for 50 ms, as `--device auto` does.
    #[arg(long)]
    measure: bool,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    if arguments.measure {
        return measured(arguments.json);
    }
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

fn measured(json: bool) -> Result<ExitCode> {
    let results = measure_all(0);
    if json {
        let done: Vec<_> = results.iter().filter_map(|r| r.as_ref().ok()).collect();
        print::json(&done)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = vec![["device", "GFLOP/s", "latency ms"].map(str::to_owned).to_vec()];
    let mut refused = Vec::new();
    for result in results {
        match result {
            Ok(m) => rows.push(vec![m.name, format!("{:.1}", m.gram_gflops), format!("{:.3}", m.latency_ms)]),
            Err(error) => refused.push(format!("{error}\n")),
        }
    }
    print::out(&print::columns(&rows, &[false, true, true]))?;
    refused.iter().try_for_each(|line| print::out(line))?;
    layouts()?;
    Ok(ExitCode::SUCCESS)
}

/// Layout steps of random graphs with ten springs per node; what refused is listed above.
fn layouts() -> Result<()> {
    let sizes = [1_000, 10_000, 100_000];
    let mut rows = vec![vec!["layout on".to_owned()]];
    rows[0].extend(sizes.iter().map(|size| format!("{size} nodes, ms")));
    for kind in layout::list() {
        let Ok(mut device) = layout::open_kind(kind, 0) else { continue };
        let mut row = vec![device.name()];
        for size in sizes {
            row.push(layout::measured(device.as_mut(), size).map_or_else(|e| e.to_string(), |ms| format!("{ms:.3}")));
        }
        rows.push(row);
    }
    print::out(&format!("\n{}", print::columns(&rows, &[false, true, true, true])))
}
