//! In: the name of a preset. Out: its rules; the default table is one of them.

use super::{Direction, Guard, Policies, PolicyRule};
use crate::types::Action;

impl Default for Policies {
    fn default() -> Self {
        use Direction::{Above, Below};
        let rule = |metric: &str, direction, threshold, clear_threshold, action, priority| PolicyRule {
            clear_threshold,
            priority,
            ..PolicyRule::new(metric, direction, threshold, action)
        };
        let guard = |metric: &str, direction, threshold, clear_threshold| Guard {
            metric: metric.to_owned(),
            threshold,
            clear_threshold,
            direction,
        };
        Self {
            simulation: vec![
                // Graphics memory is full from one moment to the next: the median of the newest readings is hold enough.
                PolicyRule { hold_s: 0.0, ..rule("vram_util", Above, 0.90, 0.80, Action::ScaleDown, 3) },
                PolicyRule { factor: 0.75, ..rule("fps", Below, 25.0, 35.0, Action::IncreaseLod, 2) },
            ],
            // Use is not overload: only where others keep our threads waiting and the feed is not kept up with.
            mpie: vec![PolicyRule {
                guard: vec![guard("cpu_stall", Above, 0.2, 0.1), guard("overload", Above, 1.0, 0.95)],
                ..rule("cpu_util", Above, 0.85, 0.75, Action::ReduceBatch, 2)
            }],
            encoder: Vec::new(),
            stream: Vec::new(),
            meta: vec![PolicyRule { hold_s: 0.0, ..rule("vram_util", Above, 0.85, 0.75, Action::DropLowPriority, 1) }],
            federation: vec![rule("latency_ms", Above, 150.0, 120.0, Action::DelaySync, 1)],
            // Nine tenths of a large machine leave much; what counts is whether we could still double.
            memory: vec![PolicyRule {
                guard: vec![guard("mem_headroom", Below, 1.0, 2.0)],
                hold_s: 0.0,
                ..rule("mem_util", Above, 0.90, 0.80, Action::FlushCache, 1)
            }],
        }
    }
}

impl Policies {
    /// Names of the presets.
    pub const PRESETS: [&'static str; 4] = ["balanced", "memory", "latency", "off"];

    /// The preset these rules are, or `custom`.
    pub fn preset_name(&self) -> &'static str {
        Self::PRESETS.into_iter().find(|name| Self::preset(name).as_ref() == Some(self)).unwrap_or("custom")
    }

    /// A ready-made set: `balanced` is the default; `memory` keeps what protects memory; `latency` also gives up work
    /// where the machine is free and the feed is too fast for it, and where judging less has not helped for seconds
    /// judges more cheaply; `off` has no rule.
    pub fn preset(name: &str) -> Option<Self> {
        let mut rules = Self::default();
        match name {
            "balanced" => {}
            "memory" => rules.by_subsystem_mut().into_iter().for_each(|(_, r)| r.retain(PolicyRule::is_memory_safety)),
            "latency" => {
                let rule = |action, priority| PolicyRule {
                    clear_threshold: 0.95,
                    priority,
                    ..PolicyRule::new("overload", Direction::Above, 1.0, action)
                };
                rules.mpie = vec![
                    rule(Action::ReduceBatch, 2),
                    PolicyRule { hold_s: 6.0, floor: 0.5, ..rule(Action::ScaleDown, 1) },
                ];
            }
            "off" => rules.by_subsystem_mut().into_iter().for_each(|(_, r)| r.clear()),
            _ => return None,
        }
        Some(rules)
    }
}
