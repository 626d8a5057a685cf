//! In: what the governor of a run publishes, and what a person asks of it. Out: the view model's picture of it, and the
//! governor as asked.

use scarcity_engine::governor::{Command, Policies};
use scarcity_engine::runtime::{Bus, DrgDecision, DrgState, DrgTelemetry, Queue, Subscription};
use scarcity_engine::types::{Decision, GovernorState, Telemetry};

use super::Link;
use crate::model::{GovernorAsk, PolicyView, ViewModel, lines_of, policies_of};

/// Decisions that may be made between two frames without being lost.
const DECISIONS_BETWEEN_FRAMES: usize = 256;

/// Subscriptions to one run's governor.
pub(super) struct Watch {
    telemetry: Subscription<Telemetry>,
    decisions: Subscription<Decision>,
    states: Subscription<GovernorState>,
}

impl Watch {
    pub(super) fn on(bus: &Bus) -> Self {
        Self {
            telemetry: bus.subscribe::<DrgTelemetry>(Queue::Ring(1)),
            decisions: bus.subscribe::<DrgDecision>(Queue::Ring(DECISIONS_BETWEEN_FRAMES)),
            states: bus.subscribe::<DrgState>(Queue::Ring(1)),
        }
    }

    pub(super) fn poll(&self, model: &mut ViewModel) {
        let governor = &mut model.governor;
        while let Ok(telemetry) = self.telemetry.try_recv() {
            governor.telemetry = Telemetry::clone(&telemetry);
        }
        while let Ok(decision) = self.decisions.try_recv() {
            governor.push(Decision::clone(&decision));
        }
        while let Ok(state) = self.states.try_recv() {
            governor.state = GovernorState::clone(&state);
        }
    }
}

/// Rules and manner of every governor started from here on.
#[derive(Debug, Clone, Default)]
pub(super) struct Governing {
    pub policies: Option<Policies>,
    pub dry_run: Option<bool>,
}

impl Link {
    /// Says how many frames are drawn per second, while they follow each other.
    pub fn report_fps(&self, fps: f32) {
        if let Some(governor) = self.session().and_then(|session| session.governor()) {
            governor.gauges().set_fps(f64::from(fps));
        }
    }

    /// Puts to the governor what a person asks.
    ///
    /// # Errors
    /// Why it was refused.
    pub fn ask_governor(&mut self, model: &mut ViewModel, ask: GovernorAsk) -> anyhow::Result<()> {
        match ask {
            GovernorAsk::Undo => self.command_governor(Command::Undo, true),
            GovernorAsk::Pin(key, level) => self.command_governor(Command::Pin(key, level), true),
            GovernorAsk::DryRun(dry) => {
                self.command_governor(Command::DryRun(dry), false)?;
                self.governing.dry_run = Some(dry);
                model.governor.state.dry_run = dry;
                Ok(())
            }
            GovernorAsk::Preset(name) => {
                let policies = Policies::preset(name).ok_or_else(|| anyhow::anyhow!("there is no preset {name}"))?;
                self.set_policies(model, lines_of(&policies))?;
                model.governor.state.preset = name.to_owned();
                Ok(())
            }
        }
    }

    /// Takes over the table of rules. What cannot work stays in the table with what is wrong, and the rules before stay
    /// in force.
    ///
    /// # Errors
    /// Where the governor refuses them.
    pub fn set_policies(&mut self, model: &mut ViewModel, lines: Vec<PolicyView>) -> anyhow::Result<()> {
        let checked = policies_of(&lines);
        model.policies = lines;
        match checked {
            Ok(policies) => {
                model.governor.faults.clear();
                self.command_governor(Command::Edit(Box::new(policies.clone())), false)?;
                self.governing.policies = Some(policies);
                Ok(())
            }
            Err(faults) => {
                model.governor.faults = faults;
                Ok(())
            }
        }
    }

    /// `needed`: whether it makes no sense without a run.
    fn command_governor(&self, command: Command, needed: bool) -> anyhow::Result<()> {
        match self.session().and_then(|session| session.governor()) {
            Some(governor) => governor.command(command).map_err(anyhow::Error::msg),
            None if needed => anyhow::bail!("no run is under way that could be governed; start one"),
            None => Ok(()),
        }
    }
}
