//! In: defaults, a TOML file, `--set a.b=c`. Out: one checked [`Config`], composed of each subsystem's own.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::compute::ComputeConfig;
use crate::error::{Error, Result};
use crate::federation::FederationConfig;
use crate::fmi::FmiConfig;
use crate::governor::DrgConfig;
use crate::meta::MetaLearningConfig;
use crate::mpie::MpieConfig;
use crate::runtime::RuntimeConfig;
use crate::simulation::SimulationConfig;
use crate::stream::StreamConfig;

/// Every setting of the engine. `assets/default.toml` documents each with its default.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The one seed: same seed and device, same bytes, whatever the thread count.
    pub seed: u64,
    /// Bus.
    pub runtime: RuntimeConfig,
    /// Devices.
    pub compute: ComputeConfig,
    /// Reading and windows.
    pub stream: StreamConfig,
    /// Discovery.
    pub mpie: MpieConfig,
    /// Layout.
    pub simulation: SimulationConfig,
    /// Dynamic Resource Governor.
    pub governor: DrgConfig,
    /// Five-tier meta-learning.
    pub meta: MetaLearningConfig,
    /// Federated metadata interchange.
    pub fmi: FmiConfig,
    /// Federation.
    pub federation: FederationConfig,
}

impl Config {
    /// Defaults, then the file (if any), then each `a.b=c` in order.
    ///
    /// # Errors
    /// [`Error::Config`] names the file or key, the line and what is allowed.
    pub fn load(file: Option<&Path>, set: &[String]) -> Result<Self> {
        let mut table = toml::Table::try_from(Self::default()).map_err(|e| Error::Internal(e.to_string()))?;
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .map_err(|e| Error::config(path.display().to_string(), format!("cannot be read: {e}")))?;
            // Parsed once on its own first: toml's message then carries line and column of the user's file.
            toml::from_str::<Self>(&text).map_err(|e| Error::config(path.display().to_string(), e.to_string()))?;
            let over: toml::Table =
                toml::from_str(&text).map_err(|e| Error::config(path.display().to_string(), e.to_string()))?;
            merge(&mut table, over);
        }
        for assignment in set {
            apply(&mut table, assignment)?;
        }
        let config: Self = table
            .try_into()
            .map_err(|e: toml::de::Error| Error::Config { key: None, message: e.message().to_owned() })?;
        config.check()?;
        Ok(config)
    }

    /// Checks ranges across subsystems; reports every fault at once.
    ///
    /// # Errors
    /// [`Error::Config`] with one line per fault.
    pub fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        self.stream.check(&mut faults);
        self.mpie.check(&mut faults);
        self.simulation.check(&mut faults);
        self.governor.check(&mut faults);
        self.meta.check(&mut faults);
        self.fmi.check(&mut faults);
        self.federation.check(&mut faults);
        if self.stream.window_rows as usize <= self.mpie.max_lag + 1 {
            faults.push(format!(
                "`stream.window_rows` ({}) must exceed `mpie.max_lag` + 1 ({})",
                self.stream.window_rows,
                self.mpie.max_lag + 1
            ));
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::Config { key: None, message: faults.join("; ") }) }
    }
}

fn merge(base: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(table)) => merge(inner, table),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// Applies one `a.b=c`. The value is read as TOML; what is not TOML is taken as text, so `device=cpu` needs no quotes.
fn apply(table: &mut toml::Table, assignment: &str) -> Result<()> {
    let (path, text) =
        assignment.split_once('=').ok_or_else(|| Error::config(assignment, "expected the form a.b=value"))?;
    let value = toml::from_str::<toml::Table>(&format!("v = {text}"))
        .ok()
        .and_then(|mut t| t.remove("v"))
        .unwrap_or_else(|| toml::Value::String(text.to_owned()));
    let mut parts: Vec<&str> = path.trim().split('.').collect();
    let Some(last) = parts.pop().filter(|l| !l.is_empty()) else {
        return Err(Error::config(path, "expected the form a.b=value"));
    };
    let mut here = table;
    for part in parts {
        let known = here.keys().cloned().collect::<Vec<_>>().join(", ");
        here = match here.get_mut(part) {
            Some(toml::Value::Table(inner)) => inner,
            _ => return Err(Error::config(path, format!("no such section `{part}`; there are: {known}"))),
        };
    }
    if !here.contains_key(last) {
        let known = here.keys().cloned().collect::<Vec<_>>().join(", ");
        return Err(Error::config(path, format!("no such setting `{last}`; there are: {known}")));
    }
    // A whole number given where a real one stands is meant as that real number.
    let value = match (&here[last], value) {
        (toml::Value::Float(_), toml::Value::Integer(i)) => toml::Value::Float(i as f64),
        (_, value) => value,
    };
    here.insert(last.to_owned(), value);
    Ok(())
}
