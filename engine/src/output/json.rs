//! In: a snapshot. Out: the graph as JSON, with names instead of numbers for variables.

use std::io::{self, Write};

use serde_json::{Value, json};

use crate::types::{Edge, HyperEdge, LinkScore, Snapshot};

use super::edges::name;

/// Writes nodes, edges and hyperedges with every attribute. A number that does not exist is `null`.
pub(super) fn write(out: &mut dyn Write, snapshot: &Snapshot) -> io::Result<()> {
    let document = json!({
        "format": "scarcity-graph",
        "version": 1,
        "directed": true,
        "window": snapshot.window,
        "rows": snapshot.rows,
        "max_lag": snapshot.max_lag,
        "regime": snapshot.regime,
        "regime_start_row": snapshot.regime_start_row,
        "inflation": snapshot.inflation,
        "weak": snapshot.weak,
        "levels_wander": snapshot.levels_wander,
        "nodes": (0..snapshot.names.len()).map(|v| node_json(snapshot, v)).collect::<Vec<_>>(),
        "edges": snapshot.edges.iter().map(|e| edge_json(&snapshot.names, e)).collect::<Vec<_>>(),
        "hyperedges": snapshot.hyperedges.iter().map(|h| hyperedge_json(&snapshot.names, h)).collect::<Vec<_>>(),
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

/// A variable and its statistics.
pub fn node_json(snapshot: &Snapshot, variable: usize) -> Value {
    let node = snapshot.nodes.get(variable).copied().unwrap_or_default();
    json!({
        "id": variable,
        "name": snapshot.names[variable],
        "mean": node.mean,
        "sd": node.sd,
        "autoregression_r2": node.autoregression_r2,
        "missing": node.missing,
        "regime_start_row": node.regime_start_row,
    })
}

/// A link's score and verdict.
pub fn link_json(names: &[String], link: &LinkScore) -> Value {
    json!({
        "source": name(names, link.key.source),
        "target": name(names, link.key.target),
        "lag": link.key.lag,
        "effect": link.effect,
        "ci_lo": link.ci_lo,
        "ci_hi": link.ci_hi,
        "stability": link.stability,
        "score": link.score,
        "p_value": link.p_value,
        "q_value": link.q_value,
        "gain": link.gain,
        "accepted": link.accepted,
        "directed": link.directed,
    })
}

/// A link with everything the store knows about it.
pub fn edge_json(names: &[String], edge: &Edge) -> Value {
    let mut value = link_json(names, &edge.link);
    value["standardised_effect"] = json!(edge.weight);
    value["standardised_effect_variance"] = json!(edge.var);
    value["regime"] = json!(edge.regime);
    value["hits"] = json!(edge.hits);
    value["first_window"] = json!(edge.first_window);
    value["last_window"] = json!(edge.last_window);
    value
}

/// A hyperedge with everything the store knows about it.
pub fn hyperedge_json(names: &[String], hyperedge: &HyperEdge) -> Value {
    let source = |&(source, lag): &(u32, u32)| json!({ "name": name(names, source), "lag": lag });
    json!({
        "sources": hyperedge.sources.iter().map(source).collect::<Vec<_>>(),
        "target": name(names, hyperedge.target),
        "gain_joint": hyperedge.gain_joint,
        "gain_parts": hyperedge.gain_parts,
        "ci_lo": hyperedge.ci_lo,
        "ci_hi": hyperedge.ci_hi,
        "stability": hyperedge.stability,
        "hits": hyperedge.hits,
        "first_window": hyperedge.first_window,
        "last_window": hyperedge.last_window,
    })
}
