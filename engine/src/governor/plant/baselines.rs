//! In: readings. Out: levels, by the governor of this crate and by the controllers it is compared with.

use super::{CACHE, LATENCY_MS, Levels, Truth, WINDOW_MS};
use crate::governor::config::{DrgConfig, LatencyScope, ProfilerConfig};
use crate::governor::control::Control;
use crate::governor::lever::LeverKey;
use crate::governor::profiler::Kalman;
use crate::types::{Action, DecisionOutcome, Readings};

/// Level no baseline goes below: the literal rules would reach zero.
const LEAST: f64 = 0.01;

/// A control law.
#[derive(Debug)]
pub enum Controller {
    /// None.
    Off,
    /// The specification's table as it stands: identity filter, ×factor at every tick, nothing that gives back. A
    /// reading that is missing counts as 0.
    Literal(Vec<(String, Kalman)>, Readings),
    /// Proportional, integral and derivative terms on latency and memory.
    Pid([Pid; 3], Readings),
    /// Additive increase, multiplicative decrease on use, with hysteresis and a cooldown.
    Aimd([f64; 3], Readings),
    /// Knows what others take, a second before it shows.
    Oracle,
    /// The governor with its default rules.
    Governor(Box<Control>),
}

/// One loop.
#[derive(Debug, Clone, Copy)]
pub struct Pid {
    integral: f64,
    before: f64,
}

impl Pid {
    fn update(&mut self, error: f64) -> f64 {
        let derivative = error - self.before;
        self.before = error;
        // Bounded, so that a long load does not wind it up.
        self.integral = (self.integral + 0.05 * error).clamp(-1.0, 0.0);
        (1.0 + 0.3 * error.min(0.0) + self.integral + 0.1 * derivative.min(0.0)).clamp(LEAST, 1.0)
    }

    /// The level it asks for, left alone where it would hardly change.
    fn level(&mut self, error: f64, level: f64) -> f64 {
        let wanted = self.update(error);
        if (wanted - level).abs() < 0.02 && wanted < 1.0 { level } else { wanted }
    }
}

impl Controller {
    /// Every law, the governor last.
    pub const NAMES: [&'static str; 6] = ["off", "literal", "PID", "AIMD", "oracle", "governor"];

    /// A law that has seen nothing.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "off" => Self::Off,
            "literal" => Self::Literal(Vec::new(), Readings::new()),
            "PID" => Self::Pid([Pid { integral: 0.0, before: 0.0 }; 3], Readings::new()),
            "AIMD" => Self::Aimd([f64::NEG_INFINITY; 3], Readings::new()),
            "oracle" => Self::Oracle,
            "governor" => {
                let config = DrgConfig { latency: LatencyScope::Always, ..DrgConfig::default() };
                Self::Governor(Box::new(Control::new(config)))
            }
            _ => return None,
        })
    }

    /// Takes in readings.
    pub(super) fn read(&mut self, t_s: f64, readings: Readings) {
        match self {
            Self::Off | Self::Oracle => {}
            Self::Literal(filters, newest) => {
                let ProfilerConfig { kalman_q, kalman_r, .. } = ProfilerConfig::default();
                for (name, value) in &readings {
                    match filters.iter_mut().find(|(known, _)| known == name) {
                        Some((_, filter)) => filter.update(*value, kalman_q, kalman_r),
                        None => filters.push((name.clone(), Kalman::new(*value, false))),
                    }
                }
                *newest = readings;
            }
            Self::Pid(_, newest) | Self::Aimd(_, newest) => *newest = readings,
            Self::Governor(control) => control.read(t_s, readings),
        }
    }

    /// The levels from now on.
    pub(super) fn decide(&mut self, t_s: f64, levels: Levels, truth: Truth, works: bool) -> Levels {
        let wanted = match self {
            Self::Off => levels,
            Self::Literal(filters, _) => {
                let forecast = |name: &str| {
                    filters.iter().find(|(known, _)| known == name).map_or(0.0, |(_, filter)| filter.forecast(0.0))
                };
                let mut levels = levels;
                if forecast("cpu_util") >= 0.85 {
                    levels.batch = (0.5 * levels.batch).max(LEAST);
                }
                if forecast("mem_util") >= 0.90 {
                    levels.cache = LEAST;
                }
                if truth.demand.1 > 0.0 && forecast("fps") <= 25.0 {
                    levels.detail = (0.75 * levels.detail).max(LEAST);
                }
                levels
            }
            Self::Pid(loops, newest) => {
                let [batch, cache, detail] = loops;
                let of = |name: &str| newest.get(name).copied().filter(|v| v.is_finite());
                let late = of("latency_ms").map_or(0.0, |ms| 1.0 - ms / (0.7 * LATENCY_MS));
                let full = of("mem_util").map_or(0.0, |m| (0.85 - m) / 0.1);
                let slow = of("fps").map_or(0.0, |fps| (fps - 28.0) / 28.0);
                Levels {
                    batch: batch.level(late, levels.batch),
                    cache: cache.level(full, levels.cache),
                    detail: detail.level(slow, levels.detail),
                }
            }
            Self::Aimd(moved, newest) => {
                let of = |name: &str| newest.get(name).copied().filter(|v| v.is_finite());
                let mut step = |at: usize, level: f64, over: bool, under: bool| {
                    if t_s - moved[at] < 2.0 || !(over || under && level < 1.0) {
                        return level;
                    }
                    moved[at] = t_s;
                    if over { (0.5 * level).max(LEAST) } else { (level + 0.05).min(1.0) }
                };
                let (cpu, memory, fps) = (of("cpu_util"), of("mem_util"), of("fps"));
                Levels {
                    batch: step(0, levels.batch, cpu.is_some_and(|u| u >= 0.95), cpu.is_some_and(|u| u <= 0.90)),
                    cache: step(1, levels.cache, memory.is_some_and(|m| m >= 0.9), memory.is_some_and(|m| m <= 0.8)),
                    detail: step(2, levels.detail, fps.is_some_and(|f| f <= 25.0), fps.is_some_and(|f| f >= 35.0)),
                }
            }
            Self::Oracle => {
                let (discovery, layout) = truth.demand;
                let room = truth.soon - WINDOW_MS / 1e4;
                let share = (room / (discovery + layout)).min(1.0);
                // Others' memory grows slowly: a margin is enough.
                Levels { batch: share, detail: share, cache: ((0.97 - truth.memory) / CACHE).clamp(LEAST, 1.0) }
            }
            Self::Governor(control) => return governed(control, t_s, levels, works),
        };
        if works { wanted } else { levels }
    }
}

fn governed(control: &mut Control, t_s: f64, levels: Levels, works: bool) -> Levels {
    let mut levels = levels;
    for request in control.decide(t_s) {
        let level = request.decision.to;
        let LeverKey { subsystem, action } = &request.key;
        let lever = match (subsystem.as_str(), action) {
            ("mpie", Action::ReduceBatch) => Some(&mut levels.batch),
            ("simulation", Action::IncreaseLod) => Some(&mut levels.detail),
            ("memory", Action::FlushCache) => Some(&mut levels.cache),
            _ => None,
        };
        let outcome = match lever {
            Some(_) if !works => DecisionOutcome::Failed("the actuator does not answer".to_owned()),
            Some(lever) => {
                *lever = level;
                DecisionOutcome::Acted(String::new())
            }
            None => DecisionOutcome::NoSuchSubsystem(String::new()),
        };
        control.carried_out(&request, &outcome);
    }
    levels
}
