//! In: columns. Out: which of them say the same as an earlier one.

/// Correlation from which on two variables count as one.
const SAME: f64 = 0.9999;
/// Correlation over a few rows below which the rest is not looked at.
const PERHAPS: f64 = 0.99;
/// How many rows that are.
const GLANCE_ROWS: usize = 64;

/// For every column the first earlier one that is the same but for scale, offset and sign. NaN is missing; rows count
/// where both are there. Columns that do not vary are the same as none.
pub fn duplicates(columns: &[Vec<f64>]) -> Vec<Option<u32>> {
    let centred: Vec<Vec<f64>> = columns.iter().map(|column| centred(column)).collect();
    // Most pairs can be told apart by a few rows from all over the columns.
    let glances: Vec<Vec<f64>> = centred
        .iter()
        .map(|column| column.iter().copied().step_by((column.len() / GLANCE_ROWS).max(1)).collect())
        .collect();
    let same = |a: usize, b: usize| {
        correlation(&glances[a], &glances[b]).is_none_or(|r| r.abs() > PERHAPS)
            && correlation(&centred[a], &centred[b]).is_some_and(|r| r.abs() > SAME)
    };
    (0..columns.len())
        .map(|later| (0..later).find(|&earlier| same(earlier, later)).and_then(|index| u32::try_from(index).ok()))
        .collect()
}

/// Without its mean: sums of squares then keep their digits however far the data lie from zero.
fn centred(column: &[f64]) -> Vec<f64> {
    let present = || column.iter().filter(|x| !x.is_nan());
    let first = present().next().copied().unwrap_or(0.0);
    let mean = present().map(|x| x - first).sum::<f64>() / present().count().max(1) as f64;
    column.iter().map(|x| x - first - mean).collect()
}

/// Pearson's correlation over the rows both have; `None` with fewer than three, or where one does not vary.
fn correlation(a: &[f64], b: &[f64]) -> Option<f64> {
    let pairs = || a.iter().zip(b).filter(|(x, y)| !(x.is_nan() || y.is_nan()));
    let n = pairs().count() as f64;
    let (mean_a, mean_b) = (pairs().map(|p| p.0).sum::<f64>() / n, pairs().map(|p| p.1).sum::<f64>() / n);
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (x, y) in pairs() {
        let (x, y) = (x - mean_a, y - mean_b);
        aa += x * x;
        bb += y * y;
        ab += x * y;
    }
    (n >= 3.0 && aa > 0.0 && bb > 0.0).then(|| ab / (aa.sqrt() * bb.sqrt()))
}

#[cfg(test)]
mod tests {
    use super::duplicates;

    #[test]
    fn copies_are_named_and_relatives_are_not() {
        let wave = |k: f64| (0..500).map(|t| (k * f64::from(t)).sin() + 1e6).collect::<Vec<f64>>();
        let a = wave(0.37);
        let scaled: Vec<f64> = a.iter().map(|x| 5.0 - 3.0 * x).collect();
        let near: Vec<f64> = a.iter().enumerate().map(|(t, x)| x + 0.05 * (1.9 * t as f64).cos()).collect();
        let mut holed = a.clone();
        holed[100..140].fill(f64::NAN);
        // A single spike that a glance does not see.
        let spike = |at: usize| (0..500).map(|t| f64::from(u8::from(t == at))).collect::<Vec<f64>>();
        let columns = [
            a,
            wave(0.11),
            vec![7.0; 500],
            scaled,
            near,
            holed,
            vec![7.0; 500],
            vec![f64::NAN; 500],
            spike(3),
            spike(5),
            spike(3),
        ];
        let found = duplicates(&columns);
        assert_eq!(found, [None, None, None, Some(0), None, Some(0), None, None, None, None, Some(8)]);
    }
}
