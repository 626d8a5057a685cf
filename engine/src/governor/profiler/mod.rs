//! In: readings, one set per sensor interval. Out: of each its average, its forecast one actuation delay ahead, and how
//! much better that forecast has been than none.

mod kalman;

use std::collections::{BTreeMap, VecDeque};

pub use kalman::Kalman;

use super::config::ProfilerConfig;
use crate::types::{Readings, Telemetry};

/// Readings over which the forecast's skill is averaged.
const SKILL_READINGS: f64 = 60.0;
/// Readings in a row that may be missing before what was learned of a metric is forgotten.
const FORGET_AFTER: u32 = 8;
/// Readings whose median stands for the present: one outlier decides nothing.
const PRESENT: usize = 3;

/// What is known of one metric.
#[derive(Debug, Clone)]
struct Track {
    ema: f64,
    kalman: Kalman,
    /// Newest readings, newest last.
    recent: VecDeque<f64>,
    /// Forecasts made and readings as they were, one actuation delay deep.
    made: VecDeque<(f64, f64)>,
    /// Mean squared errors of the forecast and of persistence.
    errors: (f64, f64),
    /// Forecasts these are of.
    judged: u32,
    missing: u32,
    /// Readings since the value last changed.
    still: u32,
    /// Whether it has changed before.
    alive: bool,
}

/// Moving averages and Kalman filters, one per metric.
#[derive(Debug)]
pub struct Profiler {
    config: ProfilerConfig,
    tracks: BTreeMap<String, Track>,
}

impl Profiler {
    /// A profiler that has seen nothing.
    pub fn new(config: ProfilerConfig) -> Self {
        Self { config, tracks: BTreeMap::new() }
    }

    /// Takes in one set of readings. What is not finite counts as missing.
    pub fn update(&mut self, readings: &Readings) {
        for (name, &value) in readings.iter().filter(|(_, value)| value.is_finite()) {
            match self.tracks.get_mut(name) {
                Some(track) => track.update(value, &self.config),
                None => {
                    self.tracks.insert(name.clone(), Track::new(value, self.config.trend));
                }
            }
        }
        let seen = |name: &String| readings.get(name).is_some_and(|v| v.is_finite());
        self.tracks.retain(|name, track| {
            track.missing = if seen(name) { 0 } else { track.missing + 1 };
            track.missing < FORGET_AFTER
        });
    }

    /// Average, forecast and skill of every metric read just now.
    pub fn telemetry(&self, metrics: &Readings) -> Telemetry {
        let of = |value: &dyn Fn(&Track) -> f64| -> Readings {
            self.present().map(|(name, track)| (name.clone(), value(track))).collect()
        };
        Telemetry {
            metrics: metrics.iter().filter(|(_, v)| v.is_finite()).map(|(k, v)| (k.clone(), *v)).collect(),
            ema: of(&|t| t.ema),
            forecast: of(&|t| t.forecast(self.ahead())),
            skill: of(&Track::skill),
        }
    }

    /// The value expected one actuation delay ahead: the forecast, or the average where the forecast has been worse
    /// than none.
    pub fn expected(&self, metric: &str) -> Option<f64> {
        let track = self.track(metric)?;
        Some(if track.skill() < 0.0 { track.ema } else { track.forecast(self.ahead()) })
    }

    /// The value now: the median of the newest readings.
    pub fn now(&self, metric: &str) -> Option<f64> {
        let mut recent: Vec<f64> = self.track(metric)?.recent.iter().copied().collect();
        recent.sort_by(f64::total_cmp);
        recent.get(recent.len() / 2).copied()
    }

    /// The newest reading.
    pub fn newest(&self, metric: &str) -> Option<f64> {
        self.track(metric)?.recent.back().copied()
    }

    /// Root of the mean squared error that forecasts of late have had; what has not been forecast yet is in full doubt.
    pub fn doubt(&self, metric: &str) -> f64 {
        let judged = self.track(metric).filter(|t| f64::from(t.judged) >= SKILL_READINGS / 4.0);
        judged.map_or(f64::INFINITY, |t| t.errors.0.sqrt())
    }

    /// Readings in a row that were the same to the last bit, of a metric that used to change.
    pub fn still(&self, metric: &str) -> u32 {
        self.track(metric).filter(|t| t.alive).map_or(0, |t| t.still)
    }

