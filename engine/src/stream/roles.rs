//! In: profiles of all columns and what the user asked for. Out: the role of each column, the time axis, remarks.

use super::config::StreamConfig;
use super::options::ReadOptions;
use super::place::Place;
use super::profile::{ColumnProfile, NO_STAMP};
use super::schema::SchemaManager;
use super::steps::Steps;
use crate::error::Result;
use crate::types::{ColumnKind, ColumnRole, Schema};

/// Share of uneven steps from which on a stream counts as irregularly sampled.
const UNEVEN: f64 = 0.2;

/// The series column that is recognised by name.
pub(super) const SERIES: &str = "_series";

/// How the time column becomes a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum TimeScale {
    /// It is one.
    Number,
    /// Time stamps: seconds since this one, so that differences stay exact.
    Stamp {
        /// Nanoseconds since 1970.
        origin_ns: i128,
    },
}

/// The column that orders the rows.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TimeAxis {
    pub name: String,
    pub scale: TimeScale,
    /// Median of the inspected steps that are not zero, in the column's unit or seconds.
    pub median_step: Option<f64>,
}

impl TimeScale {
    /// Seconds since the origin.
    pub fn seconds(origin_ns: i128, ns: i128) -> f64 {
        (ns - origin_ns) as f64 * 1e-9
    }
}

/// What became of the columns.
#[derive(Debug)]
pub(super) struct Roles {
    pub schema: Schema,
    pub time: Option<TimeAxis>,
    pub series: Option<String>,
    pub warnings: Vec<String>,
}

/// Whether a column of this name could be the time column.
pub(super) fn is_time_name(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    ["time", "timestamp", "date", "datetime", "t"].contains(&name.as_str())
        || ["time", "timestamp", "date", "datetime"].iter().any(|word| {
            name.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
        })
}

/// Whether the values of a column must be kept to decide its role.
pub(super) fn is_kept(name: &str, options: &ReadOptions) -> bool {
    let asked = |column: &Option<String>| column.as_deref() == Some(name);
    name == SERIES || is_time_name(name) || asked(&options.time_column) || asked(&options.series_column)
}

/// Gives every column its role. `whole` says that the profiles cover all rows there are.
pub(super) fn decide(
    place: &Place,
    profiles: &[ColumnProfile],
    mut manager: SchemaManager,
    options: &ReadOptions,
    config: &StreamConfig,
    whole: bool,
) -> Result<Roles> {
    let mut warnings = Vec::new();
    let find = |name: &str| {
        profiles.iter().position(|p| p.name() == name).ok_or_else(|| {
            let known: Vec<String> = profiles.iter().map(|p| format!("\"{}\"", p.name())).collect();
            place.error(format!("there is no column \"{name}\"; the columns are {}", known.join(", ")))
        })
    };
    let series = match &options.series_column {
        Some(name) if name.is_empty() => None,
        Some(name) => Some(find(name)?),
        None => profiles.iter().position(|p| p.name() == SERIES),
    };
    let chosen = match &options.columns {
        Some(names) => Some(names.iter().map(|name| find(name)).collect::<Result<Vec<_>>>()?),
        None => None,
    };
    let time = match &options.time_column {
        Some(name) if name.is_empty() => None,
        Some(name) => {
            let index = find(name)?;
            if matches!(profiles[index].kind(), ColumnKind::Text | ColumnKind::Empty) {
                let reason = match profiles[index].column().role {
                    ColumnRole::Skipped(reason) => reason,
                    _ => "no numbers, no dates".to_owned(),
                };
                return Err(place.error(format!("\"{name}\" cannot be the time column: {reason}")));
            }
            Some(index)
        }
        None => detect_time(profiles, series, &mut warnings),
    }
    .filter(|index| options.time_column.is_some() || !chosen.as_ref().is_some_and(|chosen| chosen.contains(index)));

    if let Some(chosen) = &chosen {
        for &index in chosen {
            let name = profiles[index].name();
            if Some(index) == series || Some(index) == time {
                let role = if Some(index) == series { "series" } else { "time" };
                return Err(place.error(format!("\"{name}\" is the {role} column and cannot be a variable too")));
            }
            if let ColumnRole::Skipped(reason) = profiles[index].column().role {
                return Err(place.error(format!("column \"{name}\" cannot be a variable: {reason}")));
            }
        }
    }
    for (index, profile) in profiles.iter().enumerate() {
        let role = if Some(index) == series {
            ColumnRole::Series
        } else if Some(index) == time {
            ColumnRole::Time
        } else if chosen.as_ref().is_some_and(|chosen| !chosen.contains(&index)) {
            ColumnRole::Skipped("not asked for".to_owned())
        } else {
            by_values(profile, whole, &mut warnings)
        };
        manager.set_role(index, role);
    }
    let schema = manager.schema().clone();
    require_two_variables(place, &schema)?;
    let skipped: Vec<String> = schema
        .columns
        .iter()
        .filter_map(|c| match &c.role {
            ColumnRole::Skipped(reason) if reason != "not asked for" => Some(format!("\"{}\" ({reason})", c.name)),
            _ => None,
        })
        .collect();
    if !skipped.is_empty() {
        warnings.push(format!("left out: {}", skipped.join(", ")));
    }
    let time = time.map(|index| axis(&profiles[index], series.map(|s| &profiles[s]), config, &mut warnings));
    Ok(Roles { schema, time, series: series.map(|index| profiles[index].name().to_owned()), warnings })
}

