//! In: a lever and its level. Out: a typed limit in the knob of the subsystem it belongs to, and a sentence about it.

use std::collections::BTreeMap;
use std::fmt;

use super::lever::LeverKey;
use crate::mpie::{Limits, MpieConfig};
use crate::runtime::{Knob, Setter, give_back_memory, knob};
use crate::simulation::Detail;
use crate::stream::Allowance;
use crate::types::{Action, DecisionOutcome, MetaLimits, SyncLimits};

/// A subsystem that can be told to do less.
pub trait Subsystem: Send + fmt::Debug {
    /// Sets the level of one of its levers, `[0, 1]`, 1 = as configured; says what that means to it.
    ///
    /// # Errors
    /// A sentence, when it cannot.
    fn set(&mut self, lever: Action, level: f64) -> Result<String, String>;
}

/// Who answers to which name. A name nobody answers to is no fault: not every process has every subsystem.
#[derive(Debug, Default)]
pub struct Registry {
    subsystems: BTreeMap<&'static str, Box<dyn Subsystem>>,
}

impl Registry {
    /// Has `subsystem` answer to a name.
    pub fn register(&mut self, name: &'static str, subsystem: impl Subsystem + 'static) {
        self.subsystems.insert(name, Box::new(subsystem));
    }

    /// Has meta-learning answer to its name. Whoever runs it looks at what it may do before each update; without a caller
    /// there is nobody, and rules on it say so.
    pub fn meta(&mut self) -> Knob<MetaLimits> {
        let (setter, limits) = knob(MetaLimits::default());
        self.register("meta", MetaHandle(setter));
        limits
    }

    /// As [`Registry::meta`], for federation: it looks before each round.
    pub fn federation(&mut self) -> Knob<SyncLimits> {
        let (setter, limits) = knob(SyncLimits::default());
        self.register("federation", FederationHandle(setter));
        limits
    }

    /// Moves a lever.
    pub fn set(&mut self, key: &LeverKey, level: f64) -> DecisionOutcome {
        match self.subsystems.get_mut(key.subsystem.as_str()) {
            None => DecisionOutcome::NoSuchSubsystem(format!("there is no {} here", key.subsystem)),
            Some(subsystem) => match subsystem.set(key.action, level) {
                Ok(done) => DecisionOutcome::Acted(done),
                Err(why) => DecisionOutcome::Failed(why),
            },
        }
    }
}

/// Discovery, its encoder and its caches: three names, one knob, for the pipeline takes its limits over as one.
#[derive(Debug)]
pub struct MpieHandle {
    limits: std::sync::Arc<Setter<Limits>>,
    part: MpiePart,
    config: MpieConfig,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MpiePart {
    Discovery,
    Encoder,
    Memory,
}

impl MpieHandle {
    /// The handles of `mpie`, `encoder` and `memory`, for these settings.
    pub fn all(limits: Setter<Limits>, config: &MpieConfig) -> [(&'static str, Self); 3] {
        let limits = std::sync::Arc::new(limits);
        [("mpie", MpiePart::Discovery), ("encoder", MpiePart::Encoder), ("memory", MpiePart::Memory)]
            .map(|(name, part)| (name, Self { limits: std::sync::Arc::clone(&limits), part, config: config.clone() }))
    }
}

impl Subsystem for MpieHandle {
    fn set(&mut self, lever: Action, level: f64) -> Result<String, String> {
        let mut limits = *self.limits.get();
        let percent = 100.0 * level;
        let said = match (self.part, lever) {
            (MpiePart::Discovery, Action::ReduceBatch) => {
                limits.batch = level;
                limits.prompt = level < 1.0;
                let late = if limits.prompt { ", and no window that another waits behind" } else { "" };
                format!("judges {0:.0} % of the pairs at a time, {0:.0} % of the times{late}", 100.0 * limits.pace())
            }
            (MpiePart::Discovery, Action::ScaleDown) => {
                let (resamples, max_lag) = (self.config.evaluator.n_resamples, self.config.max_lag);
                limits.resamples = ((resamples as f64 * level).round() as usize).max(8.min(resamples));
                limits.max_lag = ((max_lag as f64 * level).ceil() as usize).clamp(1, max_lag.max(1));
                format!("{} bootstrap replicates, candidates up to lag {}", limits.resamples, limits.max_lag)
            }
            (MpiePart::Discovery, Action::DropLowPriority) => {
                limits.joint = level >= 1.0;
                let what = if limits.joint { "looks" } else { "does not look" };
                format!("{what} for joint causes and products")
            }
            (MpiePart::Encoder, Action::ScaleDown) => {
                limits.sketch = level;
                let dim = Limits::sketch_dim(level, &self.config.encoder);
                format!("sketches of {dim} numbers, where there are too many variables to look at every pair")
            }
            (MpiePart::Memory, Action::FlushCache) => {
                limits.memory = level;
                if level >= 1.0 {
                    "caches and views may grow again, from here on".to_owned()
                } else {
                    format!("gave back cached rows and views, keeps {percent:.0} % of the history's resolution")
                }
            }
            (_, other) => return Err(unknown(other)),
        };
        self.limits.set(limits);
        if lever == Action::FlushCache && level < 1.0 {
            // Discovery gives up what it holds between two steps of its work; what it has let go of before and the
            // allocator still keeps is given back at once.
            give_back_memory();
        }
        Ok(said)
    }
}

/// The layout: coarser pictures, fewer steps.
#[derive(Debug)]
pub struct SimulationHandle(pub Setter<Detail>);

impl Subsystem for SimulationHandle {
    fn set(&mut self, lever: Action, level: f64) -> Result<String, String> {
        let mut detail = *self.0.get();
        let said = match lever {
            Action::IncreaseLod => {
                detail.rate = level;
                format!("{:.0} % of the layout steps and frames", 100.0 * level)
            }
            Action::ScaleDown => {
                detail.drawn = level;
                format!("draws the {:.0} % strongest links", 100.0 * level)
            }
            other => return Err(unknown(other)),
        };
        self.0.set(detail);
        Ok(said)
    }
}

/// Admission of rows.
#[derive(Debug)]
pub struct StreamHandle(pub Setter<Allowance>);

impl Subsystem for StreamHandle {
    fn set(&mut self, lever: Action, level: f64) -> Result<String, String> {
        if lever != Action::ScaleDown {
            return Err(unknown(lever));
        }
        self.0.set(Allowance { share: level });
        Ok(format!("admits {:.0} % of the rows per second that the queue would take", 100.0 * level))
    }
}

/// Meta-learning: fewer updates.
#[derive(Debug)]
pub struct MetaHandle(pub Setter<MetaLimits>);

impl Subsystem for MetaHandle {
    fn set(&mut self, lever: Action, level: f64) -> Result<String, String> {
        if lever != Action::DropLowPriority {
            return Err(unknown(lever));
        }
        self.0.set(MetaLimits { share: level });
        Ok(format!("makes {:.0} % of its updates, the most important ones", 100.0 * level))
    }
}

/// Federation: rarer rounds.
#[derive(Debug)]
pub struct FederationHandle(pub Setter<SyncLimits>);

impl Subsystem for FederationHandle {
    fn set(&mut self, lever: Action, level: f64) -> Result<String, String> {
        if lever != Action::DelaySync {
            return Err(unknown(lever));
        }
        let limits = SyncLimits { rate: level };
        self.0.set(limits);
        Ok(format!("waits {:.1} times as long as configured from one round to the next", limits.delay()))
    }
}

fn unknown(action: Action) -> String {
    let name = action.topic().rsplit('.').next().unwrap_or_default();
    format!("it does not know the action {name}")
}
