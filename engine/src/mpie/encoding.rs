//! In: the first window's moments. Out: the units in which everything inside the engine is computed, and what has been
//! counted on the way.

/// Reference location and scale per variable, fixed by the first window: products stay near one, whatever the data's
/// units, and Gram matrices of different panes add up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Encoding {
    /// Subtracted from every value.
    pub center: Vec<f64>,
    /// Multiplied with what is left.
    pub scale: Vec<f64>,
    /// Missing cells per variable so far.
    pub missing: Vec<f64>,
    /// Rows so far in which each variable is what it was in the row before.
    pub still: Vec<f64>,
    /// Rows so far.
    pub rows: f64,
}

/// Share of rows without a change from which on a variable counts as intermittent.
const INTERMITTENT: f64 = 0.1;

impl Encoding {
    /// Share of missing cells of a variable.
    pub fn missing_share(&self, var: usize) -> f64 {
        if self.rows > 0.0 { self.missing[var] / self.rows } else { 0.0 }
    }

    /// Share of variables that often stand still, as counters, logs and gauges between readings do.
    pub fn intermittent_share(&self) -> f64 {
        let often = self.still.iter().filter(|&&still| still > INTERMITTENT * self.rows).count();
        often as f64 / self.still.len().max(1) as f64
    }
}
