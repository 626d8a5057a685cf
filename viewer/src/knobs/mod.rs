//! In: the engine's documented defaults and what the user changed. Out: the knobs the panel shows, and the settings of the
//! next run.

mod list;

use std::collections::{BTreeMap, BTreeSet};

use bevy::prelude::Resource;
use scarcity_engine::Config;
use toml::{Table, Value};

use crate::camera::Pose;
use crate::model::{KnobValue, KnobView, ViewModel, ViewState};
use list::KNOBS;
pub use list::preset;

/// Every setting with its default, documented line by line.
const DEFAULTS: &str = include_str!("../../../assets/default.toml");

/// What was changed, by whom and why, and what the run under way was started with.
#[derive(Debug, Clone, Default, Resource)]
pub struct Knobs {
    changed: BTreeMap<String, KnobValue>,
    hands: BTreeMap<String, (String, String)>,
    running: BTreeMap<String, KnobValue>,
}

impl Knobs {
    /// What differs from the defaults.
    pub fn changed(&self) -> &BTreeMap<String, KnobValue> {
        &self.changed
    }

    /// How the graph is looked at, and with which settings.
    pub fn view_state(&self, model: &ViewModel, pose: Pose) -> ViewState {
        ViewState {
            filter: model.filter,
            focus: model.focus.clone(),
            isolated: model.isolated,
            hidden: model.hidden.clone(),
            pins: model.pins.clone(),
            pose: pose.to_array(),
            knobs: self.changed.clone(),
        }
    }

    /// Sets one knob.
    ///
    /// # Errors
    /// Where the setting is refused: nothing is changed then.
    pub fn set(&mut self, path: &str, value: KnobValue, who: &str, why: &str) -> anyhow::Result<()> {
        let mut wanted = self.changed.clone();
        wanted.insert(path.to_owned(), value);
        self.replace(wanted, who, why)
    }

    /// Sets all knobs: what is not named goes back to its default.
    ///
    /// # Errors
    /// Where a setting is refused: nothing is changed then.
    pub fn replace(&mut self, wanted: BTreeMap<String, KnobValue>, who: &str, why: &str) -> anyhow::Result<()> {
        let defaults = defaults();
        let wanted: BTreeMap<String, KnobValue> =
            wanted.into_iter().filter(|(path, value)| lookup(&defaults, path).as_ref() != Some(value)).collect();
        config(&wanted)?;
        let paths: BTreeSet<&String> = self.changed.keys().chain(wanted.keys()).collect();
        for path in paths {
            if self.changed.get(path) != wanted.get(path) {
                self.hands.insert(path.clone(), (who.to_owned(), why.to_owned()));
            }
        }
        self.changed = wanted;
        Ok(())
    }

    /// The run has started with what is set.
    pub fn started(&mut self) {
        self.running = self.changed.clone();
    }

    /// The run under way has taken over what can change while it goes on.
    pub fn retuned(&mut self) {
        self.running.retain(|path, _| !is_live(path));
        let live = self.changed.iter().filter(|(path, _)| is_live(path));
        self.running.extend(live.map(|(path, value)| (path.clone(), value.clone())));
    }

    /// Settings of the next run.
    ///
    /// # Errors
    /// Where a setting is refused.
    pub fn config(&self) -> anyhow::Result<Config> {
        config(&self.changed)
    }

    /// What the panel shows.
    pub fn views(&self) -> Vec<KnobView> {
        let defaults = defaults();
        let about = about();
        KNOBS
            .iter()
            .filter_map(|(group, path, range, words)| {
                let default = lookup(&defaults, path)?;
                let value = self.changed.get(*path).unwrap_or(&default).clone();
                let (changed_by, why) =
                    self.hands.get(*path).cloned().unwrap_or_else(|| ("default".to_owned(), String::new()));
                Some(KnobView {
                    group: *group,
                    path: (*path).to_owned(),
                    about: about.get(*path).cloned().unwrap_or_default(),
                    pending: self.changed.get(*path) != self.running.get(*path),
                    value,
                    default,
                    range: *range,
                    words: words.to_vec(),
                    changed_by,
                    why,
                    live: is_live(path),
                })
            })
            .collect()
    }
}

/// `PATH=VALUE` as a knob's path and value.
///
/// # Errors
/// When it is no such pair.
pub fn parse(assignment: &str) -> Result<(String, KnobValue), String> {
    let (path, value) = assignment.split_once('=').ok_or("expected the form a.b=value")?;
    let default = lookup(&defaults(), path.trim());
    let text = value.trim();
    let wrong = || format!("\"{text}\" does not fit {path}");
    let value = match default {
        None => return Err(format!("there is no setting {path}; `scarcity config` lists them")),
        Some(KnobValue::Switch(_)) => KnobValue::Switch(text.parse().map_err(|_| wrong())?),
        Some(KnobValue::Whole(_)) => KnobValue::Whole(text.parse().map_err(|_| wrong())?),
        Some(KnobValue::Real(_)) => KnobValue::Real(text.parse().map_err(|_| wrong())?),
        Some(KnobValue::Word(_)) => KnobValue::Word(text.to_owned()),
    };
    Ok((path.trim().to_owned(), value))
}

