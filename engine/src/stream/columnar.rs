//! In: record batches. Out: their rows as aligned numbers, their columns as profiles, their cells as text.

use arrow::array::{Array, ArrayRef, AsArray, Float64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Date32Type, Field, Float64Type, Int64Type, TimeUnit};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::cell::{series_key, series_key_of_number, timestamp_ns};
use super::plan::Plan;
use super::profile::ColumnProfile;
use super::roles::TimeScale;
use super::rows::Rows;
use crate::types::ColumnKind;

/// A batch that cannot be taken as it is: the row in it, and why.
#[derive(Debug)]
pub(super) struct Unfit {
    pub row: usize,
    pub message: String,
}

impl From<ArrowError> for Unfit {
    fn from(error: ArrowError) -> Self {
        Self { row: 0, message: error.to_string() }
    }
}

/// Appends a batch whose columns are those of the (projected) plan.
pub(super) fn append(batch: &RecordBatch, plan: &Plan, rows: &mut Rows) -> Result<(), Unfit> {
    let (count, vars) = (batch.num_rows(), plan.vars.len());
    let start = rows.values.len();
    rows.values.resize(start + count * vars, f64::NAN);
    for (var, &column) in plan.vars.iter().enumerate() {
        let column = numbers(batch.column(column))?;
        let out = rows.values[start..].iter_mut().skip(var).step_by(vars.max(1));
        match column.nulls() {
            None => out.zip(column.values()).for_each(|(out, &x)| *out = if x.is_finite() { x } else { f64::NAN }),
            Some(_) => out.zip(column.iter()).for_each(|(out, x)| {
                *out = x.filter(|x| x.is_finite()).unwrap_or(f64::NAN);
            }),
        }
    }
    if let Some((column, scale)) = plan.time {
        append_time(batch.column(column), scale, &mut rows.time)?;
    }
    if let Some(column) = plan.series {
        append_series(batch.column(column), &mut rows.series)?;
    }
    rows.len += count;
    Ok(())
}

fn append_time(column: &ArrayRef, scale: TimeScale, out: &mut Vec<f64>) -> Result<(), Unfit> {
    match scale {
        TimeScale::Number => {
            out.extend(numbers(column)?.iter().map(|x| x.filter(|x| x.is_finite()).unwrap_or(f64::NAN)));
        }
        TimeScale::Stamp { origin_ns } => {
            for (row, ns) in stamps(column)?.into_iter().enumerate() {
                let ns = ns.map_err(|text| Unfit { row, message: format!("{text} is not a date or time") })?;
                out.push(ns.map_or(f64::NAN, |ns| TimeScale::seconds(origin_ns, ns)));
            }
        }
    }
    Ok(())
}

fn append_series(column: &ArrayRef, out: &mut Vec<u64>) -> Result<(), Unfit> {
    if column.data_type().is_numeric() {
        out.extend(numbers(column)?.iter().map(|x| x.map_or_else(|| series_key(b""), series_key_of_number)));
    } else {
        let text = cast(column, &DataType::Utf8)?;
        out.extend(text.as_string::<i32>().iter().map(|x| series_key(x.unwrap_or("").as_bytes())));
    }
    Ok(())
}

/// Any numeric or boolean column as real numbers.
fn numbers(column: &ArrayRef) -> Result<Float64Array, ArrowError> {
    match column.data_type() {
        DataType::Float64 => Ok(column.as_primitive::<Float64Type>().clone()),
        DataType::Duration(_) => numbers(&cast(column, &DataType::Int64)?),
        _ => Ok(cast(column, &DataType::Float64)?.as_primitive::<Float64Type>().clone()),
    }
}

