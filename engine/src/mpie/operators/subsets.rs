//! In: items. Out: their subsets of one size, those of the first items first.

/// Iterator over the subsets of `size` items, in lexicographic order of position.
#[derive(Debug, Clone)]
pub struct Subsets<'a, T> {
    items: &'a [T],
    /// Positions of the next subset; `None` when there are no more.
    next: Option<Vec<usize>>,
}

impl<'a, T: Copy> Subsets<'a, T> {
    /// All subsets of `size` of the `items`; one, the empty one, for size 0.
    pub fn new(items: &'a [T], size: usize) -> Self {
        Self { items, next: (size <= items.len()).then(|| (0..size).collect()) }
    }
}

impl<T: Copy> Iterator for Subsets<'_, T> {
    type Item = Vec<T>;

    fn next(&mut self) -> Option<Vec<T>> {
        let mut at = self.next.take()?;
        let subset = at.iter().map(|&i| self.items[i]).collect();
        let size = at.len();
        // The last position that can still move moves on; those after it follow closely.
        if let Some(last) = (0..size).rev().find(|&i| at[i] + (size - i) < self.items.len()) {
            at[last] += 1;
            (last + 1..size).for_each(|i| at[i] = at[i - 1] + 1);
            self.next = Some(at);
        }
        Some(subset)
    }
}

#[cfg(test)]
mod tests {
    use super::Subsets;

    #[test]
    fn every_subset_comes_once_and_in_order() {
        let found: Vec<Vec<u8>> = Subsets::new(&[1, 2, 3, 4], 2).collect();
        assert_eq!(found, [[1, 2], [1, 3], [1, 4], [2, 3], [2, 4], [3, 4]]);
        assert_eq!(Subsets::new(&[0; 9], 4).count(), 126);
        assert_eq!(Subsets::new(&[1, 2], 0).collect::<Vec<_>>(), [Vec::<usize>::new()]);
        assert_eq!(Subsets::new(&[1, 2], 2).count(), 1);
        assert_eq!(Subsets::new(&[1, 2], 3).count(), 0);
    }
}
