//! In: directed edges. Out: how often each pattern of three variables occurs, and how that compares with chance.

use std::collections::HashSet;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::graph::{WeightedEdge, collapse};

/// The 16 classes of triads by their mutual, asymmetric and null dyads (Holland & Leinhardt 1976), in the usual order.
pub const TRIADS: [&str; 16] = [
    "003", "012", "102", "021D", "021U", "021C", "111D", "111U", "030T", "030C", "201", "120D", "120U", "120C", "210",
    "300",
];

/// Class of each of the 64 triads: bits are the edges 0→1, 1→0, 0→2, 2→0, 1→2, 2→1, lowest first (Batagelj & Mrvar
/// 2001).
const CLASS: [u8; 64] = [
    0, 1, 1, 2, 1, 3, 5, 7, 1, 5, 4, 6, 2, 7, 6, 10, 1, 5, 3, 7, 4, 8, 8, 12, 5, 9, 8, 13, 6, 13, 11, 14, 1, 4, 5, 6,
    5, 8, 9, 13, 3, 8, 8, 11, 7, 12, 13, 14, 2, 6, 7, 10, 6, 11, 13, 14, 7, 13, 12, 14, 10, 14, 14, 15,
];

/// Patterns with a causal reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Motif {
    /// `a → b → c` and `a → c`: a direct and an indirect way (030T).
    FeedForwardLoop,
    /// `a → b → c → a` (030C).
    Cycle,
    /// `a ← b → c`: a common cause (021D).
    Fork,
    /// `a → b ← c`: a common effect (021U).
    Collider,
    /// `a → b → c` (021C).
    Chain,
    /// `a ⇄ b`, whatever the third: pairs that drive each other.
    Mutual,
}

impl Motif {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::FeedForwardLoop, Self::Cycle, Self::Fork, Self::Collider, Self::Chain, Self::Mutual];
}

/// A motif's count and how it compares with random graphs of the same degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MotifScore {
    /// Which.
    pub motif: Motif,
    /// Occurrences: triads of exactly this shape; pairs for [`Motif::Mutual`].
    pub count: u64,
    /// Mean count in the random graphs.
    pub null_mean: f64,
    /// Standard deviation there.
    pub null_sd: f64,
    /// `(count - null_mean) / null_sd`; `None` where the degrees leave no freedom.
    pub z: Option<f64>,
}

/// Counts triads by class, in the order of [`TRIADS`]. Work is edges times largest degree (Batagelj & Mrvar 2001).
pub fn triad_census(vars: usize, edges: &[WeightedEdge]) -> [u64; 16] {
    census(&Digraph::new(vars, collapse(vars, edges).into_keys().collect()))
}

/// Counts motifs and compares them with `replicates` random graphs in which every variable has as many edges in and out
/// as here, made by exchanging the targets of random pairs of edges (Maslov & Sneppen 2002).
pub fn motif_scores(vars: usize, edges: &[WeightedEdge], replicates: usize, seed: u64) -> Vec<MotifScore> {
    let observed = Digraph::new(vars, collapse(vars, edges).into_keys().collect());
    let counts = motif_counts(&observed);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut random = observed;
    let null: Vec<[u64; 6]> = (0..replicates)
        .map(|_| {
            random.rewire(&mut rng);
            motif_counts(&random)
        })
        .collect();
    let score = |(i, motif): (usize, Motif)| {
        let of = || null.iter().map(|counts| counts[i] as f64);
        let null_mean = of().sum::<f64>() / replicates.max(1) as f64;
        let spread: f64 = of().map(|count| (count - null_mean).powi(2)).sum();
        let null_sd = (spread / replicates.saturating_sub(1).max(1) as f64).sqrt();
        let z = (null_sd > 0.0).then(|| (counts[i] as f64 - null_mean) / null_sd);
        MotifScore { motif, count: counts[i], null_mean, null_sd, z }
    };
    Motif::ALL.into_iter().enumerate().map(score).collect()
}

/// A directed graph without loops or repeated edges.
#[derive(Debug, Clone)]
struct Digraph {
    vars: usize,
    edges: Vec<(usize, usize)>,
    present: HashSet<(usize, usize)>,
}

impl Digraph {
    fn new(vars: usize, edges: Vec<(usize, usize)>) -> Self {
        Self { vars, present: edges.iter().copied().collect(), edges }
    }

