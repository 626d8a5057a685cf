//! In: one JSON object per line. Out: its head's columns; then rows of its numbers.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;
use arrow::json::ReaderBuilder;
use arrow::json::reader::Decoder;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use super::block::records_end;
use super::cell::{number, series_key};
use super::columnar::{self, Unfit};
use super::config::{BadRowPolicy, StreamConfig};
use super::csv::read_time;
use super::format::{BOM, Packing};
use super::inspect::{Head, PREVIEW_ROWS, Part, TextHead};
use super::options::ReadOptions;
use super::place::{Place, quoted};
use super::plan::Plan;
use super::profile::ColumnProfile;
use super::roles::{TimeScale, is_kept};
use super::rows::Rows;
use super::text::{Fault, Record, Sink, TextFormat};
use crate::error::Result;
use crate::types::{ColumnKind, DataFormat};

/// Blocks the typed decoder may refuse before it is not tried any more: the cells are then of a kind it does not know.
const MOST_REFUSED: u32 = 3;

/// A JSON object whose keys stay in the order of the file.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Object;
            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Object(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// Reads a line; says in one sentence why it is no object.
fn parse(line: &[u8]) -> Result<Object, String> {
    if std::str::from_utf8(line).is_err() {
        return Err("is not UTF-8 text; save the file as UTF-8".to_owned());
    }
    serde_json::from_slice(line).map_err(|e| format!("is not a JSON object on one line: {e}"))
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&b| b == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty())
}

/// A value as the text a CSV cell would hold; nested values have no number in them.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Columns and first rows of JSON lines. Columns are all keys of the inspected rows, in order of appearance.
pub(super) fn head(
    place: &Place,
    text_head: &TextHead<'_>,
    options: &ReadOptions,
    config: &StreamConfig,
) -> Result<Head> {
    let end = if text_head.ended { text_head.bytes.len() } else { records_end(text_head.bytes, None) };
    let bytes = text_head.bytes[..end].strip_prefix(BOM).unwrap_or(&text_head.bytes[..end]);
    let (mut objects, mut warnings) = (Vec::new(), Vec::new());
    let (mut rows, mut used, mut faults, mut complete) = (0u64, 0usize, 0, text_head.ended);
    for line in lines(bytes) {
        if rows == u64::from(config.infer_rows) {
            complete = false;
            break;
        }
        rows += 1;
        used += line.len() + 1;
        match parse(line) {
            Ok(object) => objects.push(object),
            Err(message) if config.bad_rows == BadRowPolicy::Stop => return Err(place.at_row(rows, message)),
            Err(_) => faults += 1,
        }
    }
    let mut names: Vec<String> = Vec::new();
    let mut positions = HashMap::new();
    for (key, _) in objects.iter().flat_map(|object| &object.0) {
        if !positions.contains_key(key) {
            positions.insert(key.clone(), names.len());
            names.push(key.clone());
        }
    }
    if names.is_empty() {
        return Err(place.error("no object holds a value"));
    }
    let mut profiles: Vec<ColumnProfile> =
        names.iter().map(|name| ColumnProfile::new(name, is_kept(name, options))).collect();
    let mut preview = Vec::new();
    for object in &objects {
        let mut cells = vec![String::new(); names.len()];
        for (key, value) in &object.0 {
            cells[positions[key]] = text(value);
        }
        cells.iter().zip(&mut profiles).for_each(|(cell, profile)| profile.push_text(cell));
        if preview.len() < PREVIEW_ROWS {
            preview.push(cells);
        }
    }
    if faults > 0 {
        warnings.push(format!("{faults} of the inspected rows cannot be read as they are"));
    }
    let part = Part {
        place: place.clone(),
        format: DataFormat::Jsonl,
        packing: Packing::Stream,
        dialect: None,
        names,
        total_bytes: text_head.total_bytes,
        row_bytes: used as f64 / rows.max(1) as f64,
    };
    Ok(Head { part, profiles, preview, rows, whole: complete, declared_rows: None, warnings })
}

/// Decodes the rows of one file of JSON lines.
pub(super) struct JsonFormat {
    names: Vec<String>,
    /// Column of each key.
    positions: HashMap<String, usize>,
    kinds: HashMap<String, ColumnKind>,
    plan: Plan,
    projected: Plan,
    started: bool,
    batch_rows: usize,
    decoder: Option<Decoder>,
    refused: u32,
}

