//! In: a conditional-independence test. Out: which lagged variables are adjacent, and what separates those that are not
//! (the skeleton of PC-stable on lagged variables).

use std::collections::BTreeMap;

use super::graph::{LaggedGraph, LaggedLink, Node};
use super::lagged::LaggedColumns;
use super::partial_correlation::PartialCorrelation;
use super::subsets::Subsets;
use crate::types::LinkKey;

/// What to search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SkeletonConfig {
    /// Largest lag.
    pub max_lag: u32,
    /// Whether variables may act within the same row.
    pub same_time: bool,
    /// A p-value above this separates.
    pub alpha: f64,
    /// Largest number of variables to condition on.
    pub max_given: usize,
}

/// Adjacencies and separating sets.
#[derive(Debug, Clone, PartialEq)]
pub struct Skeleton {
    /// What was searched.
    pub config: SkeletonConfig,
    /// `[vars]`: the nodes adjacent to each variable at the present row, in order. Lag-0 adjacency is mutual.
    pub adjacent: Vec<Vec<Node>>,
    /// What separates each pair that is not adjacent; lag-0 pairs have `source < target`.
    pub separating: BTreeMap<LinkKey, Vec<Node>>,
}

impl Skeleton {
    /// Whether `node` and variable `var` at the present row are adjacent.
    pub fn is_adjacent(&self, node: Node, var: u32) -> bool {
        self.adjacent.get(var as usize).is_some_and(|nodes| nodes.binary_search(&node).is_ok())
    }

    /// What separates `node` from `var` at the present row; `None` where they are adjacent.
    pub fn separating_set(&self, node: Node, var: u32) -> Option<&[Node]> {
        self.separating.get(&pair(node, var)).map(Vec::as_slice)
    }

    /// As a graph: time orients the lagged links, lag 0 stays open.
    pub fn graph(&self) -> LaggedGraph {
        let mut links = Vec::new();
        for (target, nodes) in self.adjacent.iter().enumerate() {
            for node in nodes {
                links.push(match node.lag {
                    0 => LaggedLink::undirected(node.var, target as u32),
                    lag => LaggedLink::directed(node.var, target as u32, lag),
                });
            }
        }
        LaggedGraph::new(self.adjacent.len(), links)
    }
}

/// Finds the skeleton with PC-stable (Colombo & Maathuis 2014): at each level all pairs still adjacent are tested given
/// ever larger subsets of the nodes adjacent at the level's start, so that the order of the variables does not matter.
///
/// `test(x, y, given)` returns `ln p` of independence. A lagged pair is conditioned on subsets of the target's
/// adjacencies, which suffices as causes come first; a lag-0 pair also on those of the other end. Subsets of the
/// strongest adjacencies come first.
pub fn skeleton(vars: usize, config: SkeletonConfig, mut test: impl FnMut(Node, Node, &[Node]) -> f64) -> Skeleton {
    let ln_alpha = config.alpha.ln();
    // ln p of the weakest evidence so far, for every pair still adjacent.
    let mut weakest: BTreeMap<LinkKey, f64> = every_pair(vars, &config).map(|key| (key, f64::NEG_INFINITY)).collect();
    let mut separating = BTreeMap::new();
    for size in 0..=config.max_given {
        let adjacent = ranked(vars, &weakest);
        let mut tested = false;
        let mut kept = BTreeMap::new();
        for (&key, &before) in &weakest {
            let (x, y) = (Node::new(key.source, key.lag), Node::new(key.target, 0));
            let sides = if key.lag == 0 { vec![key.target, key.source] } else { vec![key.target] };
            let mut ln_p = before;
            let found = sides.into_iter().find_map(|side| {
                let others: Vec<Node> =
                    adjacent[side as usize].iter().copied().filter(|&node| node != x && node != y).collect();
                Subsets::new(&others, size).find(|given| {
                    tested = true;
                    ln_p = ln_p.max(test(x, y, given));
                    ln_p > ln_alpha
                })
            });
            match found {
                Some(given) => separating.insert(key, given).map_or((), drop),
                None => kept.insert(key, ln_p).map_or((), drop),
            }
        }
        weakest = kept;
        if !tested {
            break;
        }
    }
    let mut adjacent = ranked(vars, &weakest);
    adjacent.iter_mut().for_each(|nodes| nodes.sort_unstable());
    Skeleton { config, adjacent, separating }
}

