//! In: a time. Out: what others take of the machine then, and what becomes of readings and actions on their way.

use std::collections::VecDeque;

use super::{DELAY_S, END_S, OFF_S, ON_S, SENSOR_S};
use crate::types::Readings;

/// Share of the processor that the other job takes.
const JOB: f64 = 0.45;
/// Seconds the lagging sensor is late.
const LAG_S: f64 = 1.5;

/// What happens to the plant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stimulus {
    /// Nothing; 60 % of the machine in use.
    Healthy,
    /// Nothing; 88 % of the machine in use.
    Busy,
    /// Another job takes 45 % for 60 s.
    Step,
    /// It comes and goes over 20 s.
    Ramp,
    /// It comes for two seconds, three times.
    Spike,
    /// It comes and goes every half second, the period of the loop.
    Square,
    /// Another process's memory grows to 85 % over 50 s, then ends.
    Leak,
    /// Readings hover around the rule's threshold on a healthy machine.
    Noise,
    /// The step, and readings are not numbers for 10 s of it.
    SensorNan,
    /// The step, and from its middle until 10 s after it all readings stand still.
    SensorFreeze,
    /// The step, with readings a second and a half late.
    SensorLag,
    /// The step, and actuators fail for its first 15 s.
    ActuatorFailure,
    /// The step, with a layout that draws on the same processors.
    Contention,
}

impl Stimulus {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Healthy,
        Self::Busy,
        Self::Step,
        Self::Ramp,
        Self::Spike,
        Self::Square,
        Self::Leak,
        Self::Noise,
        Self::SensorNan,
        Self::SensorFreeze,
        Self::SensorLag,
        Self::ActuatorFailure,
        Self::Contention,
    ];

    /// What it is called in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy, 60 % used",
            Self::Busy => "healthy, 88 % used",
            Self::Step => "step",
            Self::Ramp => "ramp",
            Self::Spike => "spikes",
            Self::Square => "square wave",
            Self::Leak => "slow leak",
            Self::Noise => "noise at threshold",
            Self::SensorNan => "sensor NaN",
            Self::SensorFreeze => "sensor frozen",
            Self::SensorLag => "sensor late",
            Self::ActuatorFailure => "actuator failure",
            Self::Contention => "two subsystems",
        }
    }

    /// Whether nothing is wrong, so that nothing may be done.
    pub fn is_healthy(self) -> bool {
        matches!(self, Self::Healthy | Self::Busy | Self::Noise)
    }

    /// Work asked for by discovery and by the layout, of the machine's capacity.
    pub fn demand(self) -> (f64, f64) {
        match self {
            Self::Busy => (0.88, 0.0),
            Self::Noise => (0.83, 0.0),
            Self::Contention => (0.5, 0.2),
            _ => (0.6, 0.0),
        }
    }

    /// Share of the processor others take.
    pub fn others(self, t_s: f64) -> f64 {
        let during = (ON_S..OFF_S).contains(&t_s);
        match self {
            Self::Healthy | Self::Busy | Self::Leak | Self::Noise => 0.0,
            Self::Ramp => JOB * ((t_s - ON_S) / 20.0).min((OFF_S - t_s) / 20.0).clamp(0.0, 1.0),
            Self::Spike => {
                let since = (t_s - ON_S) % 20.0;
                if during && since < 2.0 { JOB } else { 0.0 }
            }
            Self::Square if during && ((t_s * 2.0) as u64).is_multiple_of(2) => JOB,
            Self::Square => 0.0,
            _ if during => JOB,
            _ => 0.0,
        }
    }

    /// Share of the processor others will take while an action taken now first shows.
    pub fn others_soon(self, t_s: f64) -> f64 {
        let looks: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
        looks.iter().map(|ahead| self.others(t_s + DELAY_S + ahead)).sum::<f64>() / looks.len() as f64
    }

    /// Share of the memory others use.
    pub fn memory_of_others(self, t_s: f64) -> f64 {
        match self {
            Self::Leak if t_s < OFF_S => 0.4 + 0.45 * ((t_s - ON_S) / 50.0).clamp(0.0, 1.0),
            _ => 0.4,
        }
    }

    /// A slow swing of the processor's use around the threshold.
    pub fn hum(self, t_s: f64) -> f64 {
        if self == Self::Noise { 0.04 * (t_s * 0.7).sin() } else { 0.0 }
    }

    /// What arrives of the readings; `sent` holds those before.
    pub fn through_the_sensors(self, t_s: f64, readings: Readings, sent: &mut VecDeque<Readings>) -> Readings {
        match self {
            Self::SensorNan if (ON_S + 20.0..ON_S + 30.0).contains(&t_s) => {
                readings.into_keys().map(|name| (name, f64::NAN)).collect()
            }
            Self::SensorFreeze if (ON_S + 30.0..OFF_S + 10.0).contains(&t_s) => {
                sent.push_back(readings);
                sent.truncate(1);
                sent[0].clone()
            }
            Self::SensorLag => {
                sent.push_back(readings);
                if sent.len() as f64 > LAG_S / SENSOR_S {
                    sent.pop_front().unwrap_or_default()
                } else {
                    sent[0].clone()
                }
            }
            _ => readings,
        }
    }

    /// Whether actions are carried out.
    pub fn actuators_work(self, t_s: f64) -> bool {
        self != Self::ActuatorFailure || !(ON_S..ON_S + 15.0).contains(&t_s)
    }

    /// When its load is over; that of a healthy machine never begins.
    pub fn over_s(self) -> f64 {
        if self.is_healthy() { END_S } else { OFF_S }
    }
}
