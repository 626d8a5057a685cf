//! In: JSON with nodes and edges. Out: the graph.

use serde_json::Value;

use super::Nodes;
use crate::simulation::graph::PlainGraph;

/// Reads `{"nodes": [{"id", "name"}], "edges" or "links": [{"source", "target", "weight"}], "hyperedges": […]}`. Ends
/// of edges are names or ids; a node may also be a bare name or number.
pub(super) fn graph(text: &str) -> Result<PlainGraph, String> {
    let document: Value = serde_json::from_str(text).map_err(|e| format!("it is no valid JSON: {e}"))?;
    let list = |key: &str| document.get(key).and_then(Value::as_array);
    let edges = list("edges").or_else(|| list("links"));
    let edges = edges.ok_or("it has no list \"edges\" (or \"links\")")?;
    let mut nodes = Nodes::default();
    // A node answers to its name and to its id.
    for (at, node) in list("nodes").into_iter().flatten().enumerate() {
        let name = ["name", "label", "id"].iter().find_map(|key| node.get(key).and_then(word)).or_else(|| word(node));
        let name = name.ok_or_else(|| format!("node {at} has neither name nor id"))?;
        if !nodes.declare(&name, &name) {
            return Err(format!("there are two nodes \"{name}\""));
        }
        if let Some(id) = node.get("id").and_then(word) {
            nodes.index.entry(id).or_insert(nodes.graph.names.len() as u32 - 1);
        }
    }
    for (at, edge) in edges.iter().enumerate() {
        let end = |key: &str| edge.get(key).and_then(word).ok_or_else(|| format!("edge {at} has no {key}"));
        let weight = ["weight", "standardised_effect"].iter().find_map(|key| edge.get(key).and_then(Value::as_f64));
        let (a, b) = (nodes.node(&end("source")?), nodes.node(&end("target")?));
        nodes.graph.edges.push((a, b, weight.unwrap_or(1.0) as f32));
    }
    for (at, hyper) in list("hyperedges").into_iter().flatten().enumerate() {
        let junction = nodes.node(&format!("joint cause {at}"));
        let ends = hyper.get("sources").and_then(Value::as_array).into_iter().flatten().chain(hyper.get("target"));
        for end in ends.filter_map(|end| word(end).or_else(|| end.get("source").and_then(word))) {
            let end = nodes.node(&end);
            nodes.graph.edges.push((junction, end, 1.0));
        }
    }
    Ok(nodes.graph)
}

/// A name, or a number as one.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
