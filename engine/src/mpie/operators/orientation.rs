//! In: a skeleton with its separating sets. Out: the same-time links whose direction the independences identify
//! (unshielded colliders, then Meek's rules). Lagged links point with time.

use std::collections::BTreeSet;

use super::graph::{LaggedGraph, LaggedLink, Mark, Node};
use super::skeleton::Skeleton;
use super::subsets::Subsets;
use crate::types::LinkKey;

/// How to decide whether the middle of an unshielded triple is a collider.
pub enum ColliderRule<'a> {
    /// It is, unless the separating set found first contains it. Cheap; one false separation misleads it.
    SeparatingSet,
    /// By the share of all separating subsets of the ends' adjacencies that contain it (Colombo & Maathuis 2014).
    Vote {
        /// `false`: below half is a collider, above half is none, half is open. `true`: only 0 and 1 decide.
        conservative: bool,
        /// The test the skeleton was found with: `ln p` of independence.
        test: &'a mut dyn FnMut(Node, Node, &[Node]) -> f64,
    },
}

/// Orients the lag-0 links of a skeleton. A triple `a → k ← j` needs `j` at lag 0; `a` may be lagged. Links with
/// evidence for both directions are marked so and inform no others.
pub fn orient(skeleton: &Skeleton, mut rule: ColliderRule<'_>) -> LaggedGraph {
    let mut heads = Heads::default();
    let mut open = BTreeSet::new();
    for (a, k, j) in unshielded(skeleton) {
        match is_collider(skeleton, a, k, j, &mut rule) {
            // The other end, where it is at lag 0, follows when its triple comes the other way round.
            Some(true) => heads.add(j, k),
            Some(false) => {}
            None => {
                open.insert((a, k, j));
            }
        }
    }
    loop {
        // All rules look at the same state, so that their order does not matter.
        let found = meek(skeleton, &heads, &open);
        if found.is_empty() {
            break;
        }
        found.into_iter().for_each(|(from, to)| heads.add(from, to));
    }
    let mut links = Vec::new();
    for (target, nodes) in (0_u32..).zip(&skeleton.adjacent) {
        for &node in nodes {
            let key = LinkKey { source: node.var, target, lag: node.lag };
            let forward = node.lag > 0 || heads.points(node.var, target);
            let backward = node.lag == 0 && heads.points(target, node.var);
            match (forward, backward) {
                (true, false) => links.push(LaggedLink { key, mark: Mark::Directed }),
                (true, true) if node.var < target => links.push(LaggedLink { key, mark: Mark::Conflicting }),
                (false, false) if node.var < target => links.push(LaggedLink { key, mark: Mark::Undirected }),
                // Written from its other end.
                _ => {}
            }
        }
    }
    LaggedGraph::new(skeleton.adjacent.len(), links)
}

/// Arrowheads of the lag-0 links.
#[derive(Default)]
struct Heads(BTreeSet<(u32, u32)>);

impl Heads {
    fn add(&mut self, from: u32, to: u32) {
        self.0.insert((from, to));
    }

    /// Whether there is a head at `to` on the link with `from`.
    fn points(&self, from: u32, to: u32) -> bool {
        self.0.contains(&(from, to))
    }

    fn directed(&self, from: u32, to: u32) -> bool {
        self.points(from, to) && !self.points(to, from)
    }

    fn undirected(&self, a: u32, b: u32) -> bool {
        !self.points(a, b) && !self.points(b, a)
    }
}

/// Triples `(a, k, j)`: `a` and `j` adjacent to `k` but not to each other, `k` and `j` at lag 0; where `a` is too, in
/// both orders.
fn unshielded(skeleton: &Skeleton) -> Vec<(Node, u32, u32)> {
    let mut triples = Vec::new();
    for (k, nodes) in (0_u32..).zip(&skeleton.adjacent) {
        for &a in nodes {
            for j in nodes.iter().filter(|node| node.lag == 0 && **node != a).map(|node| node.var) {
                if !skeleton.is_adjacent(a, j) {
                    triples.push((a, k, j));
                }
            }
        }
    }
    triples
}