/// Any column of dates, times or their text as nanoseconds; text that is neither comes back as the error.
fn stamps(column: &ArrayRef) -> Result<Vec<Result<Option<i128>, String>>, ArrowError> {
    const SECOND: i128 = 1_000_000_000;
    let unit = |unit: &TimeUnit| match unit {
        TimeUnit::Second => SECOND,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1000,
        TimeUnit::Nanosecond => 1,
    };
    let scale = match column.data_type() {
        DataType::Date32 => {
            let days = column.as_primitive::<Date32Type>();
            return Ok(days.iter().map(|d| Ok(d.map(|d| i128::from(d) * 86_400 * SECOND))).collect());
        }
        DataType::Date64 => 1_000_000,
        DataType::Timestamp(u, _) | DataType::Time32(u) | DataType::Time64(u) => unit(u),
        _ => {
            let text = cast(column, &DataType::Utf8)?;
            let parse = |text: Option<&str>| match text.map(str::trim) {
                None | Some("") => Ok(None),
                Some(text) => match timestamp_ns(text) {
                    None if super::cell::number(text.as_bytes()).is_some_and(f64::is_nan) => Ok(None),
                    None => Err(super::place::quoted(text.as_bytes())),
                    ns => Ok(ns),
                },
            };
            return Ok(text.as_string::<i32>().iter().map(parse).collect());
        }
    };
    let ticks = match column.data_type() {
        DataType::Time32(_) => cast(&cast(column, &DataType::Int32)?, &DataType::Int64)?,
        _ => cast(column, &DataType::Int64)?,
    };
    Ok(ticks.as_primitive::<Int64Type>().iter().map(|t| Ok(t.map(|t| i128::from(t) * scale))).collect())
}

/// What a declared column is, and why it cannot be used if it cannot.
fn declared(field: &Field) -> (ColumnKind, Option<String>) {
    let of = |data: &DataType| match data {
        DataType::Boolean => Some(ColumnKind::Boolean),
        DataType::Null => Some(ColumnKind::Empty),
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) | DataType::Time32(_) | DataType::Time64(_) => {
            Some(ColumnKind::Time)
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Some(ColumnKind::Text),
        DataType::Duration(_) => Some(ColumnKind::Integer),
        d if d.is_integer() => Some(ColumnKind::Integer),
        d if d.is_numeric() => Some(ColumnKind::Float),
        _ => None,
    };
    let kind = match field.data_type() {
        DataType::Dictionary(_, values) => of(values),
        other => of(other),
    };
    match kind {
        Some(kind) => (kind, None),
        None => (ColumnKind::Text, Some(format!("not numeric (type {})", field.data_type()))),
    }
}

/// Empty profiles of the declared columns.
pub(super) fn profiles(fields: &[std::sync::Arc<Field>], keep: impl Fn(&str) -> bool) -> Vec<ColumnProfile> {
    fields
        .iter()
        .map(|field| {
            let (kind, remark) = declared(field);
            let mut profile = ColumnProfile::new(field.name(), kind == ColumnKind::Time || keep(field.name()));
            profile.declare(kind, remark);
            profile
        })
        .collect()
}

/// Adds the rows of a batch to the profiles of its columns.
pub(super) fn profile(batch: &RecordBatch, profiles: &mut [ColumnProfile]) -> Result<(), ArrowError> {
    for ((column, field), profile) in batch.columns().iter().zip(batch.schema().fields()).zip(profiles) {
        let (kind, remark) = declared(field);
        match kind {
            _ if remark.is_some() || kind == ColumnKind::Empty => {
                (0..column.len()).for_each(|_| profile.push_number(f64::NAN));
            }
            ColumnKind::Text => {
                let text: StringArray = cast(column, &DataType::Utf8)?.as_string::<i32>().clone();
                text.iter().for_each(|cell| profile.push_text(cell.unwrap_or("")));
            }
            ColumnKind::Time => {
                stamps(column)?.into_iter().for_each(|ns| profile.push_stamp(ns.unwrap_or_default()));
            }
            _ => numbers(column)?.iter().for_each(|x| profile.push_number(x.unwrap_or(f64::NAN))),
        }
    }
    Ok(())
}

/// The first rows of a batch as text.
pub(super) fn preview(batch: &RecordBatch, rows: usize) -> Result<Vec<Vec<String>>, ArrowError> {
    let options = FormatOptions::default();
    let columns = batch
        .columns()
        .iter()
        .map(|column| ArrayFormatter::try_new(column.as_ref(), &options))
        .collect::<Result<Vec<_>, _>>()?;
    Ok((0..rows.min(batch.num_rows()))
        .map(|row| columns.iter().map(|column| column.value(row).to_string()).collect())
        .collect())
}
