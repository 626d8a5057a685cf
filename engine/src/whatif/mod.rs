//! In: the newest rows and the graph. Out: why a link is there, and what would follow if a variable were set or shifted.
//!
//! Everything here is a pure function of [`Rows`] and plain links; discovery does not depend on it.

mod explain;
mod regression;
mod respond;
mod rows;

pub use explain::{Adjustment, LagPoint, LinkExplanation, VariableSeries, explain_link, variable_series};
pub use regression::Term;
pub use respond::{Answer, Change, Hold, Question, Refusal, ask};
pub use rows::Rows;