/// `None`: open.
fn is_collider(skeleton: &Skeleton, a: Node, k: u32, j: u32, rule: &mut ColliderRule<'_>) -> Option<bool> {
    let middle = Node::new(k, 0);
    let (conservative, test) = match rule {
        ColliderRule::SeparatingSet => return Some(!skeleton.separating_set(a, j)?.contains(&middle)),
        ColliderRule::Vote { conservative, test } => (*conservative, test),
    };
    let end = Node::new(j, 0);
    let sides = if a.lag == 0 { vec![j, a.var] } else { vec![j] };
    let (mut separating, mut with_middle) = (BTreeSet::new(), 0);
    for side in sides {
        let others: Vec<Node> =
            skeleton.adjacent[side as usize].iter().copied().filter(|&node| node != a && node != end).collect();
        for size in 0..=skeleton.config.max_given.min(others.len()) {
            for given in Subsets::new(&others, size) {
                // Lag-0 triples come in both orders: the test must be asked the same question each time.
                let (x, y) = if a.lag == 0 && end < a { (end, a) } else { (a, end) };
                if test(x, y, &given) > skeleton.config.alpha.ln() && separating.insert(given.clone()) {
                    with_middle += usize::from(given.contains(&middle));
                }
            }
        }
    }
    let total = separating.len();
    match (total, conservative) {
        (0, _) => None,
        (_, true) if with_middle == 0 => Some(true),
        (_, true) if with_middle == total => Some(false),
        (_, true) => None,
        (_, false) if 2 * with_middle == total => None,
        (_, false) => Some(2 * with_middle < total),
    }
}

