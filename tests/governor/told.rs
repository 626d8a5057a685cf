//! In: what a test wants a sensor to say. Out: a governor's parts with that sensor.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use scarcity_engine::governor::{DrgConfig, Parts, Registry, Sensor, Subsystem};
use scarcity_engine::runtime::Setter;
use scarcity_engine::types::{Action, Readings};

/// A sensor that says what it is told.
#[derive(Debug, Clone, Default)]
pub struct Told(Arc<Mutex<Readings>>);

impl Told {
    /// From now on.
    pub fn say(&self, values: &[(&str, f64)]) {
        *self.0.lock().unwrap() = values.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
    }
}

impl Sensor for Told {
    fn read(&mut self, _now: Instant, into: &mut Readings) {
        into.extend(self.0.lock().unwrap().clone());
    }

    fn peek(&mut self, into: &mut Readings) {
        self.read(Instant::now(), into);
    }
}

/// Settings without a log, so that tests leave nothing behind.
pub fn config() -> DrgConfig {
    let mut config = DrgConfig::default();
    config.monitor.log_dir = String::new();
    config
}

pub fn parts(sensor: impl Sensor + 'static, registry: Registry) -> Parts {
    Parts { sensors: vec![Box::new(sensor)], registry, gauges: Arc::default(), trace: None }
}

/// A cache that says how much of it is kept.
#[derive(Debug)]
pub struct Cache(pub Setter<f64>);

impl Subsystem for Cache {
    fn set(&mut self, _lever: Action, level: f64) -> Result<String, String> {
        self.0.set(level);
        Ok(format!("{:.0} % of the cache", 100.0 * level))
    }
}
