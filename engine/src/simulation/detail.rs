//! In: what the governor allows. Out: how fine and how fast the picture may be.

/// Limits on the layout and on those who draw it. The default is no limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Detail {
    /// Share of the configured steps per frame and frames per second, `(0, 1]`.
    pub rate: f64,
    /// Share of the links that are laid out and drawn, strongest first, `(0, 1]`.
    pub drawn: f64,
}

impl Default for Detail {
    fn default() -> Self {
        Self { rate: 1.0, drawn: 1.0 }
    }
}

impl Detail {
    /// Of so many links, how many to draw.
    pub fn links(&self, all: usize) -> usize {
        if self.drawn >= 1.0 { all } else { (all as f64 * self.drawn.max(0.0)).ceil() as usize }
    }
}
