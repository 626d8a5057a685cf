//! In: profiles of columns, schemas of further files. Out: one schema that holds for all of them, widened where needed.

use std::collections::{HashMap, HashSet};

use super::profile::ColumnProfile;
use crate::types::{Column, ColumnKind, ColumnRole, Schema};

/// Keeps the schema of a stream: inferred once, checked against every file, widened but never narrowed.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemaManager {
    schema: Schema,
}

impl SchemaManager {
    /// A schema of version 1 from what the first rows show; roles follow from the types alone.
    pub fn infer(profiles: &[ColumnProfile]) -> Self {
        Self { schema: Schema { version: 1, columns: profiles.iter().map(ColumnProfile::column).collect() } }
    }

    /// The schema in force.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Whether rows of `found` can be read as rows of this schema: same names in any order, every type fitting in.
    ///
    /// # Errors
    /// One phrase per difference.
    pub fn validate(&self, found: &Schema) -> Result<(), Vec<String>> {
        let mut differences = Vec::new();
        let lacking = names_without(&self.schema.columns, &found.columns);
        let additional = names_without(&found.columns, &self.schema.columns);
        if !lacking.is_empty() {
            differences.push(format!("it lacks {}", lacking.join(", ")));
        }
        if !additional.is_empty() {
            differences.push(format!("it has {} in addition", additional.join(", ")));
        }
        let others = by_name(found);
        for column in &self.schema.columns {
            if let Some(other) = others.get(column.name.as_str())
                && widen(column.kind, other.kind).is_none()
            {
                differences.push(format!(
                    "\"{}\" holds {} here, {} before",
                    column.name,
                    plural(other.kind),
                    plural(column.kind)
                ));
            }
        }
        if differences.is_empty() { Ok(()) } else { Err(differences) }
    }

    /// Takes another file's schema in: types widen (whole to real numbers, empty to anything), missing cells add up,
    /// and the version grows when a type changed. Returns whether it did.
    ///
    /// # Errors
    /// As [`Self::validate`]; the schema then stays as it was.
    pub fn merge(&mut self, found: &Schema) -> Result<bool, Vec<String>> {
        self.validate(found)?;
        let mut widened = false;
        let others = by_name(found);
        for column in &mut self.schema.columns {
            let Some(other) = others.get(column.name.as_str()) else { continue };
            column.missing += other.missing;
            column.constant &= other.constant;
            if let Some(kind) = widen(column.kind, other.kind).filter(|&kind| kind != column.kind) {
                if column.kind == ColumnKind::Empty {
                    column.role = other.role.clone();
                }
                column.kind = kind;
                widened = true;
            }
        }
        self.schema.version += u32::from(widened);
        Ok(widened)
    }

    /// Sets the role of a column, by position.
    pub(super) fn set_role(&mut self, index: usize, role: ColumnRole) {
        self.schema.columns[index].role = role;
    }
}

fn by_name(schema: &Schema) -> HashMap<&str, &Column> {
    schema.columns.iter().map(|c| (c.name.as_str(), c)).collect()
}

fn names_without(these: &[Column], others: &[Column]) -> Vec<String> {
    let known: HashSet<&str> = others.iter().map(|c| c.name.as_str()).collect();
    these.iter().filter(|c| !known.contains(c.name.as_str())).map(|c| format!("\"{}\"", c.name)).collect()
}

/// The narrowest type that holds both, or `None` when the second does not fit a column of the first.
fn widen(base: ColumnKind, other: ColumnKind) -> Option<ColumnKind> {
    use ColumnKind::{Boolean, Empty, Float, Integer, Text, Time};
    Some(match (base, other) {
        (a, b) if a == b => a,
        (a, Empty) | (Empty, a) => a,
        (Float, Boolean | Integer) | (Boolean | Integer, Float) => Float,
        (Boolean, Integer) | (Integer, Boolean) => Integer,
        // What is text in one file may look like anything in another; it is left out in all.
        (Text, _) => Text,
        (Float | Integer | Boolean | Time, _) => return None,
    })
}

fn plural(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Float | ColumnKind::Integer => "numbers",
        ColumnKind::Boolean => "truth values",
        ColumnKind::Time => "times",
        ColumnKind::Text => "text",
        ColumnKind::Empty => "nothing",
    }
}