/// The role a column's values allow.
fn by_values(profile: &ColumnProfile, whole: bool, warnings: &mut Vec<String>) -> ColumnRole {
    let role = profile.column().role;
    if role != ColumnRole::Variable {
        return role;
    }
    if let Some((cells, row, text)) = profile.misfits() {
        warnings.push(format!(
            "column \"{}\" holds {cells} cell(s) that are not numbers, the first is {text} in row {row}",
            profile.name()
        ));
    }
    match profile.constant() {
        Some(value) if whole => ColumnRole::Skipped(format!("constant: always {value}")),
        Some(value) => {
            warnings.push(format!("column \"{}\" is {value} in all inspected rows", profile.name()));
            role
        }
        None => role,
    }
}

fn require_two_variables(place: &Place, schema: &Schema) -> Result<()> {
    let variables = schema.variables();
    if variables.len() > 1 {
        return Ok(());
    }
    let mut message = match variables.first() {
        None => "no column can be a variable".to_owned(),
        Some(only) => format!("only one column (\"{only}\") can be a variable; causes need at least two"),
    };
    const SHOWN: usize = 8;
    let others: Vec<String> = schema
        .columns
        .iter()
        .filter_map(|c| match &c.role {
            ColumnRole::Variable => None,
            ColumnRole::Time => Some(format!("\"{}\": the time column", c.name)),
            ColumnRole::Series => Some(format!("\"{}\": the series column", c.name)),
            ColumnRole::Skipped(reason) => Some(format!("\"{}\": {reason}", c.name)),
        })
        .take(SHOWN)
        .collect();
    if !others.is_empty() {
        message.push_str(&format!(" ({})", others.join("; ")));
    }
    Err(place.error(message))
}

/// The one column of time stamps; among several, or among numbers, the one whose name says so and that only grows.
fn detect_time(profiles: &[ColumnProfile], series: Option<usize>, warnings: &mut Vec<String>) -> Option<usize> {
    let others = || (0..profiles.len()).filter(|&index| Some(index) != series);
    let stamps: Vec<usize> = others().filter(|&index| profiles[index].kind() == ColumnKind::Time).collect();
    let named = |index: &usize| is_time_name(profiles[*index].name());
    match stamps.as_slice() {
        [] => {}
        [only] => return Some(*only),
        several => {
            let by_name: Vec<usize> = several.iter().copied().filter(named).collect();
            if let [one] = by_name.as_slice() {
                return Some(*one);
            }
            let names: Vec<&str> = several.iter().map(|&index| profiles[index].name()).collect();
            warnings
                .push(format!("several columns hold times ({}); none is used as the time column", names.join(", ")));
            return None;
        }
    }
    let keys = series.map(|s| &profiles[s]);
    others().filter(named).find(|&index| {
        let profile = &profiles[index];
        if !matches!(profile.kind(), ColumnKind::Float | ColumnKind::Integer) || profile.misfits().is_some() {
            return false;
        }
        let steps = Steps::of(profile, keys, TimeScale::Number);
        let grows = steps.missing == 0 && steps.equal == 0 && steps.backwards.is_none();
        if !grows {
            warnings.push(format!(
                "column \"{}\" does not grow from row to row, so it is a variable, not the time column",
                profile.name()
            ));
        }
        grows
    })
}

fn axis(
    profile: &ColumnProfile,
    series: Option<&ColumnProfile>,
    config: &StreamConfig,
    warnings: &mut Vec<String>,
) -> TimeAxis {
    let scale = match profile.kind() {
        ColumnKind::Time => TimeScale::Stamp {
            origin_ns: profile.stamps().iter().copied().find(|&ns| ns != NO_STAMP).unwrap_or_default(),
        },
        _ => TimeScale::Number,
    };
    let steps = Steps::of(profile, series, scale);
    let name = profile.name();
    if let Some(row) = steps.backwards {
        warnings.push(format!("time goes backwards in row {row} (column \"{name}\"); sort the rows by it first"));
    }
    let median_step = steps.median();
    if let Some(median) = median_step {
        let gaps = steps.forward.iter().filter(|&&step| step > config.gap_factor * median).count();
        if gaps * 10 > steps.forward.len() {
            warnings.push(format!(
                "{gaps} of {} steps in \"{name}\" are longer than {} median steps and count as gaps; raise stream.gap_factor if they are not",
                steps.forward.len(),
                config.gap_factor
            ));
        }
    }
    if let Some(median) = median_step
        && steps.uneven_share(median, config.gap_factor * median) > UNEVEN
    {
        warnings.push(format!(
            "the steps in \"{name}\" vary, and lags are counted in rows: a lag is then not one span of time; resample the rows to even steps first if that matters"
        ));
    }
    TimeAxis { name: name.to_owned(), scale, median_step }
}
