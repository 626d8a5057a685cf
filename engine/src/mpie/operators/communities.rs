//! In: weighted edges. Out: groups of variables more tightly linked than their strengths explain, each connected
//! (Leiden).

use std::collections::{BTreeMap, VecDeque};

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::graph::WeightedEdge;
use super::network::Network;

/// Gains below this share of the total weight are rounding.
const ROUNDING: f64 = 1e-12;
/// How far refinement strays from the best merge; the value of the paper.
const RANDOMNESS: f64 = 0.01;
/// Rounds of the whole algorithm; it usually settles within three.
const ROUNDS: usize = 20;

/// A partition of the variables.
#[derive(Debug, Clone, PartialEq)]
pub struct Communities {
    /// `[vars]`: community of each variable, numbered by first appearance.
    pub of: Vec<u32>,
    /// Number of communities.
    pub count: u32,
    /// Modularity at the resolution asked for.
    pub modularity: f64,
}

/// Partitions the variables with the Leiden algorithm (Traag, Waltman & van Eck 2019) for modularity.
///
/// Directions are dropped: both ways add up, as magnitudes. `resolution` 1 is modularity as usual, more gives smaller
/// communities. The same seed gives the same answer. Every community is connected.
pub fn leiden(vars: usize, edges: &[WeightedEdge], resolution: f64, seed: u64) -> Communities {
    let network = Network::new(vars, edges);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut of: Vec<usize> = (0..vars).collect();
    for _ in 0..ROUNDS {
        let next = round(&network, of.clone(), resolution, &mut rng);
        if next == of {
            break;
        }
        of = next;
    }
    let of: Vec<u32> = of.into_iter().map(|community| community as u32).collect();
    let count = of.iter().max().map_or(0, |last| last + 1);
    Communities { modularity: modularity(vars, edges, &of, resolution), of, count }
}

/// Modularity of a partition (`[vars]`) of the undirected weighted graph: the share of weight within communities less
/// `resolution` times what the strengths alone would give (Newman & Girvan 2004; Reichardt & Bornholdt 2006). 0 where
/// there are no edges.
pub fn modularity(vars: usize, edges: &[WeightedEdge], of: &[u32], resolution: f64) -> f64 {
    let network = Network::new(vars, edges);
    if network.total == 0.0 || of.len() != vars {
        return 0.0;
    }
    let (mut within, mut strength) = (0.0, BTreeMap::new());
    for (v, neighbours) in network.neighbours.iter().enumerate() {
        within += neighbours.iter().filter(|(u, _)| of[*u] == of[v]).map(|(_, w)| w).sum::<f64>();
        *strength.entry(of[v]).or_insert(0.0) += network.strength[v];
    }
    let expected: f64 = strength.values().map(|s| (s / network.total).powi(2)).sum();
    within / network.total - resolution * expected
}

/// Local moves, refinement and aggregation until every community is one node; in terms of the original nodes.
fn round(network: &Network, start: Vec<usize>, resolution: f64, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let mut node_of: Vec<usize> = (0..network.len()).collect();
    let mut aggregate: Option<Network> = None;
    let mut of = start;
    loop {
        let current = aggregate.as_ref().unwrap_or(network);
        of = renumbered(&local_moves(current, of, resolution, rng));
        let communities = of.iter().max().map_or(0, |last| last + 1);
        let refined = renumbered(&refine(current, &of, resolution, rng));
        let groups = refined.iter().max().map_or(0, |last| last + 1);
        // Were nothing merged although communities remain to be, for rounding, the refined groups still are connected.
        if communities == current.len() || groups == current.len() {
            return renumbered(&node_of);
        }
        let mut lifted = vec![0; groups];
        refined.iter().zip(&of).for_each(|(&group, &community)| lifted[group] = community);
        let next = current.aggregated(&refined, groups);
        node_of.iter_mut().for_each(|node| *node = refined[*node]);
        of = lifted;
        aggregate = Some(next);
    }
}

/// Moves single nodes to the community where they gain most, until none gains; visits again only those whose
/// neighbours moved.
fn local_moves(network: &Network, mut of: Vec<usize>, resolution: f64, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let n = network.len();
    let mut strength = vec![0.0; n];
    let mut size = vec![0_usize; n];
    for v in 0..n {
        strength[of[v]] += network.strength[v];
        size[of[v]] += 1;
    }
    let mut empty: Vec<usize> = (0..n).filter(|&c| size[c] == 0).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(rng);
    let mut queue = VecDeque::from(order);
    let mut queued = vec![true; n];
    while let Some(v) = queue.pop_front() {
        queued[v] = false;
        let home = of[v];
        let own = network.strength[v];
        strength[home] -= own;
        size[home] -= 1;
        if size[home] == 0 {
            empty.push(home);
        }
        let weights = network.weights_to(v, &of);
        let gain = |c: usize| {
            weights.get(&c).copied().unwrap_or(0.0)
                - resolution * own * strength[c] / network.total.max(f64::MIN_POSITIVE)
        };
        let (mut best, mut most) = (home, gain(home));
        for c in weights.keys().copied().chain(empty.last().copied()) {
            let found = gain(c);
            if found > most + ROUNDING * network.total {
                (best, most) = (c, found);
            }
        }
        strength[best] += own;
        size[best] += 1;
        if size[best] == 1 {
            empty.retain(|&c| c != best);
        }
        of[v] = best;
        if best != home {
            for &(u, _) in network.neighbours[v].iter().filter(|(u, _)| of[*u] != best) {
                if !std::mem::replace(&mut queued[u], true) {
                    queue.push_back(u);
                }
            }
        }
    }
    of
}

