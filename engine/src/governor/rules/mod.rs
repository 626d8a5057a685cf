//! In: `[governor.policies]` of the configuration, or what a person edits. Out: checked rules per subsystem, presets.

mod check;
mod presets;
mod rule;

use serde::{Deserialize, Serialize};

pub use check::actions_of;
pub use rule::{Direction, Guard, PolicyRule};

use check::check_rule;

/// Rules per subsystem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policies {
    /// Layout and drawing.
    pub simulation: Vec<PolicyRule>,
    /// Discovery.
    pub mpie: Vec<PolicyRule>,
    /// Latent sketches.
    pub encoder: Vec<PolicyRule>,
    /// Admission of rows.
    pub stream: Vec<PolicyRule>,
    /// Meta-learning.
    pub meta: Vec<PolicyRule>,
    /// Federation.
    pub federation: Vec<PolicyRule>,
    /// Caches.
    pub memory: Vec<PolicyRule>,
}

impl Policies {
    /// Each subsystem's name with its rules.
    pub fn by_subsystem(&self) -> [(&'static str, &[PolicyRule]); 7] {
        [
            ("simulation", &self.simulation),
            ("mpie", &self.mpie),
            ("encoder", &self.encoder),
            ("stream", &self.stream),
            ("meta", &self.meta),
            ("federation", &self.federation),
            ("memory", &self.memory),
        ]
    }

    fn by_subsystem_mut(&mut self) -> [(&'static str, &mut Vec<PolicyRule>); 7] {
        [
            ("simulation", &mut self.simulation),
            ("mpie", &mut self.mpie),
            ("encoder", &mut self.encoder),
            ("stream", &mut self.stream),
            ("meta", &mut self.meta),
            ("federation", &mut self.federation),
            ("memory", &mut self.memory),
        ]
    }

    /// The rules of a subsystem.
    pub fn of_mut(&mut self, subsystem: &str) -> Option<&mut Vec<PolicyRule>> {
        self.by_subsystem_mut().into_iter().find(|(name, _)| *name == subsystem).map(|(_, rules)| rules)
    }

    /// Adds a sentence per fault.
    pub fn check(&self, faults: &mut Vec<String>) {
        for (subsystem, rules) in self.by_subsystem() {
            for rule in rules {
                check_rule(subsystem, rule, faults);
            }
        }
    }
}
