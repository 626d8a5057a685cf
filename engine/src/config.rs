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
            overlay_file(&mut table, path, &text)?;
        }
        for assignment in set {
            overlay_assignment(&mut table, assignment)?;
        }
        let config = parse(&table).map_err(|message| Error::Config { key: None, message })?;
        config.check()?;
        Ok(config)
    }

    /// Checks ranges across subsystems; reports every fault at once.
    ///
    /// # Errors
    /// [`Error::Config`] with a sentence per fault.
    pub fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        self.runtime.check(&mut faults);
        self.compute.check(&mut faults);
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

fn overlay_file(table: &mut toml::Table, path: &Path, text: &str) -> Result<()> {
    let place = |at: Option<usize>| match at {
        Some(at) => format!("{}, line {}", path.display(), text[..at].matches('\n').count() + 1),
        None => path.display().to_string(),
    };
    let over: toml::Table =
        toml::from_str(text).map_err(|e| Error::config(place(e.span().map(|s| s.start)), e.message()))?;
    overlay(table, over).map_err(|fault| {
        let at = offset_of(text, &fault.key);
        Error::config(place(at), format!("`{}` {}", fault.key.join("."), fault.message))
    })
}

/// Applies one `a.b=c`. The value is read as TOML; what is not TOML is taken as text, so `compute.device=cpu` needs no
/// quotes.
fn overlay_assignment(table: &mut toml::Table, assignment: &str) -> Result<()> {
    let form = || Error::config(assignment, "expected the form a.b=value");
    let (path, text) = assignment.split_once('=').ok_or_else(form)?;
    let path = path.trim();
    if path.split('.').any(str::is_empty) {
        return Err(form());
    }
    let value = toml::from_str::<toml::Table>(&format!("v = {text}"))
        .ok()
        .and_then(|mut t| t.remove("v"))
        .unwrap_or_else(|| toml::Value::String(text.trim().to_owned()));
    let nested = path
        .rsplit('.')
        .fold(value, |inner, part| toml::Value::Table(std::iter::once((part.to_owned(), inner)).collect()));
    let toml::Value::Table(over) = nested else { return Err(form()) };
    overlay(table, over).map_err(|fault| Error::config(fault.key.join("."), fault.message))
}

/// A setting that cannot be taken over, and why.
struct Fault {
    key: Vec<String>,
    message: String,
}

/// Takes over setting by setting, so that whatever is wrong can be named with its full path.
fn overlay(table: &mut toml::Table, over: toml::Table) -> std::result::Result<(), Fault> {
    let mut settings = Vec::new();
    collect(table, over, &mut Vec::new(), &mut settings)?;
    for (key, value) in settings {
        assign(table, &key, value);
        if let Err(message) = parse(table) {
            return Err(Fault { key, message: format!("cannot be used: {message}") });
        }
    }
    Ok(())
}

/// Lists the settings of `over` that `base` knows, `[path, value]`.
fn collect(
    base: &toml::Table,
    over: toml::Table,
    path: &mut Vec<String>,
    settings: &mut Vec<(Vec<String>, toml::Value)>,
) -> std::result::Result<(), Fault> {
    for (name, value) in over {
        path.push(name);
        let fault = |message: String| Err(Fault { key: path.clone(), message });
        match (path.last().and_then(|name| base.get(name)), value) {
            (None, value) => {
                let kind = if value.is_table() { "section" } else { "setting" };
                let known = base.keys().cloned().collect::<Vec<_>>().join(", ");
                return fault(format!("is not a known {kind}; there are: {known}"));
            }
            (Some(toml::Value::Table(inner)), toml::Value::Table(over)) => collect(inner, over, path, settings)?,
            (Some(toml::Value::Table(inner)), _) => {
                let known = inner.keys().cloned().collect::<Vec<_>>().join(", ");
                return fault(format!("is a section, not a setting; it holds: {known}"));
            }
            (Some(_), toml::Value::Table(_)) => return fault("is a setting, not a section".to_owned()),
            // A whole number given where a real one stands is meant as that real number.
            (Some(toml::Value::Float(_)), toml::Value::Integer(i)) => {
                settings.push((path.clone(), toml::Value::Float(i as f64)));
            }
            (Some(_), value) => settings.push((path.clone(), value)),
        }
        path.pop();
    }
    Ok(())
}

fn assign(table: &mut toml::Table, key: &[String], value: toml::Value) {
    let Some((last, sections)) = key.split_last() else { return };
    let mut here = table;
    for section in sections {
        let Some(toml::Value::Table(inner)) = here.get_mut(section) else { return };
        here = inner;
    }
    here.insert(last.clone(), value);
}

fn parse(table: &toml::Table) -> std::result::Result<Config, String> {
    table.clone().try_into().map_err(|e: toml::de::Error| e.message().to_owned())
}

/// Where in the text a key stands.
fn offset_of(text: &str, key: &[String]) -> Option<usize> {
    let document = toml::de::DeTable::parse(text).ok()?;
    let mut here = document.get_ref();
    let mut found = None;
    for part in key {
        let (name, value) = here.iter().find(|(name, _)| name.get_ref() == part.as_str())?;
        found = Some(name.span().start);
        match value.get_ref() {
            toml::de::DeValue::Table(inner) => here = inner,
            _ => break,
        }
    }
    found
}
