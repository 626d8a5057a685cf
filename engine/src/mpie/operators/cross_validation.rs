//! In: a number of rows. Out: splits into training and test rows that keep time whole and apart.

use std::ops::Range;

/// Rows to fit on and rows to score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    /// Stretches of rows to fit on, in order.
    pub train: Vec<Range<usize>>,
    /// Rows to score.
    pub test: Range<usize>,
}

/// Why there is no such split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SplitError {
    /// Folds, or steps, of no rows.
    #[error("a split needs at least two folds, and training, test and step of at least one row")]
    Empty,
    /// Too few rows.
    #[error("{rows} rows are too few: this split needs at least {needed}")]
    TooFewRows {
        /// Rows there are.
        rows: usize,
        /// Rows needed.
        needed: usize,
    },
}

/// Cuts the rows into `folds` blocks of nearly equal length and tests on each in turn. `gap` rows on both sides of the
/// test block are neither trained nor tested on: with `gap` of at least the largest lag no training row shares a cell
/// with a test row (Racine 2000). Every row is tested once.
pub fn blocked_k_fold(rows: usize, folds: usize, gap: usize) -> Result<Vec<Fold>, SplitError> {
    if folds < 2 {
        return Err(SplitError::Empty);
    }
    // The middle block has the fewest rows beside it; with an even number of blocks, either of the two.
    let beside = match folds % 2 {
        0 => gap.saturating_add(1).saturating_mul(2),
        _ => (gap.saturating_mul(2).saturating_mul(folds) / (folds - 1)).saturating_add(1),
    };
    let needed = beside.max(folds);
    if rows < needed {
        return Err(SplitError::TooFewRows { rows, needed });
    }
    let edge = |fold: usize| fold * rows / folds;
    let fold = |fold: usize| {
        let test = edge(fold)..edge(fold + 1);
        let sides = [0..test.start.saturating_sub(gap), (test.end + gap).min(rows)..rows];
        Fold { train: sides.into_iter().filter(|side| !side.is_empty()).collect(), test }
    };
    Ok((0..folds).map(fold).collect())
}

/// Trains on all rows from the start, leaves `gap` rows out, tests on the next `test`, then moves on by `step`: what a
/// forecaster would have seen (Tashman 2000). The first training stretch has `train` rows; rows at the end that do not
/// fill a test are left out.
pub fn rolling_origin(
    rows: usize,
    train: usize,
    test: usize,
    step: usize,
    gap: usize,
) -> Result<Vec<Fold>, SplitError> {
    if train == 0 || test == 0 || step == 0 {
        return Err(SplitError::Empty);
    }
    let needed = train.saturating_add(gap).saturating_add(test);
    if rows < needed {
        return Err(SplitError::TooFewRows { rows, needed });
    }
    let origins = (train..=rows - gap - test).step_by(step);
    let fold = |origin: usize| {
        let start = origin + gap;
        Fold { train: std::iter::once(0..origin).collect(), test: start..start + test }
    };
    Ok(origins.map(fold).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(fold: &Fold, gap: usize) -> bool {
        fold.train.iter().all(|side| side.end + gap <= fold.test.start || fold.test.end + gap <= side.start)
    }

    #[test]
    fn every_k_fold_split_is_whole_apart_and_complete() {
        let mut valid = 0;
        for (rows, folds, gap) in
            (0..60).flat_map(|rows| (2..7).flat_map(move |folds| (0..6).map(move |gap| (rows, folds, gap))))
        {
            let Ok(found) = blocked_k_fold(rows, folds, gap) else { continue };
            valid += 1;
            let tested: Vec<usize> = found.iter().flat_map(|fold| fold.test.clone()).collect();
            assert_eq!(tested, (0..rows).collect::<Vec<_>>());
            let lengths = found.iter().map(|fold| fold.test.len());
            assert!(lengths.clone().max().unwrap() - lengths.min().unwrap() <= 1);
            for fold in &found {
                assert!(apart(fold, gap) && !fold.train.is_empty() && fold.train.iter().all(|side| side.end <= rows));
                // Nothing is left out beyond the gaps.
                let trained: usize = fold.train.iter().map(ExactSizeIterator::len).sum();
                assert!(trained + fold.test.len() + 2 * gap >= rows);
            }
        }
        assert!(valid > 1000, "only {valid} splits were looked at");
    }

    #[test]
    fn every_rolling_split_looks_ahead_only() {
        for (rows, train, test, step, gap) in
            [(30, 10, 5, 5, 0), (31, 10, 5, 5, 2), (100, 1, 1, 3, 4), (17, 10, 5, 9, 2)]
        {
            let found = rolling_origin(rows, train, test, step, gap).unwrap();
            assert_eq!(found.len(), (rows - train - gap - test) / step + 1);
            for (i, fold) in found.iter().enumerate() {
                assert_eq!(fold.train, std::slice::from_ref(&(0..train + i * step)));
                assert_eq!(fold.test.start, fold.train[0].end + gap);
                assert!(fold.test.len() == test && fold.test.end <= rows);
            }
        }
    }

    #[test]
    fn what_is_needed_is_said_and_enough() {
        assert_eq!(blocked_k_fold(10, 1, 0), Err(SplitError::Empty));
        assert_eq!(rolling_origin(10, 5, 0, 1, 0), Err(SplitError::Empty));
        // One row fewer than asked for leaves some block empty or with nothing to train on.
        for (folds, gap) in (2..9).flat_map(|folds| (0..12).map(move |gap| (folds, gap))) {
            let Err(SplitError::TooFewRows { needed, .. }) = blocked_k_fold(1, folds, gap) else { panic!("accepted") };
            assert!(blocked_k_fold(needed, folds, gap).is_ok());
            let short = needed - 1;
            let edge = |fold: usize| fold * short / folds;
            let stuck = |k: usize| edge(k) == edge(k + 1) || (edge(k) <= gap && edge(k + 1) + gap >= short);
            assert!((0..folds).any(stuck), "{folds} folds, gap {gap}: {short} rows would do");
        }
        assert!(blocked_k_fold(10, 3, usize::MAX).is_err() && rolling_origin(10, 1, 1, 1, usize::MAX).is_err());
        assert_eq!(rolling_origin(9, 5, 3, 1, 2), Err(SplitError::TooFewRows { rows: 9, needed: 10 }));
    }
}
