//! In: the row each target's regression starts at, and memory. Out: the same in no more places than memory allows, for
//! each place has correlations of everything of its own.

use super::correlation::Correlation;

/// Places that correlations with so many columns each may be held for, at least one.
pub fn most(max_bytes: usize, columns: impl IntoIterator<Item = usize>) -> usize {
    let bytes: usize = columns.into_iter().map(Correlation::most_bytes).sum();
    (max_bytes / bytes.max(1)).max(1)
}

/// Has targets start later where there are more places than `most`: rows from there on are of the same mechanism, only
/// fewer. Those give way that lie closest before another, however many targets start there.
pub fn within(most: usize, start_rows: &mut [u64]) {
    let mut places: Vec<u64> = start_rows.to_vec();
    places.sort_unstable();
    places.dedup();
    while places.len() > most.max(1) {
        let Some(at) = (0..places.len() - 1).min_by_key(|&at| places[at + 1] - places[at]) else { return };
        places.remove(at);
    }
    for start in start_rows {
        let next = places.partition_point(|place| place < start);
        *start = places.get(next).copied().unwrap_or(*start);
    }
}

#[cfg(test)]
mod tests {
    use super::{most, within};

    #[test]
    fn places_that_lose_least_give_way_to_later_ones() {
        let mut rows = [0, 5_000, 5_100, 0, 9_000, 5_000];
        within(3, &mut rows);
        assert_eq!(rows, [0, 5_100, 5_100, 0, 9_000, 5_100]);
        within(9, &mut rows);
        assert_eq!(rows, [0, 5_100, 5_100, 0, 9_000, 5_100]);
        within(0, &mut rows);
        assert_eq!(rows, [9_000; 6]);
        within(2, &mut []);
    }

    #[test]
    fn memory_bounds_the_places() {
        assert_eq!(most(100 << 20, [300, 300]), 100 * (1 << 20) / (2 * 8 * (2 * 300 * 300 + 3 * 300)));
        assert_eq!(most(0, [300]), 1);
    }
}
