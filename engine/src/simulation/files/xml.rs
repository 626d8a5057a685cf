//! In: GraphML or GEXF. Out: the graph.

use roxmltree::{Document, Node, ParsingOptions};

use super::{Nodes, weight};
use crate::simulation::graph::PlainGraph;

fn parse(text: &str) -> Result<Document<'_>, String> {
    let options = ParsingOptions { nodes_limit: u32::MAX, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|e| format!("it is no valid XML: {e}"))
}

fn named<'a, 'i>(root: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    root.descendants().filter(move |node| node.tag_name().name() == name)
}

fn attribute<'a>(node: Node<'a, '_>, name: &str) -> Result<&'a str, String> {
    node.attribute(name).ok_or_else(|| {
        let at = node.document().text_pos_at(node.range().start);
        format!("line {}: a {} has no {name}", at.row, node.tag_name().name())
    })
}

/// GraphML: the label is the value under a key called `label` or `name`, the weight that under `weight`, or what the
/// engine itself writes as the size of an effect.
pub(super) fn graphml(text: &str) -> Result<PlainGraph, String> {
    let document = parse(text)?;
    let root = document.root_element();
    if root.tag_name().name() != "graphml" {
        return Err(format!("it is no GraphML: its outermost element is \"{}\"", root.tag_name().name()));
    }
    let key = |kind: &str, names: &[&str]| {
        names.iter().find_map(|name| {
            named(root, "key")
                .find(|key| {
                    key.attribute("attr.name") == Some(name)
                        && key.attribute("for").is_none_or(|of| of == kind || of == "all")
                })
                .and_then(|key| key.attribute("id"))
        })
    };
    let (label, heavy) = (key("node", &["label", "name"]), key("edge", &["weight", "standardised_effect"]));
    let data = |node: Node<'_, '_>, key: Option<&str>| {
        let found = node.children().find(|child| child.tag_name().name() == "data" && child.attribute("key") == key);
        found.filter(|_| key.is_some()).and_then(|child| child.text().map(str::to_owned))
    };
    let mut nodes = Nodes::default();
    for node in named(root, "node") {
        let id = attribute(node, "id")?;
        if !nodes.declare(id, &data(node, label).unwrap_or_else(|| id.to_owned())) {
            return Err(format!("there are two nodes \"{id}\""));
        }
    }
    for edge in named(root, "edge") {
        let weight = data(edge, heavy).and_then(|text| weight(&text)).unwrap_or(1.0);
        nodes.edge(attribute(edge, "source")?, attribute(edge, "target")?, weight)?;
    }
    Ok(nodes.graph)
}

/// GEXF: labels and weights are attributes of the elements.
pub(super) fn gexf(text: &str) -> Result<PlainGraph, String> {
    let document = parse(text)?;
    let root = document.root_element();
    if root.tag_name().name() != "gexf" {
        return Err(format!("it is no GEXF: its outermost element is \"{}\"", root.tag_name().name()));
    }
    let mut nodes = Nodes::default();
    for node in named(root, "node") {
        let id = attribute(node, "id")?;
        if !nodes.declare(id, node.attribute("label").unwrap_or(id)) {
            return Err(format!("there are two nodes \"{id}\""));
        }
    }
    for edge in named(root, "edge") {
        let weight = edge.attribute("weight").and_then(weight).unwrap_or(1.0);
        nodes.edge(attribute(edge, "source")?, attribute(edge, "target")?, weight)?;
    }
    Ok(nodes.graph)
}
