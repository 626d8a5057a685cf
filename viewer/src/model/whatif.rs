//! In: the user's question. Out: what the what-if panel shows: question, answer or refusal, and the row it is animated at.

use std::sync::Arc;

use scarcity_engine::whatif::{Answer, Change, Hold};

/// A question to the graph, as the panel asks it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WhatIfQuestion {
    /// The variable acted on.
    pub variable: u32,
    /// What is done to it, in data units.
    pub change: Change,
    /// For how long.
    pub hold: Hold,
    /// Rows to look ahead.
    pub horizon: u32,
}

/// What-if while it is open.
#[derive(Debug, Clone, Default)]
pub struct WhatIf {
    /// The question.
    pub question: Option<WhatIfQuestion>,
    /// The answer, or the sentence why there is none. `None` = being worked out.
    pub answer: Option<Result<Arc<Answer>, String>>,
    /// Rows after the intervention that the graph shows; moves by itself while `playing`.
    pub row: f32,
    /// Whether the row moves by itself.
    pub playing: bool,
}

impl WhatIf {
    /// Response of a variable at the row shown, in its standard deviations, between rows in proportion.
    pub fn response_sd(&self, variable: u32) -> Option<f32> {
        let answer = self.answer.as_ref()?.as_ref().ok()?;
        let sd = answer.sd.get(variable as usize).copied().filter(|sd| *sd > 0.0)?;
        let row = self.row.max(0.0);
        let (from, part) = (row.floor() as usize, f64::from(row.fract()));
        let last = answer.question.horizon as usize;
        let at = |row: usize| answer.at(variable, row.min(last))[0];
        Some(((at(from) * (1.0 - part) + at(from + 1) * part) / sd) as f32)
    }
}
