//! In: a graph and first places. Out: places whose distances follow the steps between nodes, by stochastic descent over pairs
//! of nodes (Zheng, Pawar and Goodman, "Graph drawing by stochastic gradient descent", 2019).
//!
//! What is made small is the stress, the sum of `((distance - steps) / steps)²`. Up to some two thousand nodes all pairs
//! count; beyond, each node has as many random partners as all others, besides its neighbours. Of more than 20,000 nodes steps
//! are searched for from 2,500 only: these lay each other out, and all others follow them without moving them. Where they
//! moved them as well, nothing would keep the others from falling together.

use rayon::prelude::*;

use super::descent::{Pull, relax};
use super::steps::{BATCH, NO_WAY, Search};

/// Pairs that are cheap whatever the number of nodes.
const PAIRS: usize = 2_500_000;
/// Partners of a node of a large graph.
const PARTNERS: usize = 200;
/// Nodes up to which steps are searched for from each, and how many they are searched for from beyond: of 10,000 nodes a
/// quarter would do at a cost of 2 … 5 % in stress, of 100,000 a fortieth costs 0.5 … 2 % and saves nine tenths of the time.
const SEARCHED: usize = 20_000;
const SOURCES: usize = 2_500;

/// Moves the `places` of nodes `0 .. places.len()`, whose neighbours are in rows, on this many threads. The result is the
/// same for any number of them.
pub(super) fn descend(places: &mut [[f32; 3]], offsets: &[u32], neighbours: &[u32], threads: usize) {
    let mut work = || {
        let order = together(places);
        let (offsets, neighbours) = renumbered(offsets, neighbours, &order);
        let mut own: Vec<[f32; 3]> = order.iter().map(|old| places[*old as usize]).collect();
        relax(&mut own, pulls(&offsets, &neighbours));
        centre(&mut own);
        order.iter().zip(own).for_each(|(old, place)| places[*old as usize] = place);
    };
    match rayon::ThreadPoolBuilder::new().num_threads(threads).build() {
        Ok(pool) => pool.install(&mut work),
        // No thread to be had: those of the process do it.
        Err(_) => work(),
    }
}

/// Puts the middle of all where none is. Who follows another does not push it back, so that all may have wandered off.
fn centre(places: &mut [[f32; 3]]) {
    let count = places.len().max(1) as f64;
    let middle = [0, 1, 2].map(|axis| (places.iter().map(|p| f64::from(p[axis])).sum::<f64>() / count) as f32);
    places.iter_mut().for_each(|place| (0..3).for_each(|axis| place[axis] -= middle[axis]));
}

/// Nodes in an order in which each batch lies together: halved across the wider side until no more than a batch is left.
fn together(places: &[[f32; 3]]) -> Vec<u32> {
    fn halve(nodes: &mut [u32], places: &[[f32; 3]]) {
        if nodes.len() <= BATCH {
            return;
        }
        let wide = |axis: usize| {
            let along = || nodes.iter().map(|node| places[*node as usize][axis]);
            along().fold(f32::MIN, f32::max) - along().fold(f32::MAX, f32::min)
        };
        let axis = (0..3).max_by(|a, b| wide(*a).total_cmp(&wide(*b))).unwrap_or(0);
        let key = |node: &u32| places[*node as usize][axis];
        let half = nodes.len().div_ceil(BATCH) / 2 * BATCH;
        nodes.select_nth_unstable_by(half, |a, b| key(a).total_cmp(&key(b)).then(a.cmp(b)));
        let (below, above) = nodes.split_at_mut(half);
        halve(below, places);
        halve(above, places);
    }
    let mut nodes: Vec<u32> = (0..places.len() as u32).collect();
    halve(&mut nodes, places);
    nodes
}

/// The same graph with its nodes in another order.
fn renumbered(offsets: &[u32], neighbours: &[u32], order: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let mut number = vec![0; order.len()];
    order.iter().zip(0..).for_each(|(old, new)| number[*old as usize] = new);
    let (mut starts, mut rows) = (vec![0], Vec::with_capacity(neighbours.len()));
    for old in order {
        let row = &neighbours[offsets[*old as usize] as usize..offsets[*old as usize + 1] as usize];
        rows.extend(row.iter().map(|other| number[*other as usize]));
        starts.push(rows.len() as u32);
    }
    (starts, rows)
}

