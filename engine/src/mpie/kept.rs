//! In: rows in fixed units, as they come. Out: the newest of them, variable by variable: what exact scoring of a wide
//! stream works on.

/// The newest rows of every variable.
#[derive(Debug)]
pub struct KeptRows {
    vars: usize,
    /// Rows kept at least, once there are as many.
    keep: usize,
    /// `[vars][2 · keep]`: room for twice as many, so that rows move rarely.
    cells: Vec<f32>,
    run: Vec<u32>,
}

impl KeptRows {
    /// Room for `keep` rows.
    pub fn new(vars: usize, keep: usize) -> Self {
        Self { vars, keep, cells: vec![0.0; 2 * keep * vars], run: Vec::with_capacity(2 * keep) }
    }

    /// Adds rows `[rows, vars]`; `run` says how many rows directly before each belong to it.
    pub fn push(&mut self, values: &[f64], run: &[u32]) {
        let room = 2 * self.keep;
        for (rows, run) in values.chunks(self.keep * self.vars).zip(run.chunks(self.keep)) {
            if self.run.len() + run.len() > room {
                let surplus = self.run.len() - self.keep.min(self.run.len());
                for cells in self.cells.chunks_exact_mut(room) {
                    cells.copy_within(surplus..self.run.len(), 0);
                }
                self.run.drain(..surplus);
            }
            let first = self.run.len();
            // Many rows of few variables at a time: neither side is walked cell by cell across its rows.
            for (group, cells) in self.cells.chunks_mut(room * 16).enumerate() {
                for (t, row) in rows.chunks_exact(self.vars).enumerate() {
                    let part = &row[group * 16..(group * 16 + 16).min(self.vars)];
                    for (at, &x) in part.iter().enumerate() {
                        cells[at * room + first + t] = x as f32;
                    }
                }
            }
            self.run.extend_from_slice(run);
        }
    }

    /// Keeps `keep` rows from now on, of those there are the newest.
    pub fn set_keep(&mut self, keep: usize) {
        if keep == self.keep {
            return;
        }
        let mut next = Self::new(self.vars, keep);
        let rows = self.rows().min(keep);
        for (var, cells) in next.cells.chunks_exact_mut(2 * keep).enumerate() {
            let old = self.of(var);
            cells[..rows].copy_from_slice(&old[old.len() - rows..]);
        }
        next.run.extend_from_slice(&self.run[self.run.len() - rows..]);
        *self = next;
    }

    /// Bytes of the cells.
    pub fn bytes(&self) -> usize {
        size_of_val(self.cells.as_slice()) + size_of_val(self.run.as_slice())
    }

    /// Rows there are, at most as many as are kept.
    pub fn rows(&self) -> usize {
        self.run.len().min(self.keep)
    }

    /// A variable's rows, oldest first; NaN = missing.
    pub fn of(&self, var: usize) -> &[f32] {
        let from = 2 * self.keep * var + self.run.len() - self.rows();
        &self.cells[from..from + self.rows()]
    }

    /// For every row, how many kept rows directly before it belong to the same unbroken run.
    pub fn run(&self) -> impl Iterator<Item = usize> {
        let first = self.run.len() - self.rows();
        self.run[first..].iter().enumerate().map(|(t, &run)| t.min(run as usize))
    }
}

#[cfg(test)]
mod tests {
    use super::KeptRows;

    #[test]
    fn the_newest_rows_stay_in_order() {
        let mut kept = KeptRows::new(2, 4);
        for t in 0..11u32 {
            kept.push(&[f64::from(t), -f64::from(t)], &[t]);
        }
        assert_eq!(kept.of(0), [7.0, 8.0, 9.0, 10.0]);
        assert_eq!(kept.of(1), [-7.0, -8.0, -9.0, -10.0]);
        assert_eq!(kept.run().collect::<Vec<_>>(), [0, 1, 2, 3]);
        let bytes = kept.bytes();
        kept.set_keep(2);
        assert!(kept.bytes() < bytes);
        assert_eq!((kept.of(0), kept.of(1)), ([9.0, 10.0].as_slice(), [-9.0, -10.0].as_slice()));
        assert_eq!(kept.run().collect::<Vec<_>>(), [0, 1]);
        kept.set_keep(4);
        kept.push(&[11.0, -11.0], &[11]);
        assert_eq!(kept.of(0), [9.0, 10.0, 11.0]);
    }
}
