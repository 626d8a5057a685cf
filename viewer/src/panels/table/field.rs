//! In: a link. Out: the columns of the table: what each says, how it sorts, what it means.

use std::cmp::Ordering;

use scarcity_engine::types::{Edge, Snapshot};

use super::super::derived::{is_directed, var_name};
use super::super::format;
use crate::model::Filter;

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Source,
    Lag,
    Target,
    Weight,
    Effect,
    Interval,
    Stability,
    Q,
    Gain,
    Regime,
    Since,
}

impl Field {
    pub(super) const ALL: [Self; 11] = [
        Self::Source,
        Self::Lag,
        Self::Target,
        Self::Weight,
        Self::Effect,
        Self::Interval,
        Self::Stability,
        Self::Q,
        Self::Gain,
        Self::Regime,
        Self::Since,
    ];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Source => "Source",
            Self::Lag => "Lag",
            Self::Target => "Target",
            Self::Weight => "Weight",
            Self::Effect => "Effect",
            Self::Interval => "95 % interval",
            Self::Stability => "Stability",
            Self::Q => "q",
            Self::Gain => "Gain",
            Self::Regime => "Regime",
            Self::Since => "Since",
        }
    }

    pub(super) fn help(self) -> &'static str {
        match self {
            Self::Source => "The cause",
            Self::Lag => "Rows between cause and effect",
            Self::Target => "The effect",
            Self::Weight => "Effect in standard deviations; sorts by its size",
            Self::Effect => "In data units; sorts by its size",
            Self::Interval => "Sorts by its width relative to the effect",
            Self::Stability => "Share of resampled data sets that agree",
            Self::Q => "p-value adjusted for the number of links tested",
            Self::Gain => "Out-of-bag R² beyond the target's own past",
            Self::Regime => "Regime in which it was last accepted",
            Self::Since => "First window in which it was accepted",
        }
    }

    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Source | Self::Target)
    }

    pub(super) fn compare(self, a: &Edge, b: &Edge, names: &[String]) -> Ordering {
        let name = |index: u32| names.get(index as usize).map_or("", String::as_str);
        let by = |of: fn(&Edge) -> f64| of(a).total_cmp(&of(b));
        match self {
            Self::Source => name(a.link.key.source).cmp(name(b.link.key.source)),
            Self::Target => name(a.link.key.target).cmp(name(b.link.key.target)),
            Self::Lag => a.link.key.lag.cmp(&b.link.key.lag),
            Self::Weight => by(|edge| edge.weight.abs()),
            Self::Effect => by(|edge| edge.link.effect.abs()),
            Self::Interval => by(Filter::ci_ratio),
            Self::Stability => by(|edge| edge.link.stability),
            Self::Q => by(|edge| edge.link.q_value),
            Self::Gain => by(|edge| edge.link.gain),
            Self::Regime => a.regime.cmp(&b.regime),
            Self::Since => a.first_window.cmp(&b.first_window),
        }
    }

    pub(super) fn text(self, edge: &Edge, snapshot: &Snapshot) -> String {
        let link = &edge.link;
        match self {
            Self::Source => var_name(snapshot, link.key.source),
            Self::Target => {
                let arrow = if is_directed(edge) { "→" } else { "–" };
                format!("{arrow} {}", var_name(snapshot, link.key.target))
            }
            Self::Lag => link.key.lag.to_string(),
            Self::Weight => format::weight(edge.weight),
            Self::Effect => format::number(link.effect),
            Self::Interval => format!("[{}, {}]", format::number(link.ci_lo), format::number(link.ci_hi)),
            Self::Stability => format::percent(link.stability),
            Self::Q => format::p_value(link.q_value),
            Self::Gain => format::percent(link.gain),
            Self::Regime => edge.regime.to_string(),
            Self::Since => format::window(edge.first_window),
        }
    }
}
