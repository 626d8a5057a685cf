//! In: a snapshot. Out: GraphML.

use std::io::{self, Write};

use crate::types::Snapshot;

use super::edges::name;
use super::graph::{Attribute, Kind, declared, edge_attributes, junction_attributes, node_attributes, xml};

/// Writes the graph; parallel links of a pair differ in `lag` and have their own `id`.
pub(super) fn write(out: &mut dyn Write, snapshot: &Snapshot) -> io::Result<()> {
    let mut nodes: Vec<(String, String, Vec<Attribute>)> = (0..snapshot.names.len())
        .map(|v| (format!("n{v}"), snapshot.names[v].clone(), node_attributes(snapshot, v)))
        .collect();
    let mut edges: Vec<(String, String, Vec<Attribute>)> = snapshot
        .edges
        .iter()
        .map(|e| (format!("n{}", e.link.key.source), format!("n{}", e.link.key.target), edge_attributes(e)))
        .collect();
    for (h, hyperedge) in snapshot.hyperedges.iter().enumerate() {
        let label = format!("joint cause of {}", name(&snapshot.names, hyperedge.target));
        nodes.push((format!("h{h}"), label, junction_attributes(hyperedge)));
        for &(source, lag) in &hyperedge.sources {
            edges.push((format!("n{source}"), format!("h{h}"), part(Some(lag))));
        }
        edges.push((format!("h{h}"), format!("n{}", hyperedge.target), part(None)));
    }

    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">"#
    )?;
    writeln!(out, r#"  <key id="n_label" for="node" attr.name="label" attr.type="string"/>"#)?;
    keys(out, "node", &declared(nodes.iter().map(|n| n.2.as_slice())))?;
    keys(out, "edge", &declared(edges.iter().map(|e| e.2.as_slice())))?;
    writeln!(out, r#"  <graph id="scarcity" edgedefault="directed">"#)?;
    for (id, label, attributes) in &nodes {
        writeln!(out, r#"    <node id="{id}">"#)?;
        writeln!(out, r#"      <data key="n_label">{}</data>"#, xml(label))?;
        data(out, 'n', attributes)?;
        writeln!(out, "    </node>")?;
    }
    for (number, (source, target, attributes)) in edges.iter().enumerate() {
        writeln!(out, r#"    <edge id="e{number}" source="{source}" target="{target}">"#)?;
        data(out, 'e', attributes)?;
        writeln!(out, "    </edge>")?;
    }
    writeln!(out, "  </graph>\n</graphml>")
}

/// Attributes of the line between a hyperedge's junction and one of its ends.
fn part(lag: Option<u32>) -> Vec<Attribute> {
    let mut attributes = vec![("kind", Kind::Text, "hyperedge".to_owned())];
    attributes.extend(lag.map(|lag| ("lag", Kind::Whole, lag.to_string())));
    attributes
}

fn keys(out: &mut dyn Write, owner: &str, declared: &[(&str, Kind)]) -> io::Result<()> {
    for (name, kind) in declared {
        let kind = match kind {
            Kind::Text => "string",
            Kind::Whole => "long",
            Kind::Real => "double",
            Kind::Flag => "boolean",
        };
        let prefix = &owner[..1];
        writeln!(out, r#"  <key id="{prefix}_{name}" for="{owner}" attr.name="{name}" attr.type="{kind}"/>"#)?;
    }
    Ok(())
}

fn data(out: &mut dyn Write, prefix: char, attributes: &[Attribute]) -> io::Result<()> {
    for (name, _, value) in attributes {
        writeln!(out, r#"      <data key="{prefix}_{name}">{}</data>"#, xml(value))?;
    }
    Ok(())
}