impl JsonFormat {
    pub fn new(names: Vec<String>, kinds: HashMap<String, ColumnKind>, plan: Plan, batch_rows: usize) -> Self {
        let positions = names.iter().enumerate().map(|(index, name)| (name.clone(), index)).collect();
        let (_, projected) = plan.projected();
        Self { names, positions, kinds, plan, projected, started: false, batch_rows, decoder: None, refused: 0 }
    }

    fn kind(&self, index: usize) -> ColumnKind {
        self.kinds.get(&self.names[index]).copied().unwrap_or(ColumnKind::Float)
    }

    /// A decoder of the needed columns, typed as they were inspected.
    fn new_decoder(&self) -> Result<Decoder, ArrowError> {
        let (needed, projected) = self.plan.projected();
        let fields: Vec<Field> = needed
            .iter()
            .enumerate()
            .map(|(position, &index)| {
                let is_stamp = matches!(projected.time, Some((time, TimeScale::Stamp { .. })) if time == position);
                let kind = match self.kind(index) {
                    _ if is_stamp => DataType::Utf8,
                    ColumnKind::Text | ColumnKind::Time => DataType::Utf8,
                    ColumnKind::Boolean => DataType::Boolean,
                    _ => DataType::Float64,
                };
                Field::new(&self.names[index], kind, true)
            })
            .collect();
        ReaderBuilder::new(Arc::new(Schema::new(fields))).with_batch_size(self.batch_rows).build_decoder()
    }

    fn typed(&mut self, block: &[u8]) -> Result<Rows, Unfit> {
        let mut decoder = match self.decoder.take() {
            Some(decoder) => decoder,
            None => self.new_decoder()?,
        };
        let mut rows = Rows::default();
        let mut at = 0;
        loop {
            at += decoder.decode(&block[at..])?;
            // Bytes are left over when a batch is full.
            let Some(batch) = decoder.flush()? else { break };
            columnar::append(&batch, &self.projected, &mut rows)?;
        }
        self.decoder = Some(decoder);
        Ok(rows)
    }

    fn read(&self, line: &[u8]) -> Record {
        let mut record = Record { values: vec![f64::NAN; self.plan.vars.len()], time: f64::NAN, ..Record::default() };
        record.series = series_key(b"");
        let object = match parse(line) {
            Ok(object) => object,
            Err(message) => {
                record.fault = Some(Fault::row(format!("{message} ({})", quoted(line))));
                return record;
            }
        };
        let mut cells: Vec<Option<&Value>> = vec![None; self.names.len()];
        for (key, value) in &object.0 {
            if let Some(&position) = self.positions.get(key) {
                cells[position] = Some(value);
            }
        }
        let as_text = |index: usize| cells[index].map_or_else(String::new, text);
        for (var, &index) in self.plan.vars.iter().enumerate() {
            let value = match cells[index] {
                None => Some(f64::NAN),
                Some(Value::Number(number)) => number.as_f64(),
                Some(_) => number(as_text(index).as_bytes()),
            };
            if value.is_none() && record.fault.is_none() {
                record.fault = Some(Fault::cell(&self.names[index], as_text(index).as_bytes(), "a number"));
            }
            record.values[var] = value.filter(|x| x.is_finite()).unwrap_or(f64::NAN);
        }
        if let Some((index, scale)) = self.plan.time {
            let time = read_time(as_text(index).as_bytes(), scale);
            if time.is_none() && record.fault.is_none() {
                record.fault = Some(Fault::cell(&self.names[index], as_text(index).as_bytes(), "a time"));
            }
            record.time = time.unwrap_or(f64::NAN);
        }
        if let Some(index) = self.plan.series {
            record.series = series_key(as_text(index).as_bytes());
        }
        record
    }
}

impl TextFormat for JsonFormat {
    fn prepare<'a>(&mut self, block: &'a mut [u8]) -> &'a [u8] {
        let start = if !self.started && block.starts_with(BOM) { BOM.len() } else { 0 };
        self.started = true;
        &block[start..]
    }

    fn fast(&mut self, block: &[u8]) -> Option<Rows> {
        if self.refused >= MOST_REFUSED {
            return None;
        }
        let rows = self.typed(block);
        if rows.is_err() {
            self.decoder = None;
            self.refused += 1;
        }
        rows.ok()
    }

    fn record_by_record(&self, block: &[u8], sink: &mut Sink<'_>) -> Result<()> {
        lines(block).try_for_each(|line| sink.take(self.read(line)))
    }
}
