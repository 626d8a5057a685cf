//! In: a target of a wide stream, and columns one after the other. Out: what they leave of it.

use super::wide_products::{MOST, OWN};
use super::wide_squares::Rows;

/// What is left of a target, with mean zero over the rows that count and 0 in the others, and what has been taken out.
pub(super) struct Rest {
    pub left: Vec<f32>,
    /// Columns of unit length, at right angles.
    pub basis: Vec<Vec<f32>>,
}

impl Rest {
    /// What a regression on its own past leaves.
    pub fn of(rows: &Rows, target: usize) -> Self {
        let counted = |lag: usize| -> Vec<f32> {
            rows.column((target, lag)).iter().zip(rows.sound()).map(|(x, sound)| x * sound).collect()
        };
        let mut left = counted(0);
        centre(rows, &mut left);
        let mut rest = Self { left, basis: Vec::with_capacity(OWN + MOST) };
        for lag in 1..=rows.max_lag.min(OWN) {
            rest.enter(rows, counted(lag));
        }
        rest
    }

    /// Takes a column out; returns the share of what was left that it explains.
    pub fn enter(&mut self, rows: &Rows, mut column: Vec<f32>) -> f32 {
        centre(rows, &mut column);
        let before = dot(&column, &column);
        for known in &self.basis {
            take_out(&mut column, known);
        }
        let squares = dot(&column, &column);
        if squares <= 1e-6 * before || squares <= 0.0 {
            return 0.0;
        }
        let scale = squares.sqrt().recip();
        column.iter_mut().for_each(|x| *x *= scale);
        let (whole, along) = (dot(&self.left, &self.left), dot(&self.left, &column));
        take_out(&mut self.left, &column);
        self.basis.push(column);
        if whole > 0.0 { along * along / whole } else { 0.0 }
    }
}

/// Takes the mean over the rows that count off.
fn centre(rows: &Rows, column: &mut [f32]) {
    let mean = column.iter().sum::<f32>() / rows.sound().iter().sum::<f32>().max(1.0);
    column.iter_mut().zip(rows.sound()).for_each(|(x, sound)| *x -= mean * sound);
}

/// Takes a column of unit length out of another.
fn take_out(column: &mut [f32], unit: &[f32]) {
    let share = dot(column, unit);
    column.iter_mut().zip(unit).for_each(|(x, u)| *x -= share * u);
}

/// In sixteen sums side by side, so that it is quick and rounds little.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a, a_rest) = a.as_chunks::<16>();
    let (b, b_rest) = b.as_chunks::<16>();
    let mut sums = [0.0f32; 16];
    for (a, b) in a.iter().zip(b) {
        for k in 0..16 {
            sums[k] += a[k] * b[k];
        }
    }
    sums.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}