    /// Per variable, those linked to it in order, each with the dyad's bits: 1 for an edge to it, 2 for one from it.
    fn dyads(&self) -> Vec<Vec<(usize, usize)>> {
        let mut dyads = vec![Vec::new(); self.vars];
        for &(a, b) in &self.edges {
            dyads[a].push((b, 1));
            dyads[b].push((a, 2));
        }
        for of in &mut dyads {
            of.sort_unstable();
            of.dedup_by(|later, kept| {
                let same = later.0 == kept.0;
                kept.1 |= if same { later.1 } else { 0 };
                same
            });
        }
        dyads
    }

    /// Exchanges targets often enough that little of the original order is left.
    fn rewire(&mut self, rng: &mut ChaCha8Rng) {
        let m = self.edges.len();
        if m < 2 {
            return;
        }
        for _ in 0..10 * m {
            let (i, j) = (rng.random_range(0..m), rng.random_range(0..m));
            let ((a, b), (c, d)) = (self.edges[i], self.edges[j]);
            let allowed = a != d && c != b && !self.present.contains(&(a, d)) && !self.present.contains(&(c, b));
            if allowed {
                self.present.remove(&(a, b));
                self.present.remove(&(c, d));
                self.present.extend([(a, d), (c, b)]);
                self.edges[i] = (a, d);
                self.edges[j] = (c, b);
            }
        }
    }
}

fn census(graph: &Digraph) -> [u64; 16] {
    let n = graph.vars;
    let dyads = graph.dyads();
    let mut counts = [0_u64; 16];
    for (v, of_v) in dyads.iter().enumerate() {
        for &(u, dyad) in of_v.iter().filter(|(u, _)| *u > v) {
            let mut linked = 0;
            merge(of_v, &dyads[u], |w, with_v, with_u| {
                if w == u || w == v {
                    return;
                }
                linked += 1;
                // Each linked triad is met at each of its linked pairs; it counts at the first.
                if u < w || (v < w && with_v == 0) {
                    counts[CLASS[dyad | with_v << 2 | with_u << 4] as usize] += 1;
                }
            });
            // The third variable is linked to neither: 012 or 102.
            counts[if dyad == 3 { 2 } else { 1 }] += (n - linked - 2) as u64;
        }
    }
    let n = n as u64;
    let triads = n * n.saturating_sub(1) * n.saturating_sub(2) / 6;
    counts[0] = triads - counts.iter().sum::<u64>();
    counts
}

/// Visits every variable in either of two sorted lists once, with its dyads (0 = none) in both.
fn merge(a: &[(usize, usize)], b: &[(usize, usize)], mut visit: impl FnMut(usize, usize, usize)) {
    let (mut i, mut j) = (0, 0);
    while let Some(next) = a.get(i).into_iter().chain(b.get(j)).map(|entry| entry.0).min() {
        let take = |list: &[(usize, usize)], at: &mut usize| match list.get(*at) {
            Some(&(w, dyad)) if w == next => {
                *at += 1;
                dyad
            }
            _ => 0,
        };
        let (of_a, of_b) = (take(a, &mut i), take(b, &mut j));
        visit(next, of_a, of_b);
    }
}

