//! In: a recorded trace and rules. Out: what the governor would have done with these rules, and the table of its
//! measures.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use scarcity_engine::governor::replay::{Replayed, read_trace, replay};
use scarcity_engine::governor::{DrgConfig, METRICS, Metric, Policies};
use scarcity_engine::types::{Action, Decision, DecisionOutcome};
use scarcity_engine::{Config, Error};
use serde_json::json;

use super::print;

/// Decisions shown; `--json` has all of them.
const DECISIONS_SHOWN: usize = 40;

/// Try rules of the resource governor on a recorded trace (`scarcity discover … --trace FILE` records one).
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Trace to replay.
    #[arg(long, value_name = "TRACE", required_unless_present = "metrics")]
    replay: Option<PathBuf>,
    /// List the readings that rules can name, instead.
    #[arg(long, conflicts_with_all = ["replay", "policy", "set"])]
    metrics: bool,
    /// Rules to try, in TOML: settings as `--config` takes them, or the tables of `[governor.policies]` alone.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// One setting, e.g. `--set governor.latency_target_ms=300`; may be repeated.
    #[arg(long, value_name = "a.b=c")]
    set: Vec<String>,
    /// Print JSON instead of tables.
    #[arg(long)]
    json: bool,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let Some(trace) = &arguments.replay else { return metrics(arguments.json) };
    let config = config(arguments)?;
    let lines = read_trace(trace)?;
    let replayed = replay(&lines, &config);
    if arguments.json {
        print::json(&json!({ "format": "scarcity-governor-replay", "version": 1, "measures": replayed }))?;
    } else {
        print::out(&tables(&replayed))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The readings that rules can name.
fn metrics(as_json: bool) -> Result<ExitCode> {
    if as_json {
        let metric = |m: &Metric| json!({ "name": m.name, "unit": m.unit, "about": m.about });
        print::json(&METRICS.iter().map(metric).collect::<Vec<_>>())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut rows = vec![["reading", "unit", "what it says"].map(str::to_owned).to_vec()];
    rows.extend(METRICS.iter().map(|m| [m.name, m.unit, m.about].map(str::to_owned).to_vec()));
    print::out(&print::columns(&rows, &[]))?;
    Ok(ExitCode::SUCCESS)
}

fn config(arguments: &Arguments) -> Result<DrgConfig> {
    let Some(path) = arguments.policy.as_deref() else { return Ok(Config::load(None, &arguments.set)?.governor) };
    let Some(policies) = bare_policies(path)? else { return Ok(Config::load(Some(path), &arguments.set)?.governor) };
    let mut config = Config::load(None, &arguments.set)?;
    config.governor.policies = policies;
    config.check().map_err(|error| match error {
        Error::Config { message, .. } => Error::config(path.display().to_string(), message),
        other => other,
    })?;
    Ok(config.governor)
}

/// The rules in a file that holds nothing else.
fn bare_policies(path: &Path) -> Result<Option<Policies>> {
    let unreadable = |e: std::io::Error| Error::config(path.display().to_string(), format!("cannot be read: {e}"));
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    // What is not TOML, or has sections instead of lists of rules, is for the loader of settings to judge.
    let Ok(table) = toml::from_str::<toml::Table>(&text) else { return Ok(None) };
    if table.is_empty() || !table.values().all(toml::Value::is_array) {
        return Ok(None);
    }
    let fault = |e: toml::de::Error| Error::config(path.display().to_string(), e.message());
    Ok(Some(toml::from_str(&text).map_err(fault)?))
}

fn tables(r: &Replayed) -> String {
    let seconds = |s: f64| format!("{s:.1} s");
    let rows: Vec<Vec<String>> = [
        ("trace", format!("{}, {} sets of readings", seconds(r.seconds), r.readings)),
        ("late, as recorded", seconds(r.violation_s.0)),
        ("late, as replayed", seconds(r.violation_s.1)),
        ("level of discovery, mean", format!("{:.1} %", 100.0 * r.mean_level)),
        ("lowest level of any lever", format!("{:.1} %", 100.0 * r.lowest_level)),
        ("actions, as recorded", r.recorded_actions.to_string()),
        ("actions", format!("{} ({:.1} per minute)", r.actions, per_minute(r.actions, r.seconds))),
        ("reversals", format!("{} ({:.1} per minute)", r.reversals, per_minute(r.reversals, r.seconds))),
        ("settled after", r.settle_s.map_or_else(|| "not within the trace".to_owned(), seconds)),
        ("rules inactive", format!("{} control intervals, for want of a reading", r.inactive_ticks)),
        ("loop cost", format!("{:.3} % of a core", 100.0 * r.loop_cost)),
    ]
    .map(|(name, value)| vec![name.to_owned(), value])
    .to_vec();
    let mut text = print::columns(&rows, &[]);
    let mut skills = vec![["metric", "skill of its forecast"].map(str::to_owned).to_vec()];
    skills.extend(r.skill.iter().map(|(metric, skill)| vec![metric.clone(), format!("{skill:.2}")]));
    text.push('\n');
    text.push_str(&print::columns(&skills, &[false, true]));
    if !r.decisions.is_empty() {
        let mut rows = vec![["at", "subsystem", "action", "from", "to", "cause"].map(str::to_owned).to_vec()];
        rows.extend(r.decisions.iter().take(DECISIONS_SHOWN).map(row));
        text.push('\n');
        text.push_str(&print::columns(&rows, &[true, false, false, true, true, false]));
        if r.decisions.len() > DECISIONS_SHOWN {
            text.push_str(&format!("… and {} more; --json has all of them.\n", r.decisions.len() - DECISIONS_SHOWN));
        }
    }
    text
}

fn row(decision: &Decision) -> Vec<String> {
    let percent = |level: f64| format!("{:.0} %", 100.0 * level);
    vec![
        format!("{:.1} s", decision.t_s),
        decision.subsystem.clone(),
        action_name(decision.action).to_owned(),
        percent(decision.from),
        percent(decision.to),
        match &decision.outcome {
            DecisionOutcome::NoSuchSubsystem(nobody) => format!("nothing done, {nobody}; {}", decision.cause),
            _ => decision.cause.clone(),
        },
    ]
}

/// The action as settings spell it.
pub fn action_name(action: Action) -> &'static str {
    action.topic().rsplit('.').next().unwrap_or_default()
}

fn per_minute(count: u64, seconds: f64) -> f64 {
    60.0 * count as f64 / seconds.max(1.0)
}