/// The default test: partial correlation by Fisher's z on the rows of `data`. Where it has no answer (too few rows, a
/// lag that `data` does not reach, or a condition that fixes a variable), nothing speaks for dependence.
pub fn linear_test(data: &LaggedColumns) -> impl Fn(Node, Node, &[Node]) -> f64 {
    let correlations = PartialCorrelation::new(&data.all());
    move |x, y, given| {
        let z: Option<Vec<usize>> = given.iter().map(|&node| data.index(node)).collect();
        let columns = data.index(x).zip(data.index(y)).zip(z);
        columns.and_then(|((x, y), z)| correlations.given(x, y, &z)).map_or(0.0, |result| result.ln_p)
    }
}

fn every_pair(vars: usize, config: &SkeletonConfig) -> impl Iterator<Item = LinkKey> {
    let vars = vars as u32;
    let lags = u32::from(!config.same_time)..=config.max_lag;
    lags.flat_map(move |lag| (0..vars).flat_map(move |source| (0..vars).map(move |target| (source, target, lag))))
        .filter(|(source, target, lag)| *lag > 0 || source < target)
        .map(|(source, target, lag)| LinkKey { source, target, lag })
}

/// Per variable, the nodes adjacent to it, strongest evidence first.
fn ranked(vars: usize, weakest: &BTreeMap<LinkKey, f64>) -> Vec<Vec<Node>> {
    let mut ranked = vec![Vec::new(); vars];
    for (key, &ln_p) in weakest {
        ranked[key.target as usize].push((ln_p, Node::new(key.source, key.lag)));
        if key.lag == 0 {
            ranked[key.source as usize].push((ln_p, Node::new(key.target, 0)));
        }
    }
    let order = |mut nodes: Vec<(f64, Node)>| {
        nodes.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        nodes.into_iter().map(|(_, node)| node).collect()
    };
    ranked.into_iter().map(order).collect()
}

fn pair(node: Node, var: u32) -> LinkKey {
    let (source, target) = if node.lag == 0 { (node.var.min(var), node.var.max(var)) } else { (node.var, var) };
    LinkKey { source, target, lag: node.lag }
}

#[cfg(test)]
mod tests {
    use rand::seq::SliceRandom;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    use super::super::separation::d_separated;
    use super::*;

    const CONFIG: SkeletonConfig = SkeletonConfig { max_lag: 2, same_time: true, alpha: 0.01, max_given: 8 };

    /// Links of a random system with memory, acyclic at lag 0: all rising or all falling in number.
    fn random_system(vars: u32, rising: bool, rng: &mut ChaCha8Rng) -> LaggedGraph {
        let mut links: Vec<LaggedLink> = (0..vars).map(|v| LaggedLink::directed(v, v, 1)).collect();
        for _ in 0..vars {
            let (a, b) = (rng.random_range(0..vars), rng.random_range(0..vars));
            let lag = if a != b && (a < b) == rising { rng.random_range(0..=2) } else { rng.random_range(1..=2) };
            links.push(LaggedLink::directed(a, b, lag));
        }
        LaggedGraph::new(vars as usize, links)
    }

    fn undirected(graph: &LaggedGraph) -> LaggedGraph {
        let open = |link: &LaggedLink| match link.key.lag {
            0 => LaggedLink::undirected(link.key.source, link.key.target),
            _ => *link,
        };
        LaggedGraph::new(graph.vars, graph.links.iter().map(open).collect())
    }

