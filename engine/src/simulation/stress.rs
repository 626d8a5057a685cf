//! In: a graph and first places. Out: places whose distances follow the steps between nodes, by stochastic descent over pairs
//! of nodes (Zheng, Pawar and Goodman, "Graph drawing by stochastic gradient descent", 2019).
//!
//! What is made small is the stress, the sum of `((distance - steps) / steps)²`. Up to some two thousand nodes all pairs
//! count; beyond, each node has as many random partners as all others, besides its neighbours. Fixed partners for all would
//! not do: nothing would keep the others from falling together. Steps come from searches for 64 nodes at once, a bit each.

/// Pairs that are cheap whatever the number of nodes.
const PAIRS: usize = 2_500_000;
/// Partners of a node of a large graph.
const PARTNERS: usize = 100;
/// Rounds through all pairs.
const ROUNDS: u32 = 20;
/// Share of the way two neighbours take to their right distance in the last round.
const LAST: f32 = 0.1;
/// Nodes searched from at once.
const BATCH: usize = 64;

/// A pair of nodes and the steps between them.
type Pair = (u32, u32, u16);

/// Moves the `places` of nodes `0 .. places.len()`, whose neighbours are in rows, with `threads` searching. The result is the
/// same for any number of threads.
pub(super) fn descend(places: &mut [[f32; 3]], offsets: &[u32], neighbours: &[u32], threads: usize) {
    let mut pairs = pairs(offsets, neighbours, threads);
    let longest = pairs.iter().map(|pair| pair.2).filter(|steps| *steps != u16::MAX).max().unwrap_or(1);
    // Parts without a way between them stand beside each other.
    pairs.iter_mut().filter(|pair| pair.2 == u16::MAX).for_each(|pair| pair.2 = longest.saturating_add(1));
    let mut random = 0x9e37_79b9;
    for at in (1..pairs.len()).rev() {
        pairs.swap(at, below(&mut random, at + 1));
    }
    let first = f32::from(longest) * f32::from(longest);
    let cooling = libm::logf(LAST / first) / (ROUNDS - 1) as f32;
    for round in 0..ROUNDS {
        let heat = first * libm::expf(cooling * round as f32);
        // Another order in each round, without the cost of mixing again.
        let (before, after) = pairs.split_at(below(&mut random, pairs.len().max(1)));
        after.iter().chain(before).for_each(|pair| relax(places, *pair, heat));
    }
}

/// Brings two nodes nearer to their right distance.
fn relax(places: &mut [[f32; 3]], (a, b, steps): Pair, heat: f32) {
    let (a, b, steps) = (a as usize, b as usize, f32::from(steps));
    let apart = [0, 1, 2].map(|axis| places[a][axis] - places[b][axis]);
    let distance = apart.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-9);
    let share = 0.5 * (heat / (steps * steps)).min(1.0) * (distance - steps) / distance;
    for axis in 0..3 {
        places[a][axis] -= share * apart[axis];
        places[b][axis] += share * apart[axis];
    }
}

/// All pairs, or each node's neighbours and random partners.
fn pairs(offsets: &[u32], neighbours: &[u32], threads: usize) -> Vec<Pair> {
    let count = offsets.len() - 1;
    let all = count * count.saturating_sub(1) / 2 <= PAIRS;
    let partners = (PAIRS / count.max(1)).max(PARTNERS);
    let batches = count.div_ceil(BATCH);
    let each = batches.div_ceil(threads.max(1)).max(1);
    let search = |range: std::ops::Range<usize>| {
        let mut search = Search::new(count);
        let mut found = Vec::new();
        for first in range.map(|batch| batch * BATCH) {
            let sources = first..count.min(first + BATCH);
            search.run(offsets, neighbours, sources.clone());
            for (bit, source) in sources.enumerate() {
                let steps = |other: usize| (source as u32, other as u32, search.steps[other * BATCH + bit]);
                if all {
                    found.extend((0..source).map(steps));
                    continue;
                }
                let mut random = (source as u32).wrapping_mul(0x85eb_ca6b) | 1;
                found.extend((0..partners).map(|_| below(&mut random, count)).filter(|o| *o != source).map(steps));
                let row = &neighbours[offsets[source] as usize..offsets[source + 1] as usize];
                found.extend(row.iter().map(|o| *o as usize).filter(|o| *o < source).map(steps));
            }
        }
        found
    };
    std::thread::scope(|scope| {
        let search = &search;
        let parts: Vec<_> = (0..batches)
            .step_by(each)
            .map(|first| scope.spawn(move || search(first..batches.min(first + each))))
            .collect();
        // A search cannot fail; if a thread did, its pairs would be missing, no more.
        parts.into_iter().flat_map(|part| part.join().unwrap_or_default()).collect()
    })
}

/// Steps from 64 nodes to all others; kept between searches for its memory.
struct Search {
    seen: Vec<u64>,
    front: Vec<u64>,
    next: Vec<u64>,
    /// `[nodes, 64]`; the largest number where there is no way.
    steps: Vec<u16>,
}