/// In the order of [`Motif::ALL`].
fn motif_counts(graph: &Digraph) -> [u64; 6] {
    let counts = census(graph);
    let mutual = graph.edges.iter().filter(|&&(a, b)| a < b && graph.present.contains(&(b, a))).count();
    [counts[8], counts[9], counts[3], counts[4], counts[5], mutual as u64]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(pairs: &[(u32, u32)]) -> Vec<WeightedEdge> {
        pairs.iter().map(|&(a, b)| WeightedEdge::new(a, b, 1.0)).collect()
    }

    fn random(n: u32, probability: f64, seed: u64) -> Vec<(u32, u32)> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let pairs = (0..n).flat_map(|a| (0..n).map(move |b| (a, b)));
        pairs.filter(|&(a, b)| a != b && rng.random_bool(probability)).collect()
    }

    /// One example of each class.
    const EXAMPLES: [&[(u32, u32)]; 16] = [
        &[],
        &[(0, 1)],
        &[(0, 1), (1, 0)],
        &[(1, 0), (1, 2)],
        &[(0, 1), (2, 1)],
        &[(0, 1), (1, 2)],
        &[(0, 1), (1, 0), (2, 1)],
        &[(0, 1), (1, 0), (1, 2)],
        &[(0, 1), (1, 2), (0, 2)],
        &[(0, 1), (1, 2), (2, 0)],
        &[(0, 1), (1, 0), (1, 2), (2, 1)],
        &[(1, 0), (1, 2), (0, 2), (2, 0)],
        &[(0, 1), (2, 1), (0, 2), (2, 0)],
        &[(0, 1), (1, 2), (0, 2), (2, 0)],
        &[(0, 1), (1, 2), (2, 1), (0, 2), (2, 0)],
        &[(0, 1), (1, 0), (1, 2), (2, 1), (0, 2), (2, 0)],
    ];

    #[test]
    fn each_class_is_known_however_its_variables_are_named() {
        for (class, example) in EXAMPLES.iter().enumerate() {
            for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
                let renamed: Vec<(u32, u32)> =
                    example.iter().map(|&(a, b)| (order[a as usize], order[b as usize])).collect();
                let mut expected = [0; 16];
                expected[class] = 1;
                assert_eq!(triad_census(3, &edges(&renamed)), expected, "{}", TRIADS[class]);
            }
        }
    }

    #[test]
    fn the_census_agrees_with_a_look_at_every_triad() {
        for (seed, probability) in [(1, 0.05), (2, 0.2), (3, 0.6)] {
            let list = random(15, probability, seed);
            let mut expected = [0; 16];
            for (a, b, c) in (0..15).flat_map(|a| (0..a).flat_map(move |b| (0..b).map(move |c| (a, b, c)))) {
                let inside = [a, b, c];
                let place = |v: u32| inside.iter().position(|&w| w == v);
                let triad: Vec<(u32, u32)> =
                    list.iter().filter_map(|&(s, t)| Some((place(s)? as u32, place(t)? as u32))).collect();
                triad_census(3, &edges(&triad)).iter().zip(&mut expected).for_each(|(one, sum)| *sum += one);
            }
            let found = triad_census(15, &edges(&list));
            assert_eq!(found, expected);
            assert_eq!(found.iter().sum::<u64>(), 455);
        }
    }

    #[test]
    fn motifs_are_counted_by_name() {
        let list = [(0, 1), (1, 2), (0, 2), (3, 4), (4, 5), (5, 3), (6, 7), (7, 6), (8, 9), (10, 9)];
        let scores = motif_scores(11, &edges(&list), 0, 0);
        let count = |motif| scores.iter().find(|s| s.motif == motif).unwrap().count;
        assert_eq!([Motif::FeedForwardLoop, Motif::Cycle, Motif::Mutual, Motif::Collider].map(count), [1, 1, 1, 1]);
        assert_eq!([Motif::Fork, Motif::Chain].map(count), [0, 0], "parts of larger triads do not count");
        assert!(scores.iter().all(|s| s.z.is_none()));
    }

    #[test]
    fn rewiring_keeps_degrees_and_little_else() {
        let list = random(30, 0.1, 4);
        let pairs: Vec<(usize, usize)> = list.iter().map(|&(a, b)| (a as usize, b as usize)).collect();
        let before = Digraph::new(30, pairs);
        let mut after = before.clone();
        after.rewire(&mut ChaCha8Rng::seed_from_u64(5));
        let degrees = |graph: &Digraph| {
            let mut degrees = [(0, 0); 30];
            for &(a, b) in &graph.edges {
                degrees[a].0 += 1;
                degrees[b].1 += 1;
            }
            degrees
        };
        assert_eq!(degrees(&before), degrees(&after));
        assert!(after.present.len() == before.edges.len() && after.edges.iter().all(|(a, b)| a != b));
        assert_eq!(after.present, after.edges.iter().copied().collect());
        assert!(before.present.intersection(&after.present).count() < before.edges.len() / 2);
    }

    #[test]
    fn planted_loops_stand_out_and_chance_does_not() {
        let z = |list: &[(u32, u32)], n| {
            let scores = motif_scores(n, &edges(list), 60, 6);
            scores.into_iter().map(|s| (s.motif, s.z.unwrap_or(0.0))).collect::<Vec<_>>()
        };
        let planted: Vec<(u32, u32)> =
            (0..12).flat_map(|i| [(3 * i, 3 * i + 1), (3 * i + 1, 3 * i + 2), (3 * i, 3 * i + 2)]).collect();
        let found = z(&planted, 36);
        assert!(found.iter().all(|&(motif, z)| motif != Motif::FeedForwardLoop || z > 5.0), "{found:?}");
        let chance = z(&random(36, 0.06, 7), 36);
        assert!(chance.iter().all(|(_, z)| z.abs() < 3.0), "{chance:?}");
    }

    #[test]
    fn graphs_too_small_for_triads_have_none() {
        assert_eq!(triad_census(0, &[]), [0; 16]);
        assert_eq!(triad_census(2, &edges(&[(0, 1)])), [0; 16]);
        assert_eq!(motif_scores(2, &edges(&[(0, 1), (1, 0)]), 5, 0)[5].count, 1);
    }
}