/// Whether a setting acts on a run under way.
fn is_live(path: &str) -> bool {
    path.starts_with("mpie.")
}

/// The settings that differ from the defaults as TOML.
pub fn as_toml(changed: &BTreeMap<String, KnobValue>) -> String {
    changed.iter().map(|(path, value)| format!("{path} = {}\n", literal(value))).collect()
}

/// The settings that differ from the defaults as options of the command.
pub fn as_options(changed: &BTreeMap<String, KnobValue>) -> String {
    changed.iter().map(|(path, value)| format!(" --set {path}={value}", value = literal(value))).collect()
}

fn literal(value: &KnobValue) -> String {
    match value {
        KnobValue::Switch(on) => on.to_string(),
        KnobValue::Whole(number) => number.to_string(),
        KnobValue::Real(number) => format!("{number:?}"),
        // A season may be a number of rows.
        KnobValue::Word(word) if word.parse::<u32>().is_ok() => word.clone(),
        KnobValue::Word(word) => format!("\"{word}\""),
    }
}

fn config(changed: &BTreeMap<String, KnobValue>) -> anyhow::Result<Config> {
    let set: Vec<String> = changed.iter().map(|(path, value)| format!("{path}={}", literal(value))).collect();
    Ok(Config::load(None, &set)?)
}

fn defaults() -> Table {
    toml::from_str(DEFAULTS).unwrap_or_default()
}

fn lookup(table: &Table, path: &str) -> Option<KnobValue> {
    let mut parts = path.split('.');
    let mut value = table.get(parts.next()?)?;
    for part in parts {
        value = value.get(part)?;
    }
    Some(match value {
        Value::Boolean(on) => KnobValue::Switch(*on),
        Value::Integer(number) => KnobValue::Whole(*number),
        Value::Float(number) => KnobValue::Real(*number),
        Value::String(word) => KnobValue::Word(word.clone()),
        _ => return None,
    })
}

/// What each setting does, from the remarks beside the defaults.
fn about() -> BTreeMap<String, String> {
    let mut section = String::new();
    let mut about = BTreeMap::new();
    for line in DEFAULTS.lines() {
        let (code, remark) = line.split_once('#').unwrap_or((line, ""));
        let code = code.trim();
        if let Some(name) = code.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{name}.");
        } else if let Some((key, _)) = code.split_once('=') {
            about.insert(format!("{section}{}", key.trim()), remark.trim().to_owned());
        }
    }
    about
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests fail by panicking")]
mod tests {
    use super::*;

    #[test]
    fn every_knob_exists_is_documented_and_starts_at_its_default() {
        let views = Knobs::default().views();
        assert_eq!(views.len(), KNOBS.len(), "a path that is no setting");
        for view in views {
            assert!(view.about.len() > 8, "{} is not documented", view.path);
            assert_eq!(view.value, view.default);
            if let (Some((from, to)), KnobValue::Real(value)) = (view.range, &view.default) {
                assert!((from..=to).contains(value), "{}", view.path);
            }
        }
    }

    #[test]
    fn a_refused_setting_changes_nothing_and_says_why() {
        let mut knobs = Knobs::default();
        let error = knobs.set("mpie.evaluator.n_resamples", KnobValue::Whole(1), "you", "").unwrap_err();
        assert!(error.to_string().contains("n_resamples"), "{error}");
        assert!(knobs.changed().is_empty());
        knobs.set("mpie.evaluator.n_resamples", KnobValue::Whole(64), "you", "by hand").unwrap();
        assert_eq!(knobs.config().unwrap().mpie.evaluator.n_resamples, 64);
        let view = |knobs: &Knobs| knobs.views().into_iter().find(|v| v.path.ends_with("n_resamples")).unwrap();
        assert!(view(&knobs).pending && view(&knobs).changed_by == "you");
        knobs.retuned();
        assert!(!view(&knobs).pending, "it acts while the run goes on");
        knobs.set("compute.threads", KnobValue::Whole(1), "you", "").unwrap();
        knobs.retuned();
        let threads = |knobs: &Knobs| knobs.views().into_iter().find(|v| v.path == "compute.threads").unwrap();
        assert!(threads(&knobs).pending && !threads(&knobs).live);
        knobs.started();
        assert!(!threads(&knobs).pending);
        knobs.set("compute.threads", KnobValue::Whole(0), "you", "").unwrap();
        knobs.set("mpie.evaluator.n_resamples", KnobValue::Whole(32), "you", "").unwrap();
        assert!(knobs.changed().is_empty(), "back at the default is not changed");
    }

    #[test]
    fn presets_are_accepted() {
        for name in ["Quiet", "Balanced", "Max"] {
            Knobs::default().replace(preset(name), "you", name).unwrap();
        }
    }
}