impl Search {
    fn new(count: usize) -> Self {
        Self { seen: vec![0; count], front: vec![0; count], next: vec![0; count], steps: vec![0; count * BATCH] }
    }

    fn run(&mut self, offsets: &[u32], neighbours: &[u32], sources: std::ops::Range<usize>) {
        let Self { seen, front, next, steps } = self;
        seen.fill(0);
        steps.fill(u16::MAX);
        let mut active: Vec<u32> = Vec::new();
        for (bit, source) in sources.enumerate() {
            (seen[source], front[source]) = (1 << bit, 1 << bit);
            steps[source * BATCH + bit] = 0;
            active.push(source as u32);
        }
        let (mut touched, mut level) = (Vec::new(), 0_u16);
        while !active.is_empty() {
            level = level.saturating_add(1).min(u16::MAX - 2);
            for node in active.drain(..) {
                let own = std::mem::take(&mut front[node as usize]);
                for other in &neighbours[offsets[node as usize] as usize..offsets[node as usize + 1] as usize] {
                    let fresh = own & !seen[*other as usize];
                    if fresh != 0 {
                        if next[*other as usize] == 0 {
                            touched.push(*other);
                        }
                        next[*other as usize] |= fresh;
                    }
                }
            }
            for node in &touched {
                let mut bits = std::mem::take(&mut next[*node as usize]);
                seen[*node as usize] |= bits;
                front[*node as usize] = bits;
                while bits != 0 {
                    steps[*node as usize * BATCH + bits.trailing_zeros() as usize] = level;
                    bits &= bits - 1;
                }
            }
            std::mem::swap(&mut active, &mut touched);
        }
    }
}

/// The next random number below `end` (Marsaglia's 32-bit xorshift).
fn below(state: &mut u32, end: usize) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    ((u64::from(*state) * end as u64) >> 32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ring with chords, in rows.
    fn ring(count: usize) -> (Vec<u32>, Vec<u32>) {
        let row = |node: usize| [1, count - 1, 7, count - 7].map(|by| ((node + by) % count) as u32);
        ((0..=count as u32).map(|node| 4 * node).collect(), (0..count).flat_map(row).collect())
    }

    fn steps_from(offsets: &[u32], neighbours: &[u32], source: usize) -> Vec<u16> {
        let mut steps = vec![u16::MAX; offsets.len() - 1];
        let mut queue = std::collections::VecDeque::from([source]);
        steps[source] = 0;
        while let Some(node) = queue.pop_front() {
            for other in &neighbours[offsets[node] as usize..offsets[node + 1] as usize] {
                if steps[*other as usize] == u16::MAX {
                    steps[*other as usize] = steps[node] + 1;
                    queue.push_back(*other as usize);
                }
            }
        }
        steps
    }

    #[test]
    fn pairs_know_the_steps_between_them() {
        for count in [17, 129, 3000] {
            let (offsets, neighbours) = ring(count);
            let found = pairs(&offsets, &neighbours, 3);
            assert_eq!(found, pairs(&offsets, &neighbours, 1), "the same pairs for any number of threads");
            let all = count * (count - 1) / 2;
            assert!(if all <= PAIRS { found.len() == all } else { found.len() > count * PARTNERS }, "{}", found.len());
            let source = count / 3;
            let steps = steps_from(&offsets, &neighbours, source);
            let mut checked = 0;
            for (_, other, known) in found.iter().filter(|pair| pair.0 as usize == source) {
                assert_eq!(*known, steps[*other as usize], "{count} nodes, {source} to {other}");
                checked += 1;
            }
            assert!(checked >= count / 3 || checked >= PARTNERS, "{checked}");
        }
    }

    #[test]
    fn distances_come_to_follow_steps() {
        let side = 12_u32;
        let mut rows: Vec<Vec<u32>> = Vec::new();
        for node in 0..side * side {
            let (x, y) = (node % side, node / side);
            let mut row = Vec::new();
            row.extend((x > 0).then(|| node - 1));
            row.extend((x + 1 < side).then(|| node + 1));
            row.extend((y > 0).then(|| node - side));
            row.extend((y + 1 < side).then(|| node + side));
            rows.push(row);
        }
        let mut offsets = vec![0];
        rows.iter().for_each(|row| offsets.push(offsets[offsets.len() - 1] + row.len() as u32));
        let neighbours = rows.concat();
        let mut random = 7;
        let mut places: Vec<[f32; 3]> =
            (0..rows.len()).map(|_| [0; 3].map(|_| below(&mut random, 1000) as f32 / 1000.0)).collect();
        descend(&mut places, &offsets, &neighbours, 1);
        let stress = |places: &[[f32; 3]]| {
            let all = pairs(&offsets, &neighbours, 1);
            let one = |pair: &Pair| {
                let (a, b) = (places[pair.0 as usize], places[pair.1 as usize]);
                let distance = (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f32>().sqrt();
                (distance / f32::from(pair.2) - 1.0).powi(2)
            };
            all.iter().map(one).sum::<f32>() / all.len() as f32
        };
        // A sheet measured in steps along its lines cannot lie flat without some: about 0.02.
        assert!(stress(&places) < 0.03, "{}", stress(&places));
    }
}