/// Splits communities into groups that are connected and well linked within: from single nodes, each node that is
/// still alone joins a group of its own community at random, likelier the more that gains.
fn refine(network: &Network, of: &[usize], resolution: f64, rng: &mut ChaCha8Rng) -> Vec<usize> {
    let n = network.len();
    let mut community = vec![0.0; n];
    (0..n).for_each(|v| community[of[v]] += network.strength[v]);
    let mut group: Vec<usize> = (0..n).collect();
    let mut strength = network.strength.clone();
    let mut alone = vec![true; n];
    // Weight from each group to the rest of its community.
    let mut outside: Vec<f64> = (0..n).map(|v| network.weights_to(v, of).get(&of[v]).copied().unwrap_or(0.0)).collect();
    let rounding = ROUNDING * network.total;
    let linked = |outside: f64, strength: f64, whole: f64| {
        outside >= resolution * strength * (whole - strength) / network.total.max(f64::MIN_POSITIVE) - rounding
    };
    let mut order: Vec<usize> = (0..n).collect();
    order.shuffle(rng);
    for v in order {
        let whole = community[of[v]];
        if !alone[v] || !linked(outside[v], network.strength[v], whole) {
            continue;
        }
        // Only groups with a link to the node: this is what keeps them connected. A node stays alone only where none
        // gains, so that every pass merges something or is the last.
        let mut choices = Vec::new();
        for (g, weight) in network.weights_to(v, &group) {
            let member = of[g] == of[v];
            let gain = weight - resolution * network.strength[v] * strength[g] / network.total.max(f64::MIN_POSITIVE);
            if member && gain >= -rounding && linked(outside[g], strength[g], whole) {
                choices.push((g, weight, gain));
            }
        }
        let Some((g, weight)) = choose(&choices, network.total, rng) else { continue };
        group[v] = g;
        alone[v] = false;
        alone[g] = false;
        strength[g] += network.strength[v];
        outside[g] += outside[v] - 2.0 * weight;
    }
    group
}

/// A choice with probability proportional to `exp(ΔQ / RANDOMNESS)`.
fn choose(choices: &[(usize, f64, f64)], total: f64, rng: &mut ChaCha8Rng) -> Option<(usize, f64)> {
    let most = choices.iter().map(|choice| choice.2).fold(f64::NEG_INFINITY, f64::max);
    let odds: Vec<f64> = choices.iter().map(|choice| (2.0 * (choice.2 - most) / total / RANDOMNESS).exp()).collect();
    let mut left = rng.random::<f64>() * odds.iter().sum::<f64>();
    for (choice, odds) in choices.iter().zip(&odds) {
        left -= odds;
        if left <= 0.0 {
            return Some((choice.0, choice.1));
        }
    }
    choices.last().map(|choice| (choice.0, choice.1))
}

