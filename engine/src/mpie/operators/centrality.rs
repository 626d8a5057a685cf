//! In: weighted directed edges. Out: how central each variable is, by degree, strength, PageRank and betweenness.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::graph::{WeightedEdge, collapse};

/// Edges and weight at one variable, edges to itself apart.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Degree {
    /// Variables that act on it.
    pub inward: usize,
    /// Variables it acts on.
    pub outward: usize,
    /// Total magnitude of what acts on it.
    pub strength_in: f64,
    /// Total magnitude of its actions.
    pub strength_out: f64,
}

/// What a step along an edge costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distance {
    /// One, whatever the weight.
    Hops,
    /// One over the magnitude of the weight: strong edges are short.
    InverseWeight,
}

/// `[vars]`: degrees and strengths.
pub fn degrees(vars: usize, edges: &[WeightedEdge]) -> Vec<Degree> {
    let mut degrees = vec![Degree::default(); vars];
    for ((source, target), weight) in collapse(vars, edges) {
        degrees[source].outward += 1;
        degrees[source].strength_out += weight;
        degrees[target].inward += 1;
        degrees[target].strength_in += weight;
    }
    degrees
}

/// `[vars]`, sum 1: PageRank (Brin & Page 1998) with rank passed on in proportion to weight and that of variables
/// without outward edges spread evenly. `damping` is usually 0.85. To find drivers rather than what is driven, turn the
/// edges round.
///
/// Not petgraph's, which ignores weights, leaves the random jump out where a link exists, and takes cubic time.
pub fn page_rank(vars: usize, edges: &[WeightedEdge], damping: f64) -> Vec<f64> {
    const TOLERANCE: f64 = 1e-12;
    let pairs = collapse(vars, edges);
    let strength: Vec<f64> = degrees(vars, edges).iter().map(|degree| degree.strength_out).collect();
    let damping = damping.clamp(0.0, 1.0);
    let share = 1.0 / vars.max(1) as f64;
    let mut rank = vec![share; vars];
    for _ in 0..1000 {
        let stranded: f64 = rank.iter().zip(&strength).filter(|(_, s)| **s == 0.0).map(|(r, _)| r).sum();
        let mut next = vec![(1.0 - damping + damping * stranded) * share; vars];
        for (&(source, target), weight) in &pairs {
            next[target] += damping * rank[source] * weight / strength[source];
        }
        let change: f64 = next.iter().zip(&rank).map(|(a, b)| (a - b).abs()).sum();
        rank = next;
        if change < TOLERANCE {
            break;
        }
    }
    rank
}

/// `[vars]`: for each variable, the sum over all ordered pairs of others of the share of their shortest directed paths
/// that pass through it (Brandes 2001). Divide by `(vars - 1)(vars - 2)` to compare networks of different sizes.
pub fn betweenness(vars: usize, edges: &[WeightedEdge], distance: Distance) -> Vec<f64> {
    let mut outward: Vec<Vec<(usize, f64)>> = vec![Vec::new(); vars];
    for ((source, target), weight) in collapse(vars, edges) {
        let cost = match distance {
            Distance::Hops => 1.0,
            Distance::InverseWeight => 1.0 / weight,
        };
        outward[source].push((target, cost));
    }
    let mut between = vec![0.0; vars];
    for source in 0..vars {
        let Paths { order, before, count } = shortest_paths(source, &outward);
        let mut dependency = vec![0.0; vars];
        for &v in order.iter().rev() {
            for &u in &before[v] {
                dependency[u] += count[u] / count[v] * (1.0 + dependency[v]);
            }
            if v != source {
                between[v] += dependency[v];
            }
        }
    }
    between
}

/// All shortest paths from one variable.
struct Paths {
    /// Variables reached, nearest first.
    order: Vec<usize>,
    /// Predecessors on shortest paths.
    before: Vec<Vec<usize>>,
    /// Number of shortest paths.
    count: Vec<f64>,
}

fn shortest_paths(source: usize, outward: &[Vec<(usize, f64)>]) -> Paths {
    let vars = outward.len();
    let mut length = vec![f64::INFINITY; vars];
    let mut paths = Paths { order: Vec::new(), before: vec![Vec::new(); vars], count: vec![0.0; vars] };
    let mut done = vec![false; vars];
    length[source] = 0.0;
    paths.count[source] = 1.0;
    // Lengths are not negative, so that their bits sort as they do.
    let mut queue = BinaryHeap::from([Reverse((0.0_f64.to_bits(), source))]);
    while let Some(Reverse((_, u))) = queue.pop() {
        if std::mem::replace(&mut done[u], true) {
            continue;
        }
        paths.order.push(u);
        for &(v, cost) in &outward[u] {
            let through = length[u] + cost;
            // Sums of the same costs in another order may differ in the last bits.
            let tie = (through - length[v]).abs() <= 1e-12 * through;
            if tie && !done[v] {
                paths.count[v] += paths.count[u];
                paths.before[v].push(u);
            } else if through < length[v] && !done[v] {
                length[v] = through;
                paths.count[v] = paths.count[u];
                paths.before[v] = vec![u];
                queue.push(Reverse((through.to_bits(), v)));
            }
        }
    }
    paths
}

