//! In: a snapshot. Out: the causal graph as a file other tools open.

use std::borrow::Cow;
use std::io::{self, Write};
use std::path::Path;

use crate::error::Result;
use crate::types::{Edge, HyperEdge, Snapshot};

use super::{AtomicFile, dot, gexf, graphml, json};

/// Formats of the graph file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphFormat {
    /// Nodes, edges and hyperedges with every attribute.
    Json,
    /// GraphML (yEd, NetworkX, igraph).
    GraphMl,
    /// GEXF 1.3 (Gephi).
    Gexf,
    /// DOT (Graphviz).
    Dot,
}

impl GraphFormat {
    /// The format a file's extension asks for.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "graphml" => Some(Self::GraphMl),
            "gexf" => Some(Self::Gexf),
            "dot" | "gv" => Some(Self::Dot),
            _ => None,
        }
    }
}

/// Writes the graph in the format of the extension (JSON when there is none).
///
/// None of the three exchange formats has hyperedges that common readers accept. There, a hyperedge is a node of
/// kind `hyperedge` between its sources and its target, as the viewer draws it.
///
/// # Errors
/// [`crate::Error::Output`] when the file cannot be written.
pub fn write_graph(path: &Path, snapshot: &Snapshot) -> Result<()> {
    let fill: fn(&mut dyn Write, &Snapshot) -> io::Result<()> = match GraphFormat::of(path).unwrap_or(GraphFormat::Json)
    {
        GraphFormat::Json => json::write,
        GraphFormat::GraphMl => graphml::write,
        GraphFormat::Gexf => gexf::write,
        GraphFormat::Dot => dot::write,
    };
    AtomicFile::write(path, |out| fill(out, snapshot))
}

/// Type of an attribute in GraphML and GEXF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Whole,
    Real,
    Flag,
}

/// A named, typed attribute as text.
pub(super) type Attribute = (&'static str, Kind, String);

/// What the XML formats say about a link.
pub(super) fn edge_attributes(edge: &Edge) -> Vec<Attribute> {
    let link = &edge.link;
    vec![
        ("kind", Kind::Text, "link".to_owned()),
        ("lag", Kind::Whole, link.key.lag.to_string()),
        ("effect", Kind::Real, real(link.effect)),
        ("ci_lo", Kind::Real, real(link.ci_lo)),
        ("ci_hi", Kind::Real, real(link.ci_hi)),
        ("stability", Kind::Real, real(link.stability)),
        ("p_value", Kind::Real, real(link.p_value)),
        ("q_value", Kind::Real, real(link.q_value)),
        ("score", Kind::Real, real(link.score)),
        ("gain", Kind::Real, real(link.gain)),
        ("accepted", Kind::Flag, link.accepted.to_string()),
        ("directed", Kind::Flag, link.directed.to_string()),
        ("standardised_effect", Kind::Real, real(edge.weight)),
        ("standardised_effect_variance", Kind::Real, real(edge.var)),
        ("regime", Kind::Whole, edge.regime.to_string()),
        ("hits", Kind::Whole, edge.hits.to_string()),
        ("first_window", Kind::Whole, edge.first_window.to_string()),
        ("last_window", Kind::Whole, edge.last_window.to_string()),
    ]
}

/// What the XML formats say about the junction of a hyperedge.
pub(super) fn junction_attributes(hyperedge: &HyperEdge) -> Vec<Attribute> {
    vec![
        ("kind", Kind::Text, "hyperedge".to_owned()),
        ("gain_joint", Kind::Real, real(hyperedge.gain_joint)),
        ("gain_parts", Kind::Real, real(hyperedge.gain_parts)),
        ("ci_lo", Kind::Real, real(hyperedge.ci_lo)),
        ("ci_hi", Kind::Real, real(hyperedge.ci_hi)),
        ("stability", Kind::Real, real(hyperedge.stability)),
        ("hits", Kind::Whole, hyperedge.hits.to_string()),
        ("first_window", Kind::Whole, hyperedge.first_window.to_string()),
        ("last_window", Kind::Whole, hyperedge.last_window.to_string()),
    ]
}

/// What the XML formats say about a variable.
pub(super) fn node_attributes(snapshot: &Snapshot, variable: usize) -> Vec<Attribute> {
    let node = snapshot.nodes.get(variable).copied().unwrap_or_default();
    vec![
        ("kind", Kind::Text, "variable".to_owned()),
        ("mean", Kind::Real, real(node.mean)),
        ("sd", Kind::Real, real(node.sd)),
        ("autoregression_r2", Kind::Real, real(node.autoregression_r2)),
        ("missing", Kind::Real, real(node.missing)),
        ("regime_start_row", Kind::Whole, node.regime_start_row.to_string()),
    ]
}

/// Attributes by name, each once, in order of appearance; what a reader must be told before the first value.
pub(super) fn declared<'a>(groups: impl IntoIterator<Item = &'a [Attribute]>) -> Vec<(&'static str, Kind)> {
    let mut known: Vec<(&'static str, Kind)> = Vec::new();
    for (name, kind, _) in groups.into_iter().flatten() {
        if !known.iter().any(|k| k.0 == *name) {
            known.push((name, *kind));
        }
    }
    known
}

/// `xs:double` as XML Schema spells it.
fn real(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "INF".to_owned() } else { "-INF".to_owned() }
    } else {
        format!("{value:?}")
    }
}

/// Text as XML content or attribute value. Characters XML 1.0 cannot hold at all become U+FFFD.
pub(super) fn xml(text: &str) -> Cow<'_, str> {
    let plain = |c: char| !matches!(c, '&' | '<' | '>' | '"' | '\'' | '\u{fffe}' | '\u{ffff}') && c >= ' ';
    if text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            // As references these survive the normalisation of attribute values.
            '\t' | '\n' | '\r' => out.push_str(&format!("&#{};", c as u32)),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c if c < ' ' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}
