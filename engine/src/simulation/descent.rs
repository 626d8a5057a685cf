//! In: places, and pairs of nodes with the distance they should have. Out: places moved towards that, on all threads of the
//! pool it runs in, the same for any number of them.
//!
//! Nodes of large graphs are dealt into groups, and pairs into blocks by the groups of both ends; blocks that share no group
//! go side by side. Where a node has many partners in a row from one group it comes to lie by that one's, so that small
//! graphs have a single group.

use rayon::prelude::*;

use super::stress::below;

/// Rounds through all pairs.
const ROUNDS: u32 = 20;
/// Share of the way two neighbours take to their right distance in the last round.
const LAST: f32 = 0.1;
/// Nodes from which on there are groups, and how many: an even number.
const GROUPED: usize = 20_000;
const GROUPS: usize = 8;

/// Two nodes, the distance they should have, and whether only `b` moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pull {
    pub a: u32,
    pub b: u32,
    pub steps: u16,
    pub a_stays: bool,
}

/// Places of a group's nodes.
type Group = Vec<[f32; 3]>;
/// Pairs between two groups, with nodes by their place in those; `swapped` where `a` is in the second.
type Block = Vec<(Pull, bool)>;

/// Brings all pairs nearer to their distances, round by round.
pub(super) fn relax(places: &mut [[f32; 3]], pulls: Vec<Pull>) {
    let count = if places.len() < GROUPED { 1 } else { GROUPS };
    let first = pulls.iter().map(|pull| f32::from(pull.steps)).fold(1.0, f32::max).powi(2);
    let mut groups = vec![Group::new(); count];
    places.iter().enumerate().for_each(|(node, place)| groups[node % count].push(*place));
    let mut blocks = dealt(pulls, count);
    blocks.par_iter_mut().enumerate().for_each(|(number, block)| {
        let mut random = 0x9e37_79b9 ^ number as u32;
        for at in (1..block.len()).rev() {
            block.swap(at, below(&mut random, at + 1));
        }
    });
    let cooling = libm::logf(LAST / first) / (ROUNDS - 1) as f32;
    let mut random = 0x9e37_79b9;
    let mut phases: Vec<usize> = (0..count).collect();
    for round in 0..ROUNDS {
        let heat = first * libm::expf(cooling * round as f32);
        for at in (1..phases.len()).rev() {
            phases.swap(at, below(&mut random, at + 1));
        }
        // Another order in each round, without the cost of mixing again.
        let turn = below(&mut random, 1 << 16);
        for phase in &phases {
            let mut tasks: Vec<_> = meetings(*phase, count)
                .into_iter()
                .map(|(a, b)| {
                    let own = std::mem::take(&mut groups[a]);
                    // Empty where a group meets itself, as it has just been taken.
                    ((a, b), own, std::mem::take(&mut groups[b]))
                })
                .collect();
            tasks.par_iter_mut().for_each(|((a, b), own, other)| {
                let block = &blocks[*a * count + *b];
                if a == b { within(own, block, turn, heat) } else { between(own, other, block, turn, heat) }
            });
            for ((a, b), own, other) in tasks {
                // In this order: `a` may be `b`.
                (groups[b], groups[a]) = (other, Group::new());
                groups[a] = own;
            }
        }
    }
    places.iter_mut().enumerate().for_each(|(node, place)| *place = groups[node % count][node / count]);
}

/// Pairs by the groups of both ends, the lower group first.
fn dealt(pulls: Vec<Pull>, count: usize) -> Vec<Block> {
    let mut blocks = vec![Block::new(); count * count];
    for pull in pulls {
        let [a, b] = [pull.a, pull.b].map(|node| node as usize % count);
        let inside = Pull { a: pull.a / count as u32, b: pull.b / count as u32, ..pull };
        blocks[a.min(b) * count + a.max(b)].push((inside, a > b));
    }
    blocks
}

/// Which groups meet in a phase, the lower number first: everybody meets everybody once, and itself (a round-robin
/// tournament by the circle method).
fn meetings(phase: usize, count: usize) -> Vec<(usize, usize)> {
    let others = count - 1;
    if phase == others {
        return (0..count).map(|group| (group, group)).collect();
    }
    let pair = |k: usize| ((phase + k) % others, (phase + others - k) % others);
    let still = std::iter::once((phase, others));
    still.chain((1..count / 2).map(pair)).map(|(a, b)| (a.min(b), a.max(b))).collect()
}

/// The pairs of a block, from a share of `turn / 65,536` on.
fn from(block: &Block, turn: usize) -> impl Iterator<Item = &(Pull, bool)> {
    let (before, after) = block.split_at((block.len() * turn) >> 16);
    after.iter().chain(before)
}

fn within(own: &mut [[f32; 3]], block: &Block, turn: usize, heat: f32) {
    for (pull, _) in from(block, turn) {
        let (a, b) = (pull.a as usize, pull.b as usize);
        (own[a], own[b]) = nearer(own[a], own[b], pull, heat);
    }
}

fn between(own: &mut [[f32; 3]], other: &mut [[f32; 3]], block: &Block, turn: usize, heat: f32) {
    for (pull, swapped) in from(block, turn) {
        let (a, b) = (pull.a as usize, pull.b as usize);
        if *swapped {
            (other[a], own[b]) = nearer(other[a], own[b], pull, heat);
        } else {
            (own[a], other[b]) = nearer(own[a], other[b], pull, heat);
        }
    }
}

/// Two places, nearer to their right distance.
fn nearer(a: [f32; 3], b: [f32; 3], pull: &Pull, heat: f32) -> ([f32; 3], [f32; 3]) {
    let steps = f32::from(pull.steps);
    let apart = [0, 1, 2].map(|axis| a[axis] - b[axis]);
    let distance = apart.iter().map(|v| v * v).sum::<f32>().sqrt().max(1e-9);
    let share = 0.5 * (heat / (steps * steps)).min(1.0) * (distance - steps) / distance;
    let own = if pull.a_stays { 0.0 } else { share };
    ([0, 1, 2].map(|axis| a[axis] - own * apart[axis]), [0, 1, 2].map(|axis| b[axis] + share * apart[axis]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_group_meets_every_other_once() {
        for count in [1, 2, 8] {
            let mut met = std::collections::BTreeSet::new();
            for phase in 0..count {
                let mut busy = vec![0; count];
                for (a, b) in meetings(phase, count) {
                    assert!(a <= b && met.insert((a, b)), "{a} and {b} meet again");
                    busy[a] += 1;
                    busy[b] += usize::from(a != b);
                }
                assert_eq!(busy, vec![1; count], "phase {phase} of {count}");
            }
            assert_eq!(met.len(), count * (count + 1) / 2);
        }
    }

    #[test]
    fn a_node_that_stays_does_not_move() {
        let pull = Pull { a: 0, b: 1, steps: 2, a_stays: true };
        let mut places = [[0.0; 3], [1.0, 0.0, 0.0]];
        relax(&mut places, vec![pull; 3]);
        assert_eq!(places[0], [0.0; 3]);
        assert!((places[1][0] - 2.0).abs() < 0.05 && places[1][1] == 0.0, "{places:?}");
    }
}
