//! In: a pane with missing cells. Out: the same pane with short gaps bridged, so that moments of all columns rest on the
//! same rows.
//!
//! Moments taken over whichever rows happen to be present do not fit together: with strongly autocorrelated variables
//! their mismatch looks like hundreds of certain links. Bridged cells carry no information of their own; the tests
//! count only the rows in which the target was really there.

use crate::types::Pane;

/// Longest run of missing cells that is bridged for effects in data units, in rows: a bridged cell draws them towards
/// zero.
pub const SHORT: usize = 8;
/// Longest run in a pane that is bridged for tests, which holes make unsure of nothing but themselves.
pub const LONG: usize = 512;

/// Fills gaps by a straight line to the next value in the pane, or with the last value where there is none.
/// `last_row` holds the bridged values of the row before the pane; runs longer than `longest` stay missing.
pub fn bridged(pane: &Pane, last_row: &[f64], longest: usize) -> Pane {
    let mut out = pane.clone();
    let (rows, vars) = (pane.rows(), pane.vars);
    for (var, &before) in last_row.iter().enumerate() {
        let mut last = before;
        let mut t = 0;
        while t < rows {
            if pane.run[t] == 0 {
                last = f64::NAN;
            }
            let value = pane.values[t * vars + var];
            if !value.is_nan() {
                last = value;
                t += 1;
                continue;
            }
            let end =
                (t + 1..rows).find(|&u| pane.run[u] == 0 || !pane.values[u * vars + var].is_nan()).unwrap_or(rows);
            let gap = end - t;
            if gap <= longest && !last.is_nan() {
                let next = if end < rows && pane.run[end] > 0 { pane.values[end * vars + var] } else { last };
                for (step, row) in (t..end).enumerate() {
                    let share = (step + 1) as f64 / (gap + 1) as f64;
                    out.values[row * vars + var] = last + share * (next - last);
                }
                last = out.values[(end - 1) * vars + var];
            } else {
                last = f64::NAN;
            }
            t = end;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{SHORT, bridged};
    use crate::types::Pane;

    #[test]
    fn short_gaps_are_bridged_and_breaks_are_not() {
        let nan = f64::NAN;
        let values = vec![1.0, nan, nan, 4.0, nan, 7.0, nan];
        let run = vec![0, 1, 2, 3, 4, 0, 1];
        let pane = Pane { index: 0, first_row: 0, values, vars: 1, run, missing: 4 };
        // A line inside, the last value before a break and at the end.
        assert_eq!(bridged(&pane, &[nan], SHORT).values, [1.0, 2.0, 3.0, 4.0, 4.0, 7.0, 7.0]);
        let long = Pane { index: 0, first_row: 0, values: vec![nan; 20], vars: 1, run: (5..25).collect(), missing: 20 };
        assert!(bridged(&long, &[3.0], SHORT).values.iter().all(|v| v.is_nan()));
    }
}