/// `[vars]`: variables by descending value, ties by number.
pub fn ranking(values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]).then(a.cmp(&b)));
    order
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn edges(list: &[(u32, u32, f64)]) -> Vec<WeightedEdge> {
        list.iter().map(|&(s, t, w)| WeightedEdge::new(s, t, w)).collect()
    }

    fn close(found: &[f64], expected: &[f64]) -> bool {
        found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-9)
    }

    #[test]
    fn degrees_count_pairs_once_and_add_magnitudes() {
        let list = edges(&[(0, 1, 2.0), (0, 1, -1.0), (2, 1, 0.5), (1, 1, 9.0), (1, 7, 1.0), (2, 0, 0.0)]);
        let found = degrees(3, &list);
        assert_eq!(found[0], Degree { outward: 1, strength_out: 3.0, ..Degree::default() });
        assert_eq!(found[1], Degree { inward: 2, strength_in: 3.5, ..Degree::default() });
        assert_eq!(found[2], Degree { outward: 1, strength_out: 0.5, ..Degree::default() });
    }

    #[test]
    fn page_rank_solves_its_equation() {
        // 0 → 1 (3 parts) and 0 → 2 (1 part), 1 → 0, 2 has no way out.
        let found = page_rank(3, &edges(&[(0, 1, 3.0), (0, 2, -1.0), (1, 0, 1.0)]), 0.85);
        let jump = (0.15 + 0.85 * found[2]) / 3.0;
        let expected = [jump + 0.85 * found[1], jump + 0.85 * 0.75 * found[0], jump + 0.85 * 0.25 * found[0]];
        assert!(close(&found, &expected) && (found.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(close(&page_rank(4, &[], 0.85), &[0.25; 4]));
        assert!(page_rank(0, &[], 0.85).is_empty());
    }

    #[test]
    fn the_middle_of_a_star_lies_between_all_others() {
        let star: Vec<(u32, u32, f64)> = (1..5).flat_map(|leaf| [(0, leaf, 1.0), (leaf, 0, 1.0)]).collect();
        assert!(close(&betweenness(5, &edges(&star), Distance::Hops), &[12.0, 0.0, 0.0, 0.0, 0.0]));
        // Two equal ways from 0 to 3 share the pair.
        let diamond = edges(&[(0, 1, 1.0), (0, 2, 1.0), (1, 3, 1.0), (2, 3, 1.0)]);
        assert!(close(&betweenness(4, &diamond, Distance::Hops), &[0.0, 0.5, 0.5, 0.0]));
    }

    #[test]
    fn strong_edges_are_short() {
        // Direct but weak, or round through 1 but strong.
        let list = edges(&[(0, 2, 0.2), (0, 1, 1.0), (1, 2, 1.0)]);
        assert!(close(&betweenness(3, &list, Distance::InverseWeight), &[0.0, 1.0, 0.0]));
        assert!(close(&betweenness(3, &list, Distance::Hops), &[0.0; 3]));
    }

    /// By counting paths of each length with matrix products.
    #[test]
    fn betweenness_agrees_with_the_count_of_paths() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..5 {
            let n = 12_usize;
            let pairs = (0..n as u32).flat_map(|a| (0..n as u32).map(move |b| (a, b, 1.0)));
            let list: Vec<_> = pairs.filter(|(a, b, _)| a != b && rng.random_bool(0.15)).collect();
            // (length, number) of the shortest paths.
            let mut ways = vec![vec![(usize::MAX, 0.0); n]; n];
            (0..n).for_each(|v| ways[v][v] = (0, 1.0));
            for length in 1..n {
                for ways in &mut ways {
                    let mut reached = vec![0.0; n];
                    for &(a, b, _) in list.iter().filter(|e| ways[e.0 as usize].0 == length - 1) {
                        reached[b as usize] += ways[a as usize].1;
                    }
                    for v in (0..n).filter(|&v| reached[v] > 0.0) {
                        if ways[v].0 == usize::MAX {
                            ways[v] = (length, reached[v]);
                        }
                    }
                }
            }
            let mut expected = vec![0.0; n];
            for (s, t) in (0..n).flat_map(|s| (0..n).map(move |t| (s, t))).filter(|(s, t)| s != t) {
                let (whole, count) = ways[s][t];
                for v in (0..n).filter(|&v| v != s && v != t && whole < usize::MAX) {
                    let ((first, before), (second, after)) = (ways[s][v], ways[v][t]);
                    if first.saturating_add(second) == whole {
                        expected[v] += before * after / count;
                    }
                }
            }
            assert!(close(&betweenness(n, &edges(&list), Distance::Hops), &expected));
        }
    }

    #[test]
    fn ranking_is_descending_and_stable() {
        assert_eq!(ranking(&[0.1, 0.5, 0.5, 0.9]), [3, 1, 2, 0]);
    }
}