/// Directions that follow from those known without new colliders or cycles (Meek 1995, rules 1 to 3; the fourth is
/// needed only with background knowledge of lag-0 directions). Triples left open inform none.
fn meek(skeleton: &Skeleton, heads: &Heads, open: &BTreeSet<(Node, u32, u32)>) -> BTreeSet<(u32, u32)> {
    let mut found = BTreeSet::new();
    for (j, nodes) in (0_u32..).zip(&skeleton.adjacent) {
        let same_time = || nodes.iter().filter(|node| node.lag == 0).map(|node| node.var);
        for k in same_time().filter(|&k| heads.undirected(k, j)) {
            // 1: a → k — j, a and j not adjacent: k → j.
            let chain = skeleton.adjacent[k as usize].iter().any(|&a| {
                (a.lag > 0 || (a.var != j && heads.directed(a.var, k)))
                    && !skeleton.is_adjacent(a, j)
                    && !open.contains(&(a, k, j))
            });
            // 2: k → m → j: k → j, or there would be a cycle.
            let path = same_time()
                .any(|m| heads.directed(m, j) && skeleton.is_adjacent(Node::new(k, 0), m) && heads.directed(k, m));
            // 3: k — m → j and k — l → j, m and l not adjacent: k → j, or they would collide in k.
            let between: Vec<u32> = same_time()
                .filter(|&m| heads.directed(m, j) && skeleton.is_adjacent(Node::new(k, 0), m) && heads.undirected(k, m))
                .collect();
            let kite = Subsets::new(&between, 2).any(|pair| {
                let m = Node::new(pair[0], 0);
                !skeleton.is_adjacent(m, pair[1]) && !open.contains(&(m, k, pair[1]))
            });
            if chain || path || kite {
                found.insert((k, j));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::super::separation::d_separated;
    use super::super::skeleton::{SkeletonConfig, skeleton};
    use super::*;

    const CONFIG: SkeletonConfig = SkeletonConfig { max_lag: 1, same_time: true, alpha: 0.01, max_given: 8 };

    fn graph(vars: usize, links: &[(u32, u32, u32)]) -> LaggedGraph {
        LaggedGraph::new(vars, links.iter().map(|&(s, t, lag)| LaggedLink::directed(s, t, lag)).collect())
    }

    fn oracle(truth: &LaggedGraph) -> impl Fn(Node, Node, &[Node]) -> f64 {
        |x, y, given| if d_separated(truth, x, y, given, 10) { 0.0 } else { -99.0 }
    }

    fn found_from(truth: &LaggedGraph) -> LaggedGraph {
        orient(&skeleton(truth.vars, CONFIG, oracle(truth)), ColliderRule::SeparatingSet)
    }

    #[test]
    fn a_collider_is_oriented_and_a_chain_is_not() {
        let collider = graph(3, &[(0, 2, 0), (1, 2, 0)]);
        assert_eq!(found_from(&collider), collider);
        let chain = found_from(&graph(3, &[(0, 1, 0), (1, 2, 0)]));
        assert_eq!(chain.links, [LaggedLink::undirected(0, 1), LaggedLink::undirected(1, 2)]);
    }

    #[test]
    fn the_past_orients_the_present() {
        // Memory of 0 reaches 1 only through 0: no collider, so 0 → 1 by rule 1.
        let driven = graph(2, &[(0, 0, 1), (0, 1, 0)]);
        assert_eq!(found_from(&driven), driven);
        // 0(t-1) → 1 ← 2: a lagged end makes a collider too.
        let lagged = graph(3, &[(0, 1, 1), (2, 1, 0)]);
        assert_eq!(found_from(&lagged), lagged);
    }

    /// Every acyclic direction of the lag-0 links with the truth's unshielded colliders, tried out.
    fn equivalent(truth: &LaggedGraph) -> LaggedGraph {
        let (same, lagged): (Vec<LaggedLink>, Vec<LaggedLink>) = truth.links.iter().partition(|l| l.key.lag == 0);
        let signature = |links: &[LaggedLink]| {
            let adjacent = |a: Node, j: u32| {
                let joins = |l: &&LaggedLink, from, to| (l.key.source, l.key.target, l.key.lag) == (from, to, a.lag);
                links.iter().any(|l| joins(&l, a.var, j) || (a.lag == 0 && joins(&l, j, a.var)))
            };
            let mut colliders = BTreeSet::new();
            for x in links {
                for y in links.iter().filter(|y| *y != x && y.key.target == x.key.target && y.key.lag == 0) {
                    let (a, j) = (Node::new(x.key.source, x.key.lag), y.key.source);
                    if !adjacent(a, j) {
                        colliders.insert((a, x.key.target, j));
                    }
                }
            }
            colliders
        };
        let cyclic = |links: &[LaggedLink]| {
            let mut left: Vec<&LaggedLink> = links.iter().filter(|l| l.key.lag == 0).collect();
            loop {
                let before = left.len();
                let sources: BTreeSet<u32> = left.iter().map(|l| l.key.source).collect();
                left.retain(|l| sources.contains(&l.key.target));
                if left.len() == before {
                    return before > 0;
                }
            }
        };
        let mut seen = BTreeSet::new();
        for bits in 0..1_u32 << same.len() {
            let turned = same.iter().enumerate().map(|(i, l)| match bits >> i & 1 {
                0 => *l,
                _ => LaggedLink::directed(l.key.target, l.key.source, 0),
            });
            let links: Vec<LaggedLink> = lagged.iter().copied().chain(turned).collect();
            if !cyclic(&links) && signature(&links) == signature(&truth.links) {
                seen.extend(links);
            }
        }
        let settled = seen.iter().map(|l| {
            let back = LaggedLink::directed(l.key.target, l.key.source, 0);
            let open = l.key.lag == 0 && seen.contains(&back);
            if open { LaggedLink::undirected(l.key.source, l.key.target) } else { *l }
        });
        LaggedGraph::new(truth.vars, settled.collect())
    }

    #[test]
    fn exactly_the_identified_directions_are_found() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let (mut identified, mut open) = (0, 0);
        for _ in 0..40 {
            let mut links: Vec<(u32, u32, u32)> = Vec::new();
            for a in 0..5 {
                links.extend((a + 1..5).filter(|_| rng.random_bool(0.5)).map(|b| (a, b, 0)));
                if rng.random_bool(0.2) {
                    links.push((a, rng.random_range(0..5), 1));
                }
            }
            let truth = graph(5, &links);
            let expected = equivalent(&truth);
            assert_eq!(found_from(&truth), expected, "{links:?}");
            let mut test = oracle(&truth);
            let skeleton = skeleton(5, CONFIG, &mut test);
            for conservative in [false, true] {
                let voted = orient(&skeleton, ColliderRule::Vote { conservative, test: &mut test });
                assert_eq!(voted, expected, "{links:?}, conservative {conservative}");
            }
            let same_time = expected.links.iter().filter(|l| l.key.lag == 0);
            same_time.for_each(|l| if l.mark == Mark::Directed { identified += 1 } else { open += 1 });
        }
        assert!(identified > 30 && open > 30, "{identified} identified, {open} open: the systems must show both");
    }

    /// Rule 3: 0 — 1 → 3, 0 — 2 → 3, 0 — 3, with 1 and 2 not adjacent.
    #[test]
    fn a_kite_is_oriented_towards_its_collider() {
        let truth = graph(4, &[(0, 1, 0), (0, 2, 0), (0, 3, 0), (1, 3, 0), (2, 3, 0)]);
        let found = found_from(&truth);
        assert!(found.links.contains(&LaggedLink::directed(0, 3, 0)));
        assert!(found.links.contains(&LaggedLink::undirected(0, 1)));
    }

    #[test]
    fn contradictions_are_marked() {
        // 0 → 1 ← 2 and 1 → 2 ← 3 cannot both be.
        let mut path = skeleton(4, CONFIG, oracle(&graph(4, &[(0, 1, 0), (1, 2, 0), (2, 3, 0)])));
        path.separating.values_mut().for_each(Vec::clear);
        let found = orient(&path, ColliderRule::SeparatingSet);
        let between = LinkKey { source: 1, target: 2, lag: 0 };
        assert!(found.links.contains(&LaggedLink { key: between, mark: Mark::Conflicting }));
        assert!(found.links.contains(&LaggedLink::directed(0, 1, 0)));
    }

    #[test]
    fn an_even_vote_stays_open_and_a_lopsided_one_only_for_the_conservative() {
        // Two paths, 0 — 1 — 2 and 0 — 3 — 2; each case says which subsets of {1, 3} separate 0 and 2.
        let chain = graph(4, &[(0, 1, 0), (1, 2, 0), (0, 3, 0), (3, 2, 0)]);
        let skeleton = skeleton(4, CONFIG, oracle(&chain));
        let collides = |conservative, separates: fn(bool, bool) -> bool| {
            let mut test = |x: Node, y: Node, given: &[Node]| {
                let has = |var| given.contains(&Node::new(var, 0));
                let asked = (x, y) == (Node::new(0, 0), Node::new(2, 0));
                if asked && separates(has(1), has(3)) { 0.0 } else { -99.0 }
            };
            let found = orient(&skeleton, ColliderRule::Vote { conservative, test: &mut test });
            found.links.contains(&LaggedLink::directed(0, 1, 0))
        };
        let both = |separates| [collides(false, separates), collides(true, separates)];
        assert_eq!(both(|one, _| !one), [true, true], "1 is in none");
        assert_eq!(both(|one, three| !one || three), [true, false], "1 is in one of three");
        assert_eq!(both(|one, three| one != three), [false, false], "1 is in one of two");
        assert_eq!(both(|one, three| one || !three), [false, false], "1 is in two of three");
    }
}
