//! In: the history's blocks and each target's regression. Out: from which row on each mechanism has been the same.
//!
//! Chow tests at block boundaries, repeated from the last change found. One regression may change by chance or because
//! a nonlinearity is visited; a change counts when several targets share it, or when it is overwhelming.

use super::bootstrap::SubMoments;
use super::history::History;
use super::linalg::last_pivot;
use super::tails::ln_f_sf;

/// Smallest number of rows on either side of a change.
const MIN_ROWS: f64 = 120.0;
/// How many times the rows after a change are looked back to: a short new regime must not drown in a long old one.
const LOOKBACK: f64 = 8.0;
/// Smallest relative rise of the residual sum of squares that ignoring the change would cost.
const MIN_RISE: f64 = 0.025;
/// Share of the rows that must be present in every pair of columns.
const MIN_PRESENT: f64 = 0.7;
/// `ln p` below which one target's change needs no company, and the relative rise it must then cost to ignore it:
/// heavy tails alone make a test of one target certain of very little.
const ALONE: f64 = -27.6;
const RISE_ALONE: f64 = 0.1;
/// `ln p` below which a target follows a change others share.
const FOLLOW: f64 = -4.6;

/// A possible change of one target's mechanism.
#[derive(Debug, Clone, Copy)]
struct Change {
    /// Block that begins the new regime.
    block: usize,
    /// `ln p` of no change, corrected for the number of places looked at.
    ln_p: f64,
    /// Relative rise of the residual sum of squares that ignoring it would cost.
    rise: f64,
}

/// Updates `start_rows` (one per target) to the regimes in force; returns the targets that changed.
pub fn detect(history: &History, regressors: &[Vec<usize>], start_rows: &mut [u64], alpha: f64) -> Vec<usize> {
    let vars = start_rows.len();
    let mut changes: Vec<Option<Change>> = Vec::with_capacity(vars);
    let mut weak: Vec<Vec<(usize, f64)>> = Vec::with_capacity(vars);
    for target in 0..vars {
        let first = history.block_at(start_rows[target]);
        let sub = SubMoments::gather(history.blocks(), first, history.dim(), &regressors[target], target);
        let (change, tests) = last_change(&sub, alpha.ln());
        changes.push(change.map(|c| Change { block: c.block + first, ..c }));
        weak.push(tests.into_iter().map(|(block, ln_p)| (block + first, ln_p)).collect());
    }
    let need = 2.max((0.15 * vars as f64).ceil() as usize);
    // Those that moved earlier are company too: a target may need more rows to be sure of the same change.
    let moved_to: Vec<Option<usize>> = start_rows.iter().map(|&row| (row > 0).then(|| history.block_at(row))).collect();
    // Targets, each counted once.
    let company = |block: usize| {
        let near = |b: usize| b.abs_diff(block) <= 1;
        (0..vars).filter(|&t| changes[t].is_some_and(|c| near(c.block)) || moved_to[t].is_some_and(near)).count()
    };
    let now = changes.iter().flatten().map(|c| c.block);
    let shared = now.chain(moved_to.iter().flatten().copied()).filter(|&block| company(block) >= need).max();
    let mut moved = Vec::new();
    for target in 0..vars {
        let block = match changes[target] {
            Some(change) if company(change.block) >= need || change.ln_p < ALONE && change.rise > RISE_ALONE => {
                Some(change.block)
            }
            _ => shared.filter(|&s| weak[target].iter().any(|&(block, ln_p)| block == s && ln_p < FOLLOW)),
        };
        if let Some(row) = block.and_then(|b| history.blocks().get(b)).map(|b| b.first_row)
            && row > start_rows[target]
        {
            start_rows[target] = row;
            moved.push(target);
        }
    }
    moved
}

/// The last significant change, and the test at every boundary after the one before it.
fn last_change(sub: &SubMoments, ln_alpha: f64) -> (Option<Change>, Vec<(usize, f64)>) {
    let blocks = sub.blocks.len();
    let size = sub.dim * sub.dim;
    let mut prefix = vec![vec![0.0; size]];
    for moments in &sub.blocks {
        let mut next = prefix[prefix.len() - 1].clone();
        next.iter_mut().zip(moments).for_each(|(sum, value)| *sum += value);
        prefix.push(next);
    }
    let rows: Vec<f64> = prefix.iter().map(|p| p[0]).collect();
    let mut scratch = vec![0.0; size];
    // Residual sum of squares over blocks `from .. to`; the factorisation's last pivot is all a Chow test needs.
    let mut residual = |from: usize, to: usize| -> Option<f64> {
        for (value, (after, before)) in scratch.iter_mut().zip(prefix[to].iter().zip(&prefix[from])) {
            *value = after - before;
        }
        last_pivot(&mut scratch, sub.dim, 1e-12)
    };
    let k = (sub.dim - 1) as f64;
    let side = MIN_ROWS.max(3.0 * k);
    // Entries taken over different rows are noisier than the test assumes, and with many missing cells no test at all.
    if sub.present < MIN_PRESENT {
        return (None, Vec::new());
    }
    let mut low = 0;
    let mut found: Option<Change> = None;
    let mut tests = Vec::new();
    loop {
        let mut best: Option<Change> = None;
        tests.clear();
        for split in low + 1..blocks {
            let after = rows[blocks] - rows[split];
            if after < side || rows[split] - rows[low] < side {
                continue;
            }
            let oldest = (low..split)
                .find(|&b| rows[split] - rows[b] <= (LOOKBACK * after).max(2.0 * side))
                .unwrap_or(split - 1);
            let (Some(left), Some(right), Some(both)) =
                (residual(oldest, split), residual(split, blocks), residual(oldest, blocks))
            else {
                continue;
            };
            let two = left + right;
            let dof = (sub.present * (rows[blocks] - rows[oldest]) - 2.0 * k).max(1.0);
            let ln_p = ln_f_sf(sub.present * (both - two) / k / (two / dof), k, dof);
            tests.push((split, ln_p));
            let corrected = ln_p + (blocks as f64).ln();
            let rise = both / two - 1.0;
            if rise > MIN_RISE && best.is_none_or(|b| corrected < b.ln_p) {
                best = Some(Change { block: split, ln_p: corrected, rise });
            }
        }
        match best {
            Some(change) if change.ln_p < ln_alpha => {
                low = change.block;
                found = Some(change);
            }
            _ => return (found, tests),
        }
    }
}
