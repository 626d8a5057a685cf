//! In: a snapshot. Out: GEXF 1.3.

use std::io::{self, Write};

use crate::types::Snapshot;

use super::edges::name;
use super::graph::{Attribute, Kind, declared, edge_attributes, junction_attributes, node_attributes, xml};

/// (source, target, drawing weight, attributes).
type Line = (String, String, f64, Vec<Attribute>);

/// Writes the graph; `weight` is the size of the standardised effect, which Gephi takes as the line's width.
pub(super) fn write(out: &mut dyn Write, snapshot: &Snapshot) -> io::Result<()> {
    let mut nodes: Vec<(String, String, Vec<Attribute>)> = (0..snapshot.names.len())
        .map(|v| (format!("n{v}"), snapshot.names[v].clone(), node_attributes(snapshot, v)))
        .collect();
    let mut edges: Vec<Line> = snapshot
        .edges
        .iter()
        .map(|e| {
            let key = e.link.key;
            (format!("n{}", key.source), format!("n{}", key.target), e.weight.abs(), edge_attributes(e))
        })
        .collect();
    for (h, hyperedge) in snapshot.hyperedges.iter().enumerate() {
        let label = format!("joint cause of {}", name(&snapshot.names, hyperedge.target));
        nodes.push((format!("h{h}"), label, junction_attributes(hyperedge)));
        let kind = || ("kind", Kind::Text, "hyperedge".to_owned());
        for &(source, lag) in &hyperedge.sources {
            let attributes = vec![kind(), ("lag", Kind::Whole, lag.to_string())];
            edges.push((format!("n{source}"), format!("h{h}"), hyperedge.gain_joint, attributes));
        }
        edges.push((format!("h{h}"), format!("n{}", hyperedge.target), hyperedge.gain_joint, vec![kind()]));
    }

    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<gexf xmlns="http://gexf.net/1.3" version="1.3">"#)?;
    writeln!(out, "  <meta>\n    <creator>SCARCITY</creator>")?;
    writeln!(out, "    <description>Causal graph after {} rows</description>\n  </meta>", snapshot.rows)?;
    writeln!(out, r#"  <graph defaultedgetype="directed" mode="static">"#)?;
    let node_keys = declared(nodes.iter().map(|n| n.2.as_slice()));
    let edge_keys = declared(edges.iter().map(|e| e.3.as_slice()));
    keys(out, "node", &node_keys)?;
    keys(out, "edge", &edge_keys)?;
    writeln!(out, "    <nodes>")?;
    for (id, label, attributes) in &nodes {
        writeln!(out, r#"      <node id="{id}" label="{}">"#, xml(label))?;
        values(out, &node_keys, attributes)?;
        writeln!(out, "      </node>")?;
    }
    writeln!(out, "    </nodes>\n    <edges>")?;
    for (number, (source, target, weight, attributes)) in edges.iter().enumerate() {
        let weight = if weight.is_finite() { weight.abs() } else { 0.0 };
        writeln!(out, r#"      <edge id="{number}" source="{source}" target="{target}" weight="{weight:?}">"#)?;
        values(out, &edge_keys, attributes)?;
        writeln!(out, "      </edge>")?;
    }
    writeln!(out, "    </edges>\n  </graph>\n</gexf>")
}

fn keys(out: &mut dyn Write, class: &str, declared: &[(&str, Kind)]) -> io::Result<()> {
    writeln!(out, r#"    <attributes class="{class}">"#)?;
    for (id, (name, kind)) in declared.iter().enumerate() {
        let kind = match kind {
            Kind::Text => "string",
            Kind::Whole => "long",
            Kind::Real => "double",
            Kind::Flag => "boolean",
        };
        writeln!(out, r#"      <attribute id="{id}" title="{name}" type="{kind}"/>"#)?;
    }
    writeln!(out, "    </attributes>")
}

fn values(out: &mut dyn Write, declared: &[(&str, Kind)], attributes: &[Attribute]) -> io::Result<()> {
    writeln!(out, "        <attvalues>")?;
    for (name, _, value) in attributes {
        if let Some(id) = declared.iter().position(|d| d.0 == *name) {
            writeln!(out, r#"          <attvalue for="{id}" value="{}"/>"#, xml(value))?;
        }
    }
    writeln!(out, "        </attvalues>")
}