/// All pairs, or partners of the sources and all neighbours.
fn pulls(offsets: &[u32], neighbours: &[u32]) -> Vec<Pull> {
    let count = offsets.len() - 1;
    let all = count * count.saturating_sub(1) / 2 <= PAIRS;
    // Nodes that are near each other have near numbers.
    let apart = if count <= SEARCHED { 1 } else { count.div_ceil(SOURCES) };
    let partners = (PAIRS / count.max(1)).max(PARTNERS) * apart;
    let sources: Vec<u32> = (0..count as u32).step_by(apart).collect();
    let search = |search: &mut Search<'_>, batch: &[u32]| {
        if all {
            return search.run(batch, |source| 0..source as usize);
        }
        search.run(batch, |source| {
            let mut random = source.wrapping_mul(0x85eb_ca6b) | 1;
            (0..partners).map(move |_| below(&mut random, count))
        })
    };
    let found: Vec<_> = sources.par_chunks(BATCH).map_init(|| Search::new(offsets, neighbours), search).collect();
    let longest = found.iter().flatten().map(|pair| pair.2).filter(|steps| *steps != NO_WAY).max().unwrap_or(1);
    // Parts without a way between them stand beside each other.
    let steps = |steps| if steps == NO_WAY { longest.saturating_add(1) } else { steps };
    let alone = |node: u32| !(node as usize).is_multiple_of(apart);
    let far = found.iter().flatten().map(|&(a, b, s)| Pull { a, b, steps: steps(s), a_stays: alone(b) });
    let near = (0..if all { 0 } else { count }).flat_map(|a| {
        let row = &neighbours[offsets[a] as usize..offsets[a + 1] as usize];
        let before = row.iter().filter(move |b| (**b as usize) < a);
        before.map(move |b| Pull { a: a as u32, b: *b, steps: 1, a_stays: false })
    });
    far.chain(near).collect()
}

/// The next random number below `end` (Marsaglia's 32-bit xorshift).
pub(super) fn below(state: &mut u32, end: usize) -> usize {
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
        for count in [17, 129, 3000, 22_500] {
            let (offsets, neighbours) = ring(count);
            let found = pulls(&offsets, &neighbours);
            let all = count * (count - 1) / 2;
            // A partner drawn twice counts once.
            let least = if all <= PAIRS { all } else { count * PARTNERS * 9 / 10 };
            assert!(found.len() >= least && found.len() <= all, "{} of {all}", found.len());
            // One that is searched from: every ninth, where that are not all.
            let source = if count > SEARCHED { count / 18 * 9 } else { count / 3 };
            let steps = steps_from(&offsets, &neighbours, source);
            let mut checked = 0;
            for pull in found.iter().filter(|pull| pull.a as usize == source) {
                assert_eq!(pull.steps, steps[pull.b as usize], "{count} nodes, {source} to {}", pull.b);
                let alone = count > SEARCHED && !pull.b.is_multiple_of(9);
                assert!(pull.a_stays == alone || pull.steps == 1, "{count} nodes, {source} to {}", pull.b);
                checked += 1;
            }
            assert!(checked >= count / 3 || checked >= PARTNERS, "{checked}");
        }
    }

    #[test]
    fn distances_come_to_follow_steps() {
        for side in [12, 150] {
            sheet(side);
        }
    }

    /// A sheet of squares, the larger one beyond the nodes that are all searched from.
    fn sheet(side: u32) {
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
        let mut others = places.clone();
        descend(&mut places, &offsets, &neighbours, 1);
        descend(&mut others, &offsets, &neighbours, 3);
        assert_eq!(places, others, "the same for any number of threads");
        for axis in 0..3 {
            let middle = places.iter().map(|place| f64::from(place[axis])).sum::<f64>() / places.len() as f64;
            assert!(middle.abs() < 1e-3, "{middle}: the middle of all is where the picture's is");
        }
        let stress = |places: &[[f32; 3]]| {
            let all = pulls(&offsets, &neighbours);
            let one = |pull: &Pull| {
                let (a, b) = (places[pull.a as usize], places[pull.b as usize]);
                let distance = (0..3).map(|k| (a[k] - b[k]).powi(2)).sum::<f32>().sqrt();
                (distance / f32::from(pull.steps) - 1.0).powi(2)
            };
            all.iter().map(one).sum::<f32>() / all.len() as f32
        };
        // A sheet measured in steps along its lines cannot lie flat without some: about 0.02.
        assert!(stress(&places) < 0.03, "{} of {side}²", stress(&places));
    }
}
