//! In: weighted directed edges. Out: the undirected network that community detection works on, and its aggregates.

use std::collections::BTreeMap;

use super::graph::{WeightedEdge, collapse};

/// An undirected weighted graph whose nodes may stand for groups. Weight within a node only counts in its strength:
/// it stays there whatever moves.
pub struct Network {
    /// Per node, its neighbours and the weight of the link.
    pub neighbours: Vec<Vec<(usize, f64)>>,
    /// Per node, the weight of all it stands for and is linked to.
    pub strength: Vec<f64>,
    /// Sum of all strengths: twice the total weight.
    pub total: f64,
}

impl Network {
    /// One node per variable; both directions of a pair add up, as magnitudes.
    pub fn new(vars: usize, edges: &[WeightedEdge]) -> Self {
        let mut pairs = BTreeMap::new();
        for ((a, b), weight) in collapse(vars, edges) {
            *pairs.entry((a.min(b), a.max(b))).or_insert(0.0) += weight;
        }
        let mut strength = vec![0.0; vars];
        for (&(a, b), weight) in &pairs {
            strength[a] += weight;
            strength[b] += weight;
        }
        Self::from_pairs(pairs, strength)
    }

    fn from_pairs(pairs: BTreeMap<(usize, usize), f64>, strength: Vec<f64>) -> Self {
        let mut neighbours = vec![Vec::new(); strength.len()];
        for ((a, b), weight) in pairs {
            neighbours[a].push((b, weight));
            neighbours[b].push((a, weight));
        }
        Self { neighbours, total: strength.iter().sum(), strength }
    }

    /// Number of nodes.
    pub fn len(&self) -> usize {
        self.strength.len()
    }

    /// One node per group.
    pub fn aggregated(&self, group: &[usize], groups: usize) -> Self {
        let mut pairs = BTreeMap::new();
        let mut strength = vec![0.0; groups];
        for (v, neighbours) in self.neighbours.iter().enumerate() {
            strength[group[v]] += self.strength[v];
            for &(u, weight) in neighbours.iter().filter(|(u, _)| group[*u] > group[v]) {
                *pairs.entry((group[v], group[u])).or_insert(0.0) += weight;
            }
        }
        Self::from_pairs(pairs, strength)
    }

    /// Weight between a node and each group that `group` puts its neighbours in.
    pub fn weights_to(&self, v: usize, group: &[usize]) -> BTreeMap<usize, f64> {
        let mut weights = BTreeMap::new();
        for &(u, weight) in &self.neighbours[v] {
            *weights.entry(group[u]).or_insert(0.0) += weight;
        }
        weights
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_directions_add_up_and_aggregates_keep_strength() {
        let edges = [(0, 1, 1.0), (1, 0, -2.0), (1, 2, 0.5), (2, 3, 4.0)].map(|(a, b, w)| WeightedEdge::new(a, b, w));
        let network = Network::new(4, &edges);
        assert_eq!(network.neighbours[1], [(0, 3.0), (2, 0.5)]);
        assert_eq!((network.strength.as_slice(), network.total), (&[3.0, 3.5, 4.5, 4.0][..], 15.0));
        assert_eq!(network.weights_to(1, &[7, 7, 9, 9]), BTreeMap::from([(7, 3.0), (9, 0.5)]));
        let halves = network.aggregated(&[0, 0, 1, 1], 2);
        assert_eq!(halves.neighbours, [vec![(1, 0.5)], vec![(0, 0.5)]]);
        assert_eq!((halves.strength.as_slice(), halves.total, halves.len()), (&[6.5, 8.5][..], 15.0, 2));
    }
}
