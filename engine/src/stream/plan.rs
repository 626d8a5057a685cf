//! In: the roles of columns and one file's column order. Out: which column goes where.

use super::roles::{TimeAxis, TimeScale};
use crate::types::Schema;

/// Where each part of a row is found in one file. Positions are those of the file's columns.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// Column of each variable, in stream order.
    pub vars: Vec<usize>,
    /// The time column and how to read it.
    pub time: Option<(usize, TimeScale)>,
    /// The series column.
    pub series: Option<usize>,
}

impl Plan {
    /// Maps the stream's columns to a file's by name; the schema has been checked against the names before.
    pub fn new(schema: &Schema, time: Option<&TimeAxis>, series: Option<&str>, names: &[String]) -> Self {
        let positions: std::collections::HashMap<&str, usize> =
            names.iter().enumerate().map(|(index, name)| (name.as_str(), index)).collect();
        let position = |name: &str| positions.get(name).copied();
        Self {
            vars: schema.variables().iter().filter_map(|name| position(name)).collect(),
            time: time.and_then(|axis| Some((position(&axis.name)?, axis.scale))),
            series: series.and_then(position),
        }
    }

    /// The columns needed, ascending, and this plan in terms of positions among them.
    pub fn projected(&self) -> (Vec<usize>, Self) {
        let mut needed: Vec<usize> =
            self.vars.iter().copied().chain(self.time.map(|(index, _)| index)).chain(self.series).collect();
        needed.sort_unstable();
        needed.dedup();
        // Every position asked for is among `needed`, so the search always finds it.
        let among = |index: usize| needed.partition_point(|&n| n < index);
        let plan = Self {
            vars: self.vars.iter().map(|&index| among(index)).collect(),
            time: self.time.map(|(index, scale)| (among(index), scale)),
            series: self.series.map(among),
        };
        (needed, plan)
    }
}
