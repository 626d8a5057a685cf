//! In: what an import sheet shows. Out: about how much memory and time discovery will take.

use scarcity_engine::mpie::EncoderConfig;
use scarcity_engine::types::ImportReport;

use crate::model::ImportChoice;

/// Memory in bytes and seconds for all rows, from the size of the lagged second moments that dominate both.
pub(super) fn estimate(report: &ImportReport, choice: &ImportChoice) -> (u64, f64) {
    /// Multiply-adds per second that discovery reaches on one core, all stages together.
    const SPEED: f64 = 4e8;
    /// Moment matrices alive beside the history: panes of the window, regimes and their sums.
    const MATRICES: f64 = 12.0;
    /// Rows of a pane.
    const PANE: f64 = 64.0;
    let per_level = EncoderConfig::default().blocks_per_level as f64;
    // The history keeps half a matrix per block, `per_level` blocks of every power of two of panes.
    let panes = report.estimated_rows as f64 / PANE;
    let blocks = if panes > per_level { per_level * (1.0 + (panes / per_level).log2()) } else { panes };
    let variables = choice.columns.len().max(1) as f64;
    let dim = 1.0 + variables * (choice.max_lag as f64 + 2.0);
    let bytes = 48e6 + (MATRICES + 0.5 * blocks) * dim * dim * 8.0;
    let seconds = report.estimated_rows as f64 * dim * dim / SPEED;
    (bytes as u64, seconds)
}
