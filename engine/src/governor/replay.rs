//! In: a recorded trace and settings. Out: what a governor with these settings would have done, and what it was like.
//!
//! Readings are taken as they were recorded, except those that follow the batch of discovery: they are brought from the
//! level recorded to the level replayed by the rule that the governor itself predicts with, so that a step down shows.

use std::io::BufRead;
use std::path::Path;
use std::time::{Duration, Instant};

use super::config::DrgConfig;
use super::control::Control;
use super::lever::LeverKey;
use super::metric::{self, Response};
use super::monitor::Line;
use crate::error::{Error, Result};
use crate::types::{Action, Decision, DecisionOutcome, Readings};

/// Share of the level from which on a lever counts as back.
const BACK: f64 = 0.95;

/// What a replay was like: the measures by which controllers are compared.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct Replayed {
    /// Seconds of the trace.
    pub seconds: f64,
    /// Sets of readings.
    pub readings: u64,
    /// Seconds in which latency was above its target, as recorded and as replayed.
    pub violation_s: (f64, f64),
    /// Mean level of discovery's batch.
    pub mean_level: f64,
    /// Lowest level of any lever.
    pub lowest_level: f64,
    /// Changes of any lever, as recorded.
    pub recorded_actions: u64,
    /// Changes of any lever.
    pub actions: u64,
    /// Changes of a lever against the change before.
    pub reversals: u64,
    /// Seconds from the last rule that fired until all levers were back; `None` = not within the trace.
    pub settle_s: Option<f64>,
    /// Skill of the forecast against persistence, per metric, at the end.
    pub skill: Readings,
    /// Control intervals in which a rule was inactive for want of a reading.
    pub inactive_ticks: u64,
    /// Processor time of the control per second of the trace, as a share of one core.
    pub loop_cost: f64,
    /// The decisions.
    pub decisions: Vec<Decision>,
}

/// Reads a trace.
///
/// # Errors
/// When it cannot be read, or holds no readings.
pub fn read_trace(path: &Path) -> Result<Vec<Line>> {
    let fault = |row: u64, message: String| Error::Input {
        path: Some(path.to_path_buf()),
        row: Some(row),
        column: None,
        message,
    };
    let file =
        std::fs::File::open(path).map_err(|e| Error::input(path.to_path_buf(), format!("cannot be read: {e}")))?;
    let mut lines = Vec::new();
    for (row, line) in (1..).zip(std::io::BufReader::new(file).lines()) {
        let line = line.map_err(|e| fault(row, format!("cannot be read: {e}")))?;
        if !line.trim().is_empty() {
            let parsed =
                serde_json::from_str(&line).map_err(|e| fault(row, format!("is not a line of a trace: {e}")))?;
            lines.push(parsed);
        }
    }
    if !lines.iter().any(|line| matches!(line, Line::Readings { .. })) {
        let message = "holds no readings; record a trace with `scarcity discover … --trace FILE`";
        return Err(Error::input(path.to_path_buf(), message));
    }
    Ok(lines)
}

/// Replays a trace.
pub fn replay(lines: &[Line], config: &DrgConfig) -> Replayed {
    let batch = LeverKey::new("mpie", Action::ReduceBatch);
    let mut control = Control::new(config.clone());
    let mut out = Replayed { lowest_level: 1.0, ..Replayed::default() };
    let absent = absent(lines);
    let (mut recorded, mut before) = (1.0, None::<f64>);
    let mut next_decision = f64::NEG_INFINITY;
    let mut last_sign = std::collections::BTreeMap::new();
    let mut firing_until = None::<f64>;
    let mut spent = Duration::ZERO;
    let mut level_s = 0.0;
    for line in lines {
        let (t_s, metrics) = match line {
            Line::Readings { t_s, metrics } => (*t_s, metrics),
            Line::Decision(decision) => {
                if matches!(decision.outcome, DecisionOutcome::Acted(_)) {
                    out.recorded_actions += 1;
                    if decision.subsystem == batch.subsystem && decision.lever == batch.action {
                        recorded = decision.to;
                    }
                }
                continue;
            }
            Line::Telemetry { .. } => continue,
        };
        let seconds = before.map_or(0.0, |then| (t_s - then).clamp(0.0, 5.0));
        before = Some(t_s);
        out.seconds += seconds;
        out.readings += 1;
        let moved = at_level(metrics, recorded, control.level(&batch));
        let late = |readings: &Readings| readings.get("latency_ms").is_some_and(|l| *l > config.latency_target_ms);
        out.violation_s.0 += if late(metrics) { seconds } else { 0.0 };
        out.violation_s.1 += if late(&moved) { seconds } else { 0.0 };
        level_s += seconds * control.level(&batch);
        let clock = Instant::now();
        control.read(t_s, moved);
        if t_s >= next_decision {
            next_decision = t_s + 0.999 * config.control_interval;
            for mut request in control.decide(t_s) {
                let nobody = absent.contains(&request.key.subsystem.as_str());
                let outcome = if nobody {
                    DecisionOutcome::NoSuchSubsystem(format!("there was no {} there", request.key.subsystem))
                } else {
                    DecisionOutcome::Acted("replayed".to_owned())
                };
                control.carried_out(&request, &outcome);
                request.decision.outcome = outcome;
                if nobody {
                    out.decisions.push(request.decision);
                    continue;
                }
                let sign = request.decision.to > request.decision.from;
                let turned = last_sign.insert(request.key.clone(), sign).is_some_and(|before| before != sign);
                out.reversals += u64::from(turned);
                out.actions += 1;
                if !sign {
                    firing_until = Some(t_s);
                }
                out.decisions.push(request.decision);
            }
        }
        spent += clock.elapsed();
        let state = control.state();
        out.lowest_level = state.levers.iter().map(|l| l.level).fold(out.lowest_level, f64::min);
        if state.levers.iter().all(|lever| lever.level >= BACK) {
            if let (None, Some(fired)) = (out.settle_s, firing_until) {
                out.settle_s = Some(t_s - fired);
            }
        } else {
            out.settle_s = None;
        }
    }
    if firing_until.is_none() {
        out.settle_s = Some(0.0);
    }
    out.mean_level = if out.seconds > 0.0 { level_s / out.seconds } else { 1.0 };
    out.loop_cost = spent.as_secs_f64() / out.seconds.max(1e-9);
    out.skill = control.telemetry().skill;
    out.inactive_ticks = control.state().rules.iter().map(|rule| rule.inactive_ticks).sum();
    out
}

/// Subsystems that the recorded run did not have: other rules would not have moved them either.
fn absent(lines: &[Line]) -> Vec<&str> {
    let subsystem = |line| match line {
        &Line::Decision(Decision { ref subsystem, outcome: DecisionOutcome::NoSuchSubsystem(_), .. }) => {
            Some(subsystem.as_str())
        }
        _ => None,
    };
    lines.iter().filter_map(subsystem).collect()
}

/// Readings recorded at one level of discovery's batch as they would be at another.
fn at_level(metrics: &Readings, from: f64, to: f64) -> Readings {
    let own = metrics.get("cpu_self").copied();
    let moved = |(name, value): (&String, &f64)| {
        let response = metric::find(name).map_or(Response::Fixed, |m| m.response);
        let value = match response {
            Response::Own(_) | Response::Demand => metric::predict(response, *value, own, 0.0, from, to),
            _ => *value,
        };
        (name.clone(), value)
    };
    metrics.iter().map(moved).collect()
}
