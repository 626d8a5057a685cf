//! In: an edge list. Out: the graph.

use std::path::Path;

use super::{Nodes, weight};
use crate::error::{Error, Result};
use crate::simulation::graph::PlainGraph;

/// Separated by whatever the first line has of comma, semicolon and tab, else by blanks. A first line whose third word is
/// no number although there is one, or that says `source`, is a header; lines that begin with `#` or `%` say nothing.
pub(super) fn graph(text: &str, path: &Path) -> Result<PlainGraph> {
    let fault = |row: usize, message: String| Error::Input {
        path: Some(path.to_owned()),
        row: Some(row as u64),
        column: None,
        message,
    };
    let lines = || text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with(['#', '%']));
    let first = lines().next().unwrap_or_default();
    let separator = [',', ';', '\t'].into_iter().find(|separator| first.contains(*separator));
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(separator.unwrap_or('\u{1}') as u8)
        .from_reader(text.as_bytes());
    let mut columns = [0, 1, 2];
    let mut nodes = Nodes::default();
    let mut rows = 0;
    for record in reader.records() {
        let record = record.map_err(|e| fault(rows + 1, format!("the line cannot be read: {e}")))?;
        let words: Vec<&str> = match separator {
            Some(_) => record.iter().collect(),
            None => record.get(0).unwrap_or_default().split_whitespace().collect(),
        };
        if words.iter().all(|word| word.is_empty()) || words[0].starts_with(['#', '%']) {
            continue;
        }
        if rows == 0 && is_header(&words) {
            for (at, names) in [&["source", "from"][..], &["target", "to"], &["weight", "effect"]].iter().enumerate() {
                let place = words.iter().position(|w| names.iter().any(|name| w.eq_ignore_ascii_case(name)));
                columns[at] = place.unwrap_or(if at == 2 { usize::MAX } else { at });
            }
            continue;
        }
        rows += 1;
        let [source, target, heavy] = columns;
        let (Some(a), Some(b)) = (words.get(source), words.get(target)) else {
            return Err(fault(rows, "an edge needs a source and a target".to_owned()));
        };
        let weight = match words.get(heavy).filter(|word| !word.is_empty()) {
            None => 1.0,
            Some(text) => weight(text).ok_or_else(|| fault(rows, format!("the weight \"{text}\" is no number")))?,
        };
        let (a, b) = (nodes.node(a), nodes.node(b));
        nodes.graph.edges.push((a, b, weight));
    }
    Ok(nodes.graph)
}

fn is_header(words: &[&str]) -> bool {
    let named = |word: &&str| ["source", "from"].iter().any(|name| word.eq_ignore_ascii_case(name));
    words.iter().any(named) || words.get(2).is_some_and(|word| weight(word).is_none())
}