    fn ahead(&self) -> f64 {
        f64::from(self.config.horizon_ticks)
    }

    fn track(&self, metric: &str) -> Option<&Track> {
        self.tracks.get(metric).filter(|track| track.missing == 0)
    }

    fn present(&self) -> impl Iterator<Item = (&String, &Track)> {
        self.tracks.iter().filter(|(_, track)| track.missing == 0)
    }
}

impl Track {
    fn new(first: f64, trend: bool) -> Self {
        Self {
            ema: first,
            kalman: Kalman::new(first, trend),
            recent: VecDeque::from([first]),
            made: VecDeque::new(),
            errors: (0.0, 0.0),
            judged: 0,
            missing: 0,
            still: 0,
            alive: false,
        }
    }

    fn update(&mut self, value: f64, config: &ProfilerConfig) {
        let ahead = config.horizon_ticks as usize;
        if self.made.len() >= ahead
            && let Some((forecast, persisted)) = self.made.pop_front()
        {
            self.judged = self.judged.saturating_add(1);
            // A plain mean at first, so that the first error does not count for sixty.
            let weight = 1.0 / SKILL_READINGS.min(f64::from(self.judged));
            let (f, p) = &mut self.errors;
            *f += weight * ((forecast - value).powi(2) - *f);
            *p += weight * ((persisted - value).powi(2) - *p);
        }
        if self.recent.back() == Some(&value) {
            self.still = self.still.saturating_add(1);
        } else {
            self.still = 0;
            self.alive = true;
        }
        self.ema += config.ema_alpha * (value - self.ema);
        self.kalman.update(value, config.kalman_q, config.kalman_r);
        self.recent.push_back(value);
        if self.recent.len() > PRESENT {
            self.recent.pop_front();
        }
        self.made.push_back((self.forecast(ahead as f64), value));
    }

    fn forecast(&self, ahead: f64) -> f64 {
        self.kalman.forecast(ahead)
    }

    /// `1 − MSE(forecast) / MSE(persistence)`; 0 while there is nothing to compare.
    fn skill(&self) -> f64 {
        let (forecast, persisted) = self.errors;
        // What hardly moves is forecast by anything; a ratio of two roundings says nothing.
        if persisted < 1e-12 { 0.0 } else { 1.0 - forecast / persisted }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(value: f64) -> Readings {
        Readings::from([("x".to_owned(), value)])
    }

    #[test]
    fn a_ramp_has_skill_and_a_zigzag_falls_back_to_the_average() {
        let mut ramp = Profiler::new(ProfilerConfig::default());
        (0..100).for_each(|i| ramp.update(&one(0.01 * f64::from(i))));
        let said = ramp.telemetry(&one(0.99));
        assert!(said.skill["x"] > 0.9, "{said:?}");
        assert!(ramp.expected("x").expect("seen") > 1.0);
        // A period of two readings: persistence over four readings is exact, every filter is not.
        let mut zigzag = Profiler::new(ProfilerConfig::default());
        (0..200).for_each(|i| zigzag.update(&one(f64::from(i % 2))));
        assert_eq!(zigzag.telemetry(&one(0.0)).skill["x"], 0.0);
        let mut wave = Profiler::new(ProfilerConfig::default());
        (0..400).for_each(|i| wave.update(&one(f64::from(u8::from(i % 10 < 5)))));
        let said = wave.telemetry(&one(0.0));
        assert!(said.skill["x"] < 0.5);
        if said.skill["x"] < 0.0 {
            assert_eq!(wave.expected("x"), Some(said.ema["x"]));
        }
    }

    #[test]
    fn garbage_counts_as_missing_and_is_forgotten_in_time() {
        let mut profiler = Profiler::new(ProfilerConfig::default());
        profiler.update(&one(0.5));
        profiler.update(&one(f64::NAN));
        assert_eq!(profiler.now("x"), None);
        profiler.update(&one(0.7));
        assert_eq!(profiler.now("x"), Some(0.7));
        (0..FORGET_AFTER).for_each(|_| profiler.update(&Readings::new()));
        profiler.update(&one(0.1));
        assert_eq!(profiler.expected("x"), Some(0.1), "old readings must not come back");
    }
}
