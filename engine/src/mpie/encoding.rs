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
    /// Rows so far.
    pub rows: f64,
}

impl Encoding {
    /// Share of missing cells of a variable.
    pub fn missing_share(&self, var: usize) -> f64 {
        if self.rows > 0.0 { self.missing[var] / self.rows } else { 0.0 }
    }
}
