//! In: a graph in rows, and which nodes some nodes ask for. Out: the steps between them, from searches for many nodes at
//! once, a bit each (Then and others, "The more the merrier: efficient multi-source graph traversal", 2014).

/// A node, one of its partners, and the steps between them; [`NO_WAY`] where there is none.
pub(super) type Pair = (u32, u32, u16);
pub(super) const NO_WAY: u16 = u16::MAX;

/// A bit for each source; few enough that what 100,000 nodes need stays near a core.
type Bits = u64;
/// Nodes searched from at once. Nodes that are near each other share most of their searches.
pub(super) const BATCH: usize = Bits::BITS as usize;

/// Searches one batch after the other; kept between them for its memory.
pub(super) struct Search<'a> {
    offsets: &'a [u32],
    neighbours: &'a [u32],
    seen: Vec<Bits>,
    front: Vec<Bits>,
    next: Vec<Bits>,
    /// Whom each node is asked for by and has not been met from.
    wanted: Vec<Bits>,
}

impl<'a> Search<'a> {
    pub fn new(offsets: &'a [u32], neighbours: &'a [u32]) -> Self {
        let none = || vec![0; offsets.len() - 1];
        Self { offsets, neighbours, seen: none(), front: none(), next: none(), wanted: none() }
    }

    /// Steps from at most [`BATCH`] sources to the partners of each, which may be named twice and count once.
    pub fn run<I: Iterator<Item = usize>>(&mut self, sources: &[u32], partners: impl Fn(u32) -> I) -> Vec<Pair> {
        let Self { offsets, neighbours, seen, front, next, wanted } = self;
        let (mut open, mut found) = (0_usize, Vec::new());
        seen.fill(0);
        let mut active = sources.to_vec();
        for (at, source) in sources.iter().enumerate() {
            let bit = 1 << at;
            (seen[*source as usize], front[*source as usize]) = (bit, bit);
            for other in partners(*source).filter(|other| *other != *source as usize) {
                open += usize::from(wanted[other] & bit == 0);
                wanted[other] |= bit;
            }
        }
        let (mut touched, mut level) = (Vec::new(), 0_u16);
        while open > 0 && !active.is_empty() {
            level = level.saturating_add(1).min(NO_WAY - 2);
            for node in active.drain(..) {
                let own = std::mem::take(&mut front[node as usize]);
                for other in &neighbours[offsets[node as usize] as usize..offsets[node as usize + 1] as usize] {
                    if next[*other as usize] == 0 {
                        touched.push(*other);
                    }
                    next[*other as usize] |= own;
                }
            }
            for node in touched.drain(..) {
                let met = std::mem::take(&mut next[node as usize]);
                let (seen, wanted) = (&mut seen[node as usize], &mut wanted[node as usize]);
                let fresh = met & !*seen;
                if fresh == 0 {
                    continue;
                }
                *seen |= fresh;
                front[node as usize] = fresh;
                active.push(node);
                let mut hits = fresh & *wanted;
                *wanted &= !hits;
                open -= hits.count_ones() as usize;
                while hits != 0 {
                    found.push((sources[hits.trailing_zeros() as usize], node, level));
                    hits &= hits - 1;
                }
            }
        }
        active.into_iter().for_each(|node| front[node as usize] = 0);
        if open > 0 {
            for (at, source) in sources.iter().enumerate() {
                let bit = 1 << at;
                for other in partners(*source) {
                    if wanted[other] & bit != 0 {
                        wanted[other] &= !bit;
                        found.push((*source, other as u32, NO_WAY));
                    }
                }
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_to_partners_are_found_once_and_none_where_there_is_no_way() {
        // A path of 200 nodes and one of two that nothing leads to.
        let rows: Vec<Vec<u32>> = (0..202_u32)
            .map(|node| match node {
                200 => vec![201],
                201 => vec![200],
                _ => [node.checked_sub(1), (node < 199).then_some(node + 1)].into_iter().flatten().collect(),
            })
            .collect();
        let mut offsets = vec![0];
        rows.iter().for_each(|row| offsets.push(offsets[offsets.len() - 1] + row.len() as u32));
        let neighbours = rows.concat();
        let mut search = Search::new(&offsets, &neighbours);
        for sources in [vec![0], vec![7, 3, 199], (0..BATCH as u32).map(|k| 3 * k).collect(), vec![201, 0]] {
            // Each other one twice, itself too.
            let mut found = search.run(&sources, |_| (0..202).step_by(2).chain((0..202).step_by(2)));
            let mut expected = Vec::new();
            for &a in &sources {
                for b in (0..202).step_by(2).filter(|b| *b != a) {
                    expected.push((a, b, if (a < 200) == (b < 200) { a.abs_diff(b) as u16 } else { NO_WAY }));
                }
            }
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "from {sources:?}");
        }
    }
}
