//! In: a directed lagged graph. Out: whether it implies an independence (d-separation): a conditional-independence
//! test that never errs, to check searches against.

use std::collections::BTreeSet;

use super::graph::{LaggedGraph, Mark, Node};

/// Whether `x` and `y` are d-separated by `given` in the graph unrolled `depth` rows into the past.
///
/// Only directed links count. `depth` must reach beyond all nodes named by enough rows that longer detours through the
/// past do not matter; a few times the largest lag times the number of variables is ample. Reachability by the rules of
/// Bayes ball (Shachter 1998).
pub fn d_separated(graph: &LaggedGraph, x: Node, y: Node, given: &[Node], depth: u32) -> bool {
    let given: BTreeSet<Node> = given.iter().copied().collect();
    // A trail reaches a node either from one of its children (upwards) or from one of its parents (downwards).
    let mut open = vec![(x, true)];
    let mut seen = BTreeSet::new();
    while let Some((node, upwards)) = open.pop() {
        if !seen.insert((node, upwards)) {
            continue;
        }
        let blocked = given.contains(&node);
        if node == y && !blocked {
            return false;
        }
        // A given node turns what comes down back up, which opens the colliders it descends from.
        let climbs = upwards != blocked;
        if climbs {
            open.extend(parents(graph, node, depth).map(|parent| (parent, true)));
        }
        if !blocked {
            open.extend(children(graph, node).map(|child| (child, false)));
        }
    }
    true
}

fn parents(graph: &LaggedGraph, node: Node, depth: u32) -> impl Iterator<Item = Node> {
    let links = graph.links.iter().filter(move |link| link.mark == Mark::Directed && link.key.target == node.var);
    links.map(move |link| Node::new(link.key.source, node.lag + link.key.lag)).filter(move |node| node.lag <= depth)
}

fn children(graph: &LaggedGraph, node: Node) -> impl Iterator<Item = Node> {
    let links = graph.links.iter().filter(move |link| link.mark == Mark::Directed && link.key.source == node.var);
    links.filter_map(move |link| Some(Node::new(link.key.target, node.lag.checked_sub(link.key.lag)?)))
}

#[cfg(test)]
mod tests {
    use super::super::graph::LaggedLink;
    use super::*;

    fn graph(links: &[(u32, u32, u32)]) -> LaggedGraph {
        LaggedGraph::new(4, links.iter().map(|&(s, t, lag)| LaggedLink::directed(s, t, lag)).collect())
    }

    fn at(var: u32, lag: u32) -> Node {
        Node::new(var, lag)
    }

    #[test]
    fn chains_and_forks_are_blocked_and_colliders_opened() {
        let chain = graph(&[(0, 1, 1), (1, 2, 1)]);
        assert!(!d_separated(&chain, at(0, 2), at(2, 0), &[], 20));
        assert!(d_separated(&chain, at(0, 2), at(2, 0), &[at(1, 1)], 20));
        let fork = graph(&[(1, 0, 1), (1, 2, 2)]);
        assert!(!d_separated(&fork, at(0, 1), at(2, 0), &[], 20));
        assert!(d_separated(&fork, at(0, 1), at(2, 0), &[at(1, 2)], 20));
        let collider = graph(&[(0, 1, 0), (2, 1, 0), (1, 3, 0)]);
        assert!(d_separated(&collider, at(0, 0), at(2, 0), &[], 20));
        assert!(!d_separated(&collider, at(0, 0), at(2, 0), &[at(1, 0)], 20));
        assert!(!d_separated(&collider, at(0, 0), at(2, 0), &[at(3, 0)], 20), "a descendant opens it too");
    }

    #[test]
    fn links_hold_at_all_times() {
        let autocorrelated = graph(&[(0, 0, 1), (0, 1, 1)]);
        // x(t-3) → x(t-2) → x(t-1) → y(t)
        assert!(!d_separated(&autocorrelated, at(0, 3), at(1, 0), &[], 20));
        assert!(d_separated(&autocorrelated, at(0, 3), at(1, 0), &[at(0, 2)], 20));
        // y(t-1) ← x(t-2) → x(t-1) → y(t)
        assert!(!d_separated(&autocorrelated, at(1, 1), at(1, 0), &[], 20));
        assert!(d_separated(&autocorrelated, at(1, 1), at(1, 0), &[at(0, 1)], 20));
    }

    #[test]
    fn a_node_is_separated_by_itself_only_when_given() {
        let chain = graph(&[(0, 1, 1)]);
        assert!(!d_separated(&chain, at(0, 1), at(1, 0), &[], 5));
        assert!(d_separated(&chain, at(2, 0), at(3, 0), &[], 5));
    }
}
