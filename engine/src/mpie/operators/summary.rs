//! In: a lagged graph. Out: its summary over all lags, and the graph unrolled in time.

use std::collections::BTreeMap;

use super::graph::{LaggedGraph, Mark, Node};

/// A pair of variables with every lag at which they are linked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SummaryEdge {
    /// Source variable.
    pub source: u32,
    /// Target variable; the source itself where a variable acts on its own future.
    pub target: u32,
    /// Lags of the links from source to target, ascending. A lag-0 link without one direction is listed at both edges
    /// of a pair that has lagged links both ways, and at the first that has any.
    pub lags: Vec<u32>,
    /// Direction of the pair: directed as soon as one link is.
    pub mark: Mark,
}

/// A link between two points in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct WindowEdge {
    /// Cause, or one end where not directed.
    pub from: Node,
    /// Effect, or the other end.
    pub to: Node,
    /// Direction.
    pub mark: Mark,
}

/// One edge per ordered pair of variables that some lagged or directed lag-0 link joins, and one per pair that only an
/// open lag-0 link joins, ordered by source and target.
pub fn summary(graph: &LaggedGraph) -> Vec<SummaryEdge> {
    let mut lags: BTreeMap<(u32, u32), Vec<u32>> = BTreeMap::new();
    for link in graph.links.iter().filter(|link| link.mark == Mark::Directed) {
        lags.entry((link.key.source, link.key.target)).or_default().push(link.key.lag);
    }
    let mut edges: BTreeMap<(u32, u32), (Vec<u32>, Mark)> =
        lags.into_iter().map(|(pair, lags)| (pair, (lags, Mark::Directed))).collect();
    for link in graph.links.iter().filter(|link| link.mark != Mark::Directed) {
        let (a, b) = (link.key.source, link.key.target);
        let mut listed = false;
        for pair in [(a, b), (b, a)] {
            if let Some((lags, Mark::Directed)) = edges.get_mut(&pair) {
                lags.push(link.key.lag);
                listed = true;
            }
        }
        if !listed {
            edges.insert((a, b), (vec![link.key.lag], link.mark));
        }
    }
    let edges = edges.into_iter().map(|((source, target), (mut lags, mark))| {
        lags.sort_unstable();
        SummaryEdge { source, target, lags, mark }
    });
    edges.collect()
}

/// The graph between the present row and those up to `depth` before it: every link once for each row at which both its
/// ends lie within. Sorted.
pub fn window(graph: &LaggedGraph, depth: u32) -> Vec<WindowEdge> {
    let unrolled = graph.links.iter().flat_map(|link| {
        let key = link.key;
        (key.lag..=depth).map(move |from| WindowEdge {
            from: Node::new(key.source, from),
            to: Node::new(key.target, from - key.lag),
            mark: link.mark,
        })
    });
    let mut edges: Vec<WindowEdge> = unrolled.collect();
    edges.sort_unstable();
    edges
}

#[cfg(test)]
mod tests {
    use super::super::graph::LaggedLink;
    use super::*;

    fn edge(source: u32, target: u32, lags: &[u32], mark: Mark) -> SummaryEdge {
        SummaryEdge { source, target, lags: lags.to_vec(), mark }
    }

    #[test]
    fn lags_collapse_and_direction_survives() {
        let graph = LaggedGraph::new(
            4,
            vec![
                LaggedLink::directed(0, 1, 3),
                LaggedLink::directed(0, 1, 1),
                LaggedLink::directed(1, 1, 1),
                LaggedLink::undirected(0, 1),
                LaggedLink::undirected(3, 2),
                LaggedLink::directed(2, 0, 0),
            ],
        );
        let expected = [
            edge(0, 1, &[0, 1, 3], Mark::Directed),
            edge(1, 1, &[1], Mark::Directed),
            edge(2, 0, &[0], Mark::Directed),
            edge(2, 3, &[0], Mark::Undirected),
        ];
        assert_eq!(summary(&graph), expected);
    }

    #[test]
    fn an_open_link_between_variables_that_drive_each_other_belongs_to_both() {
        let graph = LaggedGraph::new(
            2,
            vec![LaggedLink::directed(0, 1, 1), LaggedLink::directed(1, 0, 2), LaggedLink::undirected(0, 1)],
        );
        assert_eq!(summary(&graph), [edge(0, 1, &[0, 1], Mark::Directed), edge(1, 0, &[0, 2], Mark::Directed)]);
    }

    #[test]
    fn every_link_is_repeated_at_every_row_of_the_window() {
        let graph = LaggedGraph::new(2, vec![LaggedLink::directed(0, 1, 2), LaggedLink::undirected(0, 1)]);
        let found = window(&graph, 3);
        let lagged: Vec<(u32, u32)> =
            found.iter().filter(|e| e.mark == Mark::Directed).map(|e| (e.from.lag, e.to.lag)).collect();
        assert_eq!(lagged, [(2, 0), (3, 1)]);
        assert_eq!(found.iter().filter(|e| e.mark == Mark::Undirected && e.from.lag == e.to.lag).count(), 4);
        assert!(window(&LaggedGraph::new(2, vec![LaggedLink::directed(0, 1, 2)]), 1).is_empty());
    }
}
