//! In: a session's parts and settings. Out: its governor, and afterwards a sentence per lever it moved.

use std::path::PathBuf;
use std::sync::Arc;

use crate::config::Config;
use crate::error::Result;
use crate::governor::{EngineSensor, Gauges, Governor, MpieHandle, Parts, Registry, Sensor, StreamHandle, of_machine};
use crate::mpie::Limits;
use crate::runtime::{Bus, Knob, Setter, knob};
use crate::stream::Allowance;
use crate::types::{Decision, DecisionOutcome, Note, NoteKind};

/// What a session is started with besides settings and input.
#[derive(Debug, Default)]
pub struct Extras {
    /// Subsystems that run beside the session (layout, meta-learning, federation), for its governor.
    pub registry: Registry,
    /// Where every reading and decision of the governor is written, if anywhere.
    pub trace: Option<PathBuf>,
    /// Sensors to use instead of the machine's own; the engine's comes with the session in any case.
    pub sensors: Option<Vec<Box<dyn Sensor>>>,
    /// Keeps the newest rows (32 MB at most), so that [`Session::retune`](super::Session::retune) can judge them anew.
    pub retunable: bool,
}

/// The ends of the governor's knobs that the session's threads read.
#[derive(Debug)]
pub(super) struct Governed {
    pub limits: Knob<Limits>,
    pub allowance: Knob<Allowance>,
    pub gauges: Arc<Gauges>,
    setters: (Setter<Limits>, Setter<Allowance>),
}

impl Governed {
    pub(super) fn new(live: bool) -> Self {
        let (set_limits, limits) = knob(Limits::default());
        let (set_allowance, allowance) = knob(Allowance::default());
        let gauges = Arc::new(Gauges::default());
        gauges.set_live(live);
        Self { limits, allowance, gauges, setters: (set_limits, set_allowance) }
    }

    /// Starts the governor; `None` where settings switch it off.
    pub(super) fn start(self, config: &Config, bus: &Bus, extras: Extras) -> Result<Option<Governor>> {
        if !config.governor.enabled {
            return Ok(None);
        }
        let Extras { mut registry, trace, sensors, .. } = extras;
        let (limits, allowance) = self.setters;
        for (name, handle) in MpieHandle::all(limits, &config.mpie) {
            registry.register(name, handle);
        }
        registry.register("stream", StreamHandle(allowance));
        let mut sensors = sensors.unwrap_or_else(of_machine);
        sensors.push(Box::new(EngineSensor::new(Arc::clone(&self.gauges), bus, &config.governor)));
        Governor::start(&config.governor, bus, Parts { sensors, registry, gauges: self.gauges, trace }).map(Some)
    }
}

/// What a reader of the result must know: whatever the governor did changes what was found.
pub(super) fn notes(decisions: &[Decision], log: Option<&PathBuf>) -> Vec<Note> {
    let mut levers: Vec<(&str, crate::types::Action)> = Vec::new();
    // The picture's own levers change nothing that is found.
    let acted = |d: &&Decision| matches!(d.outcome, DecisionOutcome::Acted(_)) && d.subsystem != "simulation";
    for decision in decisions.iter().filter(acted) {
        let lever = (decision.subsystem.as_str(), decision.lever);
        if !levers.contains(&lever) {
            levers.push(lever);
        }
    }
    let note = |(subsystem, lever): (&str, crate::types::Action)| {
        let of: Vec<&Decision> =
            decisions.iter().filter(acted).filter(|d| d.subsystem == subsystem && d.lever == lever).collect();
        let (first, last) = (of.first()?, of.last()?);
        let lowest = of.iter().min_by(|a, b| a.to.total_cmp(&b.to))?;
        let DecisionOutcome::Acted(did) = &lowest.outcome else { return None };
        let end = if last.to >= 1.0 {
            format!("all of it given back after {:.0} s", last.t_s - first.t_s)
        } else {
            format!("{:.0} % at the end", 100.0 * last.to)
        };
        let name = lever.topic().rsplit('.').next().unwrap_or_default();
        let log = log.map(|path| format!("; {} has each step", path.display())).unwrap_or_default();
        Some(Note {
            kind: NoteKind::Governed,
            variables: Vec::new(),
            text: format!(
                "the governor asked {subsystem} {} times ({name}), first {:.1} s into the run because of {}; at most: \
                 {did}; {end}. A machine with more to spare may find more{log}",
                of.len(),
                first.t_s,
                first.cause,
            ),
        })
    };
    levers.into_iter().filter_map(note).collect()
}
