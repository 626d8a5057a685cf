//! In: a file with a graph (GraphML, GEXF, JSON, an edge list). Out: the graph, or a sentence that says what is wrong
//! where.

mod edges;
mod json;
mod xml;

use std::collections::HashMap;
use std::path::Path;

use super::graph::PlainGraph;
use crate::error::{Error, Result};

/// Formats of graphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GraphFile {
    /// GraphML.
    GraphMl,
    /// GEXF.
    Gexf,
    /// `{"nodes": […], "edges": […]}`, as `--graph OUT.json` writes it and NetworkX's node-link data has it.
    Json,
    /// One edge per line: source, target and, if there is one, a weight.
    Edges,
}

impl GraphFile {
    /// The format a file's extension means.
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "graphml" => Some(Self::GraphMl),
            "gexf" => Some(Self::Gexf),
            "json" => Some(Self::Json),
            "csv" | "tsv" | "txt" | "edges" => Some(Self::Edges),
            _ => None,
        }
    }
}

/// Reads a graph.
///
/// # Errors
/// [`Error::Input`] with file and row where it cannot be read or makes no sense.
pub fn read_graph(path: &Path) -> Result<PlainGraph> {
    let fault = |message: String| Error::input(path.to_owned(), message);
    let format = GraphFile::of(path).ok_or_else(|| {
        fault("a graph is read from .graphml, .gexf, .json, or an edge list in .csv, .tsv, .txt".to_owned())
    })?;
    let bytes = std::fs::read(path).map_err(|e| fault(format!("it cannot be read: {e}")))?;
    let text = String::from_utf8(bytes)
        .map_err(|e| fault(format!("it is no UTF-8 text (byte {} is not)", e.utf8_error().valid_up_to())))?;
    let graph = match format {
        GraphFile::GraphMl => xml::graphml(&text).map_err(fault)?,
        GraphFile::Gexf => xml::gexf(&text).map_err(fault)?,
        GraphFile::Json => json::graph(&text).map_err(fault)?,
        GraphFile::Edges => edges::graph(&text, path)?,
    };
    if graph.names.is_empty() {
        return Err(fault("the graph has no nodes".to_owned()));
    }
    Ok(graph)
}

/// Nodes by the identity they have in the file.
#[derive(Debug, Default)]
struct Nodes {
    index: HashMap<String, u32>,
    graph: PlainGraph,
}

impl Nodes {
    /// A node that the file declares; false when it had it already.
    fn declare(&mut self, id: &str, name: &str) -> bool {
        let new = self.graph.names.len() as u32;
        let fresh = self.index.insert(id.to_owned(), new).is_none();
        if fresh {
            self.graph.names.push(name.to_owned());
        }
        fresh
    }

    /// A node by identity, declared now if it was not before.
    fn node(&mut self, id: &str) -> u32 {
        if let Some(&node) = self.index.get(id) {
            return node;
        }
        self.declare(id, id);
        self.graph.names.len() as u32 - 1
    }

    /// An edge between declared nodes.
    fn edge(&mut self, source: &str, target: &str, weight: f32) -> Result<(), String> {
        let find = |id: &str| {
            self.index.get(id).copied().ok_or_else(|| format!("an edge names the node \"{id}\", which is not there"))
        };
        let (a, b) = (find(source)?, find(target)?);
        self.graph.edges.push((a, b, weight));
        Ok(())
    }
}

/// A weight as text.
fn weight(text: &str) -> Option<f32> {
    text.trim().parse::<f32>().ok().filter(|weight| weight.is_finite())
}