/// The same partition with groups numbered by first appearance.
fn renumbered(group: &[usize]) -> Vec<usize> {
    let mut numbers = BTreeMap::new();
    group
        .iter()
        .map(|g| {
            let next = numbers.len();
            *numbers.entry(*g).or_insert(next)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(pairs: impl IntoIterator<Item = (u32, u32)>) -> Vec<WeightedEdge> {
        pairs.into_iter().map(|(a, b)| WeightedEdge::new(a, b, 1.0)).collect()
    }

    fn random(n: u32, seed: u64, probability: impl Fn(u32, u32) -> f64) -> Vec<WeightedEdge> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let pairs = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b)));
        edges(pairs.filter(|&(a, b)| rng.random_bool(probability(a, b))).collect::<Vec<_>>())
    }

    fn is_connected(edges: &[WeightedEdge], of: &[u32], community: u32) -> bool {
        let members: Vec<u32> = (0..of.len() as u32).filter(|&v| of[v as usize] == community).collect();
        let mut reached = vec![members[0]];
        let mut at = 0;
        while at < reached.len() {
            for e in edges {
                for (a, b) in [(e.source, e.target), (e.target, e.source)] {
                    if a == reached[at] && of[b as usize] == community && !reached.contains(&b) {
                        reached.push(b);
                    }
                }
            }
            at += 1;
        }
        reached.len() == members.len()
    }

    #[test]
    fn planted_groups_are_recovered_exactly() {
        for seed in 0..5 {
            let graph = random(64, seed, |a, b| if a / 16 == b / 16 { 0.6 } else { 0.05 });
            let found = leiden(64, &graph, 1.0, seed);
            assert_eq!(found.of, (0..64).map(|v| v / 16).collect::<Vec<u32>>());
            assert_eq!(found.count, 4);
        }
    }

    /// Zachary 1977. The best partition is known: four groups, 0.41979.
    #[test]
    fn the_karate_club_is_partitioned_as_well_as_can_be() {
        const TIES: [(u32, &[u32]); 26] = [
            (1, &[2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 18, 20, 22, 32]),
            (2, &[3, 4, 8, 14, 18, 20, 22, 31]),
            (3, &[4, 8, 9, 10, 14, 28, 29, 33]),
            (4, &[8, 13, 14]),
            (5, &[7, 11]),
            (6, &[7, 11, 17]),
            (7, &[17]),
            (9, &[31, 33, 34]),
            (10, &[34]),
            (14, &[34]),
            (15, &[33, 34]),
            (16, &[33, 34]),
            (19, &[33, 34]),
            (20, &[34]),
            (21, &[33, 34]),
            (23, &[33, 34]),
            (24, &[26, 28, 30, 33, 34]),
            (25, &[26, 28, 32]),
            (26, &[32]),
            (27, &[30, 34]),
            (28, &[34]),
            (29, &[32, 34]),
            (30, &[33, 34]),
            (31, &[33, 34]),
            (32, &[33, 34]),
            (33, &[34]),
        ];
        let club = edges(TIES.iter().flat_map(|(a, others)| others.iter().map(move |b| (a - 1, b - 1))));
        assert_eq!(club.len(), 78);
        let found: Vec<f64> = (0..20).map(|seed| leiden(34, &club, 1.0, seed).modularity).collect();
        let best = found.iter().filter(|q| (*q - 0.419_79).abs() < 1e-5).count();
        assert!(best >= 15 && found.iter().all(|q| (0.39..0.4198).contains(q)), "{found:?}");
    }

    #[test]
    fn modularity_follows_its_formula() {
        // Two triangles joined by one edge: (6 of 7 within) - 2 (7/14)².
        let graph = edges([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (2, 3)]);
        let halves = [0, 0, 0, 1, 1, 1];
        assert!((modularity(6, &graph, &halves, 1.0) - (6.0 / 7.0 - 0.5)).abs() < 1e-12);
        assert!((modularity(6, &graph, &halves, 0.5) - (6.0 / 7.0 - 0.25)).abs() < 1e-12);
        let found = leiden(6, &graph, 1.0, 1);
        assert_eq!((found.of.as_slice(), found.modularity), (&halves[..], modularity(6, &graph, &halves, 1.0)));
    }

    #[test]
    fn every_community_is_connected() {
        for seed in 0..60 {
            let n = 20 + (seed as u32 % 5) * 20;
            let graph = random(n, seed, |_, _| 2.5 / f64::from(n));
            for resolution in [0.2, 1.0, 3.0] {
                let found = leiden(n as usize, &graph, resolution, seed);
                for community in 0..found.count {
                    assert!(is_connected(&graph, &found.of, community), "seed {seed}, resolution {resolution}");
                }
            }
        }
    }

    #[test]
    fn refinement_splits_a_community_whose_bridge_has_gone() {
        // Two triangles in one community, with no edge between them.
        let graph = edges([(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3)]);
        let network = Network::new(6, &graph);
        let refined = renumbered(&refine(&network, &[0; 6], 0.1, &mut ChaCha8Rng::seed_from_u64(1)));
        assert!(refined[..3].iter().all(|g| !refined[3..].contains(g)), "{refined:?}");
    }

    #[test]
    fn no_single_move_improves_what_is_found() {
        let graph = random(40, 3, |_, _| 0.1);
        let found = leiden(40, &graph, 1.0, 3);
        for v in 0..40 {
            for community in 0..=found.count {
                let mut moved = found.of.clone();
                moved[v] = community;
                assert!(modularity(40, &graph, &moved, 1.0) <= found.modularity + 1e-9);
            }
        }
    }

    #[test]
    fn the_seed_decides_and_direction_sign_and_empty_graphs_do_no_harm() {
        let graph = random(50, 7, |_, _| 0.1);
        assert_eq!(leiden(50, &graph, 1.0, 5), leiden(50, &graph, 1.0, 5));
        let turned: Vec<WeightedEdge> =
            graph.iter().map(|e| WeightedEdge::new(e.target, e.source, -e.weight)).collect();
        assert_eq!(leiden(50, &graph, 1.0, 5), leiden(50, &turned, 1.0, 5));
        assert_eq!(leiden(3, &[], 1.0, 0), Communities { of: vec![0, 1, 2], count: 3, modularity: 0.0 });
        assert_eq!(leiden(0, &[], 1.0, 0).count, 0);
    }
}
