//! In: `--config` and `--set`. Out: the settings in effect as documented TOML that `--config` accepts again.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use scarcity_engine::Config;

use super::print;

/// The documented default.
const DOCUMENTED: &str = include_str!("../../../assets/default.toml");

/// Where settings come from; later ones win.
#[derive(Debug, Default, clap::Args)]
pub struct Sources {
    /// Settings in TOML; what the file does not mention keeps its default.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting, e.g. `--set mpie.evaluator.fdr=0.01`; may be repeated.
    #[arg(long, value_name = "a.b=c")]
    set: Vec<String>,
}

impl Sources {
    /// Defaults, then the file, then each `--set`.
    pub fn load(&self) -> Result<Config> {
        Ok(Config::load(self.config.as_deref(), &self.set)?)
    }
}

#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    sources: Sources,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    print::out(&documented(&arguments.sources.load()?)?)?;
    Ok(ExitCode::SUCCESS)
}

/// The documented default with the values of `config` in it. A setting the documentation does not have, which a test
/// excludes, would make the plain form the honest answer.
fn documented(config: &Config) -> Result<String> {
    let plain = toml::to_string_pretty(config)?;
    let values: toml::Table = toml::from_str(&plain)?;
    let mut text = String::with_capacity(DOCUMENTED.len());
    let mut section: Vec<String> = Vec::new();
    for line in DOCUMENTED.lines() {
        let trimmed = line.trim();
        if let Some(name) = trimmed.strip_prefix('[').and_then(|l| l.split(']').next()) {
            section = name.split('.').map(|part| part.trim().to_owned()).collect();
        }
        match trimmed.split_once('=').filter(|_| !trimmed.starts_with(['#', '['])) {
            Some((key, documented)) => match (value(&values, &section, key.trim()), one_line(documented)) {
                (Some(value), Some((default, comment))) if *value != default => {
                    text.push_str(format!("{} = {value} {comment}", key.trim()).trim_end());
                }
                _ => text.push_str(line),
            },
            None => text.push_str(line),
        }
        text.push('\n');
    }
    let reads_back = toml::from_str::<Config>(&text).is_ok_and(|c| c == *config);
    Ok(if reads_back { text } else { plain })
}

fn value<'a>(table: &'a toml::Table, section: &[String], key: &str) -> Option<&'a toml::Value> {
    let mut here = table;
    for part in section {
        here = here.get(part)?.as_table()?;
    }
    here.get(key)
}

/// The value of a setting and the comment behind it, when both stand on this one line.
fn one_line(text: &str) -> Option<(toml::Value, &str)> {
    // A `#` may be part of the value; the first one before which a whole value stands begins the comment.
    let ends = text.match_indices('#').map(|(at, _)| at).chain([text.len()]);
    ends.into_iter().find_map(|end| {
        let mut table = toml::from_str::<toml::Table>(&format!("v = {}", &text[..end])).ok()?;
        Some((table.remove("v")?, &text[end..]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_print_as_their_documentation() {
        assert_eq!(documented(&Config::default()).expect("printed"), DOCUMENTED);
    }

    #[test]
    fn a_changed_setting_is_printed_among_the_documentation() {
        let changed = Config::load(None, &["mpie.max_lag=5".to_owned(), "seed=7".to_owned()]).expect("valid");
        let text = documented(&changed).expect("printed");
        assert!(text.contains("\nmax_lag = 5 # largest lag"), "{text}");
        assert_eq!(toml::from_str::<Config>(&text).expect("reads back"), changed);
    }
}
