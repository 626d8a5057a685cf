//! In: nothing. Out: the topics of the bus, the type each carries, and its other names.

use std::process::ExitCode;

use anyhow::Result;
use scarcity_engine::runtime::{ALIASES, TOPICS};
use serde_json::json;

use super::print;

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let aliases = |topic: &str| -> Vec<&str> { ALIASES.iter().filter(|a| a.1 == topic).map(|a| a.0).collect() };
    if arguments.json {
        let topic = |t: &scarcity_engine::runtime::TopicInfo| json!({ "name": t.name, "payload": t.payload, "about": t.about, "aliases": aliases(t.name) });
        print::json(&TOPICS.iter().map(topic).collect::<Vec<_>>())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = vec![["topic", "payload", "also called", "what it says"].map(str::to_owned).to_vec()];
    for topic in TOPICS {
        let about = topic.about.to_owned();
        rows.push(vec![topic.name.to_owned(), topic.payload.to_owned(), aliases(topic.name).join(", "), about]);
    }
    print::out(&print::columns(&rows, &[]))?;
    Ok(ExitCode::SUCCESS)
}