    /// `[rows, vars]` with unit noise; the system must be ordered at lag 0.
    fn simulate(vars: usize, links: &[(usize, usize, usize, f64)], rows: usize, seed: u64) -> Vec<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut data: Vec<f64> = (0..rows * vars).map(|_| StandardNormal.sample(&mut rng)).collect();
        for row in 2..rows {
            for &(source, target, lag, effect) in links {
                data[row * vars + target] += effect * data[(row - lag) * vars + source];
            }
        }
        data
    }

    #[test]
    fn with_a_perfect_test_the_skeleton_is_the_truth() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for case in 0..16 {
            let truth = random_system(4, case % 2 == 0, &mut rng);
            let oracle = |x, y, given: &[Node]| if d_separated(&truth, x, y, given, 16) { 0.0 } else { -99.0 };
            let found = skeleton(4, CONFIG, oracle);
            assert_eq!(found.graph(), undirected(&truth));
            for (key, given) in &found.separating {
                let (x, y) = (Node::new(key.source, key.lag), Node::new(key.target, 0));
                assert!(d_separated(&truth, x, y, given, 16) && found.separating_set(x, key.target) == Some(given));
            }
        }
    }

    #[test]
    fn planted_links_are_found_in_data_and_indirect_ones_are_not() {
        // 0 → 1 → 2 lagged, 2 — 3 at once, all with memory.
        let links = [
            (0, 0, 1, 0.6),
            (1, 1, 1, 0.6),
            (2, 2, 1, 0.6),
            (3, 3, 1, 0.6),
            (0, 1, 1, 0.7),
            (1, 2, 2, 0.7),
            (2, 3, 0, 0.7),
        ];
        let data = simulate(4, &links, 2000, 2);
        let lagged = LaggedColumns::new(&data, 4, 2);
        let found = skeleton(4, SkeletonConfig { alpha: 0.001, ..CONFIG }, linear_test(&lagged)).graph();
        let truth: Vec<LaggedLink> =
            links.iter().map(|&(s, t, lag, _)| LaggedLink::directed(s as u32, t as u32, lag as u32)).collect();
        assert_eq!(found, undirected(&LaggedGraph::new(4, truth)));
    }

    #[test]
    fn the_order_of_the_variables_does_not_matter() {
        let links = [(0, 1, 1, 0.3), (1, 2, 0, 0.3), (3, 2, 2, 0.2), (0, 4, 0, 0.3), (4, 4, 1, 0.5)];
        let data = simulate(5, &links, 150, 3);
        // A lax threshold, so that chance findings abound.
        let config = SkeletonConfig { alpha: 0.2, ..CONFIG };
        let plain = skeleton(5, config, linear_test(&LaggedColumns::new(&data, 5, 2)));
        let mut place: Vec<usize> = (0..5).collect();
        place.shuffle(&mut ChaCha8Rng::seed_from_u64(4));
        let mut moved = vec![0.0; data.len()];
        for row in 0..150 {
            (0..5).for_each(|var| moved[row * 5 + place[var]] = data[row * 5 + var]);
        }
        let shuffled = skeleton(5, config, linear_test(&LaggedColumns::new(&moved, 5, 2)));
        let to = |node: Node| Node::new(place[node.var as usize] as u32, node.lag);
        for var in 0..5_u32 {
            let mut expected: Vec<Node> = plain.adjacent[var as usize].iter().copied().map(to).collect();
            expected.sort_unstable();
            assert_eq!(shuffled.adjacent[place[var as usize]], expected);
        }
        for (key, given) in &plain.separating {
            let node = to(Node::new(key.source, key.lag));
            let found = shuffled.separating_set(node, place[key.target as usize] as u32).unwrap();
            let sorted = |mut nodes: Vec<Node>| {
                nodes.sort_unstable();
                nodes
            };
            assert_eq!(sorted(found.to_vec()), sorted(given.iter().copied().map(to).collect()), "{key:?}");
        }
    }

    #[test]
    fn limits_are_kept() {
        let mut largest = 0;
        let config = SkeletonConfig { same_time: false, max_given: 1, ..CONFIG };
        let found = skeleton(3, config, |x, y, given| {
            assert!(x.lag > 0 && y.lag == 0 && given.iter().all(|node| node.lag > 0));
            largest = largest.max(given.len());
            -99.0
        });
        assert_eq!(largest, 1);
        assert_eq!(found.graph().links.len(), 3 * 3 * 2);
    }
}
